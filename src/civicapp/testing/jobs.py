"""Jobs that write down that they ran, and a world to run them in: for tests of the background.

`python -m civicapp.testing.jobs URL FOLDER graceful|killed` is a worker process of such a world.
"""

import gettext
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp.context import Context
from civicapp.jobs.carrier import ProcrastinateCarrier
from civicapp.jobs.context import JobContext
from civicapp.jobs.queue import Queue
from civicapp.jobs.runner import Runner
from civicapp.jobs.schedule import Schedule
from civicapp.jobs.wired import WiredJob
from civicapp.jobs.work import Work
from civicapp.service import Job
from civicapp.storage import Database, open_database
from civicapp.storage.database import read_url
from civicapp.storage.files import open_files

TABLES = """\
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "tally_run",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("worker", sa.String(40), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table("tally_item", sa.Column("key", sa.String(40), primary_key=True))
"""
Handler = Callable[[JobContext, Mapping[str, str | int]], None]


def write_down(session: Session, job: str, key: str, worker: str) -> None:
    """Write down that a job ran."""
    session.execute(
        text("INSERT INTO tally_run (id, job, key, worker, at) VALUES (:i, :j, :k, :w, :a)"),
        {"i": secrets.token_hex(16), "j": job, "k": key, "w": worker, "a": time.time()},
    )


def count(context: JobContext, _refs: Mapping[str, str | int]) -> None:
    """Be a job that works."""
    context.db.write_now(write_down, context.job, context.key, str(os.getpid()), alone=False)


def slow(context: JobContext, refs: Mapping[str, str | int]) -> None:
    """Be a job that takes its time."""
    time.sleep(int(refs.get("ms", 30)) / 1000)
    count(context, refs)


def broken(context: JobContext, refs: Mapping[str, str | int]) -> None:
    """Be a job that works at the `good`-th try only."""
    count(context, refs)
    if context.attempt < int(refs.get("good", 1000)):
        raise ValueError(f"try {context.attempt}, last: {context.last}")


def deadly(context: JobContext, refs: Mapping[str, str | int]) -> None:
    """Be a job that takes its process along."""
    count(context, refs)
    os.kill(os.getpid(), 9)


def job(name: str, run: Handler, **more: Any) -> WiredJob:
    """Make a job of the service."""
    return WiredJob("tally", Job(f"tally.{name}", "", **{"wait": 0.05, **more}), run)


STANDARD = (
    job("count", count),
    job("slow", slow),
    job("broken", broken, retries=3),
    job("deadly", deadly, retries=1),
)


@dataclass
class World:
    """A queue, a database, and runners that are stopped at the end of the test."""

    database: Database
    queue: Queue
    work: Work
    timezone: str = "Etc/GMT-7"
    runners: list[Runner] = field(default_factory=list)

    def runner(self, **options: Any) -> Runner:
        """Make and start a runner that is quicker than in earnest."""
        schedule = Schedule(list(self.work.jobs.values()), self.queue, self.timezone)
        if self.database.is_sqlite:
            from civicapp.jobs.embedded import EmbeddedRunner

            runner: Runner = EmbeddedRunner(self.work, schedule, **options)
        else:
            from civicapp.jobs.worker import ProcrastinateRunner

            quick = {"beat": 0.5, "poll": 0.1}
            runner = ProcrastinateRunner(self.work, schedule, **{**quick, **options})
        runner.start()
        self.runners.append(runner)
        return runner

    def enqueue(self, name: str, key: str, **more: Any) -> bool:
        """Enqueue a job in a transaction of its own."""
        at = more.pop("at", None)
        return self.database.write_now(
            lambda s: self.queue.enqueue(s, f"tally.{name}", key, more, at=at)
        )

    def runs(self, name: str | None = None) -> list[str]:
        """Return the keys of the jobs that ran, in order."""
        query = "SELECT key FROM tally_run WHERE job = :j OR :j IS NULL ORDER BY at"
        if not self.database.is_sqlite:
            query = query.replace(":j IS NULL", "CAST(:j AS text) IS NULL")
        wanted = {"j": name and f"tally.{name}"}
        return self.database.read_now(lambda s: list(s.scalars(text(query), wanted)))

    def state(self, name: str, key: str) -> tuple[str, int, str | None]:
        """Return how a job stands: state, attempts, last error."""
        query = text(
            "SELECT state, attempts, last_error FROM core_job WHERE name = :n AND key = :k"
        )
        wanted = {"n": f"tally.{name}", "k": key}
        row = self.database.read_now(lambda s: s.execute(query, wanted).one())
        return row[0], row[1], row[2]

    def wait(self, true: Callable[[], object], seconds: float = 30) -> None:
        """Wait until something is true."""
        until = time.monotonic() + seconds
        while not true():
            if time.monotonic() > until:
                raise TimeoutError("it did not come true")
            time.sleep(0.02)

    def close(self) -> None:
        """Stop every runner and close the database."""
        for runner in self.runners:
            runner.stop(5)
        self.database.close_now()


def make_world(url: URL, folder: Path, jobs: Iterable[WiredJob] = STANDARD) -> World:
    """Make a world on a database."""
    known = {wired.name: wired for wired in jobs}
    database = open_database(url)
    carrier = None if database.is_sqlite else ProcrastinateCarrier(url)
    queue = Queue(known, carrier)
    files = open_files(folder)
    none: Any = None
    context = Context(
        region=none, service="tally", language="en", translations=gettext.NullTranslations()
    )
    work = Work(database, files, queue, known, lambda _: context, carrier)
    return World(database, queue, work)


def main() -> None:
    """Run the jobs of a database until killed: a worker process."""
    url, folder, mode = read_url(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    world = make_world(url, folder)
    runner = world.runner()
    print("started", flush=True)
    if mode == "graceful":
        sys.stdin.readline()
        print(runner.stop(10), flush=True)
    else:
        time.sleep(60)


if __name__ == "__main__":
    main()
