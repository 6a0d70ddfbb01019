"""What is at the newest state is seen without Alembic, and nothing else is taken for that."""

import subprocess
import sys

import pytest
from sqlalchemy import text

from civicapp.storage import open_database
from civicapp.storage.heads import find_head
from civicapp.storage.lineage import CORE
from civicapp.storage.migrate import is_current, status


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source)
    return folder


def run(session, statement):
    session.execute(text(statement))


@pytest.fixture
def execute_on():
    def execute(url, statement):
        database = open_database(url)
        database.write_now(run, statement)
        database.close_now()

    return execute


FIRST = 'revision = "0001"\ndown_revision = None\n'


@pytest.mark.parametrize(
    ("files", "head"),
    [
        ({"a": FIRST}, "0001"),
        ({"a": FIRST, "b": 'revision: str = "0002"\ndown_revision: str | None = "0001"\n'}, "0002"),
        ({"a": FIRST, "b": 'revision = "0002"\ndown_revision = None\n'}, None),  # two heads
        ({"a": FIRST, "b": 'revision = "0002"\ndown_revision = ("0001",)\n'}, None),
        ({"a": FIRST + 'depends_on = "x"\n'}, None),
        ({"a": FIRST + 'branch_labels = "x"\n'}, None),
        ({"a": "revision = name()\ndown_revision = None\n"}, None),
        ({"a": 'revision = "0001"\n'}, None),
        ({"a": "revision = \n"}, None),
        ({}, None),
    ],
)
def test_the_newest_revision_is_read_from_the_files(tmp_path, files, head):
    assert find_head(write(tmp_path / "versions", **files)) == head


def test_it_is_the_one_that_alembic_finds(database_url):
    (state, *_) = status(database_url, ()).states
    assert find_head(CORE.versions) == state.current


def test_only_a_database_at_the_newest_state_is_current(database_url, make_database, execute_on):
    assert is_current(database_url, ())
    assert not is_current(make_database(None), ())
    for statement in (
        "UPDATE alembic_version_core SET version_num = 'ffff'",
        "DELETE FROM alembic_version_core",
        "DROP TABLE alembic_version_core",
    ):
        execute_on(database_url, statement)
        assert not is_current(database_url, ())


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_queue_that_is_behind_is_not_current(database_url, execute_on):
    execute_on(database_url, "COMMENT ON TABLE procrastinate_jobs IS '00.00.00_01_x'")
    assert not is_current(database_url, ())


START = """
import sys
from pathlib import Path
from civicapp.backing import prepare
from civicapp.kernel import boot
from civicapp.settings import Settings
from civicapp.web import create_app

kernel = boot(sys.argv[1], settings=Settings()).kernel
backing = prepare(kernel, Path(sys.argv[2]))
create_app(kernel, database=backing.database, cipher=backing.cipher)
backing.runner()
backing.database.close_now()
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_a_start_on_sqlite_loads_what_postgresql_and_migrations_need_only_for_these(tmp_path):
    pack = tmp_path / "isle"
    (pack / "content").mkdir(parents=True)
    (pack / "region.yaml").write_text(
        "format: 1\nid: isle\nname: {en: Isle}\ntimezone: UTC\ncurrency: XTS\nlanguages: [en]\n"
    )

    def start():
        done = subprocess.run(
            [sys.executable, "-c", START, str(pack), str(tmp_path / "data")],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return {"alembic", "psycopg", "procrastinate", "holidays"} & set(done.stdout.split())

    assert start() == {"alembic"}  # the first start makes the tables
    assert start() == set()
