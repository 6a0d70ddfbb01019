"""JobContext: what a job's handler gets."""

from dataclasses import dataclass, fields

from civicapp.context import Context
from civicapp.jobs.outbox import Outbox
from civicapp.jobs.queue import JobQueue
from civicapp.storage.database import Database
from civicapp.storage.files import FileStore


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext(Context):
    """A Context in the background. A handler reads and writes by `db.read_now` and `db.write_now`.

    key: with the job's name what it was enqueued as, and what makes its effects once only: the
    `Idempotency-Key` of what it sends. attempt: 1 for the first. last: there will be no other.
    """

    db: Database
    jobs: JobQueue
    files: FileStore
    job: str
    key: str
    attempt: int
    last: bool
    _outbox: Outbox | None = None

    @property
    def outbox(self) -> Outbox:
        """Return what sends with a commit: events, notices; RuntimeError where there is none."""
        if self._outbox is None:
            raise RuntimeError("these jobs run without an outbox")
        return self._outbox


def job_context(context: Context, **more: object) -> JobContext:
    """Make the context of a job from that of its service."""
    given = {field.name: getattr(context, field.name) for field in fields(Context)}
    return JobContext(**given, **more)  # type: ignore[arg-type]
