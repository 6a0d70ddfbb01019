"""The measures of prices: vectors of the spec, worked examples, second ways to reckon."""

import csv
import datetime
import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.domain.alps import alps, fit
from civicapp_prices.domain.basket import Share, basket, jevons
from civicapp_prices.domain.changes import changes, months_before
from civicapp_prices.domain.gap import gap, in_force
from civicapp_prices.domain.ipa import Flat, ipa, score
from civicapp_prices.domain.jump import Steps, end_of, jump
from civicapp_prices.domain.reading import inputs_text
from civicapp_prices.domain.series import (
    Value,
    last_month,
    means,
    month_name,
    month_number,
    monthly,
    rounded,
)
from hypothesis import assume, given
from hypothesis import strategies as st

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "prices"
VECTORS = SHARED / "test_vectors_ipa_alps_lampung.json"
DAILY = SHARED / "pihps_lampung_daily_2020_2023_wide.csv"
day = datetime.date.fromisoformat


def series(*points: tuple[str, int | str]) -> list[Value]:
    return [Value(day(when), Decimal(price)) for when, price in points]


# Months


def test_a_month_is_the_plain_mean_of_its_observed_days() -> None:
    found = monthly(series(("2023-01-02", 100), ("2023-01-03", 101), ("2023-01-05", 101)))
    assert found["2023-01"].exact == Fraction(302, 3)
    assert found["2023-01"].price == Decimal("100.666667")
    assert found["2023-01"].days == 3
    assert "2023-02" not in found


@given(st.fractions(min_value=-10, max_value=10))
def test_rounding_goes_to_the_nearest_and_half_to_even(value: Fraction) -> None:
    found = rounded(value, Decimal("0.01"))
    assert abs(Fraction(found) - value) <= Fraction(1, 200)
    if abs(Fraction(found) - value) == Fraction(1, 200):
        assert int(found * 100) % 2 == 0


@given(st.integers(min_value=12, max_value=119_987))
def test_months_are_counted_without_a_gap(number: int) -> None:
    assert month_number(month_name(number)) == number


@pytest.mark.parametrize(
    ("as_of", "month"),
    [("2023-01-31", "2023-01"), ("2023-01-30", "2022-12"), ("2024-02-29", "2024-02")],
)
def test_the_last_month_is_one_that_ended(as_of: str, month: str) -> None:
    assert last_month(day(as_of)) == month
    assert end_of(month) <= day(as_of)


# Changes: bird's-eye chili of the spec

CHILI = series(
    ("2022-12-29", 50650),
    ("2022-12-30", 51900),
    ("2023-11-29", 84650),
    ("2023-12-22", 68150),
    ("2023-12-27", 71900),
    ("2023-12-28", 71900),
    ("2023-12-29", 66900),
)


def test_the_changes_of_the_spec() -> None:
    found = changes(CHILI, day("2023-12-29"))
    assert found.price == 66900
    told = {name: getattr(found, name) for name in ("d", "w", "m", "ytd", "y")}
    assert {n: c.fraction.quantize(Decimal("0.000001")) for n, c in told.items()} == {
        "d": Decimal("-0.069541"),
        "w": Decimal("-0.018342"),
        "m": Decimal("-0.209687"),
        "ytd": Decimal("0.289017"),
        "y": Decimal("0.320829"),
    }
    assert {n: str(c.date) for n, c in told.items()} == {
        "d": "2023-12-28",
        "w": "2023-12-22",
        "m": "2023-11-29",
        "ytd": "2022-12-30",
        "y": "2022-12-29",
    }


def test_over_a_holiday_the_survey_before_it_counts() -> None:
    found = changes(CHILI, day("2023-12-27"))
    assert found.d.date == day("2023-12-22")
    assert found.d.fraction is not None
    assert f"{found.d.fraction:.6f}" == "0.055026"


def test_a_day_without_survey_has_no_changes_but_says_when_the_last_was() -> None:
    found = changes(CHILI, day("2023-12-25"))
    assert found.price is None
    assert found.last_surveyed == day("2023-12-22")
    assert {c.fraction for c in (found.d, found.w, found.m, found.ytd, found.y)} == {None}
    assert changes(CHILI, day("2000-01-01")).last_surveyed is None


def test_the_first_survey_has_nothing_to_compare_with() -> None:
    found = changes(CHILI, day("2022-12-29"))
    assert found.price == 50650
    assert {c.date for c in (found.d, found.w, found.m, found.ytd, found.y)} == {None}


def test_a_year_without_survey_is_no_last_year() -> None:
    found = changes(series(("2020-06-01", 10), ("2023-01-02", 12)), day("2023-01-02"))
    assert found.ytd.date is None
    assert found.y.date == day("2020-06-01")


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2023-03-31", 1, "2023-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2023-01-15", 1, "2022-12-15"),
    ],
)
def test_a_day_that_a_month_lacks_becomes_its_last(start: str, months: int, end: str) -> None:
    assert months_before(day(start), months) == day(end)


DATES = st.dates(day("2019-01-01"), day("2024-12-31"))
VALUES = st.dictionaries(DATES, st.integers(min_value=1, max_value=10**6), min_size=1, max_size=40)


@given(VALUES, DATES)
def test_no_change_looks_ahead_or_invents_a_day(
    found: dict[datetime.date, int], as_of: Any
) -> None:
    values = [Value(d, Decimal(p)) for d, p in sorted(found.items())]
    answer = changes(values, as_of)
    later = [*values, Value(as_of + datetime.timedelta(days=1), Decimal(1))]
    assert changes(sorted(later, key=lambda v: v.date), as_of) == answer
    for change in (answer.d, answer.w, answer.m, answer.ytd, answer.y):
        if change.date is not None and change.fraction is not None:
            assert change.date < as_of
            exact = Fraction(found[as_of], found[change.date]) - 1
            assert abs(Fraction(change.fraction) - exact) <= Fraction(1, 2 * 10**8)


# ALPS


def by_matrix(prices: dict[int, Fraction], month: int) -> tuple[Fraction, Fraction]:
    """Fit trend and eleven dummies by the normal equations; return fitted price and variance."""
    seasons = sorted({m % 12 for m in prices})
    rows = {m: [Fraction(m), *(Fraction(m % 12 == s) for s in seasons)] for m in {*prices, month}}
    size = 1 + len(seasons)
    system = [
        [sum((rows[m][i] * rows[m][j] for m in prices), Fraction(0)) for j in range(size)]
        + [sum((rows[m][i] * p for m, p in prices.items()), Fraction(0))]
        for i in range(size)
    ]
    for i in range(size):
        pivot = next(r for r in range(i, size) if system[r][i])
        system[i], system[pivot] = system[pivot], system[i]
        system[i] = [x / system[i][i] for x in system[i]]
        for r in range(size):
            if r != i:
                system[r] = [
                    x - system[r][i] * y for x, y in zip(system[r], system[i], strict=True)
                ]
    solved = [row[-1] for row in system]

    def at(m: int) -> Fraction:
        return sum((x * c for x, c in zip(rows[m], solved, strict=True)), Fraction(0))

    squares = sum(((p - at(m)) ** 2 for m, p in prices.items()), Fraction(0))
    return at(month), squares / (len(prices) - 1)


@given(st.dictionaries(st.integers(0, 40), st.integers(1, 10**6), min_size=14, max_size=24))
def test_the_closed_form_is_least_squares(found: dict[int, int]) -> None:
    prices = {month: Fraction(price) for month, price in found.items()}
    trend = fit(prices)
    assume(trend is not None)
    assert trend is not None
    last = max(prices)
    assert (trend.at(last), trend.variance) == by_matrix(prices, last)


def months(*prices: int | str, start: str = "2020-01") -> dict[str, Decimal]:
    first = month_number(start)
    return {month_name(first + n): Decimal(p) for n, p in enumerate(prices) if p != ""}


def wave(count: int) -> list[int]:
    """Make prices with a season, a trend and some unrest."""
    return [10_000 + 300 * (n % 12) + 20 * n + (n * 7919) % 113 for n in range(count)]


@pytest.mark.parametrize(
    ("length", "status"), [(30, "insufficient_history"), (35, "insufficient_history"), (36, "ok")]
)
@pytest.mark.parametrize("mode", ["in_sample", "live"])
def test_alps_wants_its_months(length: int, status: str, mode: Any) -> None:
    prices = months(*wave(length))
    found = alps(prices, max(prices), 36, mode)
    assert found.status == status
    assert (found.value is None) == (status != "ok")
    assert (found.class_ is None) == (status != "ok")


def test_alps_wants_seven_months_of_ten() -> None:
    prices = months(*wave(48))
    last = max(prices)
    thin = {
        m: p for n, (m, p) in enumerate(prices.items()) if n % 10 < 6 or m in (min(prices), last)
    }
    assert alps(thin, last, 36, "in_sample").status == "insufficient_history"
    enough = {m: p for n, (m, p) in enumerate(prices.items()) if n % 10 < 8}
    assert alps(enough, last, 36, "in_sample").status == "ok"


def test_a_month_without_price_has_no_alps() -> None:
    prices = months(*wave(48))
    assert alps(prices, "2024-01", 36, "live").status == "no_recent_data"


def test_prices_that_never_leave_their_trend_are_undefined() -> None:
    assert alps(months(*[5000] * 48), "2023-12", 36, "in_sample").status == "undefined"
    assert alps(months(*range(100, 148)), "2023-12", 36, "live").status == "undefined"


@pytest.mark.parametrize("mode", ["in_sample", "live"])
def test_what_comes_later_changes_nothing(mode: Any) -> None:
    prices = months(*wave(60))
    known = {m: p for m, p in prices.items() if m <= "2023-12"}
    assert alps(prices, "2023-12", 36, mode) == alps(known, "2023-12", 36, mode)
    assert ipa(prices, "2023-12", 37, "strict") == ipa(known, "2023-12", 37, "strict")


def test_a_spike_is_a_crisis_and_live_sees_it_more_clearly() -> None:
    prices = months(*wave(47), 20_000)
    seen, live = (alps(prices, "2023-12", 36, mode) for mode in ("in_sample", "live"))
    assert seen.class_ == live.class_ == "crisis"
    assert seen.value is not None
    assert live.value is not None
    assert live.value > seen.value


# IPA


def test_the_hand_reckoned_scores_of_the_spec() -> None:
    quarter = score(Decimal("0.04"), [Decimal(x) for x in ("0.01", "0.02", "0.03")], "strict")
    year = score(Decimal("0.015"), [Decimal(x) for x in ("0.005", "0.01")], "strict")
    assert quarter is not None
    assert year is not None
    assert f"{quarter:.6f}" == "1.825742"
    assert f"{year:.6f}" == "2.000000"
    assert f"{Decimal('0.4') * quarter + Decimal('0.6') * year:.6f}" == "1.930297"


def by_floats(prices: dict[int, float], first: int, now: int) -> float:
    """Reckon IPA with floats and without a missing month, in other words than the code."""

    def rate(month: int, span: int) -> float:
        return math.pow(prices[month] / prices[month - span], 1 / span) - 1

    def z(span: int, years: list[int]) -> float:
        rates = [rate(y, span) for y in years]
        weights = [(n + 1) / sum(range(1, len(years) + 1)) for n in range(len(years))]
        mean = sum(w * r for w, r in zip(weights, rates, strict=True))
        spread = sum(w * (r - mean) ** 2 for w, r in zip(weights, rates, strict=True))
        return (rate(now, span) - mean) / math.sqrt(spread * len(years) / (len(years) - 1))

    same = list(range(first + (now - first) % 12, now, 12))
    return 0.4 * z(3, same) + 0.6 * z(12, same[1:])


@given(st.lists(st.integers(min_value=500, max_value=5000), min_size=52, max_size=60))
def test_ipa_agrees_with_a_second_way_to_reckon(found: list[int]) -> None:
    prices = months(*found)
    last = max(prices)
    assume((len(found) - 1) % 12 >= 3)  # all rates are there
    for mode in ("fpma", "strict"):
        reading = ipa(prices, last, 37, mode)
        assume(reading.status == "ok")
        first = month_number("2020-01")
        floats = {month_number(m): float(p) for m, p in prices.items()}
        assert reading.value is not None
        wanted = by_floats(floats, first, month_number(last))
        assert float(reading.value) == pytest.approx(wanted, rel=1e-5, abs=1e-5)


def test_ipa_begins_with_the_37th_month() -> None:
    prices = months(*wave(40))
    assert ipa(prices, "2022-12", 37, "strict").status == "insufficient_history"
    assert ipa(prices, "2023-04", 37, "strict").status == "ok"
    assert ipa(prices, "2023-04", 72, "strict").status == "insufficient_history"


def test_a_missing_rate_is_zero_in_the_mean_of_fpma_and_nothing_in_strict() -> None:
    earlier = [None, Decimal("0.02"), Decimal("0.03")]
    strict, fpma = (score(Decimal("0.04"), earlier, mode) for mode in ("strict", "fpma"))
    # strict: weights 2 and 3, mean 0.026; fpma: weights 1, 2, 3, mean 13/600.
    assert strict is not None
    assert fpma is not None
    assert float(strict) == pytest.approx((0.04 - 0.026) / math.sqrt(0.00012 / 2.5))
    mean = 0.13 / 6
    apart = 2 * (0.02 - mean) ** 2 + 3 * (0.03 - mean) ** 2
    assert float(fpma) == pytest.approx((0.04 - mean) / math.sqrt(apart / (2 / 3 * 6)))


def test_growth_that_never_varied_is_undefined() -> None:
    with pytest.raises(Flat):
        score(Decimal("0.04"), [Decimal("0.01")] * 3, "strict")
    assert ipa(months(*[5000] * 48), "2023-12", 37, "strict").status == "undefined"


def test_a_gap_where_ipa_looks_back_is_no_recent_data() -> None:
    prices = months(*wave(48))
    for gone in ("2023-12", "2023-09", "2022-12"):
        held = {m: p for m, p in prices.items() if m != gone}
        assert ipa(held, "2023-12", 37, "strict").status == "no_recent_data", gone


# The change alarm


@pytest.mark.parametrize(
    ("price", "class_"),
    [(109, "normal"), (110, "watch"), (124, "watch"), (125, "alert"), (75, "low"), (76, "normal")],
)
def test_the_change_alarm_has_its_steps(price: int, class_: str) -> None:
    values = series(("2023-03-01", 90), ("2023-03-28", 100), ("2023-04-28", price))
    found = jump(values, "2023-04", Steps())
    assert (found.status, found.class_) == ("ok", class_)


def test_the_change_alarm_needs_the_month_before() -> None:
    assert jump(series(("2023-04-28", 5)), "2023-04", Steps()).status == "insufficient_history"
    old = series(("2022-11-01", 5), ("2023-04-28", 5))
    assert jump(old, "2023-04", Steps()).status == "no_recent_data"
    assert jump(old, "2023-05", Steps()).status == "no_recent_data"


# Inputs


def test_inputs_are_told_line_by_line_and_any_difference_shows() -> None:
    prices = months(100, 101, start="2023-01")
    found = alps(prices, "2023-02", 36, "live")
    assert inputs_text(found) == (
        "civicapp-prices 1 alps live 2023-02\nleast=36\n2023-01 100.000000\n2023-02 101.000000\n"
    )
    other = alps({**prices, "2023-01": Decimal("100.000001")}, "2023-02", 36, "live")
    assert other.inputs_hash != found.inputs_hash
    assert alps(prices, "2023-02", 37, "live").inputs_hash != found.inputs_hash


# Gaps to reference prices


@pytest.mark.parametrize(
    ("price", "floor", "ceiling", "percent", "class_"),
    [
        (92500, 37000, 55000, "68.18", "severe"),
        (18833, None, 17500, "7.62", "marked"),
        (19888, None, 18500, "7.50", "marked"),
        (17500, None, 17500, "0.00", "within"),
        (17501, None, 17500, "0.01", "slight"),
        (36000, 40000, 57000, "-10.00", "marked"),
        (40000, 40000, 57000, "0.00", "within"),
    ],
)
def test_the_gaps_of_the_press(
    price: int, floor: int | None, ceiling: int | None, percent: str, class_: str
) -> None:
    limits = [Decimal(x) if x is not None else None for x in (floor, ceiling)]
    found = gap(Decimal(price), limits[0], limits[1])
    assert f"{found.fraction * 100:.2f}" == percent
    assert found.class_ == class_


class Limit:
    """A reference price."""

    def __init__(self, area: str | None, start: str, end: str | None = None) -> None:
        self.commodity, self.area = "rice", area
        self.valid_from, self.valid_to = day(start), day(end) if end else None


def test_the_reference_of_the_narrowest_area_and_of_the_day_holds() -> None:
    wide, narrow = Limit(None, "2023-01-01"), Limit("18", "2023-06-01", "2023-12-31")
    older = Limit(None, "2022-01-01", "2022-12-31")
    limits = [wide, narrow, older]
    areas = ["18.71", "18"]
    assert in_force(limits, "rice", areas, day("2023-05-31")) is wide
    assert in_force(limits, "rice", areas, day("2023-06-01")) is narrow
    assert in_force(limits, "rice", areas, day("2024-01-01")) is wide
    assert in_force(limits, "rice", ["32"], day("2023-06-01")) is wide
    assert in_force(limits, "rice", areas, day("2022-06-01")) is older
    assert in_force(limits, "sugar", areas, day("2023-06-01")) is None


# The basket

RICE_2022 = "11947.7273 11563.6364 11677.2727 12127.2727 13563.6364 12813.6364".split()
RICE_2023 = "13800 14100 14050 14850 15600 15100".split()


def test_the_jevons_index_of_the_spec() -> None:
    ratios = [Decimal(b) / Decimal(a) for a, b in zip(RICE_2022, RICE_2023, strict=True)]
    assert f"{jevons(ratios) * 100:.5f}" == "118.80780"


RATIOS = st.decimals(min_value="0.1", max_value=10, places=3)


@given(st.lists(RATIOS, min_size=1, max_size=8))
def test_jevons_undoes_itself(ratios: list[Decimal]) -> None:
    back = jevons([1 / ratio for ratio in ratios])
    assert float(jevons(ratios) * back) == pytest.approx(1)


WEIGHTS = st.lists(st.integers(min_value=1, max_value=99), min_size=1, max_size=6)


@given(WEIGHTS, st.data())
def test_contributions_sum_to_the_change_as_printed(weights: list[int], data: Any) -> None:
    shares = [Share(f"c{n}", Decimal(w)) for n, w in enumerate(weights)]
    codes = [s.commodity for s in shares]
    base = {code: data.draw(st.integers(1, 9999)) for code in codes}
    now = {code: data.draw(st.integers(1, 9999)) for code in codes}
    found = basket(
        shares,
        {},
        {k: Decimal(v) for k, v in base.items()},
        {k: Decimal(v) for k, v in now.items()},
    )
    assert found.index is not None
    assert sum(i.contribution for i in found.items) == found.index - 100
    total = sum(weights)
    for share, item in zip(shares, found.items, strict=True):
        ratio = Fraction(now[share.commodity], base[share.commodity])
        exact = Fraction(share.weight) / total * (ratio - 1) * 100
        assert abs(Fraction(item.contribution) - exact) <= Fraction(1, 100_000)


def prices(**found: int) -> dict[str, Decimal]:
    return {code: Decimal(price) for code, price in found.items()}


def test_varieties_go_before_the_commoditys_own_series() -> None:
    shares = [Share("rice", Decimal(1))]
    varieties = {"rice": ["low", "high"]}
    base, now = prices(rice=100, low=80, high=200), prices(rice=900, low=160, high=100)
    [item] = basket(shares, varieties, base, now).items
    assert (item.relative, item.varieties, item.imputed) == (Decimal("1.0000000"), 2, False)
    [item] = basket(shares, varieties, prices(rice=100), prices(rice=150)).items
    assert (item.relative, item.varieties) == (Decimal("1.5000000"), 0)


def test_a_missing_item_moves_as_its_group_and_says_so() -> None:
    shares = [
        Share("red", Decimal(2), "chili"),
        Share("bird", Decimal(1), "chili"),
        Share("rice", Decimal(7)),
    ]
    found = basket(shares, {}, prices(red=100, rice=100), prices(red=150, rice=100, bird=5))
    by_code = {item.commodity: item for item in found.items}
    assert by_code["bird"].imputed
    assert by_code["bird"].relative == Decimal("1.5000000")
    assert found.index == Decimal("115.00000")
    assert basket(shares, {}, {}, prices(red=1)).index is None


# The real series: read where they lie, since their licence keeps them out of this tree.

shared = pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS.name} is not at hand")


@shared
def test_every_vector_of_the_file() -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))
    for name, case in vectors["cases"].items():
        known = {
            m: Decimal(str(p)) for m, p in zip(vectors["months"], case["price"], strict=True) if p
        }
        found = alps(known, "2023-12", 36, "in_sample")
        assert found.value is not None
        assert float(found.value) == pytest.approx(case["alps_in_sample_ddof1"][-1], abs=1e-6), name
        assert found.class_ == case["alps_class"][-1]
        for month, wanted in zip(vectors["months"], case["ipa_fpma_v4"], strict=True):
            reading = ipa(known, month, 37, "fpma")
            if wanted is None:
                assert reading.status == "insufficient_history", (name, month)
            else:
                assert reading.value is not None
                assert float(reading.value) == pytest.approx(wanted, abs=1e-6), (name, month)


@shared
def test_the_basket_of_the_spec_and_the_one_with_varieties() -> None:
    rows = list(csv.DictReader(DAILY.read_text("utf-8").splitlines()))
    columns = [c for c in rows[0] if c != "date"]
    found = {c: means(Value(day(r["date"]), Decimal(r[c])) for r in rows if r[c]) for c in columns}
    base, now = ({c: m[month] for c, m in found.items()} for month in ("2022-12", "2023-12"))
    weights = {
        "Beras": ".45",
        "Cabai Merah": ".10",
        "Cabai Rawit": ".05",
        "Bawang Merah": ".08",
        "Telur Ayam": ".12",
        "Minyak Goreng": ".12",
        "Gula Pasir": ".08",
    }
    shares = [Share(name, Decimal(weight)) for name, weight in weights.items()]
    plain = basket(shares, {}, base, now)
    assert plain.index == Decimal("123.87186")
    printed = "8.5135 11.8796 3.1636 0.2556 -0.6988 -0.5480 1.3063".split()
    assert [f"{i.contribution:.4f}" for i in plain.items] == printed
    below = basket(shares, {"Beras": [c for c in columns if c.startswith("Beras ")]}, base, now)
    assert below.items[0].relative == Decimal("1.1880780")
    assert below.items[0].varieties == 6


@shared
def test_thirty_months_are_too_few_for_both_alarms() -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))
    for case in vectors["cases"].values():
        pairs = zip(vectors["months"][:30], case["price"][:30], strict=True)
        known = {m: Decimal(str(p)) for m, p in pairs}
        assert alps(known, "2022-06", 36, "live").status == "insufficient_history"
        assert ipa(known, "2022-06", 37, "strict").status == "insufficient_history"
