"""Clock: codes, sessions and deadlines are wrong when it is."""

import datetime
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp.doctor.database import migrated
from civicapp.doctor.finding import Finding, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.server import Server
from civicapp.storage.database import BadUrl, open_database
from civicapp.storage.ledgers import DeliveryRow
from civicapp.storage.models import JobRow
from civicapp.storage.people import AuditRow, SessionRow

APART = datetime.timedelta(seconds=5)
FAR_APART = datetime.timedelta(seconds=30)  # a one-time code holds as long
MEND = "timedatectl set-ntp true"
# What a process writes with its own clock.
WRITTEN = (AuditRow.at, SessionRow.seen_at, JobRow.changed_at, DeliveryRow.changed_at)


def check_clock(host: Host) -> Iterator[Finding]:
    """Compare this host's clock with the database's, with what was written, with the network's."""
    yield from _beside_server(host)
    yield from _after_what_was_written(host)
    yield _kept(host)


def _beside_server(host: Host) -> Iterator[Finding]:
    try:
        url = host.url
    except BadUrl:
        return
    if url is None or url.drivername == "sqlite":
        return  # that is this host's clock
    if not isinstance(server := host.server, Server):
        command = host.on_database("db", "status", host.name)
        yield skipped("the database's clock cannot be read", command)
        return
    apart = abs(server.ahead)
    if apart < APART:
        yield ok(f"{apart.total_seconds():.1f} s beside the database's clock")
        return
    which = "behind" if server.ahead > datetime.timedelta() else "ahead of"
    say = error if apart >= FAR_APART else warning
    yield say(f"this clock is {_written(apart)} {which} the database's", MEND)


def _after_what_was_written(host: Host) -> Iterator[Finding]:
    url = host.url if migrated(host) else None
    if url is None:
        command = host.on_database("db", "status", host.name)
        yield skipped("there is nothing written to compare this clock with", command)
        return
    database = open_database(url)
    try:
        newest = database.read_now(_newest)
    finally:
        database.close_now()
    if newest is not None and newest - host.now() > APART:
        what = f"this clock is {_written(newest - host.now())} behind what was written already"
        yield error(what, MEND)
    else:
        yield ok("not behind what was written" if newest else "nothing was written yet")


def _newest(session: Session) -> datetime.datetime | None:
    found = [session.scalar(select(func.max(column))) for column in WRITTEN]
    return max((instant for instant in found if instant), default=None)


def _kept(host: Host) -> Finding:
    said = host.time_status()
    if said is None:
        return skipped("nobody here tells whether the clock is kept right", "timedatectl status")
    if "NTPSynchronized=yes" in said:
        return ok("kept right by the network")
    kept = "the network keeps it, and did not set it yet" if "NTP=yes" in said else "nobody sets it"
    return warning(f"the clock is not sure: {kept}", MEND)


def _written(span: datetime.timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds < 120 else str(datetime.timedelta(seconds=seconds))
