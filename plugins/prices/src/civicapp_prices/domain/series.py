"""Series of prices: values by day, and their monthly means, exactly."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

PLACES = Decimal("0.000001")
EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)
"""Digits to reckon with: the same on every machine, unlike binary floats in long sums."""


@dataclass(frozen=True, slots=True)
class Value:
    """A price on a day; of a monthly series the first of the month. n: quotes, None if unknown."""

    date: datetime.date
    price: Decimal
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a month: exactly, and how many days were observed."""

    exact: Fraction
    days: int

    @property
    def price(self) -> Decimal:
        """Return the mean as it is published: six places, half to even."""
        return rounded(self.exact)


def monthly(values: Iterable[Value]) -> dict[str, Mean]:
    """Return the arithmetic mean of the observed days by month `YYYY-MM`, in order of time."""
    sums: dict[str, tuple[Fraction, int]] = {}
    for value in values:
        total, days = sums.get(month := month_of(value.date), (Fraction(0), 0))
        sums[month] = (total + Fraction(value.price), days + 1)
    return {month: Mean(sums[month][0] / sums[month][1], sums[month][1]) for month in sorted(sums)}


def means(values: Iterable[Value]) -> dict[str, Decimal]:
    """Return the monthly means as they are published; alarms are computed from these."""
    return {month: mean.price for month, mean in monthly(values).items()}


def rounded(value: Fraction, places: Decimal = PLACES) -> Decimal:
    """Round a fraction half to even, from its exact value."""
    scale = 10 ** -int(places.as_tuple().exponent)
    return Decimal(round(value * scale)).scaleb(int(places.as_tuple().exponent), EXACT)


def month_of(date: datetime.date) -> str:
    """Return `YYYY-MM`."""
    return f"{date:%Y-%m}"


def month_number(month: str) -> int:
    """Count months from year 0, so that neighbours differ by one."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def month_name(number: int) -> str:
    """Return `YYYY-MM` of a counted month."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def last_month(as_of: datetime.date) -> str:
    """Return the last month that ended on or before a day: its own if it is the month's last."""
    if (as_of + datetime.timedelta(days=1)).day == 1:
        return month_of(as_of)
    return month_name(month_number(month_of(as_of)) - 1)


def months_until(months: Mapping[str, Decimal], month: str) -> dict[str, Decimal]:
    """Leave out what comes after a month."""
    return {key: value for key, value in sorted(months.items()) if key <= month}
