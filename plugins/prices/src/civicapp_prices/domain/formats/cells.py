"""What reading a file of prices yields: prices with their place, and rejects with a reason."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias

from civicapp_prices.domain.series import rounded

PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,15})?")
TWO_WAYS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
PLACES = 6
LARGEST = Decimal(10) ** 12
EARLIEST = datetime.date(1900, 1, 1)
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
    """A sound row of another region, counted and passed over. place: as the file calls it."""

    row: int
    place: str


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
class Around:
    """The areas right below one that tables of a whole country name: codes by folded name.

    exact: by full name, title or alias. short: by name without its kind, which several may share.
    whole: all of them are known here, so that another name is a mistake and no other region.
    """

    exact: Mapping[str, str]
    short: Mapping[str, tuple[str, ...]]
    whole: bool

    def named(self, name: str) -> tuple[str, ...]:
        """Return the codes that a folded name may mean."""
        return (self.exact[name],) if name in self.exact else self.short.get(name, ())


@dataclass(frozen=True, slots=True)
class Known:
    """What the readers know of the region: made from its pack.

    area: the file's own area where its rows name none. names: code of a commodity by what a source
    calls it. units, unit_of: units by code, and the unit's code of each commodity, None unknown.
    markets: codes. areas: codes of the region. around: areas by the folded names of the area above.
    today: no price lies after it.
    """

    area: str
    today: datetime.date
    currency: str
    names: Mapping[tuple[str, str], str]
    units: Mapping[str, UnitLike]
    unit_of: Mapping[str, str | None]
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    around: Mapping[str, Around] = field(default_factory=dict)

    def commodity(self, source: str, name: str) -> str | None:
        """Return the code of what a source calls `name`."""
        return self.names.get((source, name.strip()))


def price_of(text: str) -> Decimal:
    """Read a price such as 15750, 15750.5 or 15,750; raise Refused."""
    text = text.strip()
    if not text:
        raise Refused("is empty; leave the row out where there is no price")
    if TWO_WAYS.fullmatch(text):
        one, other = text.replace(".", ""), text.rstrip("0").rstrip(".")
        raise Refused(f"could be {one} or {other}; write one of them")
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not PLAIN.fullmatch(text):
        raise Refused("is no number; write it as 15750 or 15,750")
    return sound(Decimal(text))


def sound(price: Decimal) -> Decimal:
    """Return a price that can be kept; raise Refused."""
    if price <= 0:
        raise Refused("is no price, which is more than 0; leave the cell empty where there is none")
    if price >= LARGEST:
        raise Refused(f"is no price, which is less than {LARGEST:,.0f}")
    if -int(price.normalize().as_tuple().exponent) > PLACES:
        raise Refused(f"has more than {PLACES} decimal places")
    return price


def day_of(text: str, today: datetime.date) -> datetime.date:
    """Read a day as 2026-12-24; raise Refused."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Refused("is no day; write year, month and day, such as 2026-12-24")
    return _checked(text, today)


def month_of(text: str, today: datetime.date) -> datetime.date:
    """Read a month as 2026-12, which has begun; return its first day; raise Refused."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        raise Refused("is no month; write year and month, such as 2026-12")
    return _checked(f"{text}-01", today)


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
    if date < EARLIEST:
        raise Refused(f"lies before {EARLIEST.year}; is the year right?")
    return date


def count_of(text: str) -> int | None:
    """Read a number of quotes, None where it is empty; raise Refused."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise Refused("is no number of quotes; leave it empty where it is not known")
    return int(text)


def converted(price: Decimal, unit: str, commodity: str, known: Known) -> Decimal:
    """Turn a price per `unit`, a code, into one per the commodity's own unit; raise Refused."""
    own = known.unit_of.get(commodity)
    if own is None:
        if unit:
            raise Refused(f"cannot be compared: the unit of {commodity} is not known")
        return price
    if not unit:
        raise Refused(f"names no unit; {commodity} is per {own}")
    if unit not in known.units:
        raise Refused(f"is no known unit; {commodity} is per {own}")
    given = known.units[unit]
    return rescaled(price, given.dimension, Fraction(given.to_base), commodity, known)


def rescaled(
    price: Decimal, dimension: str, amount: Fraction, commodity: str, known: Known
) -> Decimal:
    """Turn a price for an amount, in base units of its dimension, into one per the own unit.

    Only within one dimension: a litre is no kilogram, whatever it weighs. Raise Refused.
    """
    own = known.unit_of.get(commodity)
    if own is None:
        raise Refused(f"cannot be compared: the unit of {commodity} is not known")
    wanted = known.units[own]
    if wanted.dimension != dimension:
        raise Refused(f"is {dimension}; {commodity} is per {own}, which is {wanted.dimension}")
    found = rounded(Fraction(price) * Fraction(wanted.to_base) / amount)
    return sound(found).normalize() + 0  # without zeros at its end, and without an exponent


def cut(text: str) -> str:
    """Shorten a value for a message."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
