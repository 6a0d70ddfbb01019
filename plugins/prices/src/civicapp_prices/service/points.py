"""Series and their points: what is published. Everything that reads prices reads these."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import (
    ColumnElement,
    Integer,
    case,
    cast,
    delete,
    extract,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import BigInteger

from civicapp import touch
from civicapp_prices.config import SURVEY
from civicapp_prices.domain.series import Value, rounded
from civicapp_prices.models import SCALE, Point, Quote, Series
from civicapp_prices.service.site import Site

CURRENT = ("submitted", "flagged", "confirmed")
DAY, MONTH = "day", "month"
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Key:
    """The name of a series."""

    source: str
    scope: str
    commodity: str
    step: str = DAY


@dataclass(frozen=True, slots=True)
class NewPoint:
    """A point to publish."""

    series: int
    date: datetime.date
    price: Decimal
    n: int | None = None
    markets: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    flagged: bool = False
    import_id: int | None = None


def scope_tag(scope: str) -> str:
    """Return the cache tag of what is published for a scope; `*` stands for any."""
    return f"prices.scope:{scope}"


def ensure_series(session: Session, keys: Collection[Key]) -> dict[Key, int]:
    """Return the ids of series by name; what is missing is made."""
    found = known_series(session, keys)
    for key in keys:
        if key not in found:
            row = Series(
                source=key.source,
                scope=key.scope,
                commodity=key.commodity,
                step=key.step,
                last_on=None,
            )
            session.add(row)
            session.flush()
            found[key] = row.id
    return found


def known_series(session: Session, keys: Collection[Key]) -> dict[Key, int]:
    """Return the ids of those series that there are."""
    found: dict[Key, int] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), BATCH // 4):
        names = [
            (k.scope, k.commodity, k.source, k.step) for k in wanted[start : start + BATCH // 4]
        ]
        columns = tuple_(Series.scope, Series.commodity, Series.source, Series.step)
        for row in session.scalars(select(Series).where(columns.in_(names))):
            found[Key(row.source, row.scope, row.commodity, row.step)] = row.id
    return found


def publish(session: Session, points: Sequence[NewPoint], scopes: Iterable[str]) -> None:
    """Write points, in place of those of the same day; what pages of the scopes show is dropped."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(points), BATCH):
        rows = [
            {
                "series": p.series,
                "date": p.date,
                "price": p.price,
                "n": p.n,
                "markets": p.markets,
                "low": p.low,
                "high": p.high,
                "flagged": p.flagged,
                "import_id": p.import_id,
            }
            for p in points[start : start + BATCH]
        ]
        statement = insert(Point)
        new = {name: statement.excluded[name] for name in rows[0] if name not in ("series", "date")}
        session.execute(
            statement.on_conflict_do_update(index_elements=["series", "date"], set_=new), rows
        )
    newest: dict[int, datetime.date] = {}
    for point in points:
        newest[point.series] = max(point.date, newest.get(point.series, point.date))
    by_date: dict[datetime.date, list[int]] = {}
    for series, date in newest.items():
        by_date.setdefault(date, []).append(series)
    for date, some in by_date.items():
        for start in range(0, len(some), BATCH // 4):
            older = or_(Series.last_on.is_(None), Series.last_on < date)
            chosen = Series.id.in_(some[start : start + BATCH // 4])
            session.execute(update(Series).where(chosen, older).values(last_on=date))
    touch(session, scope_tag("*"), *(scope_tag(scope) for scope in set(scopes)))


def derive(
    session: Session, site: Site, market: str, date: datetime.date, commodities: Collection[str]
) -> None:
    """Derive the survey's points of a market and day anew, for it and for the areas above it.

    The mean is over quotes with a price that are not rejected or superseded, rounded half to even
    to six places. Where none is left the point goes.
    """
    scopes = site.scopes_of(market)
    keys = [Key(SURVEY, scope, commodity) for scope in scopes for commodity in commodities]
    ids = ensure_series(session, keys)
    points, gone = [], []
    for scope, markets in scopes.items():
        found = _stats(session, markets, date, commodities)
        for commodity in commodities:
            series = ids[Key(SURVEY, scope, commodity)]
            if (stat := found.get(commodity)) is None:
                gone.append(series)
            else:
                n, total, low, high, count, flagged = stat
                points.append(
                    NewPoint(
                        series=series,
                        date=date,
                        price=rounded(Fraction(total, n)),
                        n=n,
                        markets=count,
                        low=Decimal(low),
                        high=Decimal(high),
                        flagged=flagged,
                    )
                )
    if gone:
        session.execute(delete(Point).where(Point.series.in_(gone), Point.date == date))
        _look_back(session, gone)
    publish(session, points, scopes)


def derive_day(session: Session, site: Site, date: datetime.date, markets: Collection[str]) -> None:
    """Derive all points of a day from the quotes of these markets, which must be all that have any.

    For many quotes at once: it reads them once, and adds them up the tree of areas.
    """
    sums: dict[tuple[str, str], _Sum] = {}
    rows = session.execute(
        select(Quote.market, Quote.commodity, Quote.price, Quote.state).where(
            Quote.market.in_(list(markets)),
            Quote.date == date,
            Quote.state.in_(CURRENT),
            Quote.outcome == "price",
        )
    )
    for market, commodity, price, state in rows:
        assert price is not None  # noqa: S101 - the outcome is a price
        for scope in site.scopes_of(market):
            sums.setdefault((scope, commodity), _Sum()).add(
                market, price, flagged=state == "flagged"
            )
    ids = ensure_series(session, [Key(SURVEY, scope, commodity) for scope, commodity in sums])
    points = [
        NewPoint(
            series=ids[Key(SURVEY, scope, commodity)],
            date=date,
            price=rounded(Fraction(found.total, found.n)),
            n=found.n,
            markets=len(found.markets),
            low=Decimal(found.low),
            high=Decimal(found.high),
            flagged=found.flagged,
        )
        for (scope, commodity), found in sums.items()
    ]
    publish(session, points, {scope for scope, _ in sums})


@dataclass(slots=True)
class _Sum:
    """Quotes that are being added up."""

    n: int = 0
    total: int = 0
    low: int = 0
    high: int = 0
    markets: set[str] = field(default_factory=set)
    flagged: bool = False

    def add(self, market: str, price: int, *, flagged: bool) -> None:
        """Add a quote."""
        self.low = min(self.low, price) if self.n else price
        self.high = max(self.high, price)
        self.n, self.total = self.n + 1, self.total + price
        self.markets.add(market)
        self.flagged = self.flagged or flagged


def _stats(
    session: Session, markets: Sequence[str], date: datetime.date, commodities: Collection[str]
) -> Mapping[str, tuple[int, int, int, int, int, bool]]:
    """Return count, sum, lowest, highest, markets and whether one is flagged, by commodity."""
    rows = session.execute(
        select(
            Quote.commodity,
            func.count(),
            func.sum(type_coerce(Quote.price, BigInteger)),
            func.min(Quote.price),
            func.max(Quote.price),
            func.count(Quote.market.distinct()),
            func.sum(case((Quote.state == "flagged", 1), else_=0)),
        )
        .where(
            Quote.market.in_(markets),
            Quote.commodity.in_(list(commodities)),
            Quote.date == date,
            Quote.state.in_(CURRENT),
            Quote.outcome == "price",
        )
        .group_by(Quote.commodity)
    )
    return {
        code: (count, int(total), low, high, places, bool(flagged))
        for code, count, total, low, high, places, flagged in rows
    }


def _look_back(session: Session, series: Sequence[int]) -> None:
    """Set the newest day of series that lost a point."""
    newest = select(func.max(Point.date)).where(Point.series == Series.id).scalar_subquery()
    session.execute(update(Series).where(Series.id.in_(series)).values(last_on=newest))


def between(
    series: int | InstrumentedAttribute[int],
    since: datetime.date | None,
    until: datetime.date | None,
) -> list[ColumnElement[bool]]:
    """Return the conditions of a series' points between two days, both included."""
    found = [Point.series == series]
    if since is not None:
        found.append(Point.date >= since)
    if until is not None:
        found.append(Point.date <= until)
    return found


def values(
    session: Session,
    series: int,
    until: datetime.date | None = None,
    since: datetime.date | None = None,
) -> list[Value]:
    """Return a series' values in order of time, both ends included."""
    query = select(Point.date, Point.price, Point.n).where(*between(series, since, until))
    return [Value(date, price, n) for date, price, n in session.execute(query.order_by(Point.date))]


def monthly_means(
    session: Session,
    series: int,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    limit: int | None = None,
) -> dict[str, tuple[Decimal, int]]:
    """Return the means of a series by month `YYYY-MM`, as published, and the days observed.

    The database sums them up: exact, since prices are whole millionths.
    """
    year, month = (cast(extract(part, Point.date), Integer) for part in ("year", "month"))
    query = (
        select(year, month, func.sum(type_coerce(Point.price, BigInteger)), func.count())
        .where(*between(series, since, until))
        .group_by(year, month)
        .order_by(year, month)
        .limit(limit)
    )
    return {
        f"{y:04d}-{m:02d}": (rounded(Fraction(int(total), days * SCALE)), days)
        for y, m, total, days in session.execute(query)
    }
