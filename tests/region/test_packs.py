"""The packs that come with civicapp: they boot without errors, and say what they should."""

import datetime
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from civicapp.kernel import boot
from civicapp.region import Region
from civicapp.region.boundaries import METRES_PER_DEGREE
from civicapp.region.pack import PACKAGED

TODAY = datetime.date(2026, 6, 1)


def load(name: str | Path) -> Region:
    booted = boot(name, today=TODAY)
    assert booted.kernel is not None, booted.problems
    assert booted.problems == ()
    return booted.kernel.region


@pytest.fixture(scope="module")
def lampung() -> Region:
    return load("lampung")


@pytest.fixture(scope="module")
def indonesia() -> Region:
    return load("indonesia")


def test_indonesia_has_its_areas(indonesia):
    levels = Counter(a.level for a in indonesia.areas.values())
    assert levels == {"province": 38, "regency": 514, "district": 7285}
    assert len(indonesia.boundaries) == 514
    assert indonesia.area is None
    assert all(indonesia.areas.own(code) for code in indonesia.areas)


def test_each_province_has_a_time_zone_and_each_area_inherits_it(indonesia):
    zones = Counter(a.timezone for a in indonesia.areas.children(None))
    assert sum(zones.values()) == 38
    assert set(zones) == {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}
    for code, zone in {"11.01": "Jakarta", "51.01": "Makassar", "81.01": "Jayapura"}.items():
        assert indonesia.areas[code].timezone is None
        assert indonesia.timezone_of(code) == f"Asia/{zone}"


@pytest.mark.parametrize(
    ("words", "code"),
    [("jakarta", "31"), ("diy", "34"), ("ntb", "52"), ("Nusa Tenggara Barat", "52")],
)
def test_provinces_are_found_by_what_people_call_them(indonesia, words, code):
    assert indonesia.areas.search(words)[0].code == code


def test_lampung_has_its_areas_and_those_above(lampung):
    levels = Counter(a.level for a in lampung.areas.values())
    assert levels == {"province": 1, "regency": 15, "district": 229, "village": 2651}
    assert len(lampung.areas) == 2896
    assert lampung.area is not None
    assert lampung.area.code == "18"
    assert lampung.timezone_of("18.01.21") == "Asia/Jakarta"
    assert sum(a.postal_code is not None for a in lampung.areas.values()) > 2000


def test_lampung_has_its_agencies_and_the_roles_of_its_parent(lampung, indonesia):
    table = PACKAGED / "lampung/organisation/agencies.csv"
    own = {line.split(",")[0] for line in table.read_text("utf-8").splitlines()[1:]}
    assert len(own) == 94
    roles = {code for code in indonesia.agencies if code[:2] in ("N_", "P_", "K_")}
    assert own | roles == set(lampung.agencies)


@pytest.mark.parametrize(
    ("lat", "lon", "reason", "code"),
    [
        (-5.19, 103.93, "near", "18.13.01"),  # the beach of Krui
        (-5.8705, 105.7563, "near", "18.01.21"),  # the pier of Bakauheni
        (-6.1, 104.5, "nowhere", None),  # open sea
        (103.93, -5.19, "swapped", None),
        (105.26, -5.43, "swapped", None),
        (-3.35, 104.75, "outside", None),  # Sumatera Selatan, far from the border
    ],
)
def test_places_of_lampung(lampung, lat, lon, reason, code):
    place = lampung.boundaries.locate(lat, lon)
    assert (place.reason, place.area and place.area.code) == (reason, code)


def test_telukbetung_utara_in_bandar_lampung(lampung):
    area = lampung.boundaries.locate(-5.43, 105.26).area
    assert area is not None
    assert "18.71" in area.path
    assert "Telukbetung Utara" in {lampung.areas[code].name for code in area.path}


class Border:
    """The land border of Lampung's main island, in metres around a middle latitude."""

    STEP = 2000  # metres along the border
    OUT = 200  # metres outwards

    def __init__(self, region: Region) -> None:
        self.scale = METRES_PER_DEGREE * math.cos(math.radians(-4.5))
        self.own = self.metres(region, [c.code for c in region.areas.children("18")])
        base = load("indonesia")
        codes = [c.code for c in base.areas.values() if c.code.startswith(("16.", "17.", "36."))]
        self.other = self.metres(base, codes)

    def metres(self, region: Region, codes: list[str]) -> Any:
        """Return the union of some boundaries."""
        shapes = [shape for code in codes if (shape := region.boundaries.shape(code))]
        size = (self.scale, METRES_PER_DEGREE)
        return shapely.transform(shapely.union_all(shapes), lambda p: p * size)

    def points(self) -> Iterator[tuple[float, float]]:
        """Walk 200 m outwards where the neighbour's coarse polygon lies within a kilometre."""
        ring = max(self.own.geoms, key=lambda g: g.area).exterior
        shapely.prepare(self.own)
        for along in range(0, int(ring.length), self.STEP):
            here, there = ring.interpolate(along), ring.interpolate(along + 5)
            if self.other.distance(here) > 1000:
                continue
            dx, dy = there.x - here.x, there.y - here.y
            length = math.hypot(dx, dy) or 1.0
            for side in (1, -1):
                x = here.x + side * self.OUT * dy / length
                y = here.y - side * self.OUT * dx / length
                if not self.own.contains(shapely.Point(x, y)):
                    yield y / METRES_PER_DEGREE, x / self.scale


def test_no_place_across_the_land_border_is_given_to_lampung(lampung):
    points = list(Border(lampung).points())
    assert len(points) >= 100
    found = Counter(lampung.boundaries.locate(lat, lon).reason for lat, lon in points)
    assert found == {"outside": len(points)}


@pytest.mark.parametrize(
    ("code", "area", "name"),
    [
        ("K_PUPR", "18.71", "Dinas PUPR Kota Bandar Lampung"),
        ("K_PUPR", "18.71.01", "Dinas PUPR Kota Bandar Lampung"),
        ("K_PUPR", "18.72", "Dinas PUPR Kota Metro"),
        ("K_PUPR", "18.01.21", "Dinas PUPR Kabupaten Lampung Selatan"),
    ],
)
def test_a_role_means_another_office_in_each_area(lampung, code, area, name):
    office = lampung.agencies.office(code, area)
    assert office.name == name
    assert office.code == code
    assert office.area.level == "regency"


def test_roles_of_districts_and_villages(lampung):
    office = lampung.agencies.office("K_KEC", "18.71.01")
    assert office.area.code == "18.71.01"
    assert office.name.endswith(office.area.title.text("id"))
    village = next(a for a in lampung.areas.values() if a.level == "village")
    assert lampung.agencies.office("K_DESA", village.code).area.code == village.code
    # Too wide a place has no such office.
    assert lampung.agencies.office("K_KEC", "18.71") is None
    assert lampung.agencies.office("K_PUPR", "18") is None
    assert lampung.agencies.office("K_PUPR", None) is None
    assert lampung.agencies.office("K_PUPR", "99.99") is None


def test_roles_are_held_by_the_packs_own_offices(lampung):
    river = lampung.agencies.office("N_BWS", "18.71")
    assert river.code == "N_BWS"
    assert river.agency.code != "N_BWS"
    assert river.agency.role == "N_BWS"
    held = {a.role for a in lampung.agencies.values() if a.role}
    province = [code for code in lampung.agencies if code.startswith("P_")]
    for code in held & set(province):
        office = lampung.agencies.office(code, "18.71")
        assert office.agency.role == code
        assert office.name == office.agency.short_name
    assert len(held & set(province)) > 5


def test_offices_that_serve_an_area_are_listed_once(lampung):
    offices = lampung.agencies.serving("18.71.01")
    assert len({(o.code, o.area and o.area.code) for o in offices}) == len(offices)
    names = [o.name for o in offices]
    assert names.count("Dinas PUPR Kota Bandar Lampung") == 1
    levels = [len(o.area.path) if o.area else 0 for o in offices]
    assert levels == sorted(levels, reverse=True)


def test_calendar_of_2026_is_indonesian_and_knows_its_collective_leave(lampung):
    days = lampung.calendar.days(2026)
    day = datetime.date(2026, 8, 17)
    assert days[day].kind == "public"
    assert "Kemerdekaan" in days[day].name["id"]
    assert "Independence" in days[day].name["en"]
    leave = [h for h in days.values() if h.kind == "leave"]
    assert len(leave) >= 5
    assert all(h.name["id"].startswith("Cuti Bersama") for h in leave)
    assert lampung.calendar.covers(2026)
    assert not lampung.calendar.covers(2050)


def test_texts_and_sources(lampung):
    assert lampung.languages == ("id", "en")
    assert {slug for slug, _ in lampung.pages} >= {"privacy", "terms", "accessibility", "contact"}
    assert {(s.pack, s.file) for s in lampung.sources} >= {
        ("indonesia", "areas/areas.csv"),
        ("lampung", "areas/areas.csv"),
    }
    assert lampung.areas["18"].title == {"id": "Provinsi Lampung", "en": "Lampung Province"}
    assert lampung.areas["18.71"].title.text("id") == "Kota Bandar Lampung"


def test_a_pack_three_layers_deep_found_through_the_packaged_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "kota-metro"
    folder.mkdir()
    (folder / "region.yaml").write_text(
        'format: 1\nid: kota-metro\nextends: lampung\narea: "18.72"\n'
        "name: {id: Kota Metro, en: Metro City}\n"
    )
    metro: Any = load(folder)
    assert metro.area is not None
    assert metro.area.title.text("id") == "Kota Metro"
    levels = Counter(a.level for a in metro.areas.values())
    assert (levels["province"], levels["regency"], levels["district"]) == (1, 1, 5)
    assert [a.code for a in metro.areas.above("18.72.01")] == ["18.72.01", "18.72", "18"]
    assert metro.agencies.office("K_PUPR", "18.72.01").name == "Dinas PUPR Kota Metro"
    assert "18.71" not in metro.areas
    assert metro.boundaries.locate(-5.113, 105.307).area.path[:2] == ("18", "18.72")
    assert metro.boundaries.locate(-5.43, 105.26).reason == "outside"
    assert metro.timezone_of("18.72.01") == "Asia/Jakarta"
    found = metro.explain("timezone")
    assert (found.value, found.origin.line) == ("Asia/Jakarta", 8)
    assert found.origin.file.endswith("regions/indonesia/region.yaml")
