"""`civicapp db` and `worker`: what they print, and their exit codes."""

import importlib
import subprocess
import sys
from typing import NamedTuple

import pytest

from civicapp.__main__ import run


@pytest.fixture
def database_kind() -> str:
    """The commands do the same on both; that PostgreSQL is refused stands in test_processes."""
    return "sqlite"


@pytest.fixture
def command(empty_isle, monkeypatch, capsys):
    """Run a command in this process, with the plugin's files as they are now."""
    monkeypatch.chdir(empty_isle.folder)
    monkeypatch.syspath_prepend(str(empty_isle.folder / "site"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def call(*args: str) -> Done:
        for name in [name for name in sys.modules if name.split("_")[0].startswith("keeper")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        code = run(list(args))
        return Done(code, *capsys.readouterr())

    return call


class Done(NamedTuple):
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def test_status_upgrade_and_check_tell_what_there_is(empty_isle, command):
    before = command("db", "status", "isle")
    assert before.returncode == 2
    assert before.stdout.splitlines()[0] == "sqlite:///.civicapp/isle/civicapp.sqlite3"
    assert before.stdout.splitlines()[-1] == "keeper: has no tables yet; to come: 0001"
    assert not (empty_isle.folder / ".civicapp").exists(), "looking makes nothing"
    done = command("db", "upgrade", "isle")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "keeper: ran 0001"
    assert command("db", "upgrade", "isle").stdout.endswith("keeper: up to date at 0001\n")
    after = command("db", "status", "isle")
    assert (after.returncode, after.stdout.splitlines()[-1]) == (0, "keeper: at 0001")
    checked = command("db", "check", "isle")
    assert checked.returncode == 0
    assert checked.stdout.endswith("as the models say\n")


def test_a_migration_that_fails_is_told(empty_isle, command):
    name = "site/keeper_parts/migrations/0001_first.py"
    first = (empty_isle.folder / name).read_text("utf-8")
    empty_isle.write(name, first + "    raise RuntimeError('no')\n")
    for words in (("db", "upgrade", "isle"), ("serve", "isle", "--port", "0")):
        done = command(*words)
        assert done.returncode == 2
        assert "migration-failed migration of keeper: 0001: no" in done.stderr
        assert "Traceback" not in done.stderr
    empty_isle.write(name, first)
    assert command("db", "upgrade", "isle").stdout.endswith("keeper: ran 0001\n")


def test_drift_is_told_and_drafted(empty_isle, command):
    assert command("db", "upgrade", "isle").returncode == 0
    nothing = command("db", "draft", "isle", "keeper", "Add nothing")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    parts = "site/keeper_parts/parts.py"
    old = (empty_isle.folder / parts).read_text("utf-8")
    column = 'entry = sa.Table("keeper_entry", metadata, sa.Column("at", Instant), '
    new = old.replace('entry = sa.Table("keeper_entry", metadata, ', column)
    empty_isle.write(parts, "from civicapp import Instant\n" + new)
    drifted = command("db", "check", "isle")
    assert (drifted.returncode, drifted.stdout) == (2, "keeper: add column keeper_entry.at\n")
    drafted = command("db", "draft", "isle", "keeper", "Add the time of entries.")
    assert drafted.returncode == 0, drafted.stderr
    file = empty_isle.folder / "site/keeper_parts/migrations/0002_add_the_time_of_entries.py"
    assert drafted.stdout.strip() == str(file)
    written = file.read_text("utf-8")
    assert "from civicapp import Instant" in written
    assert "sa.Column('at', Instant(), nullable=True)" in written
    assert command("db", "upgrade", "isle").stdout.endswith("keeper: ran 0002\n")
    assert command("db", "check", "isle").returncode == 0


@pytest.mark.parametrize("what", ["upgrade", "status", "check"])
def test_a_wrong_address_is_told(command, what):
    done = command("db", what, "isle", "--database", "mysql://u:hush@h/d")
    assert done.returncode == 2
    assert "not `mysql`" in " ".join(done.stderr.split())
    assert "hush" not in done.stderr + done.stdout


def test_a_region_with_faults_is_told_as_check_does(empty_isle, command):
    empty_isle.write("regions/isle/region.yaml", "format: 1\n")
    checked = command("check", "isle")
    for words in (("db", "status", "isle"), ("worker", "isle")):
        done = command(*words)
        assert (done.returncode, done.stdout) == (2, checked.stdout)


def test_help_of_the_commands_loads_no_database(empty_isle):
    script = (
        "import sys\nfrom civicapp.__main__ import run\n"
        "sys.argv = ['civicapp', '--help']\nrun(['--help'])\n"
        "heavy = ('sqlalchemy', 'alembic', 'procrastinate', 'psycopg')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=empty_isle.environment,
    )
    assert done.stdout.endswith("[]\n")
    assert "worker" in done.stdout
