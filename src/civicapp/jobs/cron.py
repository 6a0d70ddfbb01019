"""Cron in a time zone: when was a job due last?

Lines that name hours follow the clock on the wall: once a day, also when the hour is skipped (then
later by what was skipped) or comes twice (then the first time). Lines for every hour follow elapsed
time, so that nothing is left out or doubled when clocks change. croniter alone runs `30 1 * * *`
twice on such a day.
"""

import datetime
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

SKIPPED = datetime.timedelta(hours=3)  # more than any clock was ever changed by


def fault(cron: str) -> str | None:
    """Return what is wrong with a cron line, None if nothing is."""
    try:
        croniter(cron)
    except (CroniterError, ValueError, AttributeError) as e:
        return f"`{cron}` is no cron line: {e}"
    return None


def latest(cron: str, zone: ZoneInfo, now: datetime.datetime) -> datetime.datetime:
    """Return the last moment up to `now` at which a job was due, in UTC."""
    local = now.astimezone(zone)
    wall = local.replace(tzinfo=None)
    if _every_hour(cron):
        offset = local.utcoffset() or datetime.timedelta()
        return (_before(cron, wall) - offset).replace(tzinfo=datetime.UTC)
    at = wall + SKIPPED
    while True:
        at = _before(cron, at, strictly=True)
        moment = at.replace(tzinfo=zone).astimezone(datetime.UTC)
        if moment <= now:
            return moment


def _every_hour(cron: str) -> bool:
    fields = cron.split()
    return len(fields) > 1 and fields[1] == "*"


def _before(cron: str, wall: datetime.datetime, *, strictly: bool = False) -> datetime.datetime:
    # croniter looks strictly before; the smallest step makes `wall` itself count.
    start = wall if strictly else wall + datetime.timedelta(microseconds=1)
    found: datetime.datetime = croniter(cron, start).get_prev(datetime.datetime)
    return found
