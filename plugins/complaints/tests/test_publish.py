"""What the public may see."""

import dataclasses
import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from civicapp_complaints.config import Category
from civicapp_complaints.domain.publish import (
    PublicRecord,
    is_public,
    public_point,
    public_record,
    told_area,
)
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Region

NOW = datetime.datetime(2026, 11, 24, 3, tzinfo=datetime.UTC)
LEVELS = ("province", "regency", "district", "village")
Make = Callable[..., Category]


@dataclasses.dataclass
class Stored:
    number: str = "7K3Q9XW2W"
    category: str = "road.hole"
    state: str = "routed"
    outcome: str | None = None
    agency: str | None = "ROADS"
    area: str | None = "7.1"
    lat: Decimal | None = Decimal("-5.429234")
    lon: Decimal | None = Decimal("105.261049")
    visibility: str = "public"
    review: str = "approved"
    public_text: str | None = "A hole."
    created_at: datetime.datetime = NOW
    updated_at: datetime.datetime = NOW
    closed_at: datetime.datetime | None = None
    due_at: datetime.datetime | None = NOW
    description: str = "A hole, call 081234567890."
    phone: str = "081234567890"


def test_a_public_record_holds_these_fields_and_no_others() -> None:
    assert [f.name for f in dataclasses.fields(PublicRecord)] == [
        *("number", "category", "text", "state", "outcome", "agency", "area", "lat", "lon"),
        *("created_at", "updated_at", "closed_at", "due_at"),
    ]


def test_chosen_and_approved_reports_are_public(category: Make) -> None:
    record = public_record(Stored(), category())
    assert record is not None
    assert (record.number, record.text) == ("7K3Q9XW2W", "A hole.")
    assert (record.lat, record.lon) == (-5.429, 105.261)
    exact = public_record(Stored(), category(public_asset=True))
    assert exact is not None
    assert (exact.lat, exact.lon) == (-5.429234, 105.261049)
    nowhere = public_record(Stored(lat=None, lon=None), category())
    assert nowhere is not None
    assert (nowhere.lat, nowhere.lon) == (None, None)
    silent = public_record(Stored(public_text=None), category())
    assert silent is not None
    assert silent.text == ""


@pytest.mark.parametrize(
    ("visibility", "review", "sensitive"),
    [
        (visibility, review, sensitive)
        for visibility in ("private", "public")
        for review in ("pending", "approved", "refused")
        for sensitive in (False, True)
        if (visibility, review, sensitive) != ("public", "approved", False)
    ],
)
def test_all_others_are_not(category: Make, visibility: str, review: str, sensitive: bool) -> None:
    stored = Stored(visibility=visibility, review=review)
    assert public_record(stored, category(sensitive=sensitive)) is None


def test_a_category_that_is_gone_is_not_public() -> None:
    assert not is_public(Stored(), None)
    assert public_record(Stored(), None) is None


@given(st.decimals(-90, 90, places=6), st.decimals(-180, 180, places=6))
def test_the_grid_is_coarse_and_near(lat: Decimal, lon: Decimal) -> None:
    points = zip((lat, lon), public_point(lat, lon, exact=False), strict=True)
    for exact, shown in points:
        assert shown is not None
        assert abs(Decimal(str(shown)) - exact) <= Decimal("0.0005")
        assert len(str(Decimal(str(shown))).partition(".")[2]) <= 3
        assert str(shown) != "-0.0"


def test_floats_are_snapped_as_they_are_written() -> None:
    assert public_point(-5.4295, 105.2615, exact=False) == (-5.43, 105.262)
    assert public_point(-0.0001, 0.0, exact=False) == (0.0, 0.0)
    assert public_point(None, 1.0, exact=True) == (None, None)


def test_a_sensitive_place_is_told_by_its_district(lampung: Region) -> None:
    village = next(a for a in lampung.areas.values() if a.level == "village")
    places = lampung.areas.above(village.code)
    assert told_area(places, LEVELS, "district") == village.parent
    assert told_area(places, LEVELS, "village") == village.code
    assert told_area(places[1:], LEVELS, "village") == village.parent
    assert told_area(places, LEVELS, None) is None
    assert told_area((), LEVELS, "district") is None
