import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp.storage import open_database, touch
from civicapp.storage.changes import compact_changes
from civicapp.storage.database import Database
from civicapp.storage.versions import TagVersions, open_versions

T = TypeVar("T")


def tags(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT tag FROM core_change ORDER BY id")))


def watching(url: URL, work: Callable[[Database, TagVersions], Awaitable[T]]) -> T:
    async def run() -> T:
        database = open_database(url)
        versions = open_versions(database)
        try:
            return await work(database, versions)
        finally:
            await versions.close()
            await database.close()

    return asyncio.run(run())


def test_what_a_write_touched_is_recorded_once_with_it(database: Database) -> None:
    def work(session: Session) -> None:
        touch(session, "b", "a")
        touch(session, "a")

    database.write_now(work)
    assert database.read_now(tags) == ["a", "b"]


def test_a_write_that_fails_records_nothing(database: Database) -> None:
    def fail(session: Session) -> None:
        touch(session, "a")
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(fail)
    assert database.read_now(tags) == []


def test_a_savepoint_that_is_undone_takes_no_tag_of_the_write_along(database: Database) -> None:
    def work(session: Session) -> None:
        touch(session, "outer")
        with pytest.raises(LookupError), session.begin_nested():
            touch_inside(session)

    def touch_inside(session: Session) -> None:
        with session.begin_nested():
            touch(session, "inner")
        raise LookupError

    database.write_now(work)
    assert "outer" in database.read_now(tags)


def test_a_tag_has_a_sensible_length(database: Database) -> None:
    with pytest.raises(ValueError, match="200"):
        database.write_now(touch, "x" * 201)
    with pytest.raises(ValueError, match="200"):
        database.write_now(touch, "")


def test_only_a_commit_that_touched_the_tag_makes_an_entry_stale(database_url: URL) -> None:
    async def work(database: Database, versions: TagVersions) -> list[bool]:
        await database.write(touch, "mine")
        seen = await versions.take(["mine", "never"])
        found = [await versions.valid(seen)]
        await database.write(touch, "other")
        found += [await versions.valid(seen), await versions.valid(seen)]
        await database.write(touch, "never")
        found += [await versions.valid(seen)]
        return found

    assert watching(database_url, work) == [True, True, True, False]


WRITER = """
import sys
from civicapp.storage import open_database, touch
database = open_database(sys.argv[1])
for line in sys.stdin:
    database.write_now(touch, *line.split())
    print("done", flush=True)
database.close_now()
"""


def test_a_write_in_another_process_is_never_missed(database_url: URL) -> None:
    address = database_url.render_as_string(hide_password=False)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    pipe, answers = writer.stdin, writer.stdout

    def write(*names: str) -> None:
        print(*names, file=pipe, flush=True)
        assert answers.readline() == "done\n"

    async def work(_database: Database, versions: TagVersions) -> tuple[int, int]:
        stale = wrong = 0
        for n in range(300):
            seen = await versions.take([f"t{n % 7}", "page"])
            write(f"t{n % 7}")
            stale += await versions.valid(seen)
            seen = await versions.take([f"t{n % 7}", "page"])
            write("elsewhere")
            wrong += not await versions.valid(seen)
        return stale, wrong

    with writer, pipe, answers:
        assert watching(database_url, work) == (0, 0)


def test_readers_at_once_and_a_writer_never_agree_on_old_versions(database_url: URL) -> None:
    async def work(database: Database, versions: TagVersions) -> int:
        stale = 0

        async def read_after(n: int) -> None:
            nonlocal stale
            seen = await versions.take([f"t{n % 3}"])
            await database.write(touch, f"t{n % 3}")
            stale += await versions.valid(seen)

        for _ in range(5):
            await asyncio.gather(*(read_after(n) for n in range(30)))
        return stale

    assert watching(database_url, work) == 0


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_requests_at_once_share_one_question(database_url: URL) -> None:
    async def work(_database: Database, versions: TagVersions) -> int:
        asked = 0
        original = versions._rows  # type: ignore[attr-defined]

        async def counted(wanted: list[str]) -> object:
            nonlocal asked
            asked += 1
            return await original(wanted)

        versions._rows = counted  # type: ignore[attr-defined]
        await asyncio.gather(*(versions.take([f"t{n}"]) for n in range(100)))
        return asked

    assert watching(database_url, work) <= 2


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_broken_connection_is_no_stale_page(database_url: URL, database: Database) -> None:
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def work(_database: Database, versions: TagVersions) -> list[bool]:
        seen = await versions.take(["a"])
        database.read_now(lambda s: s.execute(cut).all())
        found = [await versions.valid(seen)]
        database.write_now(touch, "a")
        return [*found, await versions.valid(seen)]

    assert watching(database_url, work) == [True, False]


def test_compaction_keeps_a_row_and_old_entries_become_stale(database_url: URL) -> None:
    async def work(database: Database, versions: TagVersions) -> list[object]:
        for _ in range(30):
            await database.write(touch, "hot")
        await database.write(touch, "cold")
        hot, cold = await versions.take(["hot"]), await versions.take(["cold"])
        gone = await database.write(compact_changes)
        found = [gone, await versions.valid(hot), await versions.valid(cold)]
        return [*found, sorted(await database.read(tags))]

    assert watching(database_url, work) == [30, False, True, ["cold", "hot"]]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_late_commit_with_a_lower_id_is_not_lost_in_a_compaction(
    database_url: URL, database: Database
) -> None:
    """Keeping the newest old row would bring back the very version that an entry has seen."""
    inserted, may_commit = threading.Event(), threading.Event()

    def late(session: Session) -> None:
        session.execute(text("INSERT INTO core_change (tag) VALUES ('t')"))
        inserted.set()
        may_commit.wait(5)

    slow = threading.Thread(target=lambda: database.write_now(late))
    slow.start()
    inserted.wait(5)

    async def work(other: Database, versions: TagVersions) -> bool:
        await other.write(touch, "t")
        seen = await versions.take(["t"])
        may_commit.set()
        await asyncio.to_thread(slow.join)
        await other.write(compact_changes, 1)
        return await versions.valid(seen)

    assert watching(database_url, work) is False


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_compaction_gives_way_to_a_long_write(database: Database) -> None:
    inserted, may_commit = threading.Event(), threading.Event()

    def long(session: Session) -> None:
        session.execute(text("INSERT INTO core_change (tag) VALUES ('t')"))
        inserted.set()
        may_commit.wait(10)

    slow = threading.Thread(target=lambda: database.write_now(long))
    slow.start()
    inserted.wait(5)
    try:
        assert database.write_now(compact_changes, 0) == 0
    finally:
        may_commit.set()
        slow.join()
