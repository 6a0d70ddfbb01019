"""ALPS, the Alert for Price Spikes of WFP: how far a price lies off its seasonal trend.

The trend is fitted by least squares on months and calendar months. Its closed form needs no matrix:
within each calendar month the means are taken out, what is left gives the slope. All of it is exact
up to one square root.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from civicapp_prices.domain.reading import VALUE_PLACES, Reading, Status, classed, lines
from civicapp_prices.domain.series import EXACT, month_number, months_until

Mode = Literal["in_sample", "live"]
PRESENT = Fraction(7, 10)  # of the months since the first
CLASSES = (
    (Decimal("0.25"), "stress"),
    (Decimal(1), "alert"),
    (Decimal(2), "crisis"),
)
NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Trend:
    """A seasonal trend: slope per month, and mean month and mean price of each calendar month."""

    slope: Fraction
    centres: Mapping[int, tuple[Fraction, Fraction]]
    variance: Fraction

    def at(self, month: int) -> Fraction | None:
        """Return the fitted price of a counted month; None for a calendar month never seen."""
        if month % 12 not in self.centres:
            return None
        when, price = self.centres[month % 12]
        return price + self.slope * (month - when)


def fit(prices: Mapping[int, Fraction]) -> Trend | None:
    """Fit a trend on prices by counted month; None when they allow no slope.

    variance: of the residuals, divided by one less than their number.
    """
    groups: dict[int, list[int]] = {}
    for month in prices:
        groups.setdefault(month % 12, []).append(month)
    centres = {
        season: (
            Fraction(sum(months), len(months)),
            sum((prices[m] for m in months), Fraction(0)) / len(months),
        )
        for season, months in groups.items()
    }
    apart = [(m - centres[m % 12][0], p - centres[m % 12][1]) for m, p in prices.items()]
    spread = sum((x * x for x, _ in apart), Fraction(0))
    if not spread or len(prices) < 2:
        return None
    slope = sum((x * y for x, y in apart), Fraction(0)) / spread
    squares = sum(((y - slope * x) ** 2 for x, y in apart), Fraction(0))
    return Trend(slope, centres, squares / (len(prices) - 1))


def seen(months: Mapping[str, Decimal], least: int) -> tuple[str, ...]:
    """Write down what ALPS and IPA rest on: the least history, and every month."""
    return lines({"least": least}, sorted(months.items()))


def alps(months: Mapping[str, Decimal], month: str, least: int, mode: Mode) -> Reading:
    """Read ALPS of a month from monthly means.

    least: months of history that are needed, from the first to this one, of which 70 % must have a
    price. mode: `in_sample` fits on all months up to this one, `live` on those before it.
    """
    known = months_until(months, month)
    prices = {month_number(name): Fraction(price) for name, price in known.items()}
    inputs = seen(known, least)
    now = month_number(month)

    def answer(status: Status, value: Decimal | None = None) -> Reading:
        named = None if value is None else classed(value, CLASSES, NORMAL)
        return Reading("alps", mode, month, status, value, named, inputs)

    span = now - min(prices, default=now + 1) + 1
    if span < least or len(prices) < PRESENT * span:
        return answer("insufficient_history")
    if now not in prices:
        return answer("no_recent_data")
    trend = fit(prices if mode == "in_sample" else {m: p for m, p in prices.items() if m < now})
    if trend is None or (expected := trend.at(now)) is None:
        return answer("insufficient_history")
    if not trend.variance:
        return answer("undefined")
    return answer("ok", _over(prices[now] - expected, trend.variance))


def _over(difference: Fraction, variance: Fraction) -> Decimal:
    """Divide by a standard deviation, six places."""
    deviation = EXACT.sqrt(_decimal(variance))
    return EXACT.divide(_decimal(difference), deviation).quantize(VALUE_PLACES, context=EXACT)


def _decimal(value: Fraction) -> Decimal:
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
