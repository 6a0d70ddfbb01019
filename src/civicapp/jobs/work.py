"""Work: run one job of the ledger, and write down how it ended."""

import datetime
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from civicapp.context import Context
from civicapp.jobs import ledger
from civicapp.jobs.carrier import Carrier
from civicapp.jobs.context import job_context
from civicapp.jobs.outbox import Outbox
from civicapp.jobs.queue import JobQueue
from civicapp.jobs.wired import WiredJob
from civicapp.service import Job
from civicapp.storage.database import Database
from civicapp.storage.files import FileStore

T = TypeVar("T")

LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Work:
    """What jobs run with. context: makes the Context of a service, "" for the kernel."""

    database: Database
    files: FileStore
    queue: JobQueue
    jobs: Mapping[str, WiredJob]
    context: Callable[[str], Context]
    carrier: Carrier | None = None
    outbox: Outbox | None = None

    def run(self, id: int) -> None:
        """Run a job that waits. What its handler raises is logged; it is tried again, or failed."""
        begun = self.database.write_now(ledger.begin, id, _now(), alone=False)
        if begun is None:
            return
        wired = self.jobs[begun.name]
        log = structlog.get_logger().bind(job=begun.name, key=begun.key, attempt=begun.attempt)
        tries = wired.job.retries + 1
        if begun.attempt > tries:
            # Each try began and none ended: the job takes its process along.
            self._end(begun, f"ended its process {begun.attempt - 1} times", None)
            log.error("job_failed", reason="it ends its process")
            return
        try:
            self._handle(wired, begun, last=begun.attempt == tries)
        except Exception as e:
            error = f"{type(e).__name__}: {e}"
            last = begun.attempt == tries
            again = None if last else _now() + pause(wired.job, begun.attempt)
            self._end(begun, error, again)
            log.exception("job_failed" if again is None else "job_will_be_tried_again")
        else:
            self._end(begun, None, None)

    def _handle(self, wired: WiredJob, begun: ledger.Begun, *, last: bool) -> None:
        context = job_context(
            self.context(wired.service),
            db=self.database,
            jobs=self.queue,
            files=self.files,
            job=begun.name,
            key=begun.key,
            attempt=begun.attempt,
            last=last,
            _outbox=self.outbox,
        )
        wired.run(context, begun.refs)

    def _end(self, begun: ledger.Begun, error: str | None, again: datetime.datetime | None) -> None:
        def work(session: Session) -> None:
            ledger.end(session, begun.id, _now(), error, again)
            if again and self.carrier:
                self.carrier.send(session, begun.name, begun.id, again)

        self.database.write_now(work, alone=False)


def pause(job: Job, attempt: int) -> datetime.timedelta:
    """Return how long to wait after a failed try: twice as long each time, a little uneven."""
    seconds = min(job.wait * 2 ** (attempt - 1), LONGEST_WAIT)
    return datetime.timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def in_thread(call: Callable[[], T]) -> "Future[T]":
    """Run a call in a thread that does not keep the process alive when its time is over."""
    future: Future[T] = Future()

    future.set_running_or_notify_cancel()  # from now on nobody cancels it

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as e:
            future.set_exception(e)

    threading.Thread(target=run, name="civicapp job", daemon=True).start()
    return future


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
