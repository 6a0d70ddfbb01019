"""The runner of SQLite: one loop that begins what is due, each job in a thread of its own.

It learns of new jobs, also from other processes, by looking at the stamp of the file a few times a
second: that takes microseconds. Of several processes on one file one holds a lock and runs the
jobs, the others stand by.
"""

import datetime
import fcntl
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import IO

import structlog

from civicapp.jobs import ledger
from civicapp.jobs.schedule import Schedule
from civicapp.jobs.work import Work, in_thread
from civicapp.storage.sqlite import FileStamp

LOOK = 0.1  # seconds between looks at the file
CLOCK = 1.0  # seconds between looks at the clock
RECOVER = 60.0  # seconds between searches for jobs whose end could not be written down
AFTER_ERROR = 2.0


class EmbeddedRunner:
    """Run the jobs of a SQLite database."""

    def __init__(self, work: Work, schedule: Schedule, *, concurrency: int = 2) -> None:
        self._work, self._schedule, self._concurrency = work, schedule, concurrency
        self._names = tuple(work.jobs)
        self._running: dict[int, Future[None]] = {}
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="civicapp jobs", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Begin no more jobs and wait for those under way; False when time ran out."""
        until = time.monotonic() + timeout
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        for future in list(self._running.values()):
            with suppress(Exception):
                future.result(max(0, until - time.monotonic()))
        return not self._running

    def _run(self) -> None:
        with self._lock_file() as lock:
            if not self._wait_for(lock):
                return
            stamp = FileStamp(self._work.database.url)
            try:
                while not self._stopping.is_set():
                    try:
                        self._serve(stamp)
                    except Exception:
                        # A full disk, say: the jobs wait, and the log tells why.
                        structlog.get_logger().exception("jobs_interrupted")
                        self._stopping.wait(AFTER_ERROR)
            finally:
                stamp.close()
                self._drain()

    def _lock_file(self) -> IO[str]:
        return Path(f"{self._work.database.url.database}-jobs.lock").open("a", encoding="utf-8")

    def _wait_for(self, lock: IO[str]) -> bool:
        """Wait until no other process runs the jobs of this file; False when told to stop."""
        told = False
        while not self._stopping.is_set():
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            if not told:
                structlog.get_logger().info("jobs_run_in_another_process")
                told = True
            self._stopping.wait(0.5)
        return False

    def _serve(self, stamp: FileStamp) -> None:
        """Look and begin, until told to stop or an error comes."""
        seen, clock, swept = -1, 0.0, 0.0
        wanted: datetime.datetime | None = None
        while not self._stopping.is_set():
            self._wake.clear()
            now, ticks = datetime.datetime.now(datetime.UTC), time.monotonic()
            if ticks - swept >= RECOVER or not swept:
                self._work.database.write_now(ledger.recover, list(self._running))
                swept = ticks
            if ticks - clock >= CLOCK or not clock:
                self._schedule.enqueue_due(self._work.database, now)
                clock = ticks
            free = self._concurrency - len(self._running)
            if free and (stamp.read() != seen or (wanted and wanted <= now)):
                # The stamp first: a commit during the search is then looked at again.
                seen = stamp.read()
                self._begin(now, free)
                wanted = self._work.database.read_now(ledger.next_due, self._names)
            self._wake.wait(LOOK)

    def _begin(self, now: datetime.datetime, free: int) -> None:
        found = self._work.database.read_now(ledger.due, self._names, now, self._concurrency)
        for id in [id for id in found if id not in self._running][:free]:
            self._running[id] = future = in_thread(lambda id=id: self._work.run(id))  # type: ignore[misc]
            future.add_done_callback(lambda done, id=id: self._ended(id, done))  # type: ignore[misc]

    def _ended(self, id: int, done: "Future[None]") -> None:
        if error := done.exception():
            structlog.get_logger().error("job_end_not_written", id=id, exc_info=error)
        self._running.pop(id, None)
        self._wake.set()

    def _drain(self) -> None:
        """Keep the lock while jobs are under way: another process would begin them again."""
        while self._running:
            self._wake.clear()
            self._wake.wait(LOOK)
