"""IPA, the Indicator of Price Anomalies of FAO (SDG 2.c.1): growth against that of earlier years.

Growth per month over a quarter and over a year is compared with the same calendar month of earlier
years, of which the newer ones weigh more; the two scores are joined 40 to 60.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from civicapp_prices.domain.alps import seen
from civicapp_prices.domain.reading import VALUE_PLACES, Reading, Status, classed
from civicapp_prices.domain.series import EXACT, month_number, months_until

Mode = Literal["fpma", "strict"]
QUARTER, YEAR = 3, 12
SHARE_OF_QUARTER, SHARE_OF_YEAR = Decimal("0.4"), Decimal("0.6")
CLASSES = ((Decimal("0.5"), "watch"), (Decimal(1), "alert"))
NORMAL, LOW = "normal", "low"
LEAST = 37
ALIKE = Decimal("1e-30")  # below it, a deviation is the trace of rounding


class Flat(Exception):
    """Say that earlier growth never varied, so that nothing can be unusual."""


def growth(prices: Mapping[int, Decimal], month: int, span: int) -> Decimal | None:
    """Return the growth per month over the last `span` months; None when an end is missing."""
    now, then = prices.get(month), prices.get(month - span)
    if now is None or then is None or not then or not now:
        return None
    rate = EXACT.divide(EXACT.ln(EXACT.divide(now, then)), Decimal(span))
    return EXACT.subtract(EXACT.exp(rate), Decimal(1))


def score(now: Decimal, earlier: Sequence[Decimal | None], mode: Mode) -> Decimal | None:
    """Return how many weighted standard deviations lie between now and earlier growth.

    earlier: oldest first; weights rise 1, 2, … to the newest. A missing rate is left out; in mode
    `fpma` it keeps its weight in the mean, as zero, and in the count, as FAO's tool reckons. None
    with fewer than two rates; raise Flat when they are all alike.
    """
    weighted = [(Decimal(w), rate) for w, rate in enumerate(earlier, 1)]
    present = [(w, rate) for w, rate in weighted if rate is not None]
    if len(present) < 2:
        return None
    counted = weighted if mode == "fpma" else present
    total = _sum(w for w, _ in counted)
    mean = EXACT.divide(_sum(EXACT.multiply(w, rate) for w, rate in present), total)
    apart = _sum(
        EXACT.multiply(w, EXACT.power(EXACT.subtract(rate, mean), 2)) for w, rate in present
    )
    freedom = EXACT.divide(EXACT.multiply(Decimal(len(counted) - 1), total), Decimal(len(counted)))
    deviation = EXACT.sqrt(EXACT.divide(apart, freedom))
    if deviation < ALIKE:
        raise Flat
    return EXACT.divide(EXACT.subtract(now, mean), deviation)


def ipa(months: Mapping[str, Decimal], month: str, least: int, mode: Mode) -> Reading:
    """Read IPA of a month from monthly means.

    least: months of history that are needed, from the first to this one; never under 37, since two
    earlier years of yearly growth are needed. Years are counted from the first price's own.
    """
    known = months_until(months, month)
    prices = {month_number(name): price for name, price in known.items()}
    inputs = seen(known, least)
    now = month_number(month)

    def answer(status: Status, value: Decimal | None = None) -> Reading:
        named = None if value is None else _class_of(value)
        return Reading("ipa", mode, month, status, value, named, inputs)

    first = min(prices, default=now + 1)
    if now - first + 1 < max(least, LEAST):
        return answer("insufficient_history")
    quarter, year = growth(prices, now, QUARTER), growth(prices, now, YEAR)
    if quarter is None or year is None:
        return answer("no_recent_data")
    same = range(first // 12 * 12 + now % 12, now, 12)  # this calendar month, from the first year
    try:
        by_quarter = score(quarter, [growth(prices, m, QUARTER) for m in same], mode)
        by_year = score(year, [growth(prices, m, YEAR) for m in same[1:]], mode)
    except Flat:
        return answer("undefined")
    if by_quarter is None or by_year is None:
        return answer("insufficient_history")
    joined = EXACT.add(
        EXACT.multiply(SHARE_OF_QUARTER, by_quarter), EXACT.multiply(SHARE_OF_YEAR, by_year)
    )
    return answer("ok", joined.quantize(VALUE_PLACES, context=EXACT))


def _class_of(value: Decimal) -> str:
    return LOW if value <= -1 else classed(value, CLASSES, NORMAL)


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total
