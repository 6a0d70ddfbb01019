"""History: a series between two days, by day or by month, and how its price changed.

No function reads more than its answer shows or sums up of a single series.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp_prices.domain.changes import Changes, changes, months_before
from civicapp_prices.domain.jump import end_of
from civicapp_prices.domain.series import Value, month_of
from civicapp_prices.models import Point, Series
from civicapp_prices.service.chosen import Step, chosen, step_of, unit_of
from civicapp_prices.service.points import DAY, MONTH, between, monthly_means
from civicapp_prices.service.site import Site

ONE_DAY = datetime.timedelta(days=1)


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
    row = chosen(session, site, (scope, commodity), source, (since, until))
    if row is None:
        return None
    unit = unit_of(site, commodity)
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
    row = chosen(session, site, (scope, commodity), source, (None, as_of))
    if row is None or row.last_on is None:
        return None
    day = as_of or row.last_on
    return Moved(
        row.source,
        step_of(row),
        unit_of(site, commodity),
        changes(_compared(session, row.id, day), day),
    )


def _days(
    session: Session,
    series: int,
    since: datetime.date | None,
    until: datetime.date | None,
    limit: int | None,
) -> list[Item]:
    query = select(Point.date, Point.price, Point.n).where(*between(series, since, until))
    query = query.order_by(Point.date).limit(None if limit is None else limit + 1)
    return [Item(date, date.isoformat(), price, n) for date, price, n in session.execute(query)]


def _months(
    session: Session,
    row: Series,
    since: datetime.date | None,
    until: datetime.date | None,
    limit: int | None,
) -> list[Item]:
    """Return monthly means; of a monthly source nobody says how many days were observed."""
    found = monthly_means(session, row.id, since, until, None if limit is None else limit + 1)
    return [
        Item(
            datetime.date.fromisoformat(f"{month}-01"),
            month,
            mean,
            days if row.step == DAY else None,
        )
        for month, (mean, days) in found.items()
    ]


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
