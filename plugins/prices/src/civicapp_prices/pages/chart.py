"""Chart: a series as a line of a few kilobytes, drawn by the server; its words stand beside it."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from civicapp_prices.service.history import Item

WIDTH, HEIGHT = 720, 240  # steps of the picture, which stretches to its place
MOST_TICKS = 4  # spaces between lines of the grid
REACH = Decimal(1)  # a limit farther off than the line's own height is told in words alone
LONGEST = 7  # days without a price that a line may cross
SHARE = 0.5  # of the surveyed weeks: on such weekdays a survey is expected
NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn series.

    line: path of the line, with a gap where a day that has a survey elsewhen has none; a price
    alone is a dot. end: of the last point. ceiling, floor: heights of the limits in the picture.
    ticks: prices at the lines of the grid, the highest first, evenly apart. breaks: before which
    points the line breaks. missed: days without a survey.
    """

    line: str
    end: tuple[int, int]
    ticks: tuple[Decimal, ...]
    grid: tuple[int, ...]
    ceiling: int | None
    floor: int | None
    breaks: tuple[bool, ...]
    missed: int
    width: int = WIDTH
    height: int = HEIGHT


def draw(
    items: Sequence[Item],
    step: str,
    ceiling: Decimal | None = None,
    floor: Decimal | None = None,
) -> Chart | None:
    """Draw items in order of time; None with fewer than two, of which a table says as much."""
    if len(items) < 2:
        return None
    prices = [item.price for item in items]
    low, high = min(prices), max(prices)
    room = (high - low) * REACH or high / 10 or Decimal(1)
    shown = [limit for limit in (ceiling, floor) if limit and low - room <= limit <= high + room]
    ticks = ticks_for(min([low, *shown]), max([high, *shown]))
    first, last = items[0].day, items[-1].day
    days = max(1, (last - first).days)
    scale = (ticks[0] - ticks[-1]) or Decimal(1)

    def x(day: datetime.date) -> int:
        return round((day - first).days * WIDTH / days)

    def y(price: Decimal) -> int:
        return round((ticks[0] - price) / scale * HEIGHT)

    breaks, missed = gaps_of([item.day for item in items], step)
    runs: list[list[tuple[int, int]]] = []
    for item, broken in zip(items, breaks, strict=True):
        if broken or not runs:
            runs.append([])
        runs[-1].append((x(item.day), y(item.price)))
    spaces = len(ticks) - 1
    return Chart(
        line="".join(map(_path, runs)),
        end=(x(last), y(prices[-1])),
        ticks=ticks,
        grid=tuple(round(n * HEIGHT / spaces) for n in range(spaces + 1)),
        ceiling=y(ceiling) if ceiling in shown and ceiling is not None else None,
        floor=y(floor) if floor in shown and floor is not None else None,
        breaks=tuple(breaks),
        missed=missed,
    )


def ticks_for(low: Decimal, high: Decimal) -> tuple[Decimal, ...]:
    """Return round prices around a range, the highest first, at most MOST_TICKS spaces apart."""
    if low == high:
        low, high = low - (abs(low) / 10 or 1), high + (abs(high) / 10 or 1)
    rough = (high - low) / MOST_TICKS
    power = Decimal(1).scaleb(math.floor(rough.log10()))
    for nice in (n * p for p in (power, power * 10) for n in NICE):
        start, stop = math.floor(low / nice), math.ceil(high / nice)
        if stop - start <= MOST_TICKS:
            return tuple(nice * n for n in range(stop, start - 1, -1))
    raise AssertionError("a step of ten times the power always fits")


def gaps_of(days: Sequence[datetime.date], step: str) -> tuple[list[bool], int]:
    """Tell before which days the line breaks, and how many expected days have no price.

    Of days those are expected that fall on a weekday with a survey in half of the weeks that have
    two surveys or more; of months all.
    """
    if step == "month":
        apart = [_months(days[n - 1], days[n]) - 1 if n else 0 for n in range(len(days))]
        return [skipped > 0 for skipped in apart], sum(apart)
    expected = _weekdays(days)
    breaks, missed = [], 0
    for n, day in enumerate(days):
        before = days[n - 1] if n else day
        between = range(1, (day - before).days)
        skipped = sum((before + datetime.timedelta(k)).weekday() in expected for k in between)
        missed += skipped
        breaks.append(skipped > 0 or (day - before).days > LONGEST)
    return breaks, missed


def _months(before: datetime.date, now: datetime.date) -> int:
    return (now.year - before.year) * 12 + now.month - before.month


def _weekdays(days: Sequence[datetime.date]) -> frozenset[int]:
    weeks: dict[tuple[int, int], set[int]] = {}
    for day in days:
        year, week, _ = day.isocalendar()
        weeks.setdefault((year, week), set()).add(day.weekday())
    full = [seen for seen in weeks.values() if len(seen) > 1]
    counts = ((n, sum(n in seen for seen in full)) for n in range(7))
    return frozenset(n for n, count in counts if count and count >= SHARE * len(full))


def _path(run: Sequence[tuple[int, int]]) -> str:
    """Write points as a path with relative steps; one alone is a dot, by its round ends."""
    (x, y), *rest = run
    steps = [f"M{x} {y}"]
    steps.append("l" if rest else "h0")
    for n, (nx, ny) in enumerate(rest):
        dx, dy = nx - x, ny - y
        steps.append(f"{' ' if n and dx >= 0 else ''}{dx}{' ' if dy >= 0 else ''}{dy}")
        x, y = nx, ny
    return "".join(steps)
