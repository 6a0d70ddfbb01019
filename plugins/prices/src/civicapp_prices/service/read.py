"""What everyone may read: newest prices, series, changes, alarms, gaps, the basket, places.

No function reads more than its answer shows or sums up of single series: what a question costs does
not grow with what else is on file.

Without a source named, a question gets the first of the pack's sources that has a price in the time
asked for, so that a young survey does not hide the years before it; two are never mixed.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    cast,
    exists,
    extract,
    func,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.types import BigInteger

from civicapp_prices.config import Reference
from civicapp_prices.domain.alarms import QUIET, read_alarms
from civicapp_prices.domain.basket import Basket, Share, basket
from civicapp_prices.domain.changes import Changes, changes, months_before, ratio
from civicapp_prices.domain.gap import Gap, gap, in_force
from civicapp_prices.domain.jump import end_of
from civicapp_prices.domain.reading import Reading
from civicapp_prices.domain.series import Value, last_month, month_of, rounded
from civicapp_prices.models import SCALE, Alarm, Point, Series
from civicapp_prices.service.alarms import readings, settings_of
from civicapp_prices.service.points import DAY, MONTH
from civicapp_prices.service.site import Site

Step = Literal["day", "month"]
AREA, MARKET = "a:", "m:"
ONE_DAY = datetime.timedelta(days=1)


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
class Item:
    """A value of a series. date: `YYYY-MM-DD`, or `YYYY-MM` of a month, whose first is `day`.

    n: quotes behind it; of a month the days that were observed; None where nobody says.
    """

    day: datetime.date
    date: str
    price: Decimal
    n: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """A series, or a part of it. step: of the items; it is `month` for a monthly source always.

    more: there are items after the last one.
    """

    source: str
    scope: str
    commodity: str
    unit: str | None
    step: Step
    items: tuple[Item, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """The changes of a commodity somewhere."""

    source: str
    step: Step
    unit: str | None
    changes: Changes


@dataclass(frozen=True, slots=True)
class Alarms:
    """All alarms of a commodity somewhere, for the last month that ended by the day asked for."""

    source: str
    step: Step
    month: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A published alarm that is not normal. id: it is never used again."""

    id: int
    scope: str
    commodity: str
    source: str
    kind: str
    mode: str
    month: str
    value: Decimal | None
    class_: str
    computed_at: datetime.datetime


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


def area_scope(code: str) -> str:
    """Return the scope of an area."""
    return AREA + code


def market_scope(code: str) -> str:
    """Return the scope of a market."""
    return MARKET + code


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


def series(  # noqa: PLR0913 - each is a part of the question
    session: Session,
    site: Site,
    scope: str,
    commodity: str,
    *,
    source: str | None = None,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    after: datetime.date | None = None,
    step: Step = "day",
    limit: int | None = None,
) -> Found | None:
    """Return a series between two days, both included; None when there is none.

    step: `month` gives the means of the observed days of whole months, those of `since` and `until`
    too. limit: at most so many items, from the oldest. after: only what comes after this item's
    `day`.
    """
    row = _chosen(session, site, (scope, commodity), source, (since, until))
    if row is None:
        return None
    unit = _unit(site, commodity)
    if MONTH in (row.step, step):
        first = since.replace(day=1) if since else None
        if after:
            first = max(filter(None, (first, end_of(month_of(after)) + ONE_DAY)))
        last = end_of(month_of(until)) if until else None
        items = _months(session, row, first, last, limit)
    else:
        first = max(filter(None, (since, after + ONE_DAY))) if after else since
        items = _days(session, row.id, first, until, limit)
    more = limit is not None and len(items) > limit
    shown: Step = "month" if row.step == MONTH else step
    return Found(row.source, scope, commodity, unit, shown, tuple(items[:limit]), more)


def changes_of(
    session: Session,
    site: Site,
    scope: str,
    commodity: str,
    as_of: datetime.date | None = None,
    source: str | None = None,
) -> Moved | None:
    """Return how a price changed as of a day; of the newest one if none is named.

    None when there is no series. Only the days compared with are read.
    """
    row = _chosen(session, site, (scope, commodity), source, (None, as_of))
    if row is None or row.last_on is None:
        return None
    day = as_of or row.last_on
    return Moved(
        row.source,
        _step(row),
        _unit(site, commodity),
        changes(_compared(session, row.id, day), day),
    )


def alarms_of(
    session: Session,
    site: Site,
    scope: str,
    commodity: str,
    as_of: datetime.date,
    source: str | None = None,
) -> Alarms | None:
    """Read the alarms of the last month that ended on or before a day; None without a series."""
    row = _chosen(session, site, (scope, commodity), source, (None, as_of))
    if row is None:
        return None
    month = last_month(as_of)
    found = tuple(readings(session, site, row.id, month))
    return Alarms(row.source, _step(row), month, found)


def no_alarms(site: Site, as_of: datetime.date) -> tuple[Reading, ...]:
    """Read the alarms of a commodity that has no series: none has a history."""
    return tuple(read_alarms(last_month(as_of), {}, (), settings_of(site)))


def alarm_list(
    session: Session, site: Site, month: str | None = None, limit: int = 200
) -> list[Listed]:
    """Return the published alarms that are told and not normal, by place and commodity.

    month: of which they are, else the newest for which there are any.
    """
    if month is None:
        month = session.scalar(select(func.max(Alarm.month)))
    if month is None:
        return []
    settings = settings_of(site)
    newer = aliased(Alarm)
    later = select(newer.id).where(
        newer.series == Alarm.series,
        newer.kind == Alarm.kind,
        newer.mode == Alarm.mode,
        newer.month == Alarm.month,
        newer.id > Alarm.id,
    )
    leading = tuple_(Alarm.kind, Alarm.mode).in_(
        [("alps", "in_sample"), ("ipa", settings.ipa_mode), ("change", "")]
    )
    rows = session.execute(
        select(Alarm, Series)
        .join(Series, Series.id == Alarm.series)
        .where(Alarm.month == month, leading, Alarm.class_.not_in(QUIET), ~later.exists())
    )
    order = {code: n for n, code in enumerate(site.commodities)}
    found = [
        Listed(
            id=alarm.id,
            scope=of.scope,
            commodity=of.commodity,
            source=of.source,
            kind=alarm.kind,
            mode=alarm.mode,
            month=alarm.month,
            value=alarm.value,
            class_=alarm.class_ or "",
            computed_at=alarm.computed_at,
        )
        for alarm, of in rows
        if of.commodity in order
    ]
    found.sort(key=lambda a: (a.scope, order[a.commodity], a.source, a.kind))
    return found[:limit]


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


def basket_of(
    session: Session,
    site: Site,
    scope: str,
    base: str,
    month: str,
    source: str | None = None,
) -> Basket:
    """Compute what the pack's basket costs in a month against an earlier one.

    Each price comes from the first source that has it in both months: a ratio never mixes two.
    """
    shares = [Share(i.commodity, i.weight, i.group or "") for i in site.config.basket]
    varieties = {s.commodity: [v.code for v in site.varieties(s.commodity)] for s in shares}
    wanted = [*varieties, *(code for codes in varieties.values() for code in codes)]
    rows = session.scalars(
        select(Series).where(
            Series.scope == scope, Series.commodity.in_(wanted), Series.last_on.is_not(None)
        )
    )
    known = [row for row in rows if _rank(site, row, source) is not None]
    then, now = (_month_of(session, known, name) for name in (base, month))
    before: dict[str, Decimal] = {}
    after: dict[str, Decimal] = {}
    for row in sorted(known, key=lambda r: _rank(site, r, source) or ()):
        if row.commodity not in before and row.id in then and row.id in now:
            before[row.commodity], after[row.commodity] = then[row.id], now[row.id]
    return basket(shares, varieties, before, after)


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
        rank = _rank(site, row, source)
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
                step=_step(row),
                unit=_unit(site, row.commodity),
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


def _chosen(
    session: Session,
    site: Site,
    name: tuple[str, str],
    source: str | None,
    between: tuple[datetime.date | None, datetime.date | None],
) -> Series | None:
    """Return the series of a scope and commodity that a question gets."""
    scope, commodity = name
    inside = exists().where(*_between(Series.id, *between))
    query = select(Series, inside).where(
        Series.scope == scope, Series.commodity == commodity, Series.last_on.is_not(None)
    )
    found = [
        (not some, rank, row)
        for row, some in session.execute(query)
        if (rank := _rank(site, row, source)) is not None
    ]
    return min(found, key=lambda f: f[:2])[2] if found else None


def _points(
    session: Session, ids: Sequence[int], dates: Iterable[datetime.date]
) -> dict[tuple[int, datetime.date], Point]:
    """Return points by series and date; most places are surveyed on the same few days."""
    query = select(Point).where(Point.series.in_(ids), Point.date.in_(sorted(dates)))
    return {(point.series, point.date): point for point in session.scalars(query)}


def _rank(site: Site, row: Series, source: str | None) -> tuple[int, ...] | None:
    """Return how early a series is chosen; None if never."""
    sources = site.config.sources if source is None else (source,)
    return (sources.index(row.source), row.step != DAY) if row.source in sources else None


def _days(
    session: Session,
    series: int,
    since: datetime.date | None,
    until: datetime.date | None,
    limit: int | None,
) -> list[Item]:
    query = select(Point.date, Point.price, Point.n).where(*_between(series, since, until))
    query = query.order_by(Point.date).limit(None if limit is None else limit + 1)
    return [Item(date, date.isoformat(), price, n) for date, price, n in session.execute(query)]


def _months(
    session: Session,
    row: Series,
    since: datetime.date | None,
    until: datetime.date | None,
    limit: int | None,
) -> list[Item]:
    """Return monthly means, summed by the database: exact, since prices are whole millionths.

    Of a monthly source nobody says how many days were observed.
    """
    year, month = (cast(extract(part, Point.date), Integer) for part in ("year", "month"))
    query = (
        select(year, month, func.sum(type_coerce(Point.price, BigInteger)), func.count())
        .where(*_between(row.id, since, until))
        .group_by(year, month)
        .order_by(year, month)
        .limit(None if limit is None else limit + 1)
    )
    return [
        Item(
            datetime.date(y, m, 1),
            f"{y:04d}-{m:02d}",
            rounded(Fraction(int(total), count * SCALE)),
            count if row.step == DAY else None,
        )
        for y, m, total, count in session.execute(query)
    ]


def _between(
    series: int | InstrumentedAttribute[int],
    since: datetime.date | None,
    until: datetime.date | None,
) -> list[ColumnElement[bool]]:
    found = [Point.series == series]
    if since is not None:
        found.append(Point.date >= since)
    if until is not None:
        found.append(Point.date <= until)
    return found


def _month_of(session: Session, rows: Sequence[Series], month: str) -> Mapping[int, Decimal]:
    """Return the means of one month by series."""
    last = end_of(month)
    query = (
        select(Point.series, func.sum(type_coerce(Point.price, BigInteger)), func.count())
        .where(Point.series.in_([row.id for row in rows]))
        .where(Point.date.between(last.replace(day=1), last))
        .group_by(Point.series)
    )
    return {id: rounded(Fraction(int(t), n * SCALE)) for id, t, n in session.execute(query)}


def _compared(session: Session, series: int, day: datetime.date) -> list[Value]:
    """Return the values that the changes as of a day look at: the last before each anchor."""
    year_end = datetime.date(max(day.year - 1, 1), 12, 31)
    anchors = (
        day,
        day - ONE_DAY,
        day - datetime.timedelta(days=7),
        months_before(day, 1),
        months_before(day, 12),
        year_end,
    )
    newest = [
        select(func.max(Point.date))
        .where(Point.series == series, Point.date <= anchor)
        .scalar_subquery()
        for anchor in anchors
    ]
    dates = {date for date in session.execute(select(*newest)).one() if date is not None}
    query = select(Point.date, Point.price, Point.n).where(
        Point.series == series, Point.date.in_(sorted(dates))
    )
    return [Value(date, price, n) for date, price, n in session.execute(query.order_by(Point.date))]


def _where(site: Site, scope: str) -> tuple[list[str], str]:
    """Return the areas of a scope, the narrowest first, and whose prices it has."""
    if scope.startswith(MARKET):
        market = site.markets[scope.removeprefix(MARKET)]
        area = market.area
        level = market.type if market.type in ("wholesale", "producer") else "consumer"
    else:
        area, level = scope.removeprefix(AREA), "consumer"
    return [a.code for a in site.region.areas.above(area)], level


def _unit(site: Site, commodity: str) -> str | None:
    known = site.commodities.get(commodity)
    return known.unit if known else None


def _step(row: Series) -> Step:
    return "month" if row.step == MONTH else "day"
