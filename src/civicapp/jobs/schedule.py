"""Schedule: enqueue jobs by the clock of the region, once each, whoever is first."""

import datetime
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from civicapp.jobs.cron import latest
from civicapp.jobs.ledger import CRON
from civicapp.jobs.queue import JobQueue, insert_new
from civicapp.jobs.wired import WiredJob
from civicapp.storage.database import Database
from civicapp.storage.models import JobRow


class Schedule:
    """The jobs that have a cron line. What was missed while nothing ran is made up for, once."""

    def __init__(self, jobs: Iterable[WiredJob], queue: JobQueue, timezone: str) -> None:
        self._crons = {w.name: w.job.cron for w in jobs if w.job.cron}
        self._queue, self._zone = queue, ZoneInfo(timezone)
        self._done: dict[str, datetime.datetime] = {}

    def enqueue_due(self, database: Database, now: datetime.datetime) -> None:
        """Enqueue what is due and was not yet; call it often, it asks the database only then."""
        for name, cron in self._crons.items():
            tick = latest(cron, self._zone, now)
            if self._done.get(name) != tick:
                database.write_now(self._enqueue, name, tick, now, alone=False)
                self._done[name] = tick

    def _enqueue(
        self, session: Session, name: str, tick: datetime.datetime, now: datetime.datetime
    ) -> None:
        key = f"{CRON}{tick:%Y-%m-%dT%H:%M:%SZ}"
        if self._is_known(session, name):
            self._queue.enqueue(session, name, key)
            return
        # Never seen before: the tick that is past already is not made up for, only remembered.
        values = {"name": name, "key": key, "refs": {}, "state": "done", "attempts": 0}
        insert_new(session, {**values, "run_at": tick, "created_at": now, "changed_at": now})

    def _is_known(self, session: Session, name: str) -> bool:
        seen = exists().where(JobRow.name == name, JobRow.key.startswith(CRON))
        return bool(session.scalar(select(seen)))
