"""Review: what a supervisor sees of a flagged price, what a decision does, when a day comes out."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from civicapp_prices.models import Point, Quote, Series
from civicapp_prices.service.alike import clear
from civicapp_prices.service.days import PUBLISHED, SETTLE, publish_day
from civicapp_prices.service.errors import Decided, Forbidden, Invalid, Unknown
from civicapp_prices.service.panel import progress
from civicapp_prices.service.points import derive
from civicapp_prices.service.review import Decision, decide, flags, waiting
from sqlalchemy import select, update

from civicapp import Act, Expected, Stale
from civicapp.storage.people import AuditRow

NOW = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)  # Tuesday, 10:00 in the region
TODAY = datetime.date(2026, 11, 24)
DAY = datetime.timedelta(days=1)
KANGKUNG, NATAR, KEDONDONG, METRO = "18.71-05", "18.01-09", "18.09-01", "18.72-02"
RICE, CHILI = "beras-medium-1", "cabai-rawit-merah"
SLIP = {"code": "slip", "times": 10.0, "way": "up", "last": 14200, "of": "slot"}
ON = {"last_on": "2026-11-23"}


def act(person: Any) -> Act:
    return Act(person.id, "", NOW)


def odd(
    world: Any,
    market: str = KANGKUNG,
    price: int = 142000,
    commodity: str = RICE,
    date: datetime.date = TODAY,
    slot: int = 1,
    **reason: Any,
) -> int:
    """Put a flagged quote and its points; return its id."""
    world.quote(market, price, commodity, date, slot, "flagged")
    newest: int = max(q.id for q in world.rows(Quote))
    told = [{**SLIP, **ON, **reason}]
    set_ = update(Quote).where(Quote.id == newest).values(reasons=told)
    world.db.write_now(lambda s: s.execute(set_))
    world.write(derive, market, date, [commodity])
    return newest


def quote(world: Any, id: int) -> Quote:
    found: Quote = next(q for q in world.rows(Quote) if q.id == id)
    return found


def point(world: Any, scope: str, commodity: str = RICE) -> Any:
    query = select(Point).join(Series, Series.id == Point.series)
    query = query.where(Series.scope == scope, Series.commodity == commodity, Point.date == TODAY)
    return world.db.read_now(lambda s: s.scalar(query))


def decided(world: Any, id: int, verdict: str, reason: str = "", version: int = 1) -> Any:
    person = world.officer("price_supervisor")
    given = Decision(id, Expected.of(version), verdict, reason)  # type: ignore[arg-type]
    return world.write(decide, person, given, act(person))


def test_a_confirmed_price_counts_without_a_mark(world):
    id = odd(world)
    assert point(world, "a:18").flagged
    found = decided(world, id, "confirm", "  Dicek   ulang di pasar ")
    assert (found.state, found.version) == ("confirmed", 2)
    row = quote(world, id)
    supervisor = world.officer("price_supervisor")
    assert (row.state, row.decision) == ("confirmed", "Dicek ulang di pasar")
    assert (row.decided_by, row.decided_at) == (supervisor.id, NOW)
    for scope in (f"m:{KANGKUNG}", "a:18.71", "a:18"):
        assert (point(world, scope).price, point(world, scope).flagged) == (142000, False)
    (line,) = [r for r in world.rows(AuditRow) if r.action == "prices.quote.review"]
    assert (line.actor, line.subject, line.reason) == (
        supervisor.id,
        f"prices.quote:{id}",
        "Dicek ulang di pasar",
    )
    assert line.before == {"state": "flagged", "version": 1, "price": 142000}
    assert line.after == {"state": "confirmed", "version": 2, "price": 142000}


def test_a_rejected_price_leaves_what_is_published(world):
    world.quote(KANGKUNG, 14300, slot=2)
    id = odd(world)
    assert point(world, "a:18").price == Decimal(78150)
    decided(world, id, "reject", "Salah ketik")
    found = point(world, "a:18")
    assert (found.price, found.n, found.flagged) == (Decimal(14300), 1, False)
    assert quote(world, id).price == 142000  # what was entered stays on record


@pytest.mark.parametrize("reason", ["", "   ", "ya", " a  b "])
def test_a_rejection_needs_a_reason(world, reason):
    id = odd(world)
    with pytest.raises(Invalid) as caught:
        decided(world, id, "reject", reason)
    assert [(f.field, f.code) for f in caught.value.faults] == [("reason", "reason-missing")]
    assert quote(world, id).state == "flagged"


def test_who_decides_must_have_seen_it_as_it_is(world):
    id = odd(world)
    with pytest.raises(Stale):
        decided(world, id, "confirm", version=2)
    decided(world, id, "confirm")
    with pytest.raises(Stale):
        decided(world, id, "reject", "Salah ketik")
    with pytest.raises(Decided):
        decided(world, id, "reject", "Salah ketik", version=2)
    assert quote(world, id).state == "confirmed"


def test_of_two_decisions_at_once_one_stands(world):
    id = odd(world)
    people = [world.officer("price_supervisor"), world.officer("price_supervisor", "18.71")]
    barrier = threading.Barrier(2)

    def go(n: int) -> str:
        barrier.wait(timeout=60)
        given = Decision(id, Expected.of(1), ("confirm", "reject")[n], "Sudah dicek")
        try:
            return str(world.write(decide, people[n], given, act(people[n])).state)
        except Stale:
            return "stale"

    with ThreadPoolExecutor(2) as pool:
        found = set(pool.map(go, range(2)))
    state = quote(world, id).state
    assert found == {state, "stale"}
    assert len([r for r in world.rows(AuditRow) if r.action == "prices.quote.review"]) == 1
    assert (point(world, "a:18") is None) == (state == "rejected")


def test_rows_and_permission_are_checked(world):
    id = odd(world)
    for role, area, error in (
        ("price_officer", None, Forbidden),
        ("price_supervisor", "18.72", Unknown),
    ):
        person = world.officer(role, area)
        given = Decision(id, Expected(), "confirm")
        with pytest.raises(error):
            world.write(decide, person, given, act(person))
    person = world.officer("price_supervisor")
    with pytest.raises(Unknown):
        world.write(decide, person, Decision(id + 1, Expected(), "confirm"), act(person))


def test_a_flag_is_shown_beside_what_helps_to_decide(world):
    world.quote(KANGKUNG, 14300, slot=2)
    world.quote(KANGKUNG, 14100, slot=2, date=TODAY - DAY)
    world.quote("18.71-07", 14500)  # another market of the same part
    for market, before, now in ((NATAR, 14000, 14400), (METRO, 13900, 14000)):
        for date, price in ((TODAY - DAY, before), (TODAY, now)):
            world.quote(market, price, date=date)
            world.write(derive, market, date, [RICE])
    id = odd(world)
    (found,) = world.read(flags, world.officer("price_supervisor", "18.71")).items
    assert (found.id, found.price, found.slot, found.unit) == (id, 142000, 1, "kg")
    assert found.last == (TODAY - DAY, Decimal(14200))
    assert [(p.market, p.slot, p.price) for p in found.peers] == [
        (KANGKUNG, 2, 14300),
        ("18.71-07", 1, 14500),
    ]
    # Metro does not border on Bandar Lampung.
    assert [(n.area, n.before, n.price) for n in found.neighbours] == [("18.01", 14000, 14400)]


def test_flags_of_the_own_area_come_newest_first_in_pages(world):
    for n in range(3):
        odd(world, date=TODAY - n * DAY)
    odd(world, METRO)
    person = world.officer("price_supervisor", "18.71")
    first = world.read(flags, person, None, 2)
    assert [f.date for f in first.items] == [TODAY, TODAY - DAY]
    second = world.read(flags, person, first.next, 2)
    assert ([f.date for f in second.items], second.next) == ([TODAY - 2 * DAY], None)
    assert (first.waiting, world.read(waiting, person)) == (3, 3)
    assert world.read(waiting, world.officer("price_supervisor")) == 4
    assert world.read(waiting, world.officer("price_officer")) == 0
    for bad in ("x", "2026-11-24.", "2026-11-24.-1", "9.9", "2026-13-01.1"):
        with pytest.raises(Invalid):
            world.read(flags, person, bad)


def up(world: Any, market: str, before: int, now: int, commodity: str = CHILI) -> None:
    for date, price in ((TODAY - DAY, before), (TODAY, now)):
        world.quote(market, price, commodity, date)
        world.write(derive, market, date, [commodity])


def test_the_job_clears_what_neighbours_explain(world):
    jump: dict[str, Any] = {"code": "jump", "change": 0.8, "usual": 0.1, "n": 99, "last": 50000}
    alone = odd(world, KANGKUNG, 90000, CHILI, **jump)
    up(world, NATAR, 50000, 90000)
    assert world.write(clear, TODAY, NOW) == 0  # one neighbour moved alike
    up(world, KEDONDONG, 52000, 88000)
    assert world.write(clear, TODAY, NOW) == 1
    assert world.write(clear, TODAY, NOW) == 0
    row = quote(world, alone)
    assert (row.state, row.decision, row.decided_by) == ("confirmed", "neighbours", None)
    assert not point(world, "a:18", CHILI).flagged


@pytest.mark.parametrize(
    "reason",
    [
        {"code": "flat", "quotes": 31, "last": 50000},
        {"code": "same", "commodities": 9, "last": 50000},
        {"code": "jump", "change": 0.8, "last": 50000, "of": "area"},
    ],
)
def test_neighbours_explain_only_moves_of_the_market_itself(world, reason):
    odd(world, KANGKUNG, 90000, CHILI, **reason)
    up(world, NATAR, 50000, 90000)
    up(world, KEDONDONG, 52000, 88000)
    assert world.write(clear, TODAY, NOW) == 0


def test_neighbours_that_fell_do_not_explain_a_rise(world):
    odd(world, KANGKUNG, 90000, CHILI, code="jump", change=0.8, last=50000)
    up(world, NATAR, 90000, 50000)
    up(world, KEDONDONG, 88000, 52000)
    assert world.write(clear, TODAY, NOW) == 0


def published(world: Any) -> list[str]:
    return [subject for name, subject, _ in world.events if name == PUBLISHED]


def at(hour: int, minute: int = 0, day: int = 24) -> datetime.datetime:
    """Return an hour of the region's clock in November."""
    return datetime.datetime(2026, 11, day, hour, minute, tzinfo=datetime.UTC) - 7 * (DAY / 24)


def test_a_day_is_published_once_and_not_before_its_hour(world):
    assert world.write(publish_day, at(13)) is None  # nothing was entered
    world.quote(KANGKUNG, 14200)
    world.write(derive, KANGKUNG, TODAY, [RICE])
    assert world.write(publish_day, at(12, 59)) is None
    assert published(world) == []
    assert world.write(publish_day, at(13)) == TODAY
    assert world.write(publish_day, at(13, 5)) is None
    assert world.write(publish_day, at(23, 55)) is None
    assert published(world) == ["2026-11-24"]
    wanted = {(SETTLE, "2026-11-24"), ("prices.bulk", "day:2026-11-24")}
    assert {job[:2] for job in world.jobs} == wanted


def test_a_day_that_was_missed_is_told_of_afterwards_but_no_old_one(world):
    world.quote(KANGKUNG, 14200)
    world.write(derive, KANGKUNG, TODAY, [RICE])
    assert world.write(publish_day, at(7, day=25)) == TODAY
    assert world.write(publish_day, at(14, day=25)) is None
    assert published(world) == ["2026-11-24"]


def test_an_old_day_is_no_news(world):
    world.quote(KANGKUNG, 14200, date=TODAY - 5 * DAY)
    world.write(derive, KANGKUNG, TODAY - 5 * DAY, [RICE])
    assert world.write(publish_day, at(14)) is None
    assert published(world) == []


def test_progress_counts_commodities_that_every_trader_was_asked_about(world):
    world.quote(KANGKUNG, 14200)
    world.quote(KANGKUNG, None, slot=2)
    world.quote(KANGKUNG, 60000, CHILI)
    world.quote(KANGKUNG, 14200, "beras")  # not asked for
    odd(world, NATAR)
    officer = world.officer(area="18.71")
    (mine,) = world.read(progress, officer, TODAY)
    asked = sum(c.surveyed for c in world.site.config.commodities)
    assert (mine.market.code, mine.done, mine.total, mine.flagged) == (KANGKUNG, 1, asked, 0)
    assert (mine.last, mine.late) == (NOW, False)
    every = world.read(progress, world.officer("price_supervisor"), TODAY)
    assert len(every) == sum(m.surveyed for m in world.site.config.markets)
    assert {p.market.code: p.flagged for p in every}[NATAR] == 1
    assert world.read(progress, officer, TODAY - DAY)[0].last is None
