"""Newest prices: of a place, of the places inside an area, and beside reference prices.

No function reads more than its answer shows: what a question costs does not grow with what else is
on file.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from civicapp_prices.config import Reference
from civicapp_prices.domain.changes import ratio
from civicapp_prices.domain.gap import Gap, gap, in_force
from civicapp_prices.domain.series import Value
from civicapp_prices.models import Point, Series
from civicapp_prices.service.chosen import Step, rank_of, step_of, unit_of
from civicapp_prices.service.scopes import MARKET, area_scope, code_of, market_scope
from civicapp_prices.service.site import Site


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest price of a commodity somewhere, and how it came there.

    date: its day; of a monthly source (`step` month) the first of the month. n, markets, low, high:
    what is behind it, None where the source does not say. flagged: a quote waits for a supervisor.
    before: the survey before it, and `d` the change since then as a fraction. fresh: it is of
    today. unit: None where it is not known.
    """

    scope: str
    commodity: str
    source: str
    step: Step
    unit: str | None
    date: datetime.date
    price: Decimal
    n: int | None
    markets: int | None
    low: Decimal | None
    high: Decimal | None
    flagged: bool
    fresh: bool
    before: Value | None
    d: Decimal | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A newest price beside the reference price of its day. reference, gap: None: none on file."""

    latest: Latest
    reference: Reference | None
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Place:
    """A market, or an area right below, with its newest price; None where there is none."""

    scope: str
    area: str | None
    market: str | None
    latest: Latest | None


def latest(
    session: Session,
    site: Site,
    scope: str,
    *,
    commodities: Collection[str] | None = None,
    source: str | None = None,
    today: datetime.date,
) -> list[Latest]:
    """Return the newest price of each commodity, in the pack's order; none later than today.

    commodities: only these. source: only this one, else the first of the pack's that has a price.
    """
    query = select(Series).where(Series.scope == scope)
    if commodities is not None:
        query = query.where(Series.commodity.in_(list(commodities)))
    found = {row.commodity: row for row in _newest(session, site, query, today, source)}
    return [found[code] for code in site.commodities if code in found]


def compare(
    session: Session,
    site: Site,
    area: str,
    commodity: str,
    day: datetime.date,
    *,
    source: str | None = None,
) -> list[Place]:
    """Return the newest price of each area right below, then of each market inside."""
    places = [
        Place(area_scope(a.code), a.code, None, None) for a in site.region.areas.children(area)
    ]
    places += [Place(market_scope(m), None, m, None) for m in site.markets_in(area)]
    names = [place.scope for place in places]
    query = select(Series).where(Series.scope.in_(names), Series.commodity == commodity)
    found = {row.scope: row for row in _newest(session, site, query, day, source)}
    return [Place(p.scope, p.area, p.market, found.get(p.scope)) for p in places]


def gaps(
    session: Session,
    site: Site,
    scope: str,
    day: datetime.date,
    *,
    source: str | None = None,
) -> list[Compared]:
    """Compare the newest price of each commodity with the reference price of that price's day."""
    areas, level = _where(site, scope)
    limits = [limit for limit in site.config.references if limit.level == level]
    steps = sorted(site.config.gap_classes)
    found = []
    for row in latest(session, site, scope, source=source, today=day):
        limit = in_force(limits, row.commodity, areas, row.date)
        far = gap(row.price, limit.floor, limit.ceiling, steps) if limit else None
        found.append(Compared(row, limit, far))
    return found


def _newest(
    session: Session,
    site: Site,
    query: Select[Series],
    day: datetime.date,
    source: str | None,
) -> list[Latest]:
    """Return the newest price by scope and commodity of some series, in two statements."""
    own = (Point.series == Series.id, Point.date <= day)
    last = select(func.max(Point.date)).where(*own).scalar_subquery()
    by_date = select(Point.date).where(*own).order_by(Point.date.desc())
    second = by_date.limit(1).offset(1).scalar_subquery()
    chosen: dict[
        tuple[str, str], tuple[tuple[int, ...], Series, datetime.date, datetime.date | None]
    ] = {}
    for row, on, before in session.execute(query.add_columns(last, second)):
        rank = rank_of(site, row, source)
        if on is None or rank is None:
            continue
        key = row.scope, row.commodity
        if key not in chosen or rank < chosen[key][0]:
            chosen[key] = rank, row, on, before
    points = _points(
        session,
        [row.id for _, row, _, _ in chosen.values()],
        {date for *_, on, before in chosen.values() for date in (on, before) if date is not None},
    )
    found = []
    for _, row, on, before in chosen.values():
        point = points[row.id, on]
        earlier = points[row.id, before] if before is not None else None
        found.append(
            Latest(
                scope=row.scope,
                commodity=row.commodity,
                source=row.source,
                step=step_of(row),
                unit=unit_of(site, row.commodity),
                date=on,
                price=point.price,
                n=point.n,
                markets=point.markets,
                low=point.low,
                high=point.high,
                flagged=point.flagged,
                fresh=on == day,
                before=Value(earlier.date, earlier.price, earlier.n) if earlier else None,
                d=ratio(point.price, earlier.price) if earlier else None,
            )
        )
    return found


def _points(
    session: Session, ids: Sequence[int], dates: Iterable[datetime.date]
) -> dict[tuple[int, datetime.date], Point]:
    """Return points by series and date; most places are surveyed on the same few days."""
    query = select(Point).where(Point.series.in_(ids), Point.date.in_(sorted(dates)))
    return {(point.series, point.date): point for point in session.scalars(query)}


def _where(site: Site, scope: str) -> tuple[list[str], str]:
    """Return the areas of a scope, the narrowest first, and whose prices it has."""
    if scope.startswith(MARKET):
        market = site.markets[code_of(scope)]
        area = market.area
        level = market.type if market.type in ("wholesale", "producer") else "consumer"
    else:
        area, level = code_of(scope), "consumer"
    return [a.code for a in site.region.areas.above(area)], level
