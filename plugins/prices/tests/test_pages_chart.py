"""The drawn chart: gaps where a survey is missing, round ticks, few bytes."""

import datetime
import gzip
import itertools
import random
from decimal import Decimal

import pytest
from civicapp_prices.pages.chart import HEIGHT, MOST_TICKS, WIDTH, draw, gaps_of, ticks_for
from civicapp_prices.service.history import Item
from hypothesis import given
from hypothesis import strategies as st

MONDAY = datetime.date(2026, 1, 5)


def item(day: datetime.date, price: object) -> Item:
    return Item(day, day.isoformat(), Decimal(str(price)), None)


def days(*numbers: int) -> list[datetime.date]:
    return [MONDAY + datetime.timedelta(days=n) for n in numbers]


def workdays(weeks: int, *missing: int) -> list[datetime.date]:
    """List the weekdays of some weeks, without those of these numbers from the first Monday."""
    return days(*(n for n in range(weeks * 7) if n % 7 < 5 and n not in missing))


def test_a_week_of_five_days_is_one_line():
    breaks, missed = gaps_of(workdays(4), "day")
    assert breaks == [False] * 20
    assert missed == 0


def test_a_missing_survey_breaks_the_line_and_is_counted():
    breaks, missed = gaps_of(workdays(4, 8, 9), "day")  # a Tuesday and a Wednesday
    assert [n for n, broken in enumerate(breaks) if broken] == [6]
    assert missed == 2


def test_no_line_crosses_more_than_a_week():
    breaks, _ = gaps_of(days(0, 30, 60), "day")
    assert breaks == [False, True, True]


def test_a_month_without_a_price_breaks_the_line():
    months = [datetime.date(2025, 11, 1), datetime.date(2025, 12, 1), datetime.date(2026, 3, 1)]
    assert gaps_of(months, "month") == ([False, False, True], 2)


def test_fewer_than_two_points_are_no_chart():
    assert draw([], "day") is None
    assert draw([item(MONDAY, 14200)], "day") is None


def test_the_line_runs_from_edge_to_edge_and_a_point_alone_is_a_dot():
    chart = draw([item(day, 100 + n) for n, day in enumerate(days(0, 1, 2, 30))], "day")
    assert chart is not None
    first, dot = (f"M{part}" for part in chart.line.split("M")[1:])
    assert first.startswith("M0 ")
    assert dot.startswith(f"M{WIDTH} ")
    assert dot.endswith("h0")
    assert chart.end[0] == WIDTH


def test_prices_lie_where_the_ticks_say():
    chart = draw([item(days(0)[0], 14000), item(days(1)[0], 15000)], "day")
    assert chart is not None
    assert chart.ticks == tuple(map(Decimal, (15000, 14750, 14500, 14250, 14000)))
    assert chart.grid == (0, HEIGHT // 4, HEIGHT // 2, HEIGHT * 3 // 4, HEIGHT)
    assert chart.line == f"M0 {HEIGHT}l{WIDTH}-{HEIGHT}"
    assert chart.end == (WIDTH, 0)


def test_a_limit_near_the_line_is_drawn_and_one_far_off_is_not():
    items = [item(days(0)[0], 14000), item(days(1)[0], 15000)]
    near = draw(items, "day", Decimal(14900), Decimal(13500))
    assert near is not None
    assert near.ceiling is not None
    assert near.floor is not None
    assert near.ceiling < near.floor
    far = draw(items, "day", Decimal(40000), Decimal(100))
    assert far is not None
    assert (far.ceiling, far.floor) == (None, None)


def test_a_price_that_never_moves_lies_in_the_middle():
    chart = draw([item(day, 14600) for day in workdays(2)], "day")
    assert chart is not None
    assert 0 < chart.end[1] < HEIGHT
    assert chart.ticks[0] > 14600 > chart.ticks[-1]


prices = st.decimals(min_value=Decimal("0.01"), max_value=10**9, places=2)


@given(prices, prices)
def test_ticks_are_even_and_hold_every_price(one, other):
    low, high = min(one, other), max(one, other)
    ticks = ticks_for(low, high)
    assert ticks[-1] <= low <= high <= ticks[0]
    assert 2 <= len(ticks) <= MOST_TICKS + 1
    assert len({a - b for a, b in itertools.pairwise(ticks)}) == 1


series = st.lists(
    st.tuples(st.integers(0, 900), prices), min_size=2, max_size=60, unique_by=lambda p: p[0]
)


@given(series)
def test_any_series_is_drawn_inside_the_picture(points):
    items = [item(MONDAY + datetime.timedelta(days=n), price) for n, price in sorted(points)]
    chart = draw(items, "day")
    assert chart is not None
    assert len(chart.breaks) == len(items)
    x, y = chart.end
    assert (x, 0 <= y <= HEIGHT) == (WIDTH, True)
    assert chart.line.count("M") == 1 + sum(chart.breaks)


@pytest.mark.parametrize("unrest", [5, 500])
def test_a_year_of_days_weighs_little(unrest):
    chance, price, items = random.Random(1), 14000, []
    for n in range(365):
        price += chance.randint(-unrest, unrest)
        items.append(item(MONDAY + datetime.timedelta(days=n), price))
    chart = draw(items, "day")
    assert chart is not None
    assert len(gzip.compress(chart.line.encode())) <= 3 * 1024
