"""Prices that moved as their neighbours' did: such a flag needs no supervisor.

Bad weather or a feast moves prices in many places at once; a typing slip moves one.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Act, audit
from civicapp_prices.config import SURVEY
from civicapp_prices.domain.checks import MOVES, Reason, log_change, moved_alike
from civicapp_prices.models import Point, Quote, Series
from civicapp_prices.permissions import REVIEW
from civicapp_prices.service.points import DAY, derive
from civicapp_prices.service.scopes import area_scope
from civicapp_prices.service.site import Site

ALIKE = "neighbours"  # what stands in place of a supervisor's reason
LOOK_BACK = 14  # days in which a neighbour has a survey to be compared with

Moves = Mapping[tuple[str, str], tuple[Decimal, Decimal]]


def moves_of(
    session: Session, parts: Collection[str], commodities: Collection[str], day: datetime.date
) -> Moves:
    """Return by part and commodity the price of a day and the one of the survey before it."""
    scopes = {area_scope(part): part for part in parts}
    rows = session.execute(
        select(Series.scope, Series.commodity, Point.date, Point.price)
        .join(Point, Point.series == Series.id)
        .where(
            Series.scope.in_(list(scopes)),
            Series.commodity.in_(list(commodities)),
            Series.source == SURVEY,
            Series.step == DAY,
            Point.date.between(day - datetime.timedelta(days=LOOK_BACK), day),
        )
        .order_by(Point.date)
    )
    runs: dict[tuple[str, str], list[tuple[datetime.date, Decimal]]] = {}
    for scope, commodity, date, price in rows:
        runs.setdefault((scopes[scope], commodity), []).append((date, price))
    return {
        key: (run[-1][1], run[-2][1])
        for key, run in runs.items()
        if len(run) > 1 and run[-1][0] == day
    }


def explained(
    site: Site, moves: Moves, market: str, commodity: str, price: int, reasons: Sequence[Reason]
) -> tuple[str, ...]:
    """Name the neighbouring parts whose price moved as this one did; () if too few did.

    Only reasons that are about a move are explained so, and only against the trader's or the
    market's own last price.
    """
    last = next((r["last"] for r in reasons if r.get("of") in ("slot", "market")), None)
    if last is None or any(r["code"] not in MOVES for r in reasons):
        return ()
    others = {
        code: log_change(float(now), float(before))
        for code in _beside(site, market)
        if (code, commodity) in moves
        for now, before in (moves[code, commodity],)
    }
    return moved_alike(log_change(price, float(last)), others)


def clear(
    session: Session,
    site: Site,
    day: datetime.date,
    at: datetime.datetime,
    commodities: Collection[str] | None = None,
    markets: Iterable[str] | None = None,
) -> int:
    """Confirm the flagged quotes of a day that neighbours explain; return how many.

    commodities, markets: only these, None: all.
    """
    query = select(Quote).where(Quote.date == day, Quote.state == "flagged")
    if commodities is not None:
        query = query.where(Quote.commodity.in_(list(commodities)))
    if markets is not None:
        query = query.where(Quote.market.in_(list(markets)))
    waiting = [q for q in session.scalars(query.order_by(Quote.id)) if q.market in site.markets]
    if not waiting:
        return 0
    parts = {other for q in waiting for other in _beside(site, q.market)}
    moves = moves_of(session, parts, {q.commodity for q in waiting}, day)
    changed: dict[str, set[str]] = {}
    for quote in waiting:
        alike = explained(
            site, moves, quote.market, quote.commodity, quote.price or 0, quote.reasons
        )
        if alike:
            _confirm(session, quote, alike, at)
            changed.setdefault(quote.market, set()).add(quote.commodity)
    session.flush()
    for market, codes in changed.items():
        derive(session, site, market, day, codes)
    return sum(quote.state != "flagged" for quote in waiting)


def _confirm(session: Session, quote: Quote, alike: tuple[str, ...], at: datetime.datetime) -> None:
    before = {"state": quote.state, "version": quote.version}
    quote.state, quote.decision, quote.decided_at = "confirmed", ALIKE, at
    quote.version += 1
    after = {"state": quote.state, "version": quote.version, "neighbours": list(alike)}
    subject = f"prices.quote:{quote.id}"
    audit(session, Act(at=at), REVIEW, subject, before=before, after=after, reason=ALIKE)


def _beside(site: Site, market: str) -> tuple[str, ...]:
    part = site.part_of(market)
    return site.beside(part) if part is not None else ()


def around(site: Site, market: str) -> set[str]:
    """Return the markets whose flags a market's new prices may explain."""
    part = site.part_of(market)
    if part is None:
        return set()
    parts = {part, *site.beside(part)}
    return {code for code in site.markets if site.part_of(code) in parts}
