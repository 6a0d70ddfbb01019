"""Jobs: does a process run them, does one wait in vain, did one fail?"""

import fcntl
import shlex
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp.doctor.database import migrated
from civicapp.doctor.finding import Finding, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.server import psql
from civicapp.jobs.ledger import LATE, JobHealth, job_health
from civicapp.storage.database import open_database

ALIVE = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 s'"
FAILED = "SELECT name, key, attempts, last_error FROM core_job WHERE state = 'failed'"
STUCK = "SELECT name, key, created_at FROM core_job WHERE state = 'waiting' ORDER BY name"


def check_jobs(host: Host) -> Iterator[Finding]:
    """Look at the ledger of jobs, and for signs of life of what runs them."""
    kernel, url = host.kernel, host.url if migrated(host) else None
    if kernel is None or url is None:
        command = host.on_database("db", "status", host.name)
        yield skipped("there is no database with jobs", command)
        return
    database = open_database(url)
    try:
        health = database.read_now(job_health, tuple(kernel.jobs), host.now())
        alive = _locked(url) if database.is_sqlite else database.read_now(_beating)
    finally:
        database.close_now()
    found = [*_alive(host, health, alive), *_wrong(url, health)]
    yield from found
    if not found:
        yield ok("a process runs them, none waits for long, none failed")


def _alive(host: Host, health: JobHealth, alive: bool) -> Iterator[Finding]:
    worker = host.on_database("worker", host.name)
    if host.is_image:
        worker = "docker compose up --detach worker"
    elif host.in_unit:
        worker = f"systemctl restart civicapp-{host.region_id}-worker"
    minutes = round(LATE.total_seconds() / 60)
    if health.late:
        why = "the process that runs jobs does not keep up" if alive else "no process runs jobs"
        many = "1 job waits" if health.late == 1 else f"{health.late} jobs wait"
        yield error(f"{many} for more than {minutes} minutes: {why}", worker)
    elif not alive:
        yield warning("no process runs jobs", worker)


def _wrong(url: URL, health: JobHealth) -> Iterator[Finding]:
    if health.failed:
        yield warning(f"given up after the last try: {_counts(health.failed)}", _query(url, FAILED))
    if health.stuck:
        what = f"waiting under a name that no enabled service has: {_counts(health.stuck)}"
        yield warning(what, _query(url, STUCK))


def _counts(by_name: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in by_name.items())


def _query(url: URL, query: str) -> str:
    if url.drivername == "sqlite":
        return shlex.join(["sqlite3", "-readonly", str(url.database), query])
    return psql(url, query)


def _beating(session: Session) -> bool:
    return bool(session.execute(text(ALIVE)).scalar_one())


def _locked(url: URL) -> bool:
    """Tell whether a process holds the lock of those that run jobs on a SQLite file."""
    path = Path(f"{url.database}-jobs.lock")
    try:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # there was never one
    return False
