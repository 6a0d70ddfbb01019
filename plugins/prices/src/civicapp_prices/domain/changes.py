"""How a price changed since the day before, a week, a month, the year's begin, a year."""

import calendar
import datetime
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from civicapp_prices.domain.series import Value, rounded

CHANGE_PLACES = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Change:
    """A change as a fraction, and the day compared with; both None when there is none."""

    fraction: Decimal | None = None
    date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes as of a day. price: None when that day was not surveyed.

    last_surveyed: the newest day with a price on or before it.
    """

    as_of: datetime.date
    price: Decimal | None
    last_surveyed: datetime.date | None
    d: Change = Change()
    w: Change = Change()
    m: Change = Change()
    ytd: Change = Change()
    y: Change = Change()


def changes(values: Sequence[Value], as_of: datetime.date) -> Changes:
    """Compare the price of a day with the last surveyed one on or before each anchor.

    values: of a daily series, in order of time. d: the survey before; w: 7 days before; m: the same
    day of the month before; ytd: the last survey of the year before; y: the same day of the year
    before. A day that a month lacks becomes its last.
    """
    known = [value for value in values if value.date <= as_of]
    if not known or known[-1].date != as_of:
        return Changes(as_of, None, known[-1].date if known else None)
    now, before = known[-1], known[:-1]
    days = [value.date for value in before]

    def since(anchor: datetime.date, earliest: datetime.date = datetime.date.min) -> Change:
        place = bisect_right(days, anchor)
        if place == 0 or before[place - 1].date < earliest:
            return Change()
        then = before[place - 1]
        return Change(ratio(now.price, then.price), then.date)

    year_end = datetime.date(as_of.year - 1, 12, 31) if as_of.year > 1 else datetime.date.min
    return Changes(
        as_of,
        now.price,
        as_of,
        d=since(as_of - datetime.timedelta(days=1)),
        w=since(as_of - datetime.timedelta(days=7)),
        m=since(months_before(as_of, 1)),
        ytd=since(year_end, year_end.replace(month=1, day=1)),
        y=since(months_before(as_of, 12)),
    )


def ratio(now: Decimal, then: Decimal) -> Decimal | None:
    """Return the change as a fraction of what was, eight places; None when that was nothing."""
    return rounded(Fraction(now) / Fraction(then) - 1, CHANGE_PLACES) if then else None


def months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months earlier, or that month's last day."""
    number = day.year * 12 + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
