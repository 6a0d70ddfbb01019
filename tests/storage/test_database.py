import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from civicapp.storage import BadUrl, DatabaseBusy, DatabaseFull, DatabaseGone, open_database
from civicapp.storage.database import Database, sqlite_url
from civicapp.storage.errors import translated

T = TypeVar("T")


def add(session: Session, code: str, words: str = "x") -> None:
    session.execute(
        text("INSERT INTO counter_entry (code, text) VALUES (:c, :t)"), {"c": code, "t": words}
    )


def count(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM counter_entry")).scalar_one())


def begin_counting(session: Session) -> None:
    session.execute(text("INSERT INTO counter_value (id, n) VALUES (1, 0)"))


def increase(session: Session) -> int:
    n = int(session.execute(text("SELECT n FROM counter_value WHERE id = 1")).scalar_one())
    session.execute(text("UPDATE counter_value SET n = :n WHERE id = 1"), {"n": n + 1})
    return n + 1


def on_loop(url: URL, work: Callable[[Database], Awaitable[T]]) -> T:
    """Run on a loop with a database of its own."""

    async def run() -> T:
        database = open_database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def test_a_write_is_read_by_all_ways_of_reading(database_url: URL) -> None:
    async def work(database: Database) -> list[int]:
        await database.write(add, "a")
        await database.write(add, "b", "two")
        return [
            await database.read(count),
            await database.read(count, slow=True),
            await asyncio.to_thread(database.read_now, count),
        ]

    assert on_loop(database_url, work) == [2, 2, 2]


def test_the_ways_of_commands_do_the_same(database: Database) -> None:
    database.write_now(add, "a")
    database.write_now(add, "b", alone=False)
    assert database.read_now(count) == 2


def test_200_read_modify_writes_at_once_lose_none(database_url: URL) -> None:
    async def work(database: Database) -> list[int]:
        await database.write(begin_counting)
        return await asyncio.gather(*(database.write(increase) for _ in range(200)))

    assert sorted(on_loop(database_url, work)) == list(range(1, 201))


def test_threads_and_loop_together_lose_none(database_url: URL) -> None:
    async def work(database: Database) -> list[int]:
        await database.write(begin_counting)
        threads = [asyncio.to_thread(database.write_now, increase) for _ in range(30)]
        return await asyncio.gather(*threads, *(database.write(increase) for _ in range(30)))

    assert sorted(on_loop(database_url, work)) == list(range(1, 61))


def test_what_a_failing_write_did_is_gone(database_url: URL) -> None:
    def fail(session: Session) -> None:
        add(session, "a")
        raise LookupError("no")

    def twice(session: Session) -> None:
        add(session, "b")
        add(session, "b")

    async def work(database: Database) -> int:
        with pytest.raises(LookupError):
            await database.write(fail)
        with pytest.raises(IntegrityError):
            await database.write(twice)
        return await database.read(count)

    assert on_loop(database_url, work) == 0


def test_a_savepoint_undoes_a_part(database: Database) -> None:
    def work(session: Session) -> None:
        add(session, "a")
        with pytest.raises(IntegrityError), session.begin_nested():
            add(session, "a")
        add(session, "b")

    database.write_now(work)
    assert database.read_now(count) == 2


@pytest.mark.parametrize("name", ["commit", "rollback"])
def test_a_service_function_never_ends_its_transaction(database: Database, name: str) -> None:
    def work(session: Session) -> None:
        add(session, "a")
        getattr(session, name)()

    with pytest.raises(RuntimeError, match="never"):
        database.write_now(work)
    assert database.read_now(count) == 0


def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        database.read_now(add, "a")
    assert database.read_now(count) == 0


def test_a_read_sees_one_state(database: Database) -> None:
    def twice(session: Session) -> tuple[int, int]:
        before = count(session)
        database.write_now(add, "late")
        return before, count(session)

    assert database.read_now(twice) == (0, 0)
    assert database.read_now(count) == 1


def test_objects_outlive_their_session(database: Database) -> None:
    rows = database.read_now(lambda s: s.execute(text("SELECT 1 AS one")).all())
    assert rows[0].one == 1


LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(1)
connection.execute("COMMIT")
"""


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_lock_of_another_process_never_stops_the_loop(database_url: URL) -> None:
    async def ticks(gaps: list[float]) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - before)

    async def work(database: Database) -> tuple[float, float, int]:
        await database.read(count)
        await database.write(add, "first")
        locker = subprocess.Popen(
            [sys.executable, "-c", LOCKER, str(database_url.database)], stdout=subprocess.PIPE
        )
        assert locker.stdout is not None
        with locker, locker.stdout:
            await asyncio.to_thread(locker.stdout.readline)
            gaps: list[float] = []
            clock = asyncio.create_task(ticks(gaps))
            began = time.perf_counter()
            writing = asyncio.create_task(database.write(add, "second"))
            await asyncio.sleep(0.1)
            seen = await database.read(count)
            await writing
            took = time.perf_counter() - began
            clock.cancel()
        return took, max(gaps), seen

    took, gap, seen = on_loop(database_url, work)
    assert took > 0.5, "the lock was not held"
    assert gap < 0.3, f"the loop stood still for {gap:.2f} s"
    assert seen == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_write_within_a_write_is_refused_instead_of_waiting_for_itself(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError, match="wait for itself"):
        database.write_now(lambda _: database.write_now(count))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_connection_keeps_the_promises(database: Database) -> None:
    def pragmas(session: Session) -> dict[str, int | str]:
        names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        return {n: session.execute(text(f"PRAGMA {n}")).scalar_one() for n in names}

    promised = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }
    assert database.read_now(pragmas) == promised
    assert database.write_now(pragmas) == promised


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_full_disk_is_told_as_such_and_saves_nothing(database: Database) -> None:
    def fill(session: Session) -> None:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages + 1}"))
        for n in range(5000):
            add(session, f"{n}", "x" * 20)

    with pytest.raises(DatabaseFull):
        database.write_now(fill)
    assert database.read_now(count) == 0


def test_a_lock_that_stays_is_told_as_busy(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN IMMEDIATE")
    waiter = sqlite3.connect(file, isolation_level=None, timeout=0.05)
    with pytest.raises(DatabaseBusy), translated():
        waiter.execute("BEGIN IMMEDIATE")
    holder.close()
    waiter.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_broken_connections_are_made_anew(database_url: URL, database: Database) -> None:
    def cut(session: Session) -> int:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
        return int(
            session.execute(
                text(f"{query} datname = current_database() AND pid <> pg_backend_pid()")
            ).scalar_one()
        )

    async def work(other: Database) -> int:
        await other.write(add, "a")
        assert database.read_now(cut) == 1
        await other.write(add, "b")
        assert database.read_now(cut) == 1
        return await other.read(count)

    assert on_loop(database_url, work) == 2
    assert database.read_now(count) == 2


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_database_that_went_away_is_told_as_gone(database: Database) -> None:
    def cut_off(session: Session) -> None:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DatabaseGone):
        database.write_now(cut_off)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://host/db", "not `mysql`"),
        ("postgresql://host", "names no database"),
        ("sqlite://", "wants a file"),
        ("nonsense", "wants an address"),
        ("postgresql://user:hush@host:port/db", "wants an address"),
    ],
)
def test_a_wrong_address_is_explained_without_its_password(address: str, says: str) -> None:
    with pytest.raises(BadUrl, match=says) as caught:
        open_database(address)
    assert "hush" not in str(caught.value)


def test_short_forms_of_addresses_are_known() -> None:
    assert open_database("postgres://u:p@h/d").url.drivername == "postgresql+psycopg"
    assert "hush" not in str(open_database("postgres://u:hush@h/d").url)
    assert sqlite_url(Path("/a b/c#d?.sqlite3")).database == "/a b/c#d?.sqlite3"
