"""What a program sends, for tests: jobs that run at once, messages and events written down.

Nobody is reached: in place of e-mail and the other channels stand some that write down. Events are
told to a listener of the test too, by a job of its own; so one of a write that was undone is none.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import URL, select
from sqlalchemy.orm import Session

from civicapp.backing import Backing, connect
from civicapp.event import Event
from civicapp.identity.crypto import Cipher
from civicapp.jobs import ledger
from civicapp.jobs.listening import from_refs, job_name
from civicapp.jobs.queue import Queue
from civicapp.jobs.schedule import Schedule
from civicapp.jobs.wired import WiredJob
from civicapp.jobs.work import Work
from civicapp.kernel import Kernel
from civicapp.notify.channel import Channel, Outgoing
from civicapp.notify.channels import BUILT_IN, Channels
from civicapp.plugins import resolve
from civicapp.service import Job
from civicapp.storage.database import Database
from civicapp.storage.files import open_files
from civicapp.storage.models import JobRow

KEY = bytes(range(32))  # the secret key of hosts in tests
LISTENER = "testing"  # no plugin: the one who writes events down
HEARD = job_name(LISTENER)
AT_ONCE = 100
MANY = 10_000  # jobs of one call; more, and they enqueue one another without end


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message to somebody. target: address in the channel's form. about: what officers see."""

    channel: str
    target: str
    subject: str
    text: str
    data: Mapping[str, str | int]
    about: str


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that did not run yet. at: when it is due."""

    name: str
    key: str
    refs: Mapping[str, str | int]
    at: datetime.datetime
    attempts: int
    last_error: str | None


class JobsFailed(AssertionError):
    """A handler raised; the jobs are named with their errors."""


class _Recorder(Channel):
    """Write messages down; what an address must look like the real channel says."""

    def __init__(self, name: str, real: Channel, sent: list[SentMessage]) -> None:
        super().__init__(real.settings)
        self._name, self._real, self._sent = name, real, sent

    def check_target(self, target: str) -> None:
        """Raise BadTarget as the real channel does."""
        self._real.check_target(target)

    def send(self, outgoing: Outgoing) -> None:
        """Write a message down."""
        m = outgoing.message
        self._sent.append(
            SentMessage(self._name, outgoing.target, m.subject, m.text, m.data, outgoing.about)
        )


class _Recorders(Channels):
    """The channels of a kernel, each with its recorder in front."""

    def __init__(self, backing: Backing, sent: list[SentMessage]) -> None:
        self._plugins, self._host = backing.kernel.channels, backing.kernel.settings
        super().__init__({**BUILT_IN, **self._plugins}, self._host)  # type: ignore[dict-item]
        self._sent = sent
        self._recorders: dict[str, Channel] = {}

    def __getitem__(self, name: str) -> Channel:
        """Return a recorder; raise UnknownChannel."""
        if name not in self._recorders:
            kind: Any = self._plugins.get(name) or BUILT_IN.get(name)
            if kind is None:
                return super().__getitem__(name)  # which raises
            made = resolve("core", kind, f"channel {name}") if isinstance(kind, str) else kind
            self._recorders[name] = _Recorder(name, made(self._host), self._sent)
        return self._recorders[name]


def _heard(_context: object, _refs: object) -> None:
    """Do nothing: the row of the job is what tells of the event."""


@dataclass
class WatchedOutbox:
    """What a kernel's code sent: jobs, messages, events. backing: whose code sends here.

    by_clock: jobs with a cron line run too when they are due. It is for tests whose clock stands
    still: else a minute that ends in between would decide. Make one with `watch`.
    """

    backing: Backing
    messages: list[SentMessage]
    """What was sent to people, in order; a message is sent by a job: call `run_jobs` first."""
    by_clock: bool = False
    ran: Counter[str] = field(default_factory=Counter)
    """How often jobs of each name ran."""

    def __post_init__(self) -> None:
        own = self.backing
        self._work = Work(
            database=own.database,
            files=own.files,
            queue=own.queue,
            jobs=own.jobs,
            context=own._context,
            carrier=own.carrier,
            outbox=own.outbox,
        )
        timezone = own.kernel.region.timezone
        self._schedule = Schedule(list(own.jobs.values()), own.queue, timezone)
        # The first look only remembers which ticks are past: from now on those to come count.
        self._tick()

    @property
    def events(self) -> list[Event]:
        """Return every event that was emitted and committed, in order."""
        return [from_refs(row.refs) for row in self._rows(JobRow.name == HEARD)]

    @property
    def jobs(self) -> list[WaitingJob]:
        """Return the jobs that wait, the next first; also those that are not due yet."""
        rows = self._rows(JobRow.name != HEARD, JobRow.state == "waiting")
        found = [
            WaitingJob(r.name, r.key, r.refs, r.run_at, r.attempts, r.last_error) for r in rows
        ]
        return sorted(found, key=lambda job: job.at)

    def run_jobs(self, *, fail: bool = True) -> int:
        """Run every job that is due, and those that these enqueue, to the end; return how many.

        They run one after the other, here. JobsFailed when a handler raised, once all have run;
        fail: False lets that pass: such a job waits for its next try, see `jobs`.
        """
        self._tick()
        errors: list[str] = []
        before = sum(self.ran.values())
        while found := self._due():
            for row in found:
                self._work.run(row.id)
                if row.name != HEARD:
                    self.ran[row.name] += 1
                errors += self._error(row)
            if sum(self.ran.values()) - before > MANY:
                raise JobsFailed(f"more than {MANY} jobs ran: they enqueue one another")
        if errors and fail:
            raise JobsFailed("jobs failed:\n" + "\n".join(errors))
        return sum(self.ran.values()) - before

    def _tick(self) -> None:
        if self.by_clock:
            self._schedule.enqueue_due(self.backing.database, _now())

    def _due(self) -> list[JobRow]:
        def look(session: Session) -> list[JobRow]:
            ids = ledger.due(session, tuple(self.backing.jobs), _now(), AT_ONCE)
            rows = session.scalars(select(JobRow).where(JobRow.id.in_(ids)))
            return sorted(rows, key=lambda row: ids.index(row.id))

        return self._database.read_now(look)

    def _error(self, row: JobRow) -> Iterator[str]:
        after = self._database.read_now(lambda s: s.get_one(JobRow, row.id))
        if after.state != "done":
            yield f"  {after.name} {after.key!r} {dict(after.refs)}: {after.last_error}"

    @property
    def _database(self) -> Database:
        return self.backing.database

    def _rows(self, *where: Any) -> list[JobRow]:
        query = select(JobRow).where(*where).order_by(JobRow.id)
        return self._database.read_now(lambda s: list(s.scalars(query)))


def open_watched(
    kernel: Kernel, url: URL, folder: Path, *, by_clock: bool = False
) -> WatchedOutbox:
    """Open a migrated database of a kernel with all that its app works with, and watch it.

    folder: for files. Close it by `backing.database.close_now()`.
    """
    backing = connect(kernel, url, open_files(folder), Cipher([KEY]))
    return watch(backing, by_clock=by_clock)


def watch(backing: Backing, *, by_clock: bool = False) -> WatchedOutbox:
    """Let a backing tell what is sent; use the one in the answer from now on."""
    sent: list[SentMessage] = []
    hear = WiredJob("", Job(HEARD, f"{__name__}:_heard"), _heard)
    jobs = {**backing.jobs, HEARD: hear}
    queue = Queue(jobs, backing.carrier)
    outbox = replace(
        backing.outbox,
        queue=queue,
        channels=_Recorders(backing, sent),
        listeners=(*backing.outbox.listeners, LISTENER),
    )
    watched = replace(backing, jobs=jobs, queue=queue, outbox=outbox)
    return WatchedOutbox(watched, sent, by_clock)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
