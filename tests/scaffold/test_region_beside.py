"""Two real regions from one installation, in one process: Lampung, and the example of Jakarta."""

from pathlib import Path
from typing import Any

import pytest

from civicapp.kernel import Kernel, boot
from civicapp.region.files import Reader
from civicapp.region.read import open_pack

JAKARTA = Path(__file__).parents[2] / "examples" / "regions" / "dki-jakarta"
REPORTS = "/api/v1/complaints/reports"
MONAS = (-6.1754, 106.8272)
BANDAR_LAMPUNG = (-5.4095, 105.19)
POTHOLE = {"category": "road.pothole", "description": "A deep hole in the lane beside the market."}


@pytest.fixture(scope="module")
def jakarta() -> Kernel:
    found = boot(JAKARTA)
    assert found.problems == ()
    assert found.kernel is not None
    return found.kernel


@pytest.fixture(scope="module")
def lampung() -> Kernel:
    found = boot("lampung")
    assert found.kernel is not None
    return found.kernel


def test_each_answers_with_its_own(jakarta: Kernel, lampung: Kernel, serve: Any) -> None:
    one, two = (serve(kernel).visitor("en").client for kernel in (jakarta, lampung))
    assert "Jakarta Services" in one.get("/").text
    assert "Lampung Services" in two.get("/").text
    assert "Jakarta" not in two.get("/").text
    listed = [{a["code"] for a in c.get("/api/v1/core/areas").json()["items"]} for c in (one, two)]
    assert listed[0] == {"31.01", "31.71", "31.72", "31.73", "31.74", "31.75"}
    assert len(listed[1]) == 15
    assert one.get("/area/18.71").status_code == 404
    assert two.get("/area/31.71").status_code == 404

    numbers = []
    for client, (lat, lon) in ((one, MONAS), (two, BANDAR_LAMPUNG), (one, MONAS)):
        answer = client.post(REPORTS, json={**POTHOLE, "lat": lat, "lon": lon})
        assert answer.status_code == 201, answer.text
        numbers.append(answer.json())
    assert [n["id"][:4] for n in numbers] == ["JKT-", "LPG-", "JKT-"]
    assert numbers[0]["area"]["code"] == "31.71.01"
    assert numbers[0]["agency"]["name"] == "Dinas Bina Marga DKI Jakarta"
    assert numbers[1]["area"]["code"].startswith("18.71")
    # A point of the other's land is nobody's.
    wrong = two.post(REPORTS, json={**POTHOLE, "lat": MONAS[0], "lon": MONAS[1]})
    assert wrong.status_code == 422


def test_nobody_is_responsible_but_offices_that_jakarta_has(jakarta: Kernel) -> None:
    """No rule leads to an office of an autonomous regency or city, anywhere."""
    region = jakarta.region
    config: Any = region.services["complaints"]
    active = {c.code for c in config.categories if c.active}
    assert len(active) > 75
    for rule in config.routes:
        for code in filter(None, (rule.agency, rule.alternative)):
            assert not code.startswith("K_") or code in ("K_KEC", "K_DESA"), rule.id
            office = region.agencies.office(code, "31.71.01.1001")
            assert office is not None, rule.id
    roles = [a.code for a in region.agencies.values() if a.scope == "regency"]
    assert roles == ["KOTA_ADM"]


def test_roads_are_national_or_the_provinces(jakarta: Kernel) -> None:
    config: Any = jakarta.region.services["complaints"]
    owners = {a.code: a.owner for a in config.answers if a.question == "road_owner"}
    assert owners == {"national": "national", "province": "province", "unknown": "province"}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (MONAS, "31.71.01"),
        ((-6.2443, 106.7990), "31.74.07"),  # Blok M
        ((-5.7447, 106.6160), "31.01.01"),  # Pulau Pramuka
        ((-6.9147, 107.6098), None),  # Bandung
    ],
)
def test_points_find_their_kecamatan(
    jakarta: Kernel, place: tuple[float, float], code: str | None
) -> None:
    found = jakarta.region.boundaries.locate(*place).area
    assert (found.code if found else None) == code


def test_the_pack_names_the_origin_of_every_file(jakarta: Kernel) -> None:
    pack = open_pack(JAKARTA, Reader())
    assert pack is not None
    tables = {name for name, _ in pack.layers[-1].tables}
    own = {s.file: s for s in jakarta.region.sources if s.pack == "dki-jakarta"}
    assert own.keys() == tables
    assert own["organisation/agencies.csv"].licence == "none stated (facts)"
