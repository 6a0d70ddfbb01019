"""Memory: kept while no commit touched the tag, and never a moment longer."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp.storage import Database, open_database, touch
from civicapp.storage.memory import remembered

COUNT = text("SELECT count(*) FROM core_attempt")
ADD = text("INSERT INTO core_attempt (key, level, at) VALUES (:k, 0, '2026-01-01 00:00:00')")
TAG = "test.attempts"


def add(session: Session, key: str, tag: str = TAG) -> None:
    session.execute(ADD, {"k": key})
    touch(session, tag)


class Counting:
    """Read how many rows there are, and count how often that was done."""

    def __init__(self) -> None:
        self.reads = 0

    def load(self, session: Session) -> int:
        self.reads += 1
        return int(session.execute(COUNT).scalar_one())

    def __call__(self, session: Session) -> int:
        return remembered(session, "rows", TAG, self.load)


@contextmanager
def other(url: URL) -> Iterator[Database]:
    """Open the database once more, as another process does."""
    opened = open_database(url)
    try:
        yield opened
    finally:
        opened.close_now()


def on_loop(url: URL, work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = open_database(url)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


def test_what_was_read_is_read_again_after_a_commit_that_touched_its_tag(database_url: URL) -> None:
    rows = Counting()
    with other(database_url) as here, other(database_url) as elsewhere:
        assert [here.read_now(rows), here.read_now(rows)] == [0, 0]
        assert rows.reads == 1
        elsewhere.write_now(add, "a", "test.other")
        assert here.read_now(rows) == 0  # whoever touches another tag is not heard
        elsewhere.write_now(add, "b")
        assert [here.read_now(rows), here.read_now(rows)] == [2, 2]
        assert rows.reads == 2


def test_a_write_that_failed_changes_nothing(database: Database) -> None:
    rows = Counting()

    def fail(session: Session) -> None:
        add(session, "a")
        assert rows(session) == 1  # its own, which nobody else may see
        raise LookupError

    assert database.read_now(rows) == 0
    with pytest.raises(LookupError):
        database.write_now(fail)
    assert database.read_now(rows) == 0
    assert rows.reads == 2


def test_a_session_keeps_to_its_own_state_and_leaves_none_behind(database_url: URL) -> None:
    rows = Counting()
    began, changed = threading.Event(), threading.Event()

    def old(session: Session) -> int:
        session.execute(COUNT).scalar_one()  # from here on it sees one state
        began.set()
        assert changed.wait(60)
        return rows(session)

    with other(database_url) as here, other(database_url) as elsewhere:
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(here.read_now(old)))
        thread.start()
        assert began.wait(60)
        elsewhere.write_now(add, "a")
        changed.set()
        thread.join(60)
        assert found == [0]
        assert here.read_now(rows) == 1


WRITER = """
import sys
from sqlalchemy import text
from civicapp.storage import open_database, touch
database = open_database(sys.argv[1])
def add(session, key):
    session.execute(text(sys.argv[2]), {"k": key})
    touch(session, sys.argv[3])
for line in sys.stdin:
    database.write_now(add, line.strip())
    print("done", flush=True)
database.close_now()
"""


def test_what_another_process_wrote_is_seen_at_once_by_reads_and_writes(database_url: URL) -> None:
    address = database_url.render_as_string(hide_password=False)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, address, str(ADD), TAG],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    pipe, answers, rows = writer.stdin, writer.stdout, Counting()

    async def work(database: Database) -> None:
        for n in range(100):
            print(f"key{n}", file=pipe, flush=True)
            assert answers.readline() == "done\n"
            assert await database.write(rows) == n + 1
            assert await database.read(rows) == n + 1
            assert await database.write(rows) == n + 1
            assert await asyncio.to_thread(database.write_now, rows) == n + 1
            assert await asyncio.to_thread(database.read_now, rows) == n + 1

    with writer, pipe, answers:
        on_loop(database_url, work)


def test_writes_use_what_was_read(database_url: URL) -> None:
    rows = Counting()

    async def work(database: Database) -> None:
        await database.write(add, "a")
        await database.write(rows)
        await database.read(rows)
        before = rows.reads
        assert [await database.write(rows) for _ in range(20)] == [1] * 20
        assert rows.reads == before

    on_loop(database_url, work)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_after_a_write_that_missed_somebody_reads_for_the_next(database_url: URL) -> None:
    rows = Counting()

    async def work(database: Database) -> None:
        for _ in range(1000):
            await database.write(rows)
            if rows.reads == 2:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        before = rows.reads
        assert await database.write(rows) == 0
        assert rows.reads == before

    on_loop(database_url, work)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_writes_at_once_do_not_conflict_by_it(database_url: URL) -> None:
    """Each looks up what it needs, then adds rows to core_change, as a report does."""
    rows, tries = Counting(), 0

    def work(session: Session, n: int) -> None:
        nonlocal tries
        tries += 1
        rows(session)
        touch(session, f"test.other{n}")

    async def all_at_once(database: Database) -> None:
        await database.read(rows)
        for part in range(10):
            await asyncio.gather(*(database.write(work, part * 8 + n) for n in range(8)))

    on_loop(database_url, all_at_once)
    assert tries == 80


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_broken_connection_is_no_stale_answer(database_url: URL) -> None:
    rows = Counting()
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def work(database: Database) -> None:
        await database.read(rows)
        assert await database.write(rows) == 0
        with other(database_url) as elsewhere:
            elsewhere.read_now(lambda s: s.execute(cut).all())
            elsewhere.write_now(add, "a")
        assert await database.write(rows) == 1

    on_loop(database_url, work)
