"""Turns: published alarms whose class is another than that of the month before, newest first."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp_prices.domain.alarms import changed_class
from civicapp_prices.domain.series import month_name, month_number
from civicapp_prices.models import Alarm, Series
from civicapp_prices.service.alarms import alarm_scopes, settings_of
from civicapp_prices.service.site import Site

MONTHS = 6  # that are looked back
MOST = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """An alarm whose class is news. before: the class of the month before, None if it had none.

    first_at: when this month was computed first, computed_at: what counts now; a correction comes
    in between.
    """

    scope: str
    commodity: str
    source: str
    kind: str
    month: str
    value: Decimal | None
    class_: str
    before: str | None
    first_at: datetime.datetime
    computed_at: datetime.datetime


def turns(session: Session, site: Site, scopes: Sequence[str] = ()) -> list[Turn]:
    """Return the newest turns of the alarms that are told. scopes: only these; all otherwise."""
    newest = session.scalar(select(func.max(Alarm.month)))
    if newest is None:
        return []
    since = month_name(month_number(newest) - MONTHS)
    settings, known = settings_of(site), site.commodities
    query = (
        select(Alarm, Series)
        .join(Series, Series.id == Alarm.series)
        .where(Alarm.month >= since, Series.scope.in_(scopes or alarm_scopes(site)))
        .order_by(Alarm.id)
    )
    months: dict[tuple[int, str, str], list[Alarm]] = {}
    series: dict[int, Series] = {}
    for alarm, of in session.execute(query):
        if settings.leads(alarm.kind, alarm.mode) and of.commodity in known:
            months.setdefault((of.id, alarm.kind, alarm.month), []).append(alarm)
            series[of.id] = of
    found = [turn for turn in _turns(months, series) if turn.month > since]
    found.sort(key=lambda t: (t.computed_at, t.month, t.scope, t.commodity, t.kind), reverse=True)
    return found[:MOST]


def _turns(
    months: dict[tuple[int, str, str], list[Alarm]], series: dict[int, Series]
) -> Iterator[Turn]:
    for (id, kind, month), rows in months.items():
        earlier = months.get((id, kind, month_name(month_number(month) - 1)))
        before = earlier[-1].class_ if earlier else None
        first, now = rows[0], rows[-1]
        if now.class_ is None or not changed_class(before, now.class_):
            continue
        of = series[id]
        yield Turn(
            scope=of.scope,
            commodity=of.commodity,
            source=of.source,
            kind=kind,
            month=month,
            value=now.value,
            class_=now.class_,
            before=before,
            first_at=first.computed_at,
            computed_at=now.computed_at,
        )
