"""A small bundle on a host whose parts a test breaks, and a database server that asks passwords."""

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from civicapp.bundle.manifest import Manifest, entry
from civicapp.cli.commands import OWN
from civicapp.doctor import Host, look
from civicapp.doctor.examine import CHECKS, examine
from civicapp.region.frozen import freeze
from civicapp.storage.postgres import conninfo
from civicapp.testing.server import Server
from civicapp.version import VERSION

PACK = """\
format: 1
id: isle
name: {en: Isle}
timezone: Pacific/Chatham
currency: XTS
languages: [en]
"""
PAGES = ("privacy", "terms", "accessibility", "contact")
KEY = "0123456789abcdef" * 4
PASSWORD = "p@ss:w/rd%41 +#?'"


@dataclasses.dataclass
class World:
    """A bundle, its secrets, and the environment in which it runs."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def write(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        """Write a file of the bundle."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def secret(self, variable: str, content: str, mode: int = 0o600) -> Path:
        """Keep a secret beside the bundle, and name it in the environment."""
        folder = self.folder.with_name(f"{self.folder.name}-secrets")
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / variable.removeprefix("CIVICAPP_").removesuffix("_FILE").lower()
        path.write_text(content)
        path.chmod(mode)
        self.set(**{variable: str(path)})
        return path

    def seal(self, **more: Any) -> None:
        """Write the manifest of what is there."""
        files = {
            str(p.relative_to(self.folder)): entry(p)
            for p in sorted(self.folder.rglob("*"))
            if p.is_file() and p.name != "MANIFEST.json"
        }
        given = {"region": "isle", "civicapp": VERSION, "files": files, **more}
        self.write("MANIFEST.json", Manifest(**given).to_bytes())

    def set(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def unset(self, *names: str) -> None:
        """Take variables out of the environment."""
        for name in names:
            self.monkeypatch.delenv(name)

    def look(self, **replaced: Any) -> Host:
        """Look at the host; with some of its parts replaced."""
        # What the network does is no part of a test.
        given = {"time_status": lambda: "NTP=yes\nNTPSynchronized=yes\n", "wait": 2.0, **replaced}
        return dataclasses.replace(look(str(self.folder)), **given)

    def found(self, *checks: str, **replaced: Any) -> list[str]:
        """Return what some checks find, as `level message → command`."""
        chosen = {name: CHECKS[name] for name in checks or CHECKS}
        findings = [each.finding for each in examine(self.look(**replaced), chosen)]
        for words in (re.findall(r"civicapp (\w+)", finding.command) for finding in findings):
            assert set(words) <= set(OWN), words
        return [
            f"{f.level} {f.message}" + (f" → {f.command}" if f.command else "") for f in findings
        ]

    def only(self, check: str, **replaced: Any) -> str:
        """Return the one thing that a check finds."""
        found = self.found(check, **replaced)
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a bundle in production in which nothing is wrong but that there is no mail server."""
    for name in [n for n in os.environ if n.startswith(("CIVICAPP_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    pack = tmp_path / "packs/isle"
    for name, text in {
        "region.yaml": PACK,
        **{f"content/{page}.en.md": f"# {page.title()}\n\nText.\n" for page in PAGES},
    }.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    made = World(tmp_path / "isle", monkeypatch)
    made.write("region.json", freeze(pack))
    made.write("requirements.lock", "")
    made.write(f"wheels/civicapp-{VERSION}-py3-none-any.whl", "no wheel")
    made.seal()
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    made.set(
        CIVICAPP_DATA=str(data),
        CIVICAPP_BASE_URL="https://isle.example",
        CIVICAPP_TRUSTED_PROXIES="127.0.0.1",
    )
    made.secret("CIVICAPP_SECRET_KEY_FILE", KEY + "\n")
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture(scope="session")
def locked_server() -> Iterator[URL]:
    """Return the address of a server that asks user `keeper` for a password."""
    server = Server()
    try:
        url = server.url()
        with psycopg.connect(conninfo_of(url), autocommit=True) as connection:
            quoted = PASSWORD.replace("'", "''")
            connection.execute(f"CREATE ROLE keeper LOGIN CREATEDB PASSWORD '{quoted}'".encode())
            connection.execute(b"CREATE DATABASE isle OWNER keeper ENCODING 'UTF8'")
            rules = server.folder / "data/pg_hba.conf"
            rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            connection.execute(b"SELECT pg_reload_conf()")
        wrong = conninfo_of(url.set(username="keeper", password="wrong", database="isle"))
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(wrong).close()
            except psycopg.OperationalError:
                break
            assert time.monotonic() < until, "the server asks for no password"
            time.sleep(0.05)
        yield url.set(username="keeper", database="isle")
    finally:
        server.stop()


def conninfo_of(url: URL) -> str:
    """Write an address for psycopg."""
    return conninfo(url.set(drivername="postgresql+psycopg"))


Execute = Callable[..., None]


@pytest.fixture
def execute() -> Execute:
    """Return what runs statements on a PostgreSQL database."""

    def execute(url: URL, *statements: str) -> None:
        with psycopg.connect(conninfo_of(url), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    return execute


def text(url: URL) -> str:
    """Write an address as it stands in a variable."""
    name = url.drivername.partition("+")[0]
    return url.set(drivername=name).render_as_string(hide_password=False)


@pytest.fixture
def address() -> Callable[[URL], str]:
    """Return what writes an address as it stands in a variable."""
    return text


class Start:
    """Run the command in processes of their own, with the environment of the test."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[str]] = []

    def __call__(self, *args: str) -> "subprocess.Popen[str]":
        """Start a command that stays."""
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "civicapp", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def run(self, *args: str) -> str:
        """Run a command to its end; return all that it said."""
        return "".join(self(*args).communicate(timeout=120))


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts commands that end with the test."""
    start = Start()
    yield start
    for process in start.running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
