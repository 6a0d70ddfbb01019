"""Entry: what an officer sends is stored once, checked, corrected, and published."""

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from civicapp_prices.domain.quotes import Given, Sent
from civicapp_prices.models import Entry, Point, Quote, Series
from civicapp_prices.service.entry import entry_of, send
from civicapp_prices.service.errors import Forbidden, Invalid, Reused, Slipped, Unknown
from civicapp_prices.service.points import Key, NewPoint, derive, ensure_series, publish
from sqlalchemy import insert, select

from civicapp import Act
from civicapp.storage.people import AuditRow

NOW = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)  # Tuesday, 10:00 in the region
TODAY = datetime.date(2026, 11, 24)
DAY = datetime.timedelta(days=1)
KANGKUNG, NATAR, KEDONDONG = "18.71-05", "18.01-09", "18.09-01"
RICE, CHILI, OIL = "beras-medium-1", "cabai-rawit-merah", "bapanas-101"


def act(person: Any, minutes: float = 0) -> Act:
    return Act(person.id, "", NOW + datetime.timedelta(minutes=minutes))


def entry(*quotes: Given, **more: Any) -> Sent:
    given = {"id": str(uuid.uuid4()), "market": KANGKUNG, "date": TODAY, "quotes": quotes, **more}
    return Sent(**given)


def take(world: Any, sent: Sent, person: Any = None, minutes: float = 0) -> Any:
    """Send, as an officer of the whole region unless another is named."""
    person = person or world.officer()
    return world.write(send, person, sent, act(person, minutes))


def past(world: Any, market: str, commodity: str, *prices: int, slots: int = 2) -> None:
    """Give a market quotes on the days before today, the last one yesterday; and their points."""

    def put(session: Any) -> None:
        rows: list[dict[str, Any]] = []
        for n, price in enumerate(reversed(prices), 1):
            date = TODAY - n * DAY
            id = str(uuid.uuid4())
            given = {"id": id, "body": "", "market": market, "date": date, "method": "field"}
            empty = dict.fromkeys(("officer", "captured_at"))
            session.execute(insert(Entry).values(**given, **empty, received_at=NOW, late=False))
            for slot in range(1, slots + 1):
                rows.append(
                    {
                        "entry": id, "market": market, "slot": slot, "commodity": commodity,
                        "date": date, "outcome": "price", "price": price, "unit": "kg",
                        "state": "submitted", "reasons": [], "version": 1,
                    }
                )  # fmt: skip
        session.execute(insert(Quote), rows)
        for date in sorted({row["date"] for row in rows}):
            derive(session, world.site, market, date, [commodity])

    world.db.write_now(put)


def quotes(world: Any, state: str | None = None) -> list[Quote]:
    rows = sorted(world.rows(Quote), key=lambda q: q.id)
    return [q for q in rows if q.date == TODAY and state in (None, q.state)]


def point(world: Any, scope: str, commodity: str = RICE, day: datetime.date = TODAY) -> Any:
    query = select(Point).join(Series, Series.id == Point.series)
    query = query.where(Series.scope == scope, Series.commodity == commodity, Point.date == day)
    return world.db.read_now(lambda s: s.scalar(query))


def codes(caught: Any) -> dict[str, str]:
    return {fault.field: fault.code for fault in caught.value.faults}


def test_an_entry_is_stored_and_published_with_who_sent_it(world):
    officer = world.officer(area="18.71")
    sent = entry(
        Given(RICE, 1, price=14200),
        Given(RICE, 2, price="14.500", unit="kg"),
        Given(CHILI, 1, "not_sold"),
        Given(CHILI, 2, "absent"),
    )
    receipt = take(world, sent, officer)
    assert (receipt.market, receipt.date, receipt.late) == (KANGKUNG, TODAY, False)
    assert receipt.officer == officer.id
    assert [(q.commodity, q.slot, q.outcome, q.price, q.unit) for q in receipt.lines] == [
        (RICE, 1, "price", 14200, "kg"),
        (RICE, 2, "price", 14500, "kg"),
        (CHILI, 1, "not_sold", None, "kg"),
        (CHILI, 2, "absent", None, "kg"),
    ]
    for scope in (f"m:{KANGKUNG}", "a:18.71.07", "a:18.71", "a:18"):
        found = point(world, scope)
        assert (found.price, found.n, found.flagged) == (Decimal(14350), 2, False)
        assert point(world, scope, CHILI) is None  # no price is no point
    (line,) = [r for r in world.rows(AuditRow) if r.action == "prices.quote.enter"]
    assert (line.actor, line.subject) == (officer.id, f"prices.entry:{receipt.id}")
    assert (line.after["quotes"], line.after["market"]) == (4, KANGKUNG)


def test_the_same_uuid_gets_the_first_answer_whatever_happened_since(world):
    sent = entry(Given(RICE, 1, price=14200))
    first = take(world, sent)
    take(world, entry(Given(RICE, 1, price=14300)))  # corrects it
    days = 30 * 24 * 60  # nor does it matter that the day is long over
    again = take(world, Sent(**{**as_dict(sent), "id": sent.id.upper()}), minutes=days)
    assert again == first
    assert len(world.rows(Entry)) == 2
    with pytest.raises(Reused):
        take(world, Sent(**{**as_dict(sent), "quotes": (Given(RICE, 1, price=14201),)}))
    with pytest.raises(Reused):
        take(world, sent, world.officer(area="18.71"))  # another officer
    assert len(quotes(world)) == 2


def as_dict(sent: Sent) -> dict[str, Any]:
    return {name: getattr(sent, name) for name in sent.__slots__}


def test_two_sends_of_one_uuid_at_once_are_stored_once(world):
    officer, sent = world.officer(), entry(Given(RICE, 1, price=14200), Given(RICE, 2, price=14300))
    barrier = threading.Barrier(4)

    def go(_: int) -> Any:
        barrier.wait(timeout=60)
        return take(world, sent, officer)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(go, range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert len(world.rows(Entry)) == 1
    assert len(quotes(world)) == 2
    assert point(world, "a:18").n == 2


def test_two_officers_of_one_market_at_once_leave_one_current_price(world):
    officers = [world.officer(), world.officer(area="18.71")]
    barrier = threading.Barrier(2)

    def go(n: int) -> Any:
        barrier.wait(timeout=60)
        return take(world, entry(Given(RICE, 1, price=14200 + n)), officers[n])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, range(2)))
    assert len(quotes(world)) == 2
    (current,) = quotes(world, "submitted")
    (old,) = quotes(world, "superseded")
    assert current.revision_of == old.id
    assert point(world, "a:18").price == current.price


def test_a_correction_supersedes_and_the_history_stays(world):
    officer = world.officer()
    take(world, entry(Given(RICE, 1, price=14200), Given(RICE, 2, price=14400)), officer)
    take(world, entry(Given(RICE, 1, price=13900)), officer, minutes=5)
    take(world, entry(Given(RICE, 1, "not_sold")), officer, minutes=9)
    found = [(q.slot, q.price, q.state, q.version) for q in quotes(world)]
    assert found == [
        (1, 14200, "superseded", 2),
        (2, 14400, "submitted", 1),
        (1, 13900, "superseded", 2),
        (1, None, "submitted", 1),
    ]
    first, _, second, third = quotes(world)
    assert (second.revision_of, third.revision_of) == (first.id, second.id)
    assert point(world, "a:18").price == Decimal(14400)
    lines = [r for r in world.rows(AuditRow) if r.subject == f"prices.quote:{first.id}"]
    assert [(r.actor, r.before, r.after) for r in lines] == [
        (
            officer.id,
            {"outcome": "price", "price": 14200},
            {"outcome": "price", "price": 13900, "revision": second.id},
        )
    ]
    take(world, entry(Given(RICE, 2, "absent")), officer, minutes=12)
    assert point(world, "a:18") is None  # the last price is gone, and so is the point


@pytest.mark.parametrize(
    ("minutes", "date", "late"),
    [(0, TODAY, False), (60, TODAY, False), (61, TODAY, True), (0, TODAY - 3 * DAY, True)],
)
def test_what_comes_after_the_window_is_late(world, minutes, date, late):
    receipt = take(world, entry(Given(RICE, 1, price=14200), date=date), minutes=minutes)
    assert receipt.late is late


def test_the_day_is_that_of_the_market_not_of_the_server(world):
    # 22:00 in Greenwich is 05:00 of the next day there.
    receipt = take(world, entry(Given(RICE, 1, price=14200), date=TODAY + DAY), minutes=19 * 60)
    assert receipt.late is False


def test_all_faults_are_named_at_once_and_nothing_is_stored(world):
    sent = entry(
        Given(RICE, 1, price=0),
        Given(RICE, 2, price=-14200),
        Given(CHILI, 1, price=14200.5),
        Given(CHILI, 2, price="about 14000"),
        Given(OIL, 1, price=18000, unit="kg"),
        Given("gandum", 1, price=14200),
        Given("beras", 1, price=14200),
        Given(CHILI, 3, price=14200),
        Given(CHILI, 1, price=14200),
        Given("bawang-merah-sedang", 1, "not_sold", price=1),
        Given("bawang-putih-sedang", 2, "absent", price=0),
        Given("bawang-putih-sedang", 1),
        date=TODAY + DAY,
    )
    with pytest.raises(Invalid) as caught:
        take(world, sent)
    assert codes(caught) == {
        "date": "date-in-future",
        "quotes/0/price": "price-not-positive",
        "quotes/1/price": "price-not-positive",
        "quotes/2/price": "price-not-whole",
        "quotes/3/price": "price-not-whole",
        "quotes/4/unit": "unit-mismatch",
        "quotes/5/commodity": "commodity-unknown",
        "quotes/6/commodity": "commodity-not-surveyed",
        "quotes/7/slot": "slot-unknown",
        "quotes/8": "quote-twice",
        "quotes/9/price": "price-and-none",
        "quotes/10/price": "price-and-none",
        "quotes/11/price": "price-missing",
    }
    assert world.rows(Entry) == world.rows(Quote) == world.rows(Point) == []


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"market": "18.71-99"}, "market", "market-unknown"),
        ({"market": "18.71-01"}, "market", "market-not-surveyed"),
        ({"date": TODAY + DAY}, "date", "date-in-future"),
        ({"date": TODAY - 4 * DAY}, "date", "date-too-old"),
        ({"quotes": ()}, "quotes", "empty"),
        ({"id": "no-uuid"}, "id", "bad-id"),
    ],
)
def test_what_is_wrong_with_the_whole(world, given, field, code):
    with pytest.raises(Invalid) as caught:
        take(world, entry(**{"quotes": (Given(RICE, 1, price=14200),), **given}))
    assert codes(caught) == {field: code}


def test_litre_and_kilogram_are_never_exchanged(world):
    assert take(world, entry(Given(OIL, 1, price=18000, unit="litre"))).lines[0].unit == "litre"
    for commodity, unit in ((OIL, "kg"), (RICE, "litre"), (RICE, "ons")):
        with pytest.raises(Invalid) as caught:
            take(world, entry(Given(commodity, 2, price=18000, unit=unit)))
        assert codes(caught) == {"quotes/0/unit": "unit-mismatch"}


def test_a_market_outside_the_officers_area_is_refused(world):
    elsewhere = world.officer(area="18.72")
    with pytest.raises(Forbidden):
        take(world, entry(Given(RICE, 1, price=14200)), elsewhere)
    with pytest.raises(Forbidden):
        take(world, entry(Given(RICE, 1, price=14200)), world.officer("price_supervisor"))
    receipt = take(world, entry(Given(RICE, 1, price=14200)), world.officer(area="18.71"))
    assert world.read(entry_of, world.officer(area="18.71.07"), receipt.id).id == receipt.id
    for id in (receipt.id, str(uuid.uuid4()), "x"):
        with pytest.raises(Unknown):
            world.read(entry_of, elsewhere, id)


def test_a_slip_is_asked_about_and_stored_only_when_confirmed(world):
    past(world, KANGKUNG, RICE, 14200)
    sent = entry(Given(RICE, 1, price=142000), Given(RICE, 2, price=1420))
    with pytest.raises(Slipped) as caught:
        take(world, sent)
    assert [(s.n, s.slot, s.price, s.last, s.last_on, s.of) for s in caught.value.slips] == [
        (0, 1, 142000, Decimal(14200), TODAY - DAY, "slot"),
        (1, 2, 1420, Decimal(14200), TODAY - DAY, "slot"),
    ]
    assert quotes(world) == []
    with pytest.raises(Slipped) as caught:  # each is confirmed for itself
        take(world, entry(Given(RICE, 1, price=142000, confirmed=True), Given(RICE, 2, price=1420)))
    assert [s.n for s in caught.value.slips] == [1]
    # The same key goes through: nothing was stored under it.
    sure = Sent(**{**as_dict(sent), "quotes": (Given(RICE, 1, price=142000, confirmed=True),)})
    receipt = take(world, sure)
    (line,) = receipt.lines
    assert (line.state, line.price) == ("flagged", 142000)
    (reason,) = line.reasons
    assert reason == {
        "code": "slip", "times": 10.0, "way": "up",
        "last": 14200, "last_on": "2026-11-23", "of": "slot",
    }  # fmt: skip
    assert point(world, "a:18").flagged  # shown, and marked
    assert ("prices.quote.flagged", str(line.id)) in [e[:2] for e in world.events]


def test_confirming_what_is_no_slip_changes_nothing(world):
    past(world, KANGKUNG, RICE, 14200)
    receipt = take(world, entry(Given(RICE, 1, price=14300, confirmed=True)))
    assert receipt.lines[0].state == "submitted"


def test_without_a_last_price_of_its_own_a_slip_is_seen_by_the_markets_or_the_areas(world):
    past(world, KANGKUNG, RICE, 14200, slots=1)
    with pytest.raises(Slipped) as caught:
        take(world, entry(Given(RICE, 2, price=142000)))
    assert caught.value.slips[0].of == "market"
    with pytest.raises(Slipped) as caught:  # of Bandar Lampung, from another market
        take(world, entry(Given(RICE, 2, price=142000), market=NATAR))
    assert (caught.value.slips[0].of, caught.value.slips[0].last) == ("area", Decimal(14200))

    def put(session: Any) -> None:
        key = Key("pihps", "a:18", CHILI)
        series = ensure_series(session, [key])[key]
        publish(session, [NewPoint(series, TODAY - 9 * DAY, Decimal("66900.5"))], ["a:18"])

    world.db.write_now(put)
    with pytest.raises(Slipped) as caught:  # of the region, from an import
        take(world, entry(Given(CHILI, 2, price=6690)))
    slip = caught.value.slips[0]
    assert (slip.last, slip.last_on) == (Decimal("66900.5"), TODAY - 9 * DAY)


def test_nothing_is_flagged_without_history_and_peers(world):
    receipt = take(world, entry(Given(RICE, 1, price=14200), Given(CHILI, 1, price=90000)))
    assert receipt.flagged == ()
    assert world.events == []


def test_traders_of_a_day_that_lie_far_apart_are_flagged_whoever_came_first(world):
    take(world, entry(Given(RICE, 1, price=142000)))
    receipt = take(world, entry(Given(RICE, 2, price=14200)))
    assert [line.state for line in receipt.lines] == ["flagged"]
    first, second = quotes(world)
    assert (first.state, first.version) == ("flagged", 2)
    assert (second.state, second.version) == ("flagged", 1)
    assert first.reasons[0]["off"] == pytest.approx(0.818182, abs=1e-6)
    assert [e[1] for e in world.events] == [str(second.id), str(first.id)]


def test_beside_a_slip_the_price_that_stayed_is_not_the_odd_one(world):
    past(world, KANGKUNG, RICE, 14200)
    take(world, entry(Given(RICE, 1, price=142000, confirmed=True)))
    assert take(world, entry(Given(RICE, 2, price=14300))).flagged == ()
    first = quotes(world)[0]
    assert [r["code"] for r in first.reasons] == ["slip"]
    take(world, entry(Given(RICE, 1, price=14300, confirmed=True), Given(RICE, 2, price=20000)))
    assert [(q.slot, q.state) for q in quotes(world)[2:]] == [(1, "submitted"), (2, "submitted")]


def test_who_came_first_is_flagged_later_against_its_own_last_price(world):
    past(world, KANGKUNG, RICE, 14200)
    take(world, entry(Given(RICE, 1, price=60000)))
    take(world, entry(Given(RICE, 2, price=14300)))
    first, second = quotes(world)
    assert (first.state, second.state) == ("flagged", "submitted")
    (reason,) = first.reasons
    assert (reason["code"], reason["last"], reason["of"]) == ("peers", 14200, "slot")


def test_a_jump_beyond_the_varietys_own_is_flagged_and_shown(world):
    past(world, KANGKUNG, CHILI, *[50_000 + 500 * (n % 3) for n in range(35)])
    receipt = take(world, entry(Given(CHILI, 1, price=80_000), Given(CHILI, 2, price=50_500)))
    (line,) = receipt.flagged
    (jump,) = line.reasons
    assert (line.slot, jump["code"], jump["last"]) == (1, "jump", 50_500)
    assert jump["change"] == pytest.approx(80_000 / 50_500 - 1, abs=1e-4)
    assert (jump["usual"], jump["n"]) == (pytest.approx(0.02, abs=1e-6), 68)
    found = point(world, "a:18", CHILI)
    assert (found.price, found.flagged) == (Decimal(65250), True)


def test_a_standstill_is_asked_about(world):
    past(world, KANGKUNG, RICE, *[14200] * 30)
    receipt = take(world, entry(Given(RICE, 1, price=14200), Given(RICE, 2, price=14250)))
    (line,) = receipt.flagged
    (reason,) = line.reasons
    assert (line.slot, reason["code"], reason["quotes"]) == (1, "flat", 31)


def test_an_entry_whose_traders_all_agree_is_flagged(world):
    asked = [c.code for c in world.site.config.commodities if c.surveyed][:8]
    both = [Given(code, slot, price=10_000 + n) for n, code in enumerate(asked) for slot in (1, 2)]
    receipt = take(world, entry(*both))
    assert len(receipt.flagged) == 16
    assert {r["code"] for line in receipt.flagged for r in line.reasons} == {"same"}
    other = take(world, entry(*both[:-1], Given(asked[7], 2, price=10_008), market=NATAR))
    assert other.flagged == ()


def up(world: Any, market: str, price: int, commodity: str = CHILI) -> Any:
    return take(
        world,
        entry(
            Given(commodity, 1, price=price, confirmed=True),
            Given(commodity, 2, price=price + 100, confirmed=True),
            market=market,
        ),
    )


def test_a_shock_that_neighbours_share_clears_itself(world):
    usual = [50_000 + 500 * (n % 3) for n in range(35)]
    for market in (KANGKUNG, NATAR, KEDONDONG):
        past(world, market, CHILI, *usual)
    first = up(world, KANGKUNG, 95_000)
    assert len(first.flagged) == 2
    up(world, NATAR, 93_000)
    assert {q.state for q in quotes(world)} == {"flagged"}  # one neighbour is not enough
    up(world, KEDONDONG, 91_000)
    done = [q for q in quotes(world) if q.market == KANGKUNG]
    assert {(q.state, q.decision, q.decided_by) for q in done} == {
        ("confirmed", "neighbours", None)
    }
    assert {q.version for q in done} == {2}
    assert [r["code"] for r in done[0].reasons] == ["jump"]  # why it was flagged stays known
    assert not point(world, f"m:{KANGKUNG}", CHILI).flagged
    lines = [r for r in world.rows(AuditRow) if r.subject == f"prices.quote:{done[0].id}"]
    assert [
        (r.actor, r.before["state"], r.after["state"], r.after["neighbours"]) for r in lines
    ] == [(None, "flagged", "confirmed", ["18.01", "18.09"])]


def test_a_slip_is_not_explained_by_a_little_unrest_beside_it(world):
    for market in (KANGKUNG, NATAR, KEDONDONG):
        past(world, market, RICE, 14200)
    up(world, KANGKUNG, 142_000, RICE)
    up(world, NATAR, 15_000, RICE)
    up(world, KEDONDONG, 15_000, RICE)
    assert {q.state for q in quotes(world) if q.market == KANGKUNG} == {"flagged"}
