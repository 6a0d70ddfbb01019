"""What `civicapp check` says of the tables of prices, and where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from civicapp.kernel import boot
from civicapp.settings import Settings

UNITS = "code,name_en,dimension,to_base\nkg,kg,mass,1\nlitre,litre,volume,1\n"
COMMODITIES = (
    "code,parent,name_en,unit,surveyed,staple\n"
    "rice,,Rice,kg,,\nrice-fine,rice,Fine rice,kg,true,1\noil,,Oil,litre,true,2\n"
)
MARKETS = "code,name,area,lat,lon,active_from,active_to\nM1,Market,7,1.5,101.5,,\n"
REFERENCES = (
    "id,commodity,area,floor,ceiling,valid_from,valid_to,basis\n"
    "a,rice,,10,20,2026-01-01,2026-06-30,decree\nb,rice,,10,21,2026-07-01,,decree\n"
)
BASKET = "commodity,weight,source\nrice,0.6,survey 2024\noil,0.4,survey 2024\n"
SOUND = {
    "config.yaml": "sources: [survey, csv]\n",
    "units.csv": UNITS,
    "commodities.csv": COMMODITIES,
    "markets.csv": MARKETS,
    "references.csv": REFERENCES,
    "basket.csv": BASKET,
}
REGION = """\
format: 1
id: isle
area: "7"
name: {en: Isle}
timezone: UTC
currency: XXX
languages: [en]
plugins: [prices]
levels:
  province: {name: {en: Province}}
"""
Found = Callable[..., list[str]]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Return place and code of each error after a text of a file was replaced."""
    monkeypatch.chdir(tmp_path)

    def check(file: str = "config.yaml", old: str = "", new: str = "") -> list[str]:
        texts = dict(SOUND)
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new, 1) if old else texts[file] + new
        pack = Path("isle")
        (pack / "services/prices").mkdir(parents=True)
        (pack / "areas").mkdir()
        (pack / "region.yaml").write_text(REGION, "utf-8")
        areas = "code,name,level,parent\n7,Isle,province,\n"
        (pack / "areas/areas.csv").write_text(areas, "utf-8")
        for name, text in texts.items():
            (pack / "services/prices" / name).write_text(text, "utf-8")
        problems = boot(pack, settings=Settings()).problems
        start = "isle/services/prices/"
        return [f"{str(p.origin).removeprefix(start)} {p.code}" for p in problems if p.is_error]

    return check


def test_sound_tables_have_no_fault(found: Found) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("config.yaml", "", "survey_open: 9am\n", "config.yaml:2:14 wrong-value"),
        ("config.yaml", "", 'survey_open: "12:00"\n', "config.yaml:2:14 wrong-value"),
        ("config.yaml", "", "change_watch: 0.5\n", "config.yaml:2:15 wrong-value"),
        ("config.yaml", "", "gap_classes: [0.2, 0.1]\n", "config.yaml:2:14 wrong-value"),
        ("config.yaml", "csv]", "csv, csv]", "config.yaml:1:24 duplicate-key"),
        ("commodities.csv", "Oil,litre", "Oil,gallon", "commodities.csv:4:10 unknown-unit"),
        ("commodities.csv", "fine,rice,", "fine,rise,", "commodities.csv:3:11 unknown-commodity"),
        ("commodities.csv", "rice,,Rice", "rice,oil,Rice", "commodities.csv:3:11 wrong-value"),
        ("commodities.csv", "Oil,litre", "Oil,", "commodities.csv:4:1 missing-key"),
        ("commodities.csv", "true,2", "true,1", "commodities.csv:4:21 duplicate-key"),
        ("commodities.csv", "", "map,,Map,kg,,\n", "commodities.csv:5:1 wrong-value"),
        ("markets.csv", "1.5,101.5", "1.5,", "markets.csv:2:1 missing-key"),
        ("references.csv", ",20,", ",9,", "references.csv:2:9 wrong-value"),
        ("references.csv", "10,20", ",", "references.csv:2:1 missing-key"),
        ("references.csv", "06-30", "07-01", "references.csv:3:15 overlapping-references"),
        ("references.csv", "2026-06-30", "2025-06-30", "references.csv:2:26 wrong-value"),
        ("references.csv", "b,rice", "b,tea", "references.csv:3:3 unknown-commodity"),
        ("basket.csv", "0.4", "0.5", "basket.csv:2:6 wrong-value"),
        ("basket.csv", "oil,", "tea,", "basket.csv:3:1 unknown-commodity"),
    ],
)
def test_a_fault_is_told_at_its_cell(
    found: Found, file: str, old: str, new: str, fault: str
) -> None:
    assert fault in found(file, old, new)


def test_the_other_row_of_an_overlap_is_named(
    found: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found("references.csv", "06-30", "07-01")
    problems = boot(Path("isle"), settings=Settings()).problems
    [overlap] = [p for p in problems if p.code == "overlapping-references"]
    assert "isle/services/prices/references.csv:2" in overlap.message
