"""What reading a file of prices yields: prices with their place, and rejects with a reason."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
PLACES = 6
SHOWN = 80


class Unreadable(Exception):
    """Say why a whole file cannot be used, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Cell:
    """A price as a file states it, in the commodity's own unit. row: counts from 1, as editors do.

    scope: `a:<area>` or `m:<market>`. step: a `month` has its first day as date.
    """

    row: int
    column: str
    scope: str
    commodity: str
    date: datetime.date
    price: Decimal
    n: int | None = None
    step: Literal["day", "month"] = "day"


@dataclass(frozen=True, slots=True)
class Reject:
    """A value that is not taken, and why, for the one who mends the file."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A sound row of another region, counted and passed over."""

    row: int


Read: TypeAlias = Cell | Reject | Outside


class Refused(Exception):
    """Say why a value is not taken."""


class UnitLike(Protocol):
    """A unit of quantity."""

    @property
    def dimension(self) -> str:
        """Return what it measures."""
        ...

    @property
    def to_base(self) -> Decimal:
        """Return how many base units it is."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What the readers know of the region: made from its pack.

    area: the file's own area where its rows name none. names: code of a commodity by what a source
    calls it. units, unit_of: units by code, and the unit's code of each commodity, None unknown.
    markets: codes. areas: codes of the region. places: codes of areas by the folded names of the
    area above and of their own; provinces: those names above. today: no price lies after it.
    """

    area: str
    today: datetime.date
    currency: str
    names: Mapping[tuple[str, str], str]
    units: Mapping[str, UnitLike]
    unit_of: Mapping[str, str | None]
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)
    provinces: frozenset[str] = frozenset()

    def commodity(self, source: str, name: str) -> str | None:
        """Return the code of what a source calls `name`."""
        return self.names.get((source, name.strip()))


def price_of(text: str) -> Decimal:
    """Read a price such as 15750, 15750.5 or 15,750; raise Refused."""
    text = text.strip()
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not PLAIN.fullmatch(text):
        raise Refused("is no number; write it as 15750 or 15,750")
    price = Decimal(text)
    if price <= 0:
        raise Refused("a price is more than 0; leave the cell empty where there is none")
    if -int(price.normalize().as_tuple().exponent) > PLACES:
        raise Refused(f"has more than {PLACES} decimal places")
    return price


def day_of(text: str, today: datetime.date) -> datetime.date:
    """Read a day as 2026-12-24; raise Refused."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Refused("is no day; write year, month and day, such as 2026-12-24")
    return _checked(text, today)


def slashed_day(text: str, today: datetime.date) -> datetime.date:
    """Read a day as 24/12/2026; raise Refused."""
    found = re.fullmatch(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", text.strip())
    if not found:
        raise Refused("is no day of the form 24/12/2026")
    return _checked(f"{found[3]}-{found[2]}-{found[1]}", today)


def _checked(text: str, today: datetime.date) -> datetime.date:
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        raise Refused("is no day of the calendar") from None
    if date > today:
        raise Refused(f"lies in the future; today is {today}")
    return date


def converted(price: Decimal, unit: str, commodity: str, known: Known) -> Decimal:
    """Turn a price per `unit` into one per the commodity's own unit; raise Refused.

    Units of one dimension alone: a litre is no kilogram, whatever it weighs.
    """
    own = known.unit_of.get(commodity)
    if own is None:
        if unit:
            raise Refused(f"the unit of {commodity} is not known, so a price per {unit} is another")
        return price
    if not unit:
        raise Refused(f"names no unit; {commodity} is per {own}")
    if unit not in known.units:
        raise Refused(f"`{unit}` is no known unit; {commodity} is per {own}")
    given, wanted = known.units[unit], known.units[own]
    if given.dimension != wanted.dimension:
        raise Refused(
            f"a price per {unit} is none per {own}: one is {given.dimension}, not the other"
        )
    exact = price * wanted.to_base / given.to_base
    return exact.quantize(Decimal(1).scaleb(-PLACES)).normalize() + 0


def cut(text: str) -> str:
    """Shorten a value for a message."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
