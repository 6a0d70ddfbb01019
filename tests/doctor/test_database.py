"""The database on both kinds, its clock, and the jobs in it."""

import datetime
import fcntl
import json
import os
import shutil
import socket
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text

from civicapp.doctor import clock, database
from civicapp.storage import open_database

PASSWORD = "p@ss:w/rd%41 +#?'"
NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def ready(world, database_kind, make_database, address):
    """Return the bundle with a migrated database; its address."""
    url = make_database(())
    world.set(CIVICAPP_DATABASE=address(url))
    return url


@pytest.fixture
def postgres_url(postgres, address, world):
    """Return the address of a migrated PostgreSQL database, which is the bundle's."""
    url = postgres.make(())
    world.set(CIVICAPP_DATABASE=address(url))
    yield url
    postgres.drop(url)


@pytest.fixture
def file(world, sqlite_files, tmp_path):
    """Return the migrated SQLite file of the bundle."""
    url = sqlite_files.make(())
    path = tmp_path / "data/civicapp.sqlite3"
    shutil.move(str(url.database), path)
    return path


def write(url, statement, **values):
    opened = open_database(url)
    opened.write_now(lambda session: session.execute(text(statement), values))
    opened.close_now()


def test_a_database_that_is_ready(world, ready):
    usable, tables = world.found("database", "migrations")
    assert usable.startswith(("ok PostgreSQL ", "ok SQLite, whole: "))
    assert tables.startswith("ok tables of core")


def test_migrations_to_come_are_told_with_their_command(
    world, database_kind, make_database, address
):
    world.set(CIVICAPP_DATABASE=address(make_database(None)))
    found = world.only("migrations")
    if database_kind == "sqlite":
        assert found == "ok the first start makes the tables of core"
    else:
        assert found.startswith("error to come: core, procrastinate")
        assert found.endswith(f" → civicapp db upgrade {world.folder}")
    assert world.only("jobs").startswith("skipped there is no database with jobs → civicapp db")


def test_a_database_of_a_newer_version_is_told(world, ready):
    write(ready, "UPDATE alembic_version_core SET version_num = 'ffff'")
    found = world.only("migrations")
    assert found.startswith("error a newer version of the program has migrated core")
    assert found.endswith(f" → civicapp db status {world.folder}")


def test_what_was_typed_is_typed_again(world, ready, address):
    write(ready, "UPDATE alembic_version_core SET version_num = 'ffff'")
    given = address(ready)
    world.unset("CIVICAPP_DATABASE")
    found = world.only("migrations", address=given, data=Path("there"))
    assert found.endswith(f"civicapp db status {world.folder} --data there --database …")


# PostgreSQL


def test_a_host_that_nobody_knows(world):
    world.set(CIVICAPP_DATABASE="postgresql://keeper@db.invalid/isle")
    found = world.found("database", "migrations", "clock", "jobs")
    assert found[0].startswith("error the host of the database is unknown: db.invalid")
    assert found[0].endswith("getent hosts db.invalid")
    assert [line.partition(" ")[0] for line in found[1:]] == ["skipped"] * 3 + ["ok", "skipped"]


def test_a_server_that_does_not_answer(world, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.set(CIVICAPP_DATABASE=f"postgresql://keeper@127.0.0.1:{port}/isle")
    found = world.only("database")
    assert f"error the database does not answer: 127.0.0.1, port {port}: " in found
    assert found.endswith("systemctl start postgresql")
    world.set(CIVICAPP_DATABASE=f"postgresql:///isle?host={tmp_path}")
    assert world.only("database").startswith(
        f"error no PostgreSQL listens in {tmp_path} → systemctl"
    )


def test_a_server_that_stays_silent_is_waited_for_with_an_end(world):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        world.set(CIVICAPP_DATABASE=f"postgresql://keeper@127.0.0.1:{port}/isle")
        assert world.only("database").startswith("error ")


def test_a_database_that_is_not_there(world, postgres, address):
    gone = postgres.server.set(database="civicapp_test_gone")
    world.set(CIVICAPP_DATABASE=address(gone))
    found = world.only("database")
    assert found.startswith("error there is no database `civicapp_test_gone` on ")
    assert " → createdb --host=" in found
    assert found.endswith(f"--template=template0 --owner={gone.username} civicapp_test_gone")


def test_a_database_that_is_not_text_in_utf8(world, postgres, execute, address):
    name = "civicapp_test_ascii"
    execute(
        postgres.server,
        f"DROP DATABASE IF EXISTS {name}",
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
        " LOCALE_PROVIDER 'libc'",
    )
    try:
        world.set(CIVICAPP_DATABASE=address(postgres.server.set(database=name)))
        found = world.only("database")
        assert found.startswith(f"error {name} is kept as SQL_ASCII, wants UTF8 → createdb ")
        assert world.only("migrations").startswith("skipped the database cannot be used")
    finally:
        execute(postgres.server, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_server_that_is_too_old(world, postgres_url, monkeypatch):
    monkeypatch.setattr(database, "OLDEST_POSTGRES", 99)
    found = world.only("database")
    assert "civicapp needs 99 or newer → pg_upgradecluster " in found


def test_the_password_in_a_file_opens_the_database(world, locked_server, address):
    world.set(CIVICAPP_DATABASE=address(locked_server))
    path = world.secret("CIVICAPP_DATABASE_PASSWORD_FILE", PASSWORD + "\n")
    assert world.only("database").startswith("ok PostgreSQL ")
    path.write_text("wrong")
    found = world.only("database")
    assert found.startswith("error the server refuses user `keeper`: ")
    assert found.endswith("'--command=\\password keeper' postgres")
    path.write_text(PASSWORD)
    world.set(CIVICAPP_DATABASE=address(locked_server.set(database="gone")))
    assert "error there is no database `gone`" in world.only("database")
    world.set(CIVICAPP_DATABASE=address(locked_server.set(username="nobody")))
    assert "error the server refuses user `nobody`" in world.only("database")


def test_the_password_in_a_file_is_seen_nowhere(world, locked_server, address, start):
    """Migrate, serve by two processes, ask, with the right password and a wrong one."""
    world.set(CIVICAPP_DATABASE=address(locked_server))
    path = world.secret("CIVICAPP_DATABASE_PASSWORD_FILE", PASSWORD)
    world.set(CIVICAPP_LOG_LEVEL="debug")
    folder = str(world.folder)
    upgraded, status = start.run("db", "upgrade", folder), start.run("db", "status", folder)
    server = start("serve", folder, "--port", "0", "--workers", "2")
    line = server.stdout.readline()
    base = line.rpartition(" ")[2].strip()
    assert base.startswith("http://127.0.0.1:"), line + server.stderr.read()
    sound = start.run("doctor", folder)
    ready = urllib.request.urlopen(f"{base}/readyz", timeout=60).read().decode()
    assert json.loads(ready)["background"] is not None
    environment = Path(f"/proc/{server.pid}/environ")
    given = environment.read_text(errors="replace") if environment.exists() else ""
    server.terminate()
    served = [line, *server.communicate(timeout=60)]
    path.write_text("wrong" + PASSWORD)
    world.set(CIVICAPP_TRACEBACK="1")
    commands = [("doctor", folder), ("serve", folder, "--port", "0"), ("db", "upgrade", folder)]
    running = [start(*command) for command in commands]
    refused = ["".join(process.communicate(timeout=120)) for process in running]
    assert "procrastinate: at" in status
    assert "ok       database" in sound
    assert "error    database" in refused[0]
    for said in (upgraded, status, sound, ready, given, *served, *refused):
        assert PASSWORD not in said
        assert "p%40ss" not in said


# SQLite


def test_a_damaged_file(world, file):
    assert world.only("database") == f"ok SQLite, whole: {file}"
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    file.write_bytes(content)
    found = world.only("database")
    assert found.startswith(f"error {file} is damaged: ")
    assert found.endswith(f"mv {file} {file}.damaged")


def test_a_file_that_is_something_else(world, tmp_path):
    path = tmp_path / "data/civicapp.sqlite3"
    path.write_text("x" * 5000)
    assert world.only("database").startswith(f"error {path} is no SQLite database → mv {path} ")
    path.unlink()
    path.mkdir()
    assert world.only("database").startswith(f"error {path} is a folder")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_file_on_a_network(world, file, tmp_path, kind):
    mounts = f"/dev/vda1 / ext4 rw 0 0\nserver:/x {file.parent} {kind} rw 0 0\n"
    found = world.found("database", mounts=lambda: mounts)
    assert found[0].startswith(f"error {file.parent} lies on {kind}: SQLite's locks do not hold")
    assert found[1].startswith("ok ")
    mounts = f"server:/x / {kind} rw 0 0\n/dev/vdb1 {tmp_path} ext4 rw 0 0\n"
    assert world.only("database", mounts=lambda: mounts).startswith("ok ")


def test_a_file_that_takes_long_to_look_through(world, file, monkeypatch):
    monkeypatch.setattr(database, "QUICK_CHECK", -1.0)
    write(f"sqlite:///{file}", "CREATE TABLE much AS SELECT 1 AS n")
    fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    write(f"sqlite:///{file}", f"INSERT INTO much {fill} SELECT i FROM n")
    found = world.only("database")
    assert found.startswith("skipped ")
    assert found.endswith(f"sqlite3 {file} 'PRAGMA integrity_check'")


# The clock


@pytest.mark.parametrize(
    ("ahead", "level", "said"),
    [
        (0, "ok", "beside the database's clock"),
        (10, "warning", "ahead of the database's"),
        (-10, "warning", "behind the database's"),
        (3600, "error", "1:00:00 ahead of the database's"),
        (-3600, "error", "1:00:00 behind the database's"),
    ],
)
def test_the_clock_beside_the_databases(world, postgres_url, ahead, level, said):
    shifted = datetime.timedelta(seconds=ahead)
    found = world.found("clock", now=lambda: datetime.datetime.now(datetime.UTC) + shifted)[0]
    assert found.startswith(f"{level} ")
    assert said in found
    assert level == "ok" or found.endswith("timedatectl set-ntp true")


def test_the_clock_beside_what_was_written(world, ready):
    statement = (
        "INSERT INTO core_job (name, key, refs, state, run_at, attempts, created_at, changed_at)"
        " VALUES ('core.forget', 'x', '{}', 'done', :at, 1, :at, :at)"
    )
    at = NOW if "postgresql" in ready.drivername else NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    write(ready, statement, at=at)
    assert "ok not behind what was written" in world.found("clock")
    behind = NOW - datetime.timedelta(hours=2)
    found = [line for line in world.found("clock", now=lambda: behind) if "written" in line]
    (line,) = found
    assert line.startswith("error this clock is ")
    assert "behind what was written already" in line
    assert line.endswith(clock.MEND)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("NTP=yes\nNTPSynchronized=yes\n", "ok kept right by the network"),
        ("NTP=yes\nNTPSynchronized=no\n", "warning the clock is not sure: the network keeps it"),
        ("NTP=no\nNTPSynchronized=no\n", "warning the clock is not sure: nobody sets it"),
        (None, "skipped nobody here tells whether the clock is kept right → timedatectl status"),
    ],
)
def test_whether_the_clock_is_kept_right(world, said, found):
    assert world.found("clock", time_status=lambda: said)[-1].startswith(found)


# Jobs


@pytest.fixture
def alive(ready, execute):
    """Return what lets it seem that a process runs jobs."""
    locks = []

    def seem():
        if ready.drivername != "sqlite":
            execute(ready, "INSERT INTO procrastinate_workers DEFAULT VALUES")
            return
        locks.append(os.open(f"{ready.database}-jobs.lock", os.O_RDWR | os.O_CREAT))
        fcntl.flock(locks[0], fcntl.LOCK_EX)

    yield seem
    for lock in locks:
        os.close(lock)


def job(url, name, state, minutes=0):
    at = NOW - datetime.timedelta(minutes=minutes)
    write(
        url,
        "INSERT INTO core_job (name, key, refs, state, run_at, attempts, created_at, changed_at)"
        " VALUES (:name, 'x', '{}', :state, :at, 1, :at, :at)",
        name=name,
        state=state,
        at=at if "postgresql" in url.drivername else at.strftime("%Y-%m-%d %H:%M:%S.%f"),
    )


def test_jobs_that_nobody_runs(world, ready, alive):
    found = world.only("jobs")
    assert found == f"warning no process runs jobs → civicapp worker {world.folder}"
    name = sorted(world.look().kernel.jobs)[0]
    job(ready, name, "waiting", minutes=30)
    found = world.only("jobs")
    assert found.startswith("error 1 job waits for more than 10 minutes: no process runs jobs")
    assert found.endswith(f"civicapp worker {world.folder}")
    alive()
    assert "does not keep up" in world.only("jobs")
    write(ready, "DELETE FROM core_job")
    assert world.only("jobs").startswith("ok ")


def test_jobs_that_failed_or_belong_to_nobody(world, ready, alive):
    alive()
    job(ready, "gone.job", "waiting")
    job(ready, "core.lost", "failed")
    failed, stuck = world.found("jobs")
    assert failed.startswith("warning given up after the last try: core.lost 1 → ")
    assert stuck.startswith("warning waiting under a name that no enabled service has: gone.job 1")
    for line in (failed, stuck):
        assert (" → sqlite3 " if ready.drivername == "sqlite" else " → psql ") in line
