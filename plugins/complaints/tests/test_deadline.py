"""By when a report is due."""

import datetime
import zoneinfo

import pytest
from civicapp_complaints.config import Sla
from civicapp_complaints.domain.deadline import Deadline, deadline
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Localized, Region

WIB = zoneinfo.ZoneInfo("Asia/Jakarta")
WIT = zoneinfo.ZoneInfo("Asia/Jayapura")
NAME = Localized({"en": "x"})
URGENT = Sla(code="urgent", name=NAME, target=24, unit="hours")


def days(n: int) -> Sla:
    return Sla(code="days", name=NAME, target=n, unit="working_days")


def at(text: str, zone: datetime.tzinfo = WIB) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("03-16T10:00", 3, "03-26T16:00"),
        ("03-16T10:00", 5, "03-30T16:00"),
        ("03-16T10:00", 14, "04-13T16:00"),
        ("03-16T10:00", 60, "06-25T16:00"),
        ("03-17T16:30", 3, "03-30T16:00"),
        ("03-17T16:30", 5, "04-01T16:00"),
        ("03-17T16:30", 14, "04-15T16:00"),
        ("03-17T16:30", 60, "06-29T16:00"),
        ("03-20T09:00", 3, "03-30T16:00"),
        ("03-20T09:00", 5, "04-01T16:00"),
        ("03-20T09:00", 14, "04-15T16:00"),
        ("03-20T09:00", 60, "06-29T16:00"),
        ("05-13T08:00", 3, "05-20T16:00"),
        ("05-13T08:00", 5, "05-22T16:30"),  # a Friday
        ("05-13T08:00", 14, "06-09T16:00"),
        ("05-13T08:00", 60, "08-13T16:00"),
        ("12-23T15:59", 3, "12-30T16:00"),
        ("12-23T16:00", 3, "12-31T16:00"),
        ("11-23T09:00", 3, "11-26T16:00"),
    ],
)
def test_the_vectors_of_the_specification_hold_in_lampung(
    lampung: Region, start: str, n: int, due: str
) -> None:
    assert deadline(days(n), at(start), lampung.calendar, WIB) == Deadline(at(due))


def test_urgent_ones_are_counted_in_hours_of_the_clock(lampung: Region) -> None:
    saturday = at("11-28T22:15")
    found = deadline(URGENT, saturday, lampung.calendar, WIB)
    assert found == Deadline(at("11-29T22:15"))


def test_a_deadline_stands_in_the_zone_of_its_place(indonesia: Region) -> None:
    start = at("11-23T15:00", WIB)
    west = deadline(days(1), start, indonesia.calendar, WIB)
    east = deadline(days(1), start, indonesia.calendar, WIT)
    assert west == Deadline(at("11-24T16:00", WIB))
    assert east == Deadline(at("11-25T16:00", WIT))
    urgent = deadline(URGENT, start, indonesia.calendar, WIT)
    assert urgent is not None
    assert urgent.at.isoformat() == "2026-11-24T17:00:00+09:00"


def test_nothing_is_promised_without_a_class(lampung: Region) -> None:
    assert deadline(None, at("11-23T09:00"), lampung.calendar, WIB) is None


def test_a_deadline_in_a_year_without_known_leave_is_an_estimate() -> None:
    class Half:
        def due(
            self, start: datetime.datetime, days: int, zone: datetime.tzinfo
        ) -> datetime.datetime:
            return start.astimezone(zone) + datetime.timedelta(days)

        def covers(self, year: int) -> bool:
            return year == 2026

    assert deadline(days(5), at("12-23T09:00"), Half(), WIB) == Deadline(at("12-28T09:00"))
    over = deadline(days(14), at("12-23T09:00"), Half(), WIB)
    assert over is not None
    assert over.estimated


def test_an_instant_without_a_zone_is_refused(lampung: Region) -> None:
    with pytest.raises(ValueError, match="time zone"):
        deadline(URGENT, datetime.datetime(2026, 11, 23), lampung.calendar, WIB)  # noqa: DTZ001


@given(
    st.datetimes(
        datetime.datetime(2026, 1, 1),  # noqa: DTZ001
        datetime.datetime(2027, 6, 1),  # noqa: DTZ001
        timezones=st.just(WIB),
    ),
    st.sampled_from([URGENT, days(1), days(5), days(14), days(60)]),
)
def test_deadlines_lie_ahead_and_those_in_days_on_working_days(
    lampung: Region, start: datetime.datetime, sla: Sla
) -> None:
    found = deadline(sla, start, lampung.calendar, WIB)
    assert found is not None
    assert found.at > start
    assert sla is URGENT or lampung.calendar.is_working_day(found.at.date())
