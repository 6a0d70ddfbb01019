"""The ledger of jobs, core_job: begin, end, again, gone; what waits in vain."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, not_, or_, select, update
from sqlalchemy.orm import Session

from civicapp.storage.models import JobRow

KEEP_DONE = datetime.timedelta(days=30)
KEEP_FAILED = datetime.timedelta(days=90)
LATE = datetime.timedelta(minutes=10)
ERROR_LENGTH = 2000
CRON = "cron "  # how the key of a job by the clock begins


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that has begun: what it is about, and which try this is."""

    id: int
    name: str
    key: str
    refs: dict[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class JobHealth:
    """What is wrong in the background. failed, stuck: how many by name; late: due, yet not begun.

    failed: given up after the last try. stuck: waiting under a name that no service has.
    """

    failed: dict[str, int]
    stuck: dict[str, int]
    late: int

    @property
    def sound(self) -> bool:
        """Tell whether nothing is wrong."""
        return not (self.failed or self.stuck or self.late)


def begin(session: Session, id: int, now: datetime.datetime) -> Begun | None:
    """Mark a job as running; None when it is done, failed or gone. A try counts when it begins."""
    row = session.execute(
        update(JobRow)
        .where(JobRow.id == id, JobRow.state.in_(("waiting", "running")))
        .values(state="running", attempts=JobRow.attempts + 1, changed_at=now)
        .returning(JobRow.id, JobRow.name, JobRow.key, JobRow.refs, JobRow.attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Begun(*row) if row else None


def end(
    session: Session,
    id: int,
    now: datetime.datetime,
    error: str | None = None,
    again: datetime.datetime | None = None,
) -> None:
    """Mark a job as done, as waiting for another try, or as failed."""
    state = "done" if error is None else "waiting" if again else "failed"
    session.execute(
        update(JobRow)
        .where(JobRow.id == id)
        .values(
            state=state,
            changed_at=now,
            run_at=again or JobRow.run_at,
            last_error=error and error[:ERROR_LENGTH],
        )
        .execution_options(synchronize_session=False)
    )


def due(session: Session, names: Collection[str], now: datetime.datetime, limit: int) -> list[int]:
    """Return the jobs to begin, the longest waiting first."""
    return list(
        session.scalars(
            select(JobRow.id)
            .where(JobRow.state == "waiting", JobRow.run_at <= now, JobRow.name.in_(list(names)))
            .order_by(JobRow.run_at, JobRow.id)
            .limit(limit)
        )
    )


def next_due(session: Session, names: Collection[str]) -> datetime.datetime | None:
    """Return when the next job is due, None when none waits."""
    return session.scalar(
        select(func.min(JobRow.run_at)).where(
            JobRow.state == "waiting", JobRow.name.in_(list(names))
        )
    )


def recover(session: Session, running: Collection[int]) -> int:
    """Let the jobs that ended with their process begin again; `running` are those of this one."""
    found: Any = session.execute(
        update(JobRow)
        .where(JobRow.state == "running", not_(JobRow.id.in_(list(running))))
        .values(state="waiting")
        .execution_options(synchronize_session=False)
    )
    return int(found.rowcount)


def forget(session: Session, now: datetime.datetime) -> int:
    """Remove what is long done or failed.

    The newest row of each name stays, by the clock and not: else the last tick of a monthly job
    would be new again after 30 days.
    """
    kept = select(func.max(JobRow.id)).group_by(JobRow.name, JobRow.key.startswith(CRON))
    old = or_(
        (JobRow.state == "done") & (JobRow.changed_at < now - KEEP_DONE),
        (JobRow.state == "failed") & (JobRow.changed_at < now - KEEP_FAILED),
    )
    gone: Any = session.execute(
        delete(JobRow)
        .where(old, JobRow.id.not_in(kept))
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)


def stuck(session: Session, known: Collection[str]) -> dict[str, int]:
    """Count the jobs that wait under names which no enabled service has."""
    return _counts(session, JobRow.state == "waiting", JobRow.name.not_in(list(known)))


def job_health(session: Session, known: Collection[str], now: datetime.datetime) -> JobHealth:
    """Tell what is wrong in the background, for /readyz and `doctor`."""
    late = select(func.count()).where(
        JobRow.state == "waiting", JobRow.run_at < now - LATE, JobRow.name.in_(list(known))
    )
    return JobHealth(
        failed=_counts(session, JobRow.state == "failed"),
        stuck=stuck(session, known),
        late=session.scalar(late) or 0,
    )


def _counts(session: Session, *where: Any) -> dict[str, int]:
    query = select(JobRow.name, func.count()).where(*where).group_by(JobRow.name)
    return {row[0]: row[1] for row in session.execute(query.order_by(JobRow.name))}
