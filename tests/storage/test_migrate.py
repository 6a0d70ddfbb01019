import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import URL, text

from civicapp.storage import Database, open_database, service_metadata
from civicapp.storage.guard import APPEND_ONLY
from civicapp.storage.lineage import Lineage
from civicapp.storage.migrate import MigrationFailed, drift, status, upgrade
from civicapp.testing.databases import MakeDatabase

HEAD = """\
import sqlalchemy as sa
from alembic import op
from civicapp.storage.guard import append_only

revision = {revision!r}
down_revision = {down!r}


def upgrade():
"""
MAKE = """\
    op.create_table("shop_item", sa.Column("id", sa.Integer(), primary_key=True))
"""
MAKE_CHILD = """\
    op.create_table(
        "shop_part",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "item",
            sa.Integer(),
            sa.ForeignKey("shop_item.id", ondelete="CASCADE", name=op.f("fk_shop_part_item")),
            nullable=False,
        ),
    )
    op.execute("INSERT INTO shop_item (id) VALUES (1)")
    op.execute("INSERT INTO shop_part (id, item) VALUES (7, 1)")
"""
WIDEN = """\
    with op.batch_alter_table("shop_item") as batch:
        batch.add_column(sa.Column("name", sa.String(20)))
        batch.create_check_constraint(op.f("ck_shop_item_name"), sa.text("name <> 'x'"))
"""
BREAK = """\
    op.create_table("shop_a", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table("shop_b", sa.Column("id", sa.Integer(), primary_key=True))
    raise ZeroDivisionError("half way")
"""


class Shop:
    """A service whose migrations a test writes one by one."""

    def __init__(self, folder: Path, id: str = "shop") -> None:
        self.folder, self.id = folder, id
        folder.mkdir()

    def add(self, body: str) -> None:
        number = len(list(self.folder.glob("*.py"))) + 1
        down = f"{number - 1:04}" if number > 1 else None
        head = HEAD.format(revision=f"{number:04}", down=down)
        (self.folder / f"{number:04}_step.py").write_text(head + body, "utf-8")

    def lineage(self, *tables: str) -> Lineage:
        metadata = service_metadata(self.id)
        for name in tables:
            sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        return Lineage(self.id, self.folder, metadata)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a service without migrations."""
    return Shop(tmp_path / "shop")


def tables(url: URL) -> set[str]:
    database = open_database(url)
    try:
        names = database.read_now(lambda s: sa.inspect(s.connection()).get_table_names())
        return set(names)
    finally:
        database.close_now()


def test_an_empty_database_is_set_up(empty_database_url: URL, counter: Lineage) -> None:
    before = status(empty_database_url, [counter])
    assert before.pending
    assert all(s.current is None for s in before.states)
    upgrade(empty_database_url, [counter])
    after = status(empty_database_url, [counter])
    assert not after.pending
    assert {"core_change", "core_job", "counter_value"} <= tables(empty_database_url)


def test_status_makes_no_file(tmp_path: Path) -> None:
    from civicapp.storage.database import sqlite_url

    file = tmp_path / "no.sqlite3"
    assert status(sqlite_url(file), []).pending
    assert not file.exists()


def test_a_second_run_does_nothing(database_url: URL, counter: Lineage) -> None:
    assert not any(s.pending for s in upgrade(database_url, [counter]))


def test_a_migrated_database_does_not_drift(make_database: MakeDatabase) -> None:
    assert drift(make_database(()), []) == []


def test_drift_is_told(database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    upgrade(database_url, [shop.lineage()])
    assert drift(database_url, [shop.lineage("shop_item")]) == []
    assert drift(database_url, [shop.lineage()]) == ["shop: remove table shop_item"]
    more = shop.lineage("shop_item", "shop_other")
    assert drift(database_url, [more]) == ["shop: add table shop_other"]
    wider = shop.lineage()
    sa.Table(
        "shop_item",
        wider.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
    )
    assert drift(database_url, [wider]) == ["shop: add column shop_item.name"]


def test_a_table_without_its_guard_is_told(database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    lineage = shop.lineage()
    id = sa.Column("id", sa.Integer, primary_key=True)
    sa.Table("shop_item", lineage.metadata, id, info=APPEND_ONLY)
    upgrade(database_url, [lineage])
    assert drift(database_url, [lineage]) == [
        "shop: table shop_item is not guarded against changes"
    ]
    shop.add('    append_only(op, "shop_item")\n')
    upgrade(database_url, [lineage])
    assert drift(database_url, [lineage]) == []


def test_a_migration_that_fails_leaves_nothing(database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    upgrade(database_url, [shop.lineage()])
    before = tables(database_url)
    shop.add(BREAK)
    with pytest.raises(MigrationFailed, match="0002: half way") as caught:
        upgrade(database_url, [shop.lineage()])
    assert caught.value.id == "shop"
    assert tables(database_url) == before
    (state,) = (s for s in status(database_url, [shop.lineage()]).states if s.id == "shop")
    assert (state.current, state.pending) == ("0001", ("0002",))


def test_a_first_migration_that_fails_keeps_what_came_before(
    empty_database_url: URL, shop: Shop
) -> None:
    shop.add(BREAK)
    with pytest.raises(MigrationFailed):
        upgrade(empty_database_url, [shop.lineage()])
    found = tables(empty_database_url)
    assert "core_job" in found
    assert not {"shop_a", "shop_b"} & found


def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    shop.add(MAKE_CHILD)
    shop.add(WIDEN)
    upgrade(database_url, [shop.lineage()])
    database = open_database(database_url)
    parts = text("SELECT id, item FROM shop_part")
    assert database.read_now(lambda s: [tuple(r) for r in s.execute(parts)]) == [(7, 1)]
    database.close_now()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_broken_references_stop_a_migration(database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    shop.add(MAKE_CHILD)
    shop.add('    op.execute("DELETE FROM shop_item")\n')
    with pytest.raises(MigrationFailed, match="shop_part → shop_item"):
        upgrade(database_url, [shop.lineage()])
    assert "shop_part" not in tables(database_url)


def test_a_plugin_that_was_taken_out_blocks_nothing(
    database_url: URL, counter: Lineage, shop: Shop
) -> None:
    shop.add(MAKE)
    assert status(database_url, []).orphans == ("counter",)
    upgrade(database_url, [shop.lineage("shop_item")])
    assert drift(database_url, [shop.lineage("shop_item")]) == []
    assert status(database_url, [counter, shop.lineage()]).orphans == ()


def test_a_database_of_a_newer_program_is_told(database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    upgrade(database_url, [shop.lineage()])
    (shop.folder / "0001_step.py").write_text(
        (HEAD + MAKE).format(revision="9999", down=None), "utf-8"
    )
    found = status(database_url, [shop.lineage()])
    assert found.unknown == ("shop",)
    with pytest.raises(MigrationFailed, match="newer"):
        upgrade(database_url, [shop.lineage()])


MIGRATOR = """
import sys
from pathlib import Path
from civicapp.storage import service_metadata
from civicapp.storage.database import read_url
from civicapp.storage.lineage import Lineage
from civicapp.storage.migrate import upgrade
lineage = Lineage("shop", Path(sys.argv[2]), service_metadata("shop"))
done = upgrade(read_url(sys.argv[1]), [lineage])
print({s.id: len(s.pending) for s in done}["shop"])
"""


def test_of_two_migrators_one_migrates_and_one_waits(empty_database_url: URL, shop: Shop) -> None:
    shop.add(MAKE)
    shop.add("    import time; time.sleep(0.5)\n")
    address = empty_database_url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", MIGRATOR, address, str(shop.folder)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=30) for process in running]
    assert [process.returncode for process in running] == [0, 0], answers
    assert sorted(out.strip() for out, _ in answers) == ["0", "2"]


def test_requests_go_on_while_a_service_is_migrated(
    database_url: URL, database: Database, counter: Lineage, shop: Shop
) -> None:
    shop.add(MAKE + "    import time; time.sleep(0.5)\n")
    migrator = threading.Thread(target=lambda: upgrade(database_url, [counter, shop.lineage()]))
    migrator.start()
    reads = 0
    while migrator.is_alive():
        database.read_now(lambda s: s.execute(text("SELECT count(*) FROM counter_value")).all())
        reads += 1
    assert reads > 20


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_table_in_use_does_not_make_everybody_wait(
    database_url: URL, database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(MAKE)
    upgrade(database_url, [shop.lineage()])
    shop.add('    op.add_column("shop_item", sa.Column("name", sa.String(20)))\n')
    monkeypatch.setattr("civicapp.storage.migrate.TABLE_WAIT", "300ms")
    reading, done = threading.Event(), threading.Event()

    def read(session: sa.orm.Session) -> None:
        session.execute(text("SELECT * FROM shop_item"))
        reading.set()
        done.wait(10)

    reader = threading.Thread(target=lambda: database.read_now(read))
    reader.start()
    reading.wait(5)
    try:
        with pytest.raises(MigrationFailed, match="lock timeout"):
            upgrade(database_url, [shop.lineage()])
    finally:
        done.set()
        reader.join()
    upgrade(database_url, [shop.lineage()])


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_the_tables_of_the_job_engine_come_along_and_forward(
    empty_database_url: URL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from civicapp.storage import queue_schema

    upgrade(empty_database_url, [])
    assert "procrastinate_jobs" in tables(empty_database_url)
    (state,) = (s for s in status(empty_database_url, []).states if s.id == "procrastinate")
    assert state.current
    assert not state.pending
    step = tmp_path / "99.00.00_01_more.sql"
    step.write_text("CREATE TABLE procrastinate_more (id int); SELECT 1 % 2;", "utf-8")
    known = queue_schema._changes()
    monkeypatch.setattr(queue_schema, "_changes", lambda: {**known, step.stem: step})
    assert status(empty_database_url, []).pending
    upgrade(empty_database_url, [])
    assert "procrastinate_more" in tables(empty_database_url)
    assert not status(empty_database_url, []).pending


@pytest.mark.parametrize("name", ["a b", "100%", "x:y", "ü"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    from civicapp.storage.database import sqlite_url

    shop = Shop(tmp_path / name)
    shop.add(MAKE)
    url = sqlite_url(tmp_path / f"{name}.sqlite3")
    upgrade(url, [shop.lineage()])
    assert "shop_item" in tables(url)
