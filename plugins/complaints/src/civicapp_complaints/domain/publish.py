"""What the public may see of a report: what its reporter chose and a reviewer approved.

A public record is built field by field; what does not stand here never leaves.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from civicapp_complaints.config import Category

GRID = Decimal("0.001")  # degrees: about 111 m
Visibility = Literal["private", "public"]
Review = Literal["pending", "approved", "refused"]


class Filed(Protocol):
    """What a stored report has to have, so that it can be published."""

    @property
    def number(self) -> str:
        """Return the 9 characters of its number."""
        ...

    @property
    def category(self) -> str:
        """Return the code of its category."""
        ...

    @property
    def state(self) -> str:
        """Return its state."""
        ...

    @property
    def outcome(self) -> str | None:
        """Return how it ended, if it has."""
        ...

    @property
    def agency(self) -> str | None:
        """Return the code of the responsible agency."""
        ...

    @property
    def area(self) -> str | None:
        """Return the code of its area."""
        ...

    @property
    def lat(self) -> Decimal | float | None:
        """Return its latitude."""
        ...

    @property
    def lon(self) -> Decimal | float | None:
        """Return its longitude."""
        ...

    @property
    def visibility(self) -> str:
        """Return what its reporter chose."""
        ...

    @property
    def review(self) -> str:
        """Return what a reviewer decided."""
        ...

    @property
    def public_text(self) -> str | None:
        """Return the reviewed text."""
        ...

    @property
    def created_at(self) -> datetime.datetime:
        """Return when it came."""
        ...

    @property
    def updated_at(self) -> datetime.datetime:
        """Return when it changed last."""
        ...

    @property
    def closed_at(self) -> datetime.datetime | None:
        """Return when it was closed."""
        ...

    @property
    def due_at(self) -> datetime.datetime | None:
        """Return by when it is due."""
        ...


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """A report as everyone may see it."""

    number: str
    category: str
    text: str
    state: str
    outcome: str | None
    agency: str | None
    area: str | None
    lat: float | None
    lon: float | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    closed_at: datetime.datetime | None
    due_at: datetime.datetime | None


def is_public(report: Filed, category: "Category | None") -> bool:
    """Tell whether everyone may see a report; a category that is gone is not public."""
    return (
        category is not None
        and not category.sensitive
        and report.visibility == "public"
        and report.review == "approved"
    )


def public_record(report: Filed, category: "Category | None") -> PublicRecord | None:
    """Return what everyone may see, None if that is nothing."""
    if category is None or not is_public(report, category):
        return None
    lat, lon = public_point(report.lat, report.lon, exact=category.public_asset)
    return PublicRecord(
        number=report.number,
        category=report.category,
        text=report.public_text or "",
        state=report.state,
        outcome=report.outcome,
        agency=report.agency,
        area=report.area,
        lat=lat,
        lon=lon,
        created_at=report.created_at,
        updated_at=report.updated_at,
        closed_at=report.closed_at,
        due_at=report.due_at,
    )


def public_point(
    lat: Decimal | float | None, lon: Decimal | float | None, *, exact: bool
) -> tuple[float | None, float | None]:
    """Return the point that may be shown: exact for public property, else of a coarse grid."""
    if lat is None or lon is None:
        return None, None
    if exact:
        return float(lat), float(lon)
    return _snapped(lat), _snapped(lon)


def _snapped(degrees: Decimal | float) -> float:
    return float(Decimal(str(degrees)).quantize(GRID)) + 0.0  # no minus in front of zero


class Place(Protocol):
    """An area: `civicapp.Area` fits."""

    @property
    def code(self) -> str:
        """Return its code."""
        ...

    @property
    def level(self) -> str:
        """Return its level."""
        ...


def told_area(places: Sequence[Place], levels: Sequence[str], finest: str | None) -> str | None:
    """Return the narrowest area at which a sensitive report's place may be told.

    places: the area and those above it, in any order. levels: of the region, widest first. finest:
    the level to stop at; None tells no place at all.
    """
    if finest is None or finest not in levels:
        return None
    kept = [
        p for p in places if p.level in levels and levels.index(p.level) <= levels.index(finest)
    ]
    return max(kept, key=lambda p: levels.index(p.level)).code if kept else None
