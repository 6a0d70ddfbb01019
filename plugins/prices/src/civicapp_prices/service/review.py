"""Review: a supervisor looks at what was flagged, beside its neighbours, and decides."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from civicapp import N_, Act, Expected, Person, audit
from civicapp_prices.domain.checks import Reason
from civicapp_prices.domain.quotes import PRICE
from civicapp_prices.models import Quote
from civicapp_prices.permissions import READ, REVIEW
from civicapp_prices.service.alike import Moves, moves_of
from civicapp_prices.service.errors import Decided, Fault, Forbidden, Invalid, Unknown
from civicapp_prices.service.panel import markets_for
from civicapp_prices.service.points import CURRENT, derive
from civicapp_prices.service.site import Site

Verdict = Literal["confirm", "reject"]
STATES: Mapping[Verdict, str] = {"confirm": "confirmed", "reject": "rejected"}
PAGE = 25
LEAST, LONGEST = 5, 500  # letters of a reason


@dataclass(frozen=True, slots=True)
class Peer:
    """Another price of the same commodity and day."""

    market: str
    slot: int
    price: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbouring part of the region: its mean of the day and of the survey before."""

    area: str
    price: Decimal
    before: Decimal


@dataclass(frozen=True, slots=True)
class Flag:
    """A flagged quote with what a decision needs. entered_by: id of the officer's account."""

    id: int
    version: int
    state: str
    market: str
    commodity: str
    unit: str
    date: datetime.date
    slot: int
    price: int
    reasons: tuple[Reason, ...]
    entry: str
    peers: tuple[Peer, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    decision: str | None = None

    @property
    def last(self) -> tuple[datetime.date, Decimal] | None:
        """Return the price that it was compared with, and its day; None where there was none."""
        for reason in self.reasons:
            if "last" in reason:
                on = datetime.date.fromisoformat(str(reason["last_on"]))
                return on, Decimal(str(reason["last"]))
        return None


@dataclass(frozen=True, slots=True)
class Flags:
    """A page of flags, the newest day first. next: where the next page begins, None at the end."""

    items: tuple[Flag, ...]
    next: str | None
    waiting: int


def flags(
    session: Session, site: Site, person: Person, after: str | None = None, limit: int = PAGE
) -> Flags:
    """Return what waits for a decision in the person's area; raise Invalid for a bad cursor."""
    mine = markets_for(site, person, READ)
    mine_waiting = and_(Quote.state == "flagged", Quote.market.in_(mine))
    query = select(Quote).where(mine_waiting)
    if after:
        day, id = _cursor(after)
        query = query.where(or_(Quote.date < day, and_(Quote.date == day, Quote.id < id)))
    query = query.order_by(Quote.date.desc(), Quote.id.desc()).limit(limit + 1)
    rows = list(session.scalars(query))
    more, rows = len(rows) > limit, rows[:limit]
    cursor = f"{rows[-1].date.isoformat()}.{rows[-1].id}" if more else None
    total = session.scalar(select(func.count()).select_from(Quote).where(mine_waiting)) or 0
    return Flags(tuple(_shown(session, site, rows)), cursor, total)


def _cursor(text: str) -> tuple[datetime.date, int]:
    day, _, id = text.partition(".")
    try:
        if not (id.isascii() and id.isdecimal() and len(id) < 19):
            raise ValueError
        return datetime.date.fromisoformat(day), int(id)
    except ValueError:
        what = N_("This place in the list is not known. Begin at its start.")
        raise Invalid([Fault("cursor", "bad-cursor", what)]) from None


def waiting(session: Session, site: Site, person: Person) -> int:
    """Count what a supervisor has to decide about."""
    mine = markets_for(site, person, REVIEW)
    query = select(func.count()).select_from(Quote)
    return session.scalar(query.where(Quote.state == "flagged", Quote.market.in_(mine))) or 0


def _shown(session: Session, site: Site, rows: Sequence[Quote]) -> list[Flag]:
    """Put beside each quote the other prices of its part, and how the neighbours moved."""
    peers: dict[tuple[datetime.date, str], list[Quote]] = {}
    moves: dict[datetime.date, Moves] = {}
    for day in {row.date for row in rows}:
        codes = sorted({row.commodity for row in rows if row.date == day})
        parts = {p for row in rows if row.date == day if (p := site.part_of(row.market))}
        around = sorted({m for part in parts for m in site.markets_in(part)})
        markets = around or sorted({row.market for row in rows if row.date == day})
        for quote in session.scalars(
            select(Quote)
            .where(
                Quote.market.in_(markets),
                Quote.date == day,
                Quote.commodity.in_(codes),
                Quote.state.in_(CURRENT),
                Quote.outcome == PRICE,
            )
            .order_by(Quote.market, Quote.slot)
        ):
            peers.setdefault((day, quote.commodity), []).append(quote)
        beside = {other for part in parts for other in site.beside(part)}
        moves[day] = moves_of(session, beside, codes, day)
    return [_flag(site, row, peers, moves[row.date]) for row in rows]


def _flag(
    site: Site,
    row: Quote,
    peers: Mapping[tuple[datetime.date, str], Sequence[Quote]],
    moves: Moves,
) -> Flag:
    part = site.part_of(row.market) if row.market in site.markets else None
    others = [
        Peer(q.market, q.slot, q.price or 0)
        for q in peers.get((row.date, row.commodity), ())
        if q.id != row.id
        and (q.market == row.market or (part is not None and site.part_of(q.market) == part))
    ]
    # The own market first, then the others of its part.
    others.sort(key=lambda p: (p.market != row.market, p.market, p.slot))
    beside = site.beside(part) if part is not None else ()
    neighbours = [
        Neighbour(code, *moves[code, row.commodity])
        for code in beside
        if (code, row.commodity) in moves
    ]
    return Flag(
        id=row.id,
        version=row.version,
        state=row.state,
        market=row.market,
        commodity=row.commodity,
        unit=row.unit,
        date=row.date,
        slot=row.slot,
        price=row.price or 0,
        reasons=tuple(row.reasons),
        entry=row.entry,
        peers=tuple(others),
        neighbours=tuple(neighbours),
        decision=row.decision,
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor decides about one quote. seen: its version as it was shown."""

    quote: int
    seen: Expected
    verdict: Verdict
    reason: str = ""


def decide(session: Session, site: Site, person: Person, given: Decision, by: Act) -> Flag:
    """Confirm or reject a flagged quote, and derive what is published anew.

    Raise Unknown, Forbidden, Stale, Decided, or Invalid for a rejection without a reason.
    """
    quote = session.get(Quote, given.quote)
    market = site.markets.get(quote.market) if quote is not None else None
    if quote is None or market is None or not person.rows(READ).allow(None, market.area):
        raise Unknown
    if not person.rows(REVIEW).allow(None, market.area):
        raise Forbidden
    given.seen.check(quote.version)
    if quote.state != "flagged":
        raise Decided(quote.state)
    reason = " ".join(given.reason.split())[:LONGEST]
    if given.verdict == "reject" and len(reason) < LEAST:
        what = N_("Say why, in at least %(n)s letters.")
        raise Invalid([Fault("reason", "reason-missing", what, {"n": LEAST})])
    before = {"state": quote.state, "version": quote.version, "price": quote.price}
    quote.state = STATES[given.verdict]
    quote.decided_by, quote.decided_at = person.id, by.at
    quote.decision = reason or None
    quote.version += 1
    session.flush()
    derive(session, site, quote.market, quote.date, [quote.commodity])
    after = {"state": quote.state, "version": quote.version, "price": quote.price}
    subject = f"prices.quote:{quote.id}"
    audit(session, by, REVIEW, subject, before=before, after=after, reason=reason)
    return _flag(site, quote, {}, {})
