"""Points: what is derived from quotes, and which series a reader is shown."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from civicapp_prices.models import Point, Series
from civicapp_prices.service.chosen import chosen
from civicapp_prices.service.points import (
    Key,
    NewPoint,
    derive,
    ensure_series,
    publish,
    values,
)

DAY = datetime.date(2026, 11, 24)
TAMIN, PANJANG, METRO = "18.71-07", "18.71-01", "18.72-01"
RICE = "beras-medium-1"


def shown(world: Any, scope: str, commodity: str = RICE) -> tuple[Any, ...] | None:
    """Return price, n and markets of a scope's point."""

    def read(session: Any) -> tuple[Any, ...] | None:
        series = chosen(session, world.site, (scope, commodity))
        point = session.get(Point, (series.id, DAY)) if series else None
        return (point.price, point.n, point.markets, point.flagged) if point else None

    found: tuple[Any, ...] | None = world.db.read_now(read)
    return found


def test_quotes_reach_the_market_and_every_area_above_it(world: Any) -> None:
    world.quote(TAMIN, 14000)
    world.quote(TAMIN, 14500, slot=2)
    world.quote(PANJANG, 15001)
    world.quote(METRO, 20000)
    for market in (TAMIN, PANJANG, METRO):
        world.write(derive, market, DAY, [RICE])
    assert shown(world, f"m:{TAMIN}") == (Decimal(14250), 2, 1, False)
    assert shown(world, "a:18.71") == (Decimal("14500.333333"), 3, 2, False)
    assert shown(world, "a:18.72") == (Decimal(20000), 1, 1, False)
    assert shown(world, "a:18") == (Decimal("15875.25"), 4, 3, False)
    assert shown(world, "a:18.01") is None


@pytest.mark.parametrize("state", ["rejected", "superseded"])
def test_what_does_not_count_makes_no_point(world: Any, state: str) -> None:
    world.quote(TAMIN, 14000, state=state)
    world.quote(TAMIN, None, slot=2)
    world.write(derive, TAMIN, DAY, [RICE])
    assert shown(world, f"m:{TAMIN}") is None
    world.quote(TAMIN, 13000, state="flagged")
    world.write(derive, TAMIN, DAY, [RICE])
    assert shown(world, f"m:{TAMIN}") == (Decimal(13000), 1, 1, True)


def test_a_point_goes_with_its_last_quote_and_the_series_looks_back(world: Any) -> None:
    before = DAY - datetime.timedelta(days=1)
    world.quote(TAMIN, 14000, date=before)
    world.quote(TAMIN, 15000)
    for date in (before, DAY):
        world.write(derive, TAMIN, date, [RICE])
    world.db.write_now(lambda s: s.execute(_reject(DAY)))
    world.write(derive, TAMIN, DAY, [RICE])
    assert shown(world, f"m:{TAMIN}") is None
    assert {s.last_on for s in world.rows(Series)} == {before}


def _reject(date: datetime.date) -> Any:
    from civicapp_prices.models import Quote
    from sqlalchemy import update

    return update(Quote).where(Quote.date == date).values(state="rejected")


def test_our_own_survey_goes_before_imports_unless_another_is_asked_for(world: Any) -> None:
    def put(session: Any) -> None:
        keys = [Key("pihps", "a:18", RICE), Key("wfp", "a:18", RICE, "month")]
        ids = ensure_series(session, keys)
        points = [NewPoint(ids[key], DAY, Decimal("13000.5")) for key in keys]
        publish(session, points, ["a:18"])

    world.db.write_now(put)
    choose = lambda *more: world.read(chosen, ("a:18", RICE), *more)  # noqa: E731
    assert choose().source == "pihps"
    world.quote(TAMIN, 15000)
    world.write(derive, TAMIN, DAY, [RICE])
    assert choose().source == "survey"
    assert choose("wfp").step == "month"
    assert choose("nobody") is None


def test_publishing_again_replaces_the_day_and_keeps_the_newest(world: Any) -> None:
    def put(session: Any, date: datetime.date, price: str) -> int:
        key = Key("pihps", "a:18", RICE)
        series = ensure_series(session, [key])[key]
        publish(session, [NewPoint(series, date, Decimal(price), n=None)], ["a:18"])
        return series

    later, earlier = DAY, DAY - datetime.timedelta(days=3)
    series = world.db.write_now(put, later, "100.000001")
    world.db.write_now(put, earlier, "99")
    world.db.write_now(put, later, "101.5")
    found = world.db.read_now(values, series)
    assert [(v.date, v.price, v.n) for v in found] == [
        (earlier, Decimal(99), None),
        (later, Decimal("101.5"), None),
    ]
    assert [s.last_on for s in world.rows(Series)] == [later]


def test_more_than_six_places_are_refused(world: Any) -> None:
    def put(session: Any) -> None:
        key = Key("pihps", "a:18", RICE)
        series = ensure_series(session, [key])[key]
        publish(session, [NewPoint(series, DAY, Decimal("1.0000001"))], ["a:18"])

    with pytest.raises(Exception, match="more than 6 decimal places"):
        world.db.write_now(put)
