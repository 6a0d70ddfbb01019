"""The packs that come with civicapp: categories, words, and who is responsible for them."""

import csv
import datetime
import re
import zoneinfo
from pathlib import Path

import pytest
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.catalog import Catalog
from civicapp_complaints.domain.deadline import deadline
from civicapp_complaints.domain.routing import Route, Unrouted, resolve

from civicapp import Region
from civicapp.kernel import boot
from civicapp.service import ICONS

# The proposal of 88 categories from which the packs were made.
TABLE = (Path(__file__).parent / "lampung_88.csv").read_text("utf-8")
PROPOSED = list(csv.DictReader(TABLE.splitlines()))
MERGED = {r["code"]: re.sub(r"^(road\.pothole)\..*", r"\1", r["code"]) for r in PROPOSED}
OWNERS = {"nasional": "national", "provinsi": "province", "kabkota": "regency"}
METRO = """\
format: 1
id: kota-metro
extends: lampung
area: "18.72"
name: {id: Metro, en: Metro}
"""
SENSITIVE = {
    "order.crime",
    "order.drugs",
    "edu.violence",
    "health.mental",
    "social.violence",
    "gov.extortion",
}


def config(region: Region) -> ComplaintsConfig:
    return region.config("complaints", ComplaintsConfig)


def responsible(
    region: Region, code: str, area: str, answer: str | None = None
) -> tuple[Route | Unrouted, str | None, str | None]:
    """Return the route, the code of the office that holds the role, and that of the alternative."""
    catalog = Catalog(config(region))
    category = catalog.categories[code]

    def holder(agency: str | None) -> str | None:
        office = region.agencies.office(agency, area) if agency else None
        return office.agency.code if office else None

    found = resolve(
        config(region).routes,
        category,
        region.areas[area].path,
        catalog.answer(category, answer),
        lambda agency: region.agencies.office(agency, area) is not None,
    )
    if isinstance(found, Unrouted):
        return found, None, None
    return found, holder(found.agency), holder(found.rule.alternative)


def test_lampung_has_the_proposed_categories_and_one_pothole(lampung: Region) -> None:
    assert len(PROPOSED) == 88
    categories = Catalog(config(lampung)).categories
    assert set(categories) == set(MERGED.values())
    assert len(categories) == 86


@pytest.mark.parametrize("area", ["18.71.02.1009", "18.01.04.2001"])
def test_a_resident_of_lampung_gets_the_proposed_agency(lampung: Region, area: str) -> None:
    found, proposed = {}, {}
    for row in PROPOSED:
        code = MERGED[row["code"]]
        answer = OWNERS.get(row["code"].rpartition(".")[2]) if code == "road.pothole" else None
        route, agency, alternative = responsible(lampung, code, area, answer)
        assert isinstance(route, Route)
        assert not route.assumed
        found[row["code"]] = (agency, alternative if row["alt_agency"] else "")
        proposed[row["code"]] = (row["default_agency"], row["alt_agency"])
    assert found == proposed


def test_who_does_not_know_the_road_gets_the_city_and_a_mark(lampung: Region) -> None:
    for answer in ("unknown", None):
        route, agency, _ = responsible(lampung, "road.pothole", "18.71.06", answer)
        assert agency == "K_PUPR"
        assert isinstance(route, Route)
        assert route.assumed
    office = lampung.agencies.office("K_PUPR", "18.71.06")
    assert office is not None
    assert office.name == "Dinas PUPR Kota Bandar Lampung"


def test_where_the_village_is_not_known_its_road_is_the_regencys(lampung: Region) -> None:
    assert responsible(lampung, "road.village", "18.01.04.2001")[1] == "K_DESA"
    assert responsible(lampung, "road.village", "18.01.04")[1] == "K_PUPR"


def test_a_place_without_an_office_is_for_the_desk(lampung: Region) -> None:
    route, *_ = responsible(lampung, "civil.ktp", "18")
    assert isinstance(route, Unrouted)
    assert route.reason == "no-office"
    desk = lampung.agencies.office(config(lampung).desk_agency, "18")
    assert desk is not None
    assert desk.name == "Sekretariat Daerah Provinsi Lampung"


def test_classes_follow_the_proposed_hours(lampung: Region) -> None:
    categories = Catalog(config(lampung)).categories
    for row in PROPOSED:
        category = categories[MERGED[row["code"]]]
        hours = int(row["sla_hours"])
        if category.code.startswith("emergency."):
            assert (category.sla, category.emergency) == (None, True)
            assert category.call
        else:
            expected = "urgent" if hours <= 24 else "simple" if hours <= 120 else "no_inspection"
            assert (category.code, category.sla) == (category.code, expected)
            assert not category.emergency


def test_places_and_privacy_follow_the_proposal(lampung: Region) -> None:
    for category in config(lampung).categories:
        bodiless = category.code.split(".")[0] in ("civil", "tax", "gov")
        assert (category.location == "none") == bodiless
        assert category.sensitive == (category.code in SENSITIVE)


@pytest.mark.parametrize("name", ["lampung", "indonesia"])
def test_each_category_has_words_a_picture_and_a_short_name(
    name: str, request: pytest.FixtureRequest
) -> None:
    region: Region = request.getfixturevalue(name)
    catalog = Catalog(config(region))
    assert {g.icon for g in catalog.groups} <= ICONS
    for category in catalog.active():
        assert catalog.icon(category) in ICONS
        assert set(category.name) == {"id", "en"}
        assert max(map(len, category.name.values())) <= 60
        assert category.words is not None
        assert set(category.words) == {"id", "en"}
        assert category in catalog.search(category.name["id"], limit=3)
    for group in catalog.groups:
        assert catalog.active(group.code)


def test_numbers_to_call_are_confirmed_hotlines(lampung: Region) -> None:
    numbers = lampung.services["hotlines"].numbers  # type: ignore[attr-defined]
    confirmed = {n.number for n in numbers if n.status == "confirmed" and n.area is None}
    assert {c.call for c in config(lampung).categories if c.call} <= confirmed


def test_every_category_finds_an_office_in_every_regency(indonesia: Region) -> None:
    regencies = [a.code for a in indonesia.areas.values() if a.level == "regency"]
    assert len(regencies) == 514
    offices = {r.agency for r in config(indonesia).routes} - {"K_DESA"}
    for area in regencies:
        assert all(indonesia.agencies.office(agency, area) for agency in offices)
    for category in config(indonesia).categories:
        route, agency, _ = responsible(indonesia, category.code, "32.73")  # Kota Bandung
        assert isinstance(route, Route), category.code
        assert agency is not None


def test_the_base_pack_knows_nothing_of_lampung(indonesia: Region) -> None:
    categories = Catalog(config(indonesia)).categories
    assert len(categories) == 85
    assert "health.rsudam" not in categories
    text = repr(config(indonesia))
    assert not [w for w in ("Lampung", "Bakauheni", "Moeloek", "Way Kambas") if w in text]


def test_numbers_begin_with_the_regions_letters(lampung: Region, indonesia: Region) -> None:
    assert config(lampung).number_prefix == "LPG"
    assert config(indonesia).number_prefix == "IDN"


def test_the_pothole_of_a_street_is_due_in_fourteen_working_days(lampung: Region) -> None:
    zone = zoneinfo.ZoneInfo(lampung.timezone_of("18.71"))
    catalog = Catalog(config(lampung))
    start = datetime.datetime(2026, 3, 16, 10, tzinfo=zone)
    found = deadline(catalog.sla(catalog.categories["road.pothole"]), start, lampung.calendar, zone)
    assert found is not None
    assert found.at.isoformat() == "2026-04-13T16:00:00+07:00"


def test_a_city_on_top_of_the_province_needs_nothing_but_its_desk(tmp_path: Path) -> None:
    (tmp_path / "kota-metro/services/complaints").mkdir(parents=True)
    pack = tmp_path / "kota-metro"
    (pack / "region.yaml").write_text(METRO, "utf-8")
    (pack / "services/complaints/config.yaml").write_text("desk_agency: K_SETDA\n", "utf-8")
    found = boot(pack, today=datetime.date(2026, 11, 24))
    assert found.kernel is not None, found.problems
    assert found.region is not None
    for code, agency in (
        ("road.pothole", "K_PUPR"),
        ("env.pollution", "DLH"),
        ("water.river", "N_BBWSMS"),
        ("health.rsudam", "RSUDAM"),
    ):
        assert responsible(found.region, code, "18.72.01")[1] == agency
    desk = found.region.agencies.office(config(found.region).desk_agency, "18.72")
    assert desk is not None
    assert desk.name == "Sekretariat Daerah Kota Metro"
