"""What pages ask for in one read: the prices of a place, one commodity from all sides, places."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp import Area
from civicapp_prices.domain.series import month_name, month_number, month_of
from civicapp_prices.models import Alarm, Point, Series
from civicapp_prices.service.alarm_reading import Alarms, Listed, alarm_list, alarms_of
from civicapp_prices.service.history import Found, Moved, changes_of, series
from civicapp_prices.service.newest import Compared, Latest, Place, compare, gaps, latest
from civicapp_prices.service.scopes import area_scope, market_scope
from civicapp_prices.service.site import Site

Period = Literal["30d", "1y", "all"]
RECENT = datetime.timedelta(days=7)  # older prices of a narrow area give way to those above it
SPANS: Mapping[Period, datetime.timedelta] = {
    "30d": datetime.timedelta(days=29),
    "1y": datetime.timedelta(days=364),
}
ALL = 100_000  # alarms of a month: more than any region has
FEW_MONTHS = 14  # a series no longer than that is shown by day as a whole


@dataclass(frozen=True, slots=True)
class Board:
    """The newest prices of a place. area: whose they are, None when there are none at all.

    wider: how many commodities the areas above have that this one lacks, and the area with most.
    """

    area: Area | None
    rows: tuple[Latest, ...] = ()
    wider: tuple[Area, int] | None = None

    @property
    def newest(self) -> datetime.date | None:
        """Return the newest day of them."""
        return max((row.date for row in self.rows), default=None)


@dataclass(frozen=True, slots=True)
class Look:
    """One commodity somewhere. sources: that have it there. latest: None when no price is out yet.

    found: the part of the series that is drawn, None likewise; of a long one the monthly means.
    varieties: the newest prices of its varieties, or of those beside it.
    """

    sources: tuple[str, ...]
    latest: Latest | None = None
    found: Found | None = None
    moved: Moved | None = None
    alarms: Alarms | None = None
    compared: Compared | None = None
    places: tuple[Place, ...] = ()
    varieties: tuple[Latest, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newest price of a commodity in each place of an area, and that of the area by source."""

    places: tuple[Place, ...]
    whole: Mapping[str, Latest]


@dataclass(frozen=True, slots=True)
class Unusual:
    """The published alarms of a month that are not normal. read: how many were read at all."""

    month: str | None
    items: tuple[Listed, ...]
    read: int
    short: int


def areas_up(site: Site, area: Area | None) -> tuple[Area, ...]:
    """Return the own areas of which a visitor's prices may be, the narrowest first."""
    areas, top = site.region.areas, site.region.area
    if area is not None:
        return tuple(a for a in areas.above(area.code) if areas.own(a.code))
    return (top,) if top else ()


def board_of(
    session: Session,
    site: Site,
    area: Area | None,
    day: datetime.date,
    commodities: Sequence[str] | None = None,
) -> Board:
    """Return the newest prices of the narrowest area that has some, no older than those above.

    area: the visitor's own, None for the whole region. commodities: only these.
    """
    found = [
        (a, latest(session, site, area_scope(a.code), commodities=commodities, today=day))
        for a in areas_up(site, area)
    ]
    newest = max((row.date for _, rows in found for row in rows), default=None)
    for n, (own, rows) in enumerate(found):
        if newest and rows and max(row.date for row in rows) >= newest - RECENT:
            known = {row.commodity for row in rows}
            more = [(a, len({r.commodity for r in rs} - known)) for a, rs in found[n + 1 :]]
            wider = max(more, key=lambda m: m[1], default=None)
            return Board(own, tuple(rows), wider if wider and wider[1] else None)
    return Board(None)


def sources_of(session: Session, site: Site, scope: str, commodity: str) -> tuple[str, ...]:
    """Return the sources that have a series, in the pack's order."""
    query = select(Series.source).where(
        Series.scope == scope, Series.commodity == commodity, Series.last_on.is_not(None)
    )
    known = set(session.scalars(query))
    return tuple(source for source in site.config.sources if source in known)


def where_of(
    session: Session, site: Site, area: Area | None, commodity: str, day: datetime.date
) -> Area | None:
    """Return the area whose price of a commodity a visitor is shown; None if none has one."""
    return board_of(session, site, area, day, (commodity,)).area


def look_at(  # noqa: PLR0913, PLR0917 - each is a part of the question
    session: Session,
    site: Site,
    area: Area | None,
    market: str | None,
    commodity: str,
    source: str | None,
    period: Period,
    day: datetime.date,
) -> tuple[Area | None, Look]:
    """Return one commodity from all sides, and the area whose it is.

    market: of this market instead. source: of this one, where it has the series; None chooses.
    """
    own = site.region.areas[site.markets[market].area] if market else None
    where = own or where_of(session, site, area, commodity, day)
    if where is None:
        return None, Look(())
    scope = market_scope(market) if market else area_scope(where.code)
    sources = sources_of(session, site, scope, commodity)
    chosen = source if source in sources else None
    rows = latest(session, site, scope, commodities=(commodity,), source=chosen, today=day)
    newest = rows[0] if rows else None
    if newest is None:
        return where, Look(sources)
    limits = gaps(session, site, scope, day, source=newest.source)
    kin = _kin(site, commodity)
    return where, Look(
        sources=sources,
        latest=newest,
        found=_part(session, site, newest, period),
        moved=changes_of(session, site, scope, commodity, newest.date, newest.source),
        alarms=alarms_of(session, site, scope, commodity, day, newest.source),
        compared=next((c for c in limits if c.latest.commodity == commodity), None),
        places=_places(session, site, where, commodity, day),
        varieties=tuple(latest(session, site, scope, commodities=kin, today=day)) if kin else (),
    )


def _kin(site: Site, commodity: str) -> tuple[str, ...]:
    """Return the varieties of a commodity; of a variety its parent and those beside it."""
    parent = site.commodities[commodity].parent
    if parent is None:
        return tuple(v.code for v in site.varieties(commodity))
    beside = (v.code for v in site.varieties(parent) if v.code != commodity)
    return (parent, *beside)


def _part(session: Session, site: Site, newest: Latest, period: Period) -> Found | None:
    """Return the days of a period up to the newest price; of a long series the months.

    A source that has months alone is shown as a whole where days are asked for.
    """
    scope, code, source = newest.scope, newest.commodity, newest.source
    whole = period == "all" or (period == "30d" and newest.step == "month")
    since = None if whole else newest.date - SPANS[period]
    if since is None:
        months = series(session, site, scope, code, source=source, until=newest.date, step="month")
        if months is None or newest.step == "month" or len(months.items) > FEW_MONTHS:
            return months
    return series(session, site, scope, code, source=source, since=since, until=newest.date)


def _places(
    session: Session, site: Site, area: Area, commodity: str, day: datetime.date
) -> tuple[Place, ...]:
    """Return the places of an area that have a price; where fewer than two do, the region's."""
    found: list[Place] = []
    for code in dict.fromkeys((area.code, *_top(site))):
        places = compare(session, site, code, commodity, day)
        found = [place for place in places if place.latest is not None]
        if len(found) > 1:
            break
    return tuple(found)


def _top(site: Site) -> Iterable[str]:
    return (site.region.area.code,) if site.region.area else ()


def comparison_of(
    session: Session, site: Site, area: str, commodity: str, day: datetime.date
) -> Comparison:
    """Return a commodity's newest prices in an area, by place, and of the area itself by source."""
    places = compare(session, site, area, commodity, day)
    whole: dict[str, Latest] = {}
    for source in sources_of(session, site, area_scope(area), commodity):
        rows = latest(
            session, site, area_scope(area), commodities=(commodity,), source=source, today=day
        )
        whole.update((row.source, row) for row in rows)
    return Comparison(tuple(places), whole)


def compared_commodities(session: Session, site: Site, area: str) -> tuple[str, ...]:
    """Return the commodities with a price in some place inside an area, in the pack's order."""
    scopes = [area_scope(a.code) for a in site.region.areas.children(area)]
    scopes += [market_scope(market) for market in site.markets_in(area)]
    query = select(Series.commodity).where(Series.scope.in_(scopes), Series.last_on.is_not(None))
    known = set(session.scalars(query.distinct()))
    return tuple(code for code in site.commodities if code in known)


def unusual_of(session: Session, site: Site, scopes: Sequence[str] = ()) -> Unusual:
    """Return what is unusual in the newest month with alarms. scopes: only there."""
    month = session.scalar(select(func.max(Alarm.month)))
    items = alarm_list(session, site, month, ALL) if month else []
    counted = (
        select(Alarm.series, Alarm.status).where(Alarm.month == month).distinct() if month else None
    )
    rows = session.execute(counted).all() if counted is not None else []
    read = {series for series, _ in rows}
    short = {series for series, status in rows if status == "insufficient_history"}
    shown = tuple(item for item in items if not scopes or item.scope in scopes)
    return Unusual(month, shown, len(read), len(short))


def basket_months(session: Session, site: Site, scope: str) -> tuple[str, ...]:
    """Return the months from the first to the last with a price of the basket, the newest first."""
    codes = {item.commodity for item in site.config.basket}
    codes |= {variety.code for code in codes for variety in site.varieties(code)}
    first, last = (
        select(found(Point.date)).where(Point.series == Series.id).scalar_subquery()
        for found in (func.min, func.max)
    )
    query = select(first, last).where(
        Series.scope == scope, Series.commodity.in_(codes), Series.last_on.is_not(None)
    )
    ends = session.execute(query).all()
    if not ends:
        return ()
    start, stop = min(a for a, _ in ends), max(b for _, b in ends)
    numbers = range(month_number(month_of(start)), month_number(month_of(stop)) + 1)
    return tuple(month_name(n) for n in reversed(numbers))
