"""How far a price lies above a ceiling, or below a floor, that the law names."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from civicapp_prices.domain.changes import CHANGE_PLACES
from civicapp_prices.domain.series import rounded

CLASSES = ("slight", "marked", "severe")
WITHIN = "within"


class Limit(Protocol):
    """A reference price; `area` None holds everywhere."""

    @property
    def commodity(self) -> str:
        """Return the commodity's code."""
        ...

    @property
    def area(self) -> str | None:
        """Return the area where it holds, and below."""
        ...

    @property
    def valid_from(self) -> datetime.date:
        """Return the first day."""
        ...

    @property
    def valid_to(self) -> datetime.date | None:
        """Return the last day, None while it holds."""
        ...


L = TypeVar("L", bound=Limit)


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap as a fraction: above the ceiling it is positive, below the floor negative, else 0."""

    fraction: Decimal
    class_: str


def gap(
    price: Decimal,
    floor: Decimal | None,
    ceiling: Decimal | None,
    steps: Sequence[Decimal] = (Decimal("0.05"), Decimal("0.10")),
) -> Gap:
    """Compare a price with its band; the class counts how many steps the gap is beyond."""
    if ceiling is not None and price > ceiling:
        exact = Fraction(price) / Fraction(ceiling) - 1
    elif floor is not None and price < floor:
        exact = Fraction(price) / Fraction(floor) - 1
    else:
        return Gap(Decimal(0), WITHIN)
    beyond = sum(abs(exact) > step for step in steps)
    return Gap(rounded(exact, CHANGE_PLACES), CLASSES[min(beyond, len(CLASSES) - 1)])


def in_force(
    limits: Iterable[L], commodity: str, areas: Sequence[str], day: datetime.date
) -> L | None:
    """Return the reference price of a day: that of the narrowest area, the newest of these.

    areas: codes of the place, the narrowest first.
    """
    found = [
        limit
        for limit in limits
        if limit.commodity == commodity
        and (limit.area is None or limit.area in areas)
        and limit.valid_from <= day
        and (limit.valid_to is None or day <= limit.valid_to)
    ]
    if not found:
        return None

    def rank(limit: L) -> tuple[int, int]:
        place = len(areas) if limit.area is None else areas.index(limit.area)
        return place, -limit.valid_from.toordinal()

    return min(found, key=rank)
