"""The alarm run: read every alarm of the last month, store what is new, tell what changed.

What was published before is read anew too: when a price of an old month was corrected, its alarms
follow, as new rows. So the published alarms always agree with the published prices.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from civicapp import touch
from civicapp_prices.domain.alarms import RULES, Settings, changed_class, read_alarm
from civicapp_prices.domain.jump import Steps, end_of
from civicapp_prices.domain.reading import CODE_VERSION, Reading
from civicapp_prices.domain.series import Value, last_month, month_name, month_number
from civicapp_prices.models import Alarm, Series
from civicapp_prices.service.points import monthly_means, values
from civicapp_prices.service.scopes import area_scope, code_of
from civicapp_prices.service.site import Site

if TYPE_CHECKING:
    from civicapp import Database

TAG = "prices.alarms"
LOOK_BACK = 800  # days of single values that the change alarm sees


@dataclass(slots=True)
class Ran:
    """What a run did. told: alarms whose class changed."""

    series: int = 0
    stored: int = 0
    told: int = 0


def settings_of(site: Site) -> Settings:
    """Return what the pack says about alarms."""
    config = site.config
    return Settings(
        alps_least=config.alps_min_months,
        ipa_least=config.ipa_min_months,
        ipa_mode=config.ipa_mode,
        steps=Steps(config.change_watch, config.change_alert, config.change_low),
    )


def alarm_scopes(site: Site) -> tuple[str, ...]:
    """Return the scopes for which alarms are published: the region, and the areas right below."""
    region = site.region
    areas = [*((region.area,) if region.area else ()), *region.areas.children(None)]
    return tuple(area_scope(area.code) for area in areas)


def run_alarms(database: "Database", site: Site, now: datetime.datetime) -> Ran:
    """Bring the published alarms up to date, a series at a time; run again it changes nothing."""
    ran = Ran()
    month = last_month(site.today(now))
    for scope in alarm_scopes(site):
        for series in database.read_now(_series_of, scope):
            stored, told = database.write_now(_update, site, series, month, now)
            ran.series, ran.stored, ran.told = ran.series + 1, ran.stored + stored, ran.told + told
    return ran


def _series_of(session: Session, scope: str) -> list[int]:
    query = select(Series.id).where(Series.scope == scope, Series.last_on.is_not(None))
    return list(session.scalars(query.order_by(Series.commodity, Series.source, Series.step)))


def means_of(session: Session, series: int, until: datetime.date) -> dict[str, Decimal]:
    """Return the monthly means from which the alarms of a series are computed."""
    found = monthly_means(session, series, until=until)
    return {month: mean for month, (mean, _) in found.items()}


def recent_values(session: Session, series: int, until: datetime.date) -> list[Value]:
    """Return the single values that the change alarm of a month looks at."""
    return values(session, series, until, until - datetime.timedelta(days=LOOK_BACK))


def readings(session: Session, site: Site, series: int, month: str) -> Iterator[Reading]:
    """Read the alarms of a series in a month from what is published now."""
    until = end_of(month)
    means, recent = means_of(session, series, until), recent_values(session, series, until)
    settings = settings_of(site)
    for kind, mode in RULES:
        yield read_alarm(kind, mode, month, means, recent, settings)


def counts() -> ColumnElement[bool]:
    """Return the condition that an alarm counts: no later row computes the same anew."""
    newer = aliased(Alarm)
    later = select(newer.id).where(
        newer.series == Alarm.series,
        newer.kind == Alarm.kind,
        newer.mode == Alarm.mode,
        newer.month == Alarm.month,
        newer.id > Alarm.id,
    )
    return ~later.exists()


def published(session: Session, series: int) -> dict[tuple[str, str, str], Alarm]:
    """Return the alarms of a series that count, by month, kind and mode."""
    rows = session.scalars(select(Alarm).where(Alarm.series == series, counts()))
    return {(row.month, row.kind, row.mode): row for row in rows}


def _update(
    session: Session, site: Site, series: int, month: str, now: datetime.datetime
) -> tuple[int, int]:
    """Store the alarms of a series that are not as published; tell those whose class changed."""
    have = published(session, series)
    months = sorted({month, *(name for name, _, _ in have)})
    means = means_of(session, series, end_of(months[-1]))
    single = values(session, series, end_of(months[-1]))
    settings = settings_of(site)
    stored: list[Alarm] = []
    for name in months:
        recent = _recent(single, name)
        for kind, mode in RULES:
            old = have.get((name, kind, mode))
            reading = read_alarm(kind, mode, name, means, recent, settings)
            if old is None or (old.inputs_hash, old.code_version) != (
                reading.inputs_hash,
                CODE_VERSION,
            ):
                row = _row(series, reading, now)
                session.add(row)
                stored.append(row)
                have[name, kind, mode] = row
    if not stored:
        return 0, 0
    session.flush()
    touch(session, TAG)
    told = [row for row in stored if row.month == month and settings.leads(row.kind, row.mode)]
    return len(stored), sum(_tell(session, site, row, have) for row in told)


def _recent(single: Sequence[Value], month: str) -> list[Value]:
    until = end_of(month)
    since = until - datetime.timedelta(days=LOOK_BACK)
    return [value for value in single if since <= value.date <= until]


def _row(series: int, reading: Reading, now: datetime.datetime) -> Alarm:
    return Alarm(
        series=series,
        kind=reading.kind,
        mode=reading.mode,
        month=reading.month,
        status=reading.status,
        value=reading.value,
        class_=reading.class_,
        inputs=len(reading.inputs),
        inputs_hash=reading.inputs_hash,
        code_version=CODE_VERSION,
        computed_at=now,
    )


def _tell(
    session: Session, site: Site, row: Alarm, have: Mapping[tuple[str, str, str], Alarm]
) -> bool:
    """Emit an event when the class is another than that of the month before."""
    before = have.get((month_name(month_number(row.month) - 1), row.kind, row.mode))
    if not changed_class(before.class_ if before else None, row.class_):
        return False
    series = session.get_one(Series, row.series)
    data = {"kind": row.kind, "class": row.class_ or "", "month": row.month}
    data |= {"scope": series.scope, "commodity": series.commodity, "source": series.source}
    site.emit(session, "prices.alarm.changed", str(row.id), data)
    for recipient in site.config.recipients:
        if _concerns(site, recipient.area, series.scope):
            refs: dict[str, str | int] = {"alarm": row.id, "recipient": recipient.id}
            site.enqueue(session, "prices.notice", f"{row.id}:{recipient.id}", refs)
    return True


def _concerns(site: Site, area: str | None, scope: str) -> bool:
    """Tell whether a scope lies in an area."""
    return area is None or area in site.region.areas[code_of(scope)].path
