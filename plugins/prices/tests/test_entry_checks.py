"""Checks of a price: slips, outliers, jumps, standstills, copies; what neighbours explain."""

import datetime
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from civicapp_prices.domain.checks import (
    Last,
    flat,
    jump,
    log_change,
    modified_z,
    moved_alike,
    outlier,
    same,
    slip,
)
from civicapp_prices.domain.quotes import BadPrice, Given, Sent, read_price
from hypothesis import given
from hypothesis import strategies as st

DAY = datetime.date(2026, 11, 24)
LIMIT, PERCENT = Decimal("3.5"), Decimal("0.25")
prices = st.integers(100, 1_000_000)
peers = st.lists(prices, min_size=1, max_size=30)


def test_the_printed_score():
    values = [15000, 15500, 15000, 16000, 150000]
    assert round(float(modified_z(150000, values) or 0), 2) == 181.44
    found = outlier(150000, values[:4], LIMIT, PERCENT)
    assert found == {
        "code": "peers", "score": 181.44, "median": 15500, "mad": 500, "n": 5, "limit": 3.5,
    }  # fmt: skip
    assert outlier(16000, [15000, 15500, 15000, 150000], LIMIT, PERCENT) is None


@given(prices, peers, st.integers(1, 1000))
def test_the_unit_of_money_does_not_matter(value, others, scale):
    found = outlier(value, others, LIMIT, PERCENT)
    scaled = outlier(value * scale, [o * scale for o in others], LIMIT, PERCENT)
    assert (found is None) == (scaled is None)
    if found and scaled:
        assert found.get("score") == scaled.get("score")
        assert found.get("off") == scaled.get("off")
    larger = [x * scale for x in (value, *others)]
    assert modified_z(value, [value, *others]) == modified_z(larger[0], larger)


@given(prices, peers, st.randoms(use_true_random=False))
def test_the_order_of_the_others_does_not_matter(value, others, random):
    mixed = list(others)
    random.shuffle(mixed)
    assert outlier(value, others, LIMIT, PERCENT) == outlier(value, mixed, LIMIT, PERCENT)


@given(prices, st.integers(1, 30))
def test_who_agrees_with_all_others_is_no_outlier(value, n):
    assert outlier(value, [value] * n, LIMIT, PERCENT) is None


@given(prices, peers)
def test_a_larger_limit_never_flags_more(value, others):
    if outlier(value, others, Decimal(7), Decimal("0.5")):
        assert outlier(value, others, LIMIT, PERCENT)


def test_without_a_deviation_the_share_of_the_median_decides():
    others = [15000] * 5
    assert outlier(18750, others, LIMIT, PERCENT) is None  # a quarter is not above a quarter
    found = outlier(18751, others, LIMIT, PERCENT)
    assert found == {"code": "peers", "off": 0.250067, "median": 15000, "n": 6, "limit": 0.25}
    low = outlier(11000, others, LIMIT, PERCENT)
    assert low is not None
    assert low["off"] == -0.266667


def test_few_prices_are_compared_by_share_both_ways():
    assert outlier(15000, [], LIMIT, PERCENT) is None
    assert outlier(15000, [14000], LIMIT, PERCENT) is None
    # The score of a small sample says nothing: 16000 would have 6.07 here.
    assert outlier(16000, [15000, 15100], LIMIT, PERCENT) is None
    for one, other in ((14200, 142000), (142000, 14200)):
        found = outlier(one, [other], LIMIT, PERCENT)
        assert found is not None
        assert found["n"] == 2


def test_of_few_prices_those_that_stayed_are_not_the_odd_ones():
    assert outlier(14200, [142000], LIMIT, PERCENT, Decimal(14500)) is None
    assert outlier(142000, [14200], LIMIT, PERCENT, Decimal(14500)) is not None
    assert outlier(14200, [142000], LIMIT, PERCENT, Decimal(9000)) is not None
    # Among enough others it does not matter what was before.
    assert outlier(14200, [20000, 20100, 20000, 20200], LIMIT, PERCENT, Decimal(14200))


@pytest.mark.parametrize(
    ("price", "last", "asked"),
    [
        (142000, 14200, True),
        (1420, 14200, True),
        (142000, 14500, True),  # a digit too many, while the price fell
        (106500, 14200, True),
        (106499, 14200, False),
        (1894, 14200, False),
        (1893, 14200, True),
        (28400, 14200, False),
        (14200, 14200, False),
    ],
)
def test_a_slip_of_a_digit_is_asked_about(price, last, asked):
    assert (slip(price, Decimal(last), 10) is not None) is asked


@given(prices, prices, st.integers(2, 20))
def test_a_slip_up_is_a_slip_down_the_other_way(one, other, factor):
    up, down = slip(one, Decimal(other), factor), slip(other, Decimal(one), factor)
    assert (up is None) == (down is None)
    if up and down:
        assert up["times"] == down["times"]
        assert {up["way"], down["way"]} == {"up", "down"}


@given(st.lists(st.floats(-2, 2), max_size=59), st.floats(-3, 3))
def test_no_jump_is_seen_without_history(history, change):
    assert jump(change, history, 60) is None


def test_a_jump_is_larger_than_99_of_100_of_the_varietys_own():
    history = [0.01] * 99 + [-0.10]
    found = jump(0.10, history, 60)
    assert found is not None
    assert found["usual"] == round(math.expm1(0.01), 6)
    # With fewer than a hundred the 99th percentile is the largest.
    assert jump(0.10, history[40:], 60) is None
    fall = jump(-0.11, history[40:], 60)
    assert fall is not None
    assert fall["n"] == 60
    assert jump(0.009, history, 60) is None


@given(st.lists(st.floats(-1, 1), min_size=60, max_size=300), st.randoms(use_true_random=False))
def test_at_most_one_in_a_hundred_of_its_own_moves_is_a_jump(history, random):
    flagged = [change for change in history if jump(change, history, 60)]
    assert len(flagged) <= len(history) / 100
    mixed = list(history)
    random.shuffle(mixed)
    assert [jump(c, mixed, 60) for c in history] == [jump(c, history, 60) for c in history]


def run(n: int, price: int = 14200) -> list[tuple[datetime.date, int]]:
    return [(DAY - datetime.timedelta(days=n - k), price) for k in range(n)]


def test_a_standstill_is_asked_about_once_for_each_stretch():
    asked = [n for n in range(100) if flat(14200, run(n), 30)]
    assert asked == [30, 60, 90]
    found = flat(14200, run(30), 30)
    assert found == {"code": "flat", "quotes": 31, "since": "2026-10-25"}
    assert flat(14300, run(60), 30) is None
    assert flat(14200, [*run(40, 14000), *run(3)], 30) is None


def test_traders_who_agree_on_many_varieties_are_odd():
    agree = {f"v{n}": [100 + n, 100 + n] for n in range(8)}
    assert same(agree) == {"code": "same", "commodities": 8}
    assert same({**agree, "single": [7]}) == {"code": "same", "commodities": 8}
    assert same({**agree, "other": [7, 8]}) is None
    assert same(dict(list(agree.items())[:7])) is None


def test_two_neighbours_that_moved_alike_explain_a_move():
    up = log_change(95_650, 51_900)
    assert moved_alike(up, {"a": up, "b": up / 2, "c": -up}) == ("a", "b")
    assert moved_alike(up, {"a": up, "b": up / 2 - 0.001, "c": -up}) == ()
    assert moved_alike(-up, {"a": -up, "b": -up, "c": up}) == ("a", "b")
    # What moved ten times as far is not explained by a little unrest.
    assert moved_alike(math.log(10), {"a": 0.05, "b": 0.06, "c": 0.1}) == ()
    assert moved_alike(0.0, {"a": 0.0, "b": 0.0}) == ()


@given(st.floats(0.01, 3), st.dictionaries(st.text(max_size=3), st.floats(-3, 3), max_size=6))
def test_up_and_down_are_explained_alike(change, others):
    mirrored = {code: -other for code, other in others.items()}
    assert moved_alike(change, others) == moved_alike(-change, mirrored)


def test_the_last_price_is_told_with_its_day():
    assert Last(Decimal("14200.5"), DAY, "area").told == {
        "last": 14200.5, "last_on": "2026-11-24", "of": "area",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "price"),
    [
        *(("14200", 14200), ("14.200", 14200), ("14,200", 14200), ("14 200", 14200)),
        *((" 1.250.000 ", 1250000), ("14\u00a0200", 14200), ("0014", 14)),
        *((14200, 14200), (14200.0, 14200)),
    ],
)
def test_a_price_is_read_as_people_write_it(written, price):
    assert read_price(written) == price


NOT_PRICES = {
    "price-missing": ("", "  ", None),
    "price-not-positive": ("0", "-14200", "\u22125", 0, -1, -0.5),
    "price-not-whole": (
        *("14.5", "14200,50", "1.25.000", "1.250,000", "14200 rb", "\u0661\u0664"),
        *(14200.5, True, float("nan"), float("inf"), [14200]),
    ),
    "price-too-large": ("1000000001", "9" * 300, 10**30),
}


@pytest.mark.parametrize(
    ("code", "written"), [(code, one) for code, many in NOT_PRICES.items() for one in many]
)
def test_what_is_no_price_says_why(code, written):
    with pytest.raises(BadPrice) as caught:
        read_price(written)
    assert caught.value.code == code


@given(st.integers(1, 1_000_000_000))
def test_every_grouping_reads_back(price):
    for mark in (",", ".", " "):
        assert read_price(f"{price:,}".replace(",", mark)) == price


def sent(*quotes: Given, **more: object) -> Sent:
    given = {"id": "x", "market": "m", "date": DAY, "quotes": quotes, **more}
    return Sent(**given)  # type: ignore[arg-type]


def test_a_digest_is_of_what_was_said_not_of_how():
    one, two = Given("a", 1, price=14200), Given("b", 2, "not_sold")
    digest = sent(one, two).digest("officer")
    assert digest == sent(two, Given("a", 1, price="14.200")).digest("officer")
    others = [
        sent(one, two).digest("another"),
        sent(one).digest("officer"),
        sent(Given("a", 1, price=14201), two).digest("officer"),
        sent(Given("a", 1, price=14200, confirmed=True), two).digest("officer"),
        sent(one, Given("b", 2, "absent")).digest("officer"),
        sent(one, two, date=DAY - datetime.timedelta(days=1)).digest("officer"),
        sent(one, two, market="n").digest("officer"),
    ]
    assert len({digest, *others}) == len(others) + 1


def test_scores_are_exact():
    assert modified_z(3, [1, 2, 3]) == Fraction(6745, 10_000)
    assert modified_z(2, [2, 2, 3]) is None
