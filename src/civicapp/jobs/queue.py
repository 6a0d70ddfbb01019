"""JobQueue: enqueue a job in the transaction of what it belongs to.

Every job is a row of core_job on both databases. On SQLite a runner takes it from there; on
PostgreSQL procrastinate carries its number to a worker.
"""

import datetime
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civicapp.jobs.carrier import Carrier
from civicapp.problems import did_you_mean
from civicapp.storage.models import KEY_LENGTH, JobRow

Refs = Mapping[str, str | int]
NO_REFS: Refs = MappingProxyType({})
REFS, REF_LENGTH = 20, 500


class UnknownJob(LookupError):
    """No enabled service has a job of this name."""


class JobQueue(Protocol):
    """Take jobs from services; the same on both databases."""

    def enqueue(
        self,
        session: Session,
        job: str,
        key: str,
        refs: Refs = NO_REFS,
        *,
        at: datetime.datetime | None = None,
    ) -> bool:
        """Enqueue a job; it runs when this transaction is committed, and not before `at`.

        key: with the job's name, makes it once: False when it was enqueued before, if need be 30
        days ago. refs: ids of what it is about, never the things themselves. Raise UnknownJob.
        """
        ...

    def retry(self, session: Session, id: int) -> bool:
        """Let a failed job begin anew; False when there is no failed job of this number."""
        ...


class Queue:
    """The JobQueue of one kernel. carrier: None where the runner reads the table itself."""

    def __init__(self, known: Collection[str], carrier: Carrier | None = None) -> None:
        self._known, self._carrier = frozenset(known), carrier

    def enqueue(
        self,
        session: Session,
        job: str,
        key: str,
        refs: Refs = NO_REFS,
        *,
        at: datetime.datetime | None = None,
    ) -> bool:
        """Enqueue a job in the transaction of a session."""
        if job not in self._known:
            raise UnknownJob(f"no job `{job}`; {did_you_mean(job, sorted(self._known))}")
        _check(key, refs)
        now = datetime.datetime.now(datetime.UTC)
        values = {
            "name": job,
            "key": key,
            "refs": dict(refs),
            "state": "waiting",
            "run_at": at or now,
            "attempts": 0,
            "created_at": now,
            "changed_at": now,
        }
        id = insert_new(session, values)
        if id is None:
            return False
        if self._carrier:
            self._carrier.send(session, job, id, at)
        return True

    def retry(self, session: Session, id: int) -> bool:
        """Let a failed job begin anew."""
        now = datetime.datetime.now(datetime.UTC)
        name = session.execute(
            update(JobRow)
            .where(JobRow.id == id, JobRow.state == "failed")
            .values(state="waiting", run_at=now, changed_at=now, attempts=0)
            .returning(JobRow.name)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if name is not None and self._carrier:
            self._carrier.send(session, name, id, None)
        return name is not None


def insert_new(session: Session, values: Mapping[str, object]) -> int | None:
    """Insert a row of core_job; None when there is one of this name and key."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(JobRow).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["name", "key"])
    id: int | None = session.execute(statement.returning(JobRow.id)).scalar_one_or_none()
    return id


def find(session: Session, job: str, key: str) -> JobRow | None:
    """Return the row of a job, for tests and for people who look into the matter."""
    return session.scalars(
        select(JobRow).where(JobRow.name == job, JobRow.key == key)
    ).one_or_none()


def _check(key: str, refs: Refs) -> None:
    if not 0 < len(key) <= KEY_LENGTH:
        raise ValueError(f"the key of a job has 1 to {KEY_LENGTH} characters, got {key!r}")
    sound = all(
        type(value) in (str, int) and len(str(value)) <= REF_LENGTH for value in refs.values()
    )
    if not sound or len(refs) > REFS:
        raise ValueError("references of a job are a few ids, short texts or whole numbers")
