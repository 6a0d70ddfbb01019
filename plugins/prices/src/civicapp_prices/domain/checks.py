"""Checks of a price that was entered: what looks odd, in numbers that say why.

A check never refuses and never changes a price: what it finds is a reason to ask (a slip) or a flag
that a supervisor decides about. Ratios are exact where a limit decides; logarithms are floats.
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Literal

SLIP, PEERS, JUMP, FLAT, SAME = "slip", "peers", "jump", "flat", "same"
MOVES = frozenset((SLIP, PEERS, JUMP))  # of these, neighbours that moved alike are an explanation

ENOUGH = 4  # other prices from which on a modified z-score says something
SCALED = Fraction(6745, 10_000)  # makes the MAD comparable to a standard deviation
NEAR = Fraction(3, 4)  # a slip of a digit is seen although the price moved meanwhile
QUANTILE = Fraction(99, 100)
MANY = 8  # varieties whose traders all agree before that is odd
NEIGHBOURS = 2
SHARE = 0.5  # of its own change, that a neighbour must have seen as well

Reason = dict[str, str | int | float]
Basis = Literal["slot", "market", "area"]


@dataclass(frozen=True, slots=True)
class Last:
    """The last price before a day. of: whose it is: the trader's own, the market's, the area's."""

    price: Decimal
    date: datetime.date
    of: Basis

    @property
    def told(self) -> Reason:
        """Return it as a part of a reason."""
        return {"last": plain(self.price), "last_on": self.date.isoformat(), "of": self.of}


def slip(price: int, last: Decimal, factor: int) -> Reason | None:
    """Tell whether a price is so far from the last one that a digit may be missing or too many.

    factor: so many times as large or as small; three quarters of it are near enough.
    """
    times = Fraction(price) / Fraction(last)
    far = max(times, 1 / times)
    if far < factor * NEAR:
        return None
    return {"code": SLIP, "times": short(far), "way": "up" if times > 1 else "down"}


def modified_z(value: int, values: Sequence[int]) -> Fraction | None:
    """Return the modified z-score of a value among all of them; None when the MAD is zero."""
    middle, deviation = spread(values)
    return SCALED * (value - middle) / deviation if deviation else None


def spread(values: Sequence[int]) -> tuple[Fraction, Fraction]:
    """Return the median, and the median of the absolute deviations from it."""
    middle = median([Fraction(value) for value in values])
    return middle, median([abs(value - middle) for value in values])


def outlier(
    value: int,
    others: Sequence[int],
    limit: Decimal,
    percent: Decimal,
    last: Decimal | None = None,
) -> Reason | None:
    """Tell whether a price lies apart from the others of its variety and day.

    limit: of the modified z-score, with at least four others. percent: of the median as a fraction,
    for fewer others, and where most agree so that there is no deviation to measure by. last: the
    trader's own last price: of few prices, those that stayed near it are not the odd ones.
    """
    if not others:
        return None
    if last is not None and len(others) < ENOUGH and _near(value, last, percent):
        return None
    values = [value, *others]
    middle, deviation = spread(values)
    found: Reason = {"code": PEERS, "median": plain(middle), "n": len(values)}
    if len(others) >= ENOUGH and deviation:
        score = SCALED * (value - middle) / deviation
        if abs(score) <= Fraction(limit):
            return None
        return found | {"score": short(score), "mad": plain(deviation), "limit": plain(limit)}
    off = (value - middle) / middle
    if abs(off) <= Fraction(percent):
        return None
    return found | {"off": short(off, 6), "limit": plain(percent)}


def _near(value: int, last: Decimal, percent: Decimal) -> bool:
    return abs(Fraction(value) / Fraction(last) - 1) <= Fraction(percent)


def log_change(price: float, before: float) -> float:
    """Return the logarithm of a ratio of prices: as far up as down for the same factor."""
    return math.log(price / before)


def jump(change: float, history: Sequence[float], least: int) -> Reason | None:
    """Tell whether a log change is above the 99th percentile of the variety's own, by size.

    history: the log changes from quote to quote so far. least: so many are needed to know a norm.
    """
    if len(history) < least:
        return None
    sizes = sorted(abs(one) for one in history)
    usual = sizes[math.ceil(QUANTILE * len(sizes)) - 1]
    if abs(change) <= usual:
        return None
    return {
        "code": JUMP,
        "change": short(math.expm1(change), 6),
        "usual": short(math.expm1(usual), 6),
        "n": len(sizes),
    }


def flat(price: int, earlier: Sequence[tuple[datetime.date, int]], most: int) -> Reason | None:
    """Tell whether a trader's price has not moved for more quotes than usual.

    earlier: days and prices before, in order of time. Said once when a run gets that long, then
    once more for each such stretch, not every day anew.
    """
    since, run = None, 1
    for date, before in reversed(earlier):
        if before != price:
            break
        since, run = date, run + 1
    if since is None or run <= most or (run - 1) % most:
        return None
    return {"code": FLAT, "quotes": run, "since": since.isoformat()}


def same(prices: Mapping[str, Sequence[int]]) -> Reason | None:
    """Tell whether all traders of an entry asked the same for each of many varieties.

    prices: of the entry by commodity; commodities with one price say nothing.
    """
    compared = [found for found in prices.values() if len(found) > 1]
    if len(compared) < MANY or any(len(set(found)) > 1 for found in compared):
        return None
    return {"code": SAME, "commodities": len(compared)}


def moved_alike(change: float, others: Mapping[str, float]) -> tuple[str, ...]:
    """Name the neighbours that moved the same way, at least half as far; () for fewer than two.

    change: the log change of a price. others: those of neighbouring areas over the same days.
    """
    if not change:
        return ()
    alike = sorted(code for code, other in others.items() if other / change >= SHARE)
    return tuple(alike) if len(alike) >= NEIGHBOURS else ()


def plain(value: Decimal | Fraction) -> int | float:
    """Write an exact number for JSON: whole where it is."""
    return int(value) if value == int(value) else float(value)


def short(value: Fraction | float, places: int = 2) -> float:
    """Round a number that only explains."""
    return round(float(value), places)
