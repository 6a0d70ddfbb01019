"""Reading: newest prices, series, changes, alarms, gaps, the basket, places compared."""

import datetime
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.domain.basket import Basket
from civicapp_prices.domain.changes import changes
from civicapp_prices.models import Alarm
from civicapp_prices.service import alarm_reading, basket, history, newest
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.imports import look_at, run
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish, values
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from civicapp import Act

TODAY = datetime.date(2026, 11, 24)
RICE, CHILI = "beras-medium-1", "cabai-rawit"
TAMIN, PANJANG = "18.71-07", "18.71-01"
SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "prices"
DAILY = SHARED / "pihps_lampung_daily_2020_2023_wide.csv"


def put(world: Any, scope: str, commodity: str, prices: dict[str, str], **more: Any) -> int:
    """Publish prices by day; return the series."""
    key = Key(more.get("source", "pihps"), scope, commodity, more.get("step", "day"))

    def write(session: Session) -> int:
        series = ensure_series(session, [key])[key]
        points = [
            NewPoint(series, day(date), Decimal(price), more.get("n"))
            for date, price in prices.items()
        ]
        publish(session, points, [scope])
        return series

    found: int = world.db.write_now(write)
    return found


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def ask(world: Any, fn: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Run a function that reads."""
    return world.db.read_now(lambda s: fn(s, world.site, *args, **more))


# The newest price


def test_latest_gives_the_newest_survey_and_the_one_before(world: Any) -> None:
    put(world, "a:18", CHILI, {"2026-11-20": "50000", "2026-11-24": "55000.5"})
    put(world, "a:18", RICE, {"2026-11-23": "14000"}, n=7)
    put(world, "a:18.71", RICE, {"2026-11-24": "1"})
    rice, chili = ask(world, newest.latest, "a:18", today=TODAY)  # in the pack's order
    assert (rice.commodity, rice.price, rice.date) == (RICE, 14000, day("2026-11-23"))
    assert (rice.n, rice.fresh, rice.before, rice.d) == (7, False, None, None)
    assert (chili.fresh, chili.unit, chili.source) == (True, "kg", "pihps")
    assert (chili.before.date, chili.before.price) == (day("2026-11-20"), 50000)
    assert chili.d == Decimal("0.10001")


def test_latest_sees_nothing_of_later_days(world: Any) -> None:
    put(world, "a:18", RICE, {"2026-11-23": "14000", "2026-11-25": "99999"})
    assert [f.price for f in ask(world, newest.latest, "a:18", today=TODAY)] == [14000]
    assert ask(world, newest.latest, "a:18", today=day("2026-11-22")) == []


def test_latest_takes_the_first_source_that_has_a_price_by_then(world: Any) -> None:
    put(world, "a:18", RICE, {"2023-12-29": "14600"})
    put(world, "a:18", RICE, {"2026-11-23": "15000"}, source="survey")
    put(world, "a:18", RICE, {"2026-11-01": "9999"}, source="wfp", step="month")
    chosen = lambda **more: ask(world, newest.latest, "a:18", **more)[0]  # noqa: E731
    assert chosen(today=TODAY).source == "survey"
    assert chosen(today=day("2024-01-02")).source == "pihps"
    assert (chosen(today=TODAY, source="wfp").step, chosen(today=TODAY).step) == ("month", "day")
    assert ask(world, newest.latest, "a:18", today=TODAY, source="csv") == []


def test_latest_of_some_commodities(world: Any) -> None:
    for commodity in (RICE, CHILI):
        put(world, f"m:{TAMIN}", commodity, {"2026-11-24": "14000"})
    found = ask(
        world, newest.latest, f"m:{TAMIN}", commodities=[CHILI, "bawang-merah"], today=TODAY
    )
    assert [f.commodity for f in found] == [CHILI]


def test_places_are_compared_with_those_that_have_no_price(world: Any) -> None:
    put(world, "a:18.71", RICE, {"2026-11-24": "14000"})
    put(world, f"m:{TAMIN}", RICE, {"2026-11-20": "13500", "2026-11-24": "14500"})
    put(world, f"m:{PANJANG}", CHILI, {"2026-11-24": "60000"})
    found = {p.scope: p for p in ask(world, newest.compare, "18", RICE, TODAY)}
    assert len([p for p in found.values() if p.area]) == 15
    assert len([p for p in found.values() if p.market]) == 117
    assert found["a:18.71"].latest.price == 14000
    assert found[f"m:{TAMIN}"].latest.d == Decimal("0.07407407")
    assert found[f"m:{PANJANG}"].latest is None
    inside = {p.market for p in ask(world, newest.compare, "18.72", RICE, TODAY) if p.market}
    assert inside == {code for code in world.site.markets if code.startswith("18.72")}


# Series


def test_a_series_has_its_days_and_nothing_between(world: Any) -> None:
    put(world, "a:18", RICE, {"2026-01-02": "100", "2026-01-05": "101.5", "2026-01-09": "7"}, n=3)
    found = ask(
        world, history.series, "a:18", RICE, since=day("2026-01-03"), until=day("2026-01-09")
    )
    assert [(i.date, i.price, i.n) for i in found.items] == [
        ("2026-01-05", Decimal("101.5"), 3),
        ("2026-01-09", Decimal(7), 3),
    ]
    assert (found.source, found.unit, found.step, found.more) == ("pihps", "kg", "day", False)
    assert ask(world, history.series, "a:18.01", RICE) is None


def test_a_months_mean_is_of_the_observed_days_of_the_whole_month(world: Any) -> None:
    prices = {"2026-01-02": "100", "2026-01-30": "101", "2026-01-31": "101.000001"}
    put(world, "a:18", RICE, {**prices, "2026-02-02": "7", "2025-12-31": "9"})
    found = ask(
        world,
        history.series,
        "a:18",
        RICE,
        since=day("2026-01-15"),
        until=day("2026-01-20"),
        step="month",
    )
    # 302.000001 / 3 = 100.666667
    assert [(i.date, i.price, i.n) for i in found.items] == [("2026-01", Decimal("100.666667"), 3)]


def test_a_mean_is_rounded_from_its_exact_value_half_to_even(world: Any) -> None:
    put(world, "a:18", RICE, {"2026-01-01": "0.000001", "2026-01-02": "0.000002"})
    put(world, "a:18", RICE, {"2026-02-01": "0.000003", "2026-02-02": "0.000004"})
    found = ask(world, history.series, "a:18", RICE, step="month")
    assert [str(i.price) for i in found.items] == ["0.000002", "0.000004"]


@pytest.mark.parametrize("step", ["day", "month"])
def test_a_monthly_source_gives_its_months_whatever_is_asked(world: Any, step: str) -> None:
    prices = {"2026-01-01": "100.25", "2026-02-01": "101"}
    put(world, "a:18", RICE, prices, source="wfp", step="month")
    found = ask(world, history.series, "a:18", RICE, since=day("2026-01-20"), step=step)
    assert found.step == "month"
    assert [(i.date, i.price, i.n) for i in found.items] == [
        ("2026-01", Decimal("100.25"), None),
        ("2026-02", Decimal(101), None),
    ]


@pytest.mark.parametrize("step", ["day", "month"])
def test_a_long_series_comes_in_pages(world: Any, step: str) -> None:
    prices = {f"2026-{m:02d}-{d:02d}": f"{m * 100 + d}" for m in range(1, 8) for d in (1, 15, 28)}
    put(world, "a:18", RICE, prices)
    more = {"since": day("2026-02-10"), "until": day("2026-06-20"), "step": step}
    whole = ask(world, history.series, "a:18", RICE, **more).items
    pages, after = [], None
    while True:
        found = ask(world, history.series, "a:18", RICE, limit=2, after=after, **more)
        pages += found.items
        if not found.more:
            break
        assert len(found.items) == 2
        after = found.items[-1].day
    assert tuple(pages) == whole
    assert len(whole) == {"day": 13, "month": 5}[step]


def test_a_young_survey_does_not_hide_the_years_before_it(world: Any) -> None:
    put(world, "a:18", RICE, {"2023-01-02": "12000", "2026-11-23": "15000"})
    put(world, "a:18", RICE, {"2026-11-23": "15500"}, source="survey")
    source = lambda **more: ask(world, history.series, "a:18", RICE, **more).source  # noqa: E731
    assert source() == "survey"
    assert source(until=day("2025-12-31")) == "pihps"
    assert source(until=day("2025-12-31"), source="survey") == "survey"
    assert source(since=day("2030-01-01")) == "survey"


# Changes


def test_the_changes_of_the_specification(world: Any) -> None:
    prices = {
        "2022-12-29": "50650",
        "2022-12-30": "51900",
        "2023-11-29": "84650",
        "2023-12-22": "68150",
        "2023-12-27": "71900",
        "2023-12-28": "71900",
        "2023-12-29": "66900",
    }
    put(world, "a:18", CHILI, prices)
    found = ask(world, history.changes_of, "a:18", CHILI, day("2023-12-29")).changes
    names = ("d", "w", "m", "ytd", "y")
    assert [f"{getattr(found, name).fraction * 100:.4f}" for name in names] == [
        "-6.9541",
        "-1.8342",
        "-20.9687",
        "28.9017",
        "32.0829",
    ]
    holiday = ask(world, history.changes_of, "a:18", CHILI, day("2023-12-27")).changes
    assert (f"{holiday.d.fraction * 100:.4f}", holiday.d.date) == ("5.5026", day("2023-12-22"))
    empty = ask(world, history.changes_of, "a:18", CHILI, day("2023-12-26")).changes
    assert (empty.price, empty.d.fraction, empty.last_surveyed) == (None, None, day("2023-12-22"))
    newest = ask(world, history.changes_of, "a:18", CHILI).changes
    assert newest.as_of == day("2023-12-29")
    assert ask(world, history.changes_of, "a:18", RICE) is None


def test_reading_only_what_is_compared_finds_the_same_as_reading_all(world: Any) -> None:
    chance = random.Random(7)
    first = day("2023-11-01")
    days = [first + datetime.timedelta(days=n) for n in range(850) if chance.random() < 0.3]
    series = put(world, "a:18", RICE, {d.isoformat(): f"{chance.randint(1, 99)}" for d in days})
    whole = world.db.read_now(values, series)
    asked = [*chance.sample(days, 60), *(first + datetime.timedelta(days=n) for n in range(5))]
    for as_of in asked:
        found = ask(world, history.changes_of, "a:18", RICE, as_of)
        assert found.changes == changes(whole, as_of)


# Alarms


def months(first: str, count: int, price: Callable[[int], str]) -> dict[str, str]:
    """Make prices on two days of each month."""
    year, month = map(int, first.split("-"))
    made = {}
    for n in range(count):
        at = year * 12 + month - 1 + n
        for d in ("05", "20"):
            made[f"{at // 12:04d}-{at % 12 + 1:02d}-{d}"] = price(n)
    return made


def test_alarms_are_of_the_last_month_that_ended_and_look_no_further(world: Any) -> None:
    prices = months("2020-01", 48, lambda n: f"{10000 + n * 10 + (n * 7919) % 300}")
    put(world, "a:18", RICE, prices)
    early = ask(world, alarm_reading.alarms_of, "a:18", RICE, day("2023-11-29"))
    put(world, "a:18", RICE, {"2023-11-30": "99999", "2023-12-29": "99999"})
    again = ask(world, alarm_reading.alarms_of, "a:18", RICE, day("2023-11-29"))
    assert (early.month, early) == ("2023-10", again)
    assert {r.status for r in early.readings} == {"ok"}
    ended = ask(world, alarm_reading.alarms_of, "a:18", RICE, day("2023-11-30"))
    assert ended.month == "2023-11"
    assert ended.readings[0].value > 2
    short = ask(world, alarm_reading.alarms_of, "a:18", RICE, day("2022-07-31")).readings
    assert [r.status for r in short if r.kind != "change"] == ["insufficient_history"] * 4
    assert ask(world, alarm_reading.alarms_of, "a:18", CHILI, TODAY) is None


def test_a_commodity_without_series_has_no_history(world: Any) -> None:
    found = alarm_reading.no_alarms(world.site, TODAY)
    assert {(r.status, r.value, r.month) for r in found} == {
        ("insufficient_history", None, "2026-10")
    }
    assert [r.kind for r in found] == ["alps", "alps", "ipa", "ipa", "change"]


def test_the_list_of_alarms_has_the_leading_ones_that_are_not_normal(world: Any) -> None:
    calm = months("2020-01", 48, lambda n: f"{10000 + (n * 7919) % 300}")
    put(world, "a:18", RICE, {**calm, "2023-12-20": "16000"})
    put(world, "a:18.71", CHILI, months("2020-01", 48, lambda _: "60000"))  # undefined: no class
    put(world, "m:18.71-01", CHILI, {**calm, "2023-12-20": "16000"})  # no alarms of markets
    at = datetime.datetime(2024, 1, 3, tzinfo=datetime.UTC)
    run_alarms(world.db, world.site, at)
    found = ask(world, alarm_reading.alarm_list)
    assert {(a.scope, a.commodity, a.month) for a in found} == {("a:18", RICE, "2023-12")}
    assert [(a.kind, a.mode) for a in found] == [
        ("alps", "in_sample"),
        ("change", ""),
        ("ipa", "strict"),
    ]
    assert ask(world, alarm_reading.alarm_list, limit=1) == found[:1]
    assert ask(world, alarm_reading.alarm_list, "2023-10") == []

    # A corrected price: the new rows count, the old ones stay where they are.
    put(world, "a:18", RICE, {"2023-12-20": "10100"})
    run_alarms(world.db, world.site, at + datetime.timedelta(days=1))
    assert len(world.rows(Alarm)) > 10
    assert ask(world, alarm_reading.alarm_list) == []


def test_no_alarms_yet(world: Any) -> None:
    assert ask(world, alarm_reading.alarm_list) == []


# Reference prices and the basket


def test_the_gap_is_against_the_reference_of_the_prices_own_day(world: Any) -> None:
    put(world, "a:18", CHILI, {"2022-12-30": "59850"})
    put(world, "a:18", RICE, {"2022-12-30": "12000"})
    put(world, "a:18", "cabai-merah-keriting", {"2023-12-29": "92500"})
    found = {g.latest.commodity: g for g in ask(world, newest.gaps, "a:18", TODAY)}
    assert found[RICE].reference is None
    assert found[RICE].gap is None
    assert found[CHILI].reference.ceiling == 57000  # in force in that December alone
    assert (found[CHILI].gap.fraction, found[CHILI].gap.class_) == (Decimal("0.05"), "slight")
    curly = found["cabai-merah-keriting"]
    assert (f"{curly.gap.fraction * 100:.2f}", curly.gap.class_) == ("68.18", "severe")
    put(world, "a:18", CHILI, {"2023-01-02": "95650"})
    later = {g.latest.commodity: g for g in ask(world, newest.gaps, "a:18", TODAY)}
    assert later[CHILI].reference is None


SIX = (
    ("bawah-1", "11947.727273", "13800"),
    ("bawah-2", "11563.636364", "14100"),
    ("medium-1", "11677.272727", "14050"),
    ("medium-2", "12127.272727", "14850"),
    ("super-1", "13563.636364", "15600"),
    ("super-2", "12813.636364", "15100"),
)


def test_rice_of_the_specification_moves_as_its_six_qualities(world: Any) -> None:
    for name, before, after in SIX:
        put(world, "a:18", f"beras-{name}", {"2022-12-15": before, "2023-12-15": after})
    put(world, "a:18", "beras", {"2022-12-15": "12000", "2023-12-15": "99999"})  # does not count
    found: Basket = ask(world, basket.basket_of, "a:18", "2022-12", "2023-12")
    rice = next(item for item in found.items if item.commodity == "beras")
    assert f"{rice.relative * 100:.5f}" == "118.80780"
    assert (rice.varieties, rice.imputed) == (6, False)
    assert found.index is not None
    assert sum(item.contribution for item in found.items) == found.index - 100
    assert ask(world, basket.basket_of, "a:18", "2022-12", "2022-12").index == 100
    assert ask(world, basket.basket_of, "a:18", "2021-12", "2022-12").index is None


def test_a_ratio_of_the_basket_never_mixes_two_sources(world: Any) -> None:
    put(world, "a:18", "gula-pasir", {"2022-12-15": "10000", "2023-12-15": "12000"})
    put(world, "a:18", "gula-pasir", {"2023-12-15": "20000"}, source="survey")
    found = ask(world, basket.basket_of, "a:18", "2022-12", "2023-12")
    sugar = next(item for item in found.items if item.commodity == "gula-pasir")
    assert sugar.relative == Decimal("1.2")
    alone = ask(world, basket.basket_of, "a:18", "2022-12", "2023-12", "survey")
    assert alone.index is None


# What a question costs


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """Write down what is sent to the database."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        seen.append((statement, given))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)


QUESTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "latest": (2, lambda s, site: newest.latest(s, site, "a:18", today=TODAY)),
    "latest of one": (
        2,
        lambda s, site: newest.latest(s, site, "m:18.71-07", commodities=[RICE], today=TODAY),
    ),
    "compare": (2, lambda s, site: newest.compare(s, site, "18", RICE, TODAY)),
    "series": (
        2,
        lambda s, site: history.series(s, site, "a:18", RICE, since=day("2026-01-01"), until=TODAY),
    ),
    "months": (2, lambda s, site: history.series(s, site, "a:18", RICE, step="month")),
    "changes": (3, lambda s, site: history.changes_of(s, site, "a:18", RICE, TODAY)),
    "alarms": (3, lambda s, site: alarm_reading.alarms_of(s, site, "a:18", RICE, TODAY)),
    "gaps": (2, lambda s, site: newest.gaps(s, site, "a:18", TODAY)),
    "basket": (3, lambda s, site: basket.basket_of(s, site, "a:18", "2025-10", "2026-10")),
}
MANY = """
INSERT INTO prices_series (source, scope, commodity, step, last_on)
WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < {places})
SELECT 'pihps', CASE WHEN n = 1 THEN 'a:18' WHEN n = 2 THEN 'm:18.71-07' ELSE 'm:x' || n END,
       code, 'day', '2026-11-24'
FROM place, (SELECT 'beras' AS code UNION ALL SELECT 'beras-medium-1' UNION ALL SELECT 'cabai-rawit'
             UNION ALL SELECT 'gula-pasir' UNION ALL SELECT 'bawang-merah') AS codes
"""
POINTS = """
INSERT INTO prices_point (series, date, price, flagged)
WITH RECURSIVE step(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n < {days})
SELECT id, {date}, CAST(10000 + (id * 31 + n * 17) % 900 AS BIGINT) * 1000000, {false}
FROM prices_series, step
"""


@pytest.fixture
def full(world: Any) -> Any:
    """Return the region with 1,000 series of 400 days, and what the planner knows of them."""
    lite = world.db.is_sqlite
    date = "date('2026-11-24', '-' || n || ' days')" if lite else "DATE '2026-11-24' - n"

    def fill(session: Session) -> None:
        session.execute(text(MANY.format(places=200).replace("'2026-11-24'", _day(lite=lite))))
        session.execute(text(POINTS.format(days=399, date=date, false="0" if lite else "false")))
        session.execute(text("ANALYZE prices_series"))
        session.execute(text("ANALYZE prices_point"))

    world.db.write_now(fill)
    return world


def _day(*, lite: bool) -> str:
    return "'2026-11-24'" if lite else "DATE '2026-11-24'"


def test_no_question_reads_through_all_points(full: Any) -> None:
    def look(session: Session) -> None:
        for name, (most, question) in QUESTIONS.items():
            with statements(session) as seen:
                found = question(session, full.site)
            assert found, name
            assert len(seen) <= most, (name, seen)
            for statement, given in seen:
                plan = _plan(session, statement, given, lite=full.db.is_sqlite)
                assert "prices_" in plan
                assert not _reads_all(plan), f"{name}\n{statement}\n{plan}"

    full.db.read_now(look)


def _plan(session: Session, statement: str, given: Any, *, lite: bool) -> str:
    how = "EXPLAIN QUERY PLAN " if lite else "EXPLAIN "
    rows = session.connection().exec_driver_sql(how + statement, given)
    return "\n".join(str(row[-1]) for row in rows)


def _reads_all(plan: str) -> bool:
    """Tell whether a plan of either database goes through all points."""
    return "Seq Scan on prices_point" in plan or "SCAN prices_point" in plan


def test_the_guard_would_notice(full: Any) -> None:
    def look(session: Session) -> str:
        return _plan(
            session, "SELECT * FROM prices_point WHERE price = 7", (), lite=full.db.is_sqlite
        )

    assert _reads_all(full.db.read_now(look))


# The real file


@pytest.mark.skipif(not DAILY.is_file(), reason=f"{DAILY.name} is not at hand")
def test_the_real_file_gives_the_numbers_of_the_specification(world: Any) -> None:
    act = Act()
    job = look_at(world.site, DAILY, "pihps-wide", "18", act.at)
    outcome = run(world.db, world.site, job, act, lambda _: None)
    assert (outcome.new, outcome.rejected) == (30876, 0)
    end = day("2023-12-29")
    found = ask(world, history.changes_of, "a:18", CHILI, end).changes
    assert f"{found.ytd.fraction * 100:.4f}" == "28.9017"
    whole = ask(world, basket.basket_of, "a:18", "2022-12", "2023-12")
    # Each item by its varieties; were it rice alone it would be 123.82185, were it none 123.87186.
    assert whole.index == Decimal("123.38837")
    assert sum(item.contribution for item in whole.items) == whole.index - 100
    values = {
        (code, r.kind, r.mode): (r.value, r.class_)
        for code in ("beras", "cabai-rawit", "gula-pasir", "telur-ayam")
        for r in ask(world, alarm_reading.alarms_of, "a:18", code, day("2023-12-31")).readings
    }
    rice = values["beras", "alps", "in_sample"]
    assert (f"{rice[0]:.5f}", rice[1]) == ("2.16205", "crisis")
    assert f"{values['gula-pasir', 'alps', 'in_sample'][0]:.5f}" == "2.48481"
    assert f"{values['beras', 'ipa', 'fpma'][0]:.5f}" == "3.74236"
    assert values["telur-ayam", "ipa", "fpma"][1] == "low"
    shock = ask(
        world, history.series, "a:18", CHILI, since=day("2022-12-30"), until=day("2023-01-03")
    )
    assert shock.items[0].price == 51900
    latest = {f.commodity: f for f in ask(world, newest.latest, "a:18", today=end)}
    assert len(latest) == 31
    assert latest[CHILI].d == Decimal("-0.06954103")
