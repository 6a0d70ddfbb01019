"""The commands as they are typed: what they print, their exit codes, where they look."""

import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from civicapp.__main__ import run
from civicapp.identity.crypto import kept_key
from civicapp.region.frozen import freeze
from civicapp.storage.database import sqlite_url
from civicapp.storage.migrate import upgrade

PACK = """\
format: 1
id: isle
name: {en: Isle}
timezone: Asia/Jakarta
currency: IDR
languages: [en]
"""
JOB = (
    "INSERT INTO core_job (name, key, refs, state, run_at, attempts, created_at, changed_at)"
    " VALUES ('core.forget_jobs', 'k', '{}', 'waiting', :at, 0, :at, :at)"
)
WAIT = 120


@dataclass
class Yard:
    """A folder to work in with a pack; commands run there."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CIVICAPP_")}
        return {**kept, "COLUMNS": "80", **self.variables}

    def run(self, *args: object, folder: str = ".") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "civicapp", *map(str, args)],
            cwd=self.folder / folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=False,
        )

    def make(self) -> None:
        """Make database, files and key, as a server does."""
        data = self.folder / ".civicapp" / "isle"
        (data / "files").mkdir(parents=True)
        upgrade(sqlite_url(data / "civicapp.sqlite3"), [])
        kept_key(data)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """Return the folder, with a database and a key."""
    pack = tmp_path / "regions" / "isle"
    pack.mkdir(parents=True)
    (pack / "region.yaml").write_text(PACK)
    made = Yard(tmp_path)
    made.make()
    return made


def test_backup_and_restore_say_what_they_did(yard):
    done = yard.run("backup", "isle", "--to", "one.tar.gz")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "8 tables with 0 rows, 0 files of 0 bytes"
    assert [x.split()[3] for x in lines[1:4]] == ["core_attempt", "core_change", "core_session"]
    size = (yard.folder / "one.tar.gz").stat().st_size
    assert re.fullmatch(rf"one\.tar\.gz: {size:,} bytes, sha256 [0-9a-f]{{64}}", lines[4])
    assert lines[5] == "this backup holds no keys: keep these apart"
    place = ".civicapp/isle/secret_key"
    found = re.fullmatch(rf"  secret_key \(fingerprint ([0-9a-f]{{16}})\) at {place}", lines[6])
    assert found is not None
    assert len(lines) == 7

    (yard.folder / ".civicapp").rename(yard.folder / "old")
    done = yard.run("restore", "one.tar.gz")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"secret-key the backup needs the secret key {found[1]}; this host has none\n"
        f"    hint: put the key that was kept apart at {place}\n"
    )
    (yard.folder / ".civicapp/isle").mkdir(parents=True)
    (yard.folder / "old/isle/secret_key").rename(yard.folder / place)
    done = yard.run("restore", "one.tar.gz")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^core_job +0 rows +[0-9a-f]{64}$", done.stdout, re.MULTILINE)
    assert "every digest is as it was" in done.stdout
    assert done.stdout.endswith("next: civicapp serve isle\n")


def test_what_is_left_out_is_a_warning(yard):
    (yard.folder / ".civicapp/isle/files/note.txt").write_text("mine")
    done = yard.run("backup", "isle", "--to", "one.tar.gz")
    assert done.returncode == 0
    assert done.stderr.startswith("strange-file warning: left out is what civicapp did not put")


def test_a_bundle_is_backed_up_and_restored_from_its_folder(yard):
    bundle = yard.folder / "bundle"
    bundle.mkdir()
    (bundle / "region.json").write_bytes(freeze(yard.folder / "regions/isle"))
    key = (yard.folder / ".civicapp/isle/secret_key").read_text("ascii").strip()
    yard.variables = {
        "CIVICAPP_SECRET_KEY": key,
        "CIVICAPP_DATA": str(yard.folder / ".civicapp/isle"),
    }
    done = yard.run("backup", "./bundle", "--to", "one.tar.gz")
    assert done.returncode == 0, done.stderr
    assert " at CIVICAPP_SECRET_KEY\n" in done.stdout
    (yard.folder / "regions").rename(yard.folder / "packs")
    yard.variables["CIVICAPP_DATA"] = str(yard.folder / "fresh")
    done = yard.run("restore", "../one.tar.gz", folder="bundle")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("next: civicapp serve .\n")
    assert (yard.folder / "fresh/civicapp.sqlite3").exists()


def test_a_key_in_a_file_is_named_with_the_file(yard):
    key = yard.folder / ".civicapp/isle/secret_key"
    kept = yard.folder / "keys"
    key.rename(kept)
    yard.variables = {"CIVICAPP_SECRET_KEY_FILE": str(kept)}
    done = yard.run("backup", "isle", "--to", "one.tar.gz")
    assert done.stdout.splitlines()[-1].endswith(f" at {kept} (CIVICAPP_SECRET_KEY_FILE)")


def test_other_secrets_of_the_host_are_named_without_a_fingerprint(yard):
    secret = yard.folder / "smtp"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    yard.variables = {
        "CIVICAPP_SMTP_HOST": "mail.example.org",
        "CIVICAPP_SMTP_USER": "isle",
        "CIVICAPP_SMTP_FROM": "isle@example.org",
        "CIVICAPP_SMTP_PASSWORD_FILE": str(secret),
    }
    done = yard.run("backup", "isle", "--to", "one.tar.gz")
    last = done.stdout.splitlines()[-1]
    assert last == f"  smtp_password at {secret} (CIVICAPP_SMTP_PASSWORD_FILE)"
    yard.variables = {}
    done = yard.run("restore", "one.tar.gz", "--database", "sqlite:///drill.sqlite3")
    assert "had a secret that this one lacks: smtp_password\n" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("backup", "isle"), "Missing option '--to'"),
        (("backup", "isle", "--to", "no/one"), "backup-file no: there is no such folder"),
        (("backup", "isle", "--to", "one", "--without", "x"), "--without x: there is nothing"),
        (
            ("backup", "isle", "--to", "one", "--database", "sqlite:///no.sqlite3"),
            "sqlite:///no.sqlite3: there is no such file",
        ),
        (("restore", "one"), "backup-damaged there is no file one"),
        (("restore", "regions/isle/region.yaml"), "region.yaml is no backup of civicapp"),
        (("db", "move", "isle"), "Missing option '--to'"),
        (("db", "move", "isle", "--to", "mysql://x"), "civicapp knows SQLite and PostgreSQL"),
        (
            ("db", "move", "isle", "--to", "sqlite:///.civicapp/isle/civicapp.sqlite3"),
            "is the database to move",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(yard, args, said, monkeypatch, capsys):
    monkeypatch.chdir(yard.folder)
    assert run(list(args)) == 2
    assert said in capsys.readouterr().err
    assert not (yard.folder / "one").exists()
    assert not (yard.folder / "no.sqlite3").exists()


def test_a_move_shows_both_sides_and_what_comes_next(yard, postgres):
    from sqlalchemy import text

    from civicapp.storage.database import open_database

    database = open_database(sqlite_url(yard.folder / ".civicapp/isle/civicapp.sqlite3"))
    at = {"at": "2026-11-24T22:41:00.000000Z"}
    database.write_now(lambda s: s.execute(text(JOB), at))
    database.close_now()
    url = postgres.make(None).set(password="hunter2")
    try:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        done = yard.run("db", "move", "isle", "--to", address)
    finally:
        postgres.drop(url.set(password=None))
    assert (done.returncode, done.stderr) == (0, "")
    pattern = r"^core_job +1 +1 +([0-9a-f]{16}) +([0-9a-f]{16})$"
    found = re.search(pattern, done.stdout, re.MULTILINE)
    assert found is not None
    assert found[1] == found[2]
    assert "which stays as it is" in done.stdout
    assert "uploaded files were not moved: they stay in .civicapp/isle/files\n" in done.stdout
    assert "1 job to run, when a server or worker starts\n" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"  CIVICAPP_DATABASE=postgresql://postgres:***@/{url.database}?host=")
    assert "hunter2" not in done.stdout + done.stderr


def test_a_backup_that_is_ended_leaves_nothing(yard, monkeypatch):
    monkeypatch.chdir(yard.folder)
    monkeypatch.setattr("civicapp.backup.take.now", lambda: os.kill(os.getpid(), signal.SIGTERM))
    before = sorted(os.listdir())
    handler = signal.getsignal(signal.SIGTERM)
    assert run(["backup", "isle", "--to", "one.tar.gz"]) == 143
    assert sorted(os.listdir()) == before
    assert signal.getsignal(signal.SIGTERM) is handler


def read_all(descriptor: int) -> str:
    content = b""
    while True:
        try:
            block = os.read(descriptor, 4096)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        content += block
    return content.decode()


def test_progress_is_shown_on_a_terminal_only(yard):
    files = yard.folder / ".civicapp/isle/files/shelf"
    files.mkdir(parents=True)
    (files / "p1").write_bytes(b"x")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "civicapp", "backup", "isle", "--to", "one.tar.gz"]
    process = subprocess.Popen(
        command, cwd=yard.folder, env=yard.environment, stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    shown = read_all(ours)
    out, _ = process.communicate(timeout=WAIT)
    os.close(ours)
    assert process.returncode == 0
    assert "files 1" in shown
    assert shown.endswith("\r\x1b[K")
    assert b"\r" not in out
