"""Office hours in region.yaml."""

import datetime
from pathlib import Path

import pytest

from civicapp.kernel import Boot, boot

REGION = """\
format: 1
id: isle
name: {en: Isle}
timezone: Asia/Jakarta
currency: IDR
languages: [en]
weekend: [saturday, sunday]
"""
WEEK = "".join(f"  {d}: 09:00-17:00\n" for d in ("monday", "tuesday", "wednesday", "thursday"))
FRIDAY = datetime.date(2026, 11, 27)


def with_hours(folder: Path, hours: str) -> Boot:
    (folder / "isle").mkdir()
    (folder / "isle" / "region.yaml").write_text(REGION + hours, "utf-8")
    return boot(folder / "isle")


def test_each_day_has_its_hours(tmp_path: Path) -> None:
    found = with_hours(tmp_path, f"hours:\n{WEEK}  friday: 09:00-11:30, 13:00-15:30\n")
    assert found.region is not None
    spans = found.region.calendar.hours(FRIDAY)
    assert [(s.open.hour, s.close.hour) for s in spans] == [(9, 11), (13, 15)]
    assert found.region.calendar.hours(datetime.date(2026, 11, 28)) == ()


def test_without_hours_there_are_usual_ones(tmp_path: Path) -> None:
    found = with_hours(tmp_path, "")
    assert found.region is not None
    assert found.region.calendar.hours(FRIDAY)[-1].close == datetime.time(16)


@pytest.mark.parametrize(
    ("hours", "message", "line"),
    [
        (f"hours:\n{WEEK}", "`hours` says nothing of friday, which is a working day", 8),
        ("hours:\n  friday: 9-17\n", "`9-17` is no time from and to", 9),
        ("hours:\n  fryday: 09:00-17:00\n", "fryday", 9),
    ],
)
def test_faults_of_hours_are_placed(tmp_path: Path, hours: str, message: str, line: int) -> None:
    problems = [p for p in with_hours(tmp_path, hours).problems if p.is_error]
    assert any(message in p.message for p in problems)
    assert {p.origin.line for p in problems if p.origin} == {line}
