"""Alarms as they are read: of one commodity, and all that are not normal."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from civicapp_prices.domain.alarms import QUIET, RULES, read_alarms
from civicapp_prices.domain.reading import Reading
from civicapp_prices.domain.series import last_month
from civicapp_prices.models import Alarm, Series
from civicapp_prices.service.alarms import counts, readings, settings_of
from civicapp_prices.service.chosen import Step, chosen, step_of
from civicapp_prices.service.site import Site


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


def alarms_of(
    session: Session,
    site: Site,
    scope: str,
    commodity: str,
    as_of: datetime.date,
    source: str | None = None,
) -> Alarms | None:
    """Read the alarms of the last month that ended on or before a day; None without a series."""
    row = chosen(session, site, (scope, commodity), source, (None, as_of))
    if row is None:
        return None
    month = last_month(as_of)
    found = tuple(readings(session, site, row.id, month))
    return Alarms(row.source, step_of(row), month, found)


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
    leading = [rule for rule in RULES if settings.leads(*rule)]
    rows = session.execute(
        select(Alarm, Series)
        .join(Series, Series.id == Alarm.series)
        .where(
            Alarm.month == month,
            tuple_(Alarm.kind, Alarm.mode).in_(leading),
            Alarm.class_.not_in(QUIET),
            counts(),
        )
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
