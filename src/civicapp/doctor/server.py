"""Ask a PostgreSQL server what it is, and tell apart why it cannot be asked."""

import datetime
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from civicapp.doctor.finding import Finding, error
from civicapp.doctor.host import Host
from civicapp.doctor.network import reach
from civicapp.storage.postgres import conninfo

PORT = 5432
LOCAL = {"", "localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says. ahead: its clock before ours. folder: of its data, if it says so."""

    version: int
    encoding: str
    ahead: datetime.timedelta
    folder: Path | None


def ask(host: Host) -> Server | Finding:
    """Ask the server of a host's database; a finding says why that does not work."""
    url = host.url
    if url is None:
        raise ValueError("the database's address is unknown")
    try:
        with _connect(url, host.wait) as connection:
            return _read(host, connection)
    except psycopg.Error as e:
        return _why_not(host, url, " ".join(str(e).split()))


def is_local(url: URL) -> bool:
    """Tell whether the server runs on this host."""
    place = _place(url)
    return place.startswith("/") or place in LOCAL


def _place(url: URL) -> str:
    given = url.host or url.query.get("host", "")
    return given if isinstance(given, str) else given[0]


def _connect(url: URL, wait: float) -> "psycopg.Connection[tuple[Any, ...]]":
    # In UTF-8 a database of another encoding answers in text too.
    address = make_conninfo(
        conninfo(url), connect_timeout=max(2, round(wait)), client_encoding="UTF8"
    )
    connection = psycopg.connect(address, autocommit=True)
    connection.execute(f"SET statement_timeout = {round(wait * 1000)}".encode())
    return connection


def _read(host: Host, connection: "psycopg.Connection[tuple[Any, ...]]") -> Server:
    asked = host.now()
    row = connection.execute(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
        " clock_timestamp()"
    ).fetchone()
    assert row is not None  # noqa: S101 - it has always one
    number, encoding, there = row
    here = asked + (host.now() - asked) / 2
    return Server(number // 10000, encoding, there - here, _folder(connection))


def _folder(connection: "psycopg.Connection[tuple[Any, ...]]") -> Path | None:
    """Return where the server keeps its data; only some users may know."""
    try:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    except psycopg.Error:
        return None
    return Path(row[0]) if row else None


def _why_not(host: Host, url: URL, said: str) -> Finding:
    place, port = _place(url), url.port or PORT
    if finding := _unreachable(url, place, port, host.wait):
        return finding
    if _lacks_database(url, said, host.wait):
        command = ["createdb", *_where(url), "--encoding=UTF8", "--template=template0"]
        owner = [f"--owner={url.username}"] if url.username else []
        what = f"there is no database `{url.database}` on {place or 'the server'}"
        return error(what, shlex.join([*command, *owner, str(url.database)]))
    if url.username and f'role "{url.username}" does not exist' in said:
        what = f"the server knows no user `{url.username}`"
        return error(what, shlex.join(["createuser", *_where(url), "--pwprompt", url.username]))
    if any(word in said for word in ("password", "authentication", "pg_hba.conf")):
        what = f"the server refuses user `{url.username or ''}`: {said}"
        change = f"\\password {url.username}" if url.username else "\\conninfo"
        return error(what, shlex.join(["psql", *_where(url), f"--command={change}", "postgres"]))
    return error(f"{url} cannot be used: {said}", shlex.join(["psql", *_as_user(url)]))


def _unreachable(url: URL, place: str, port: int, wait: float) -> Finding | None:
    """Find out whether the host is the trouble; libpq's words differ by version and language."""
    start = "systemctl start postgresql"
    if "," in place:
        return None
    if not place or place.startswith("/"):
        folders = [Path(place)] if place else [Path("/var/run/postgresql"), Path("/tmp")]  # noqa: S108 - where libpq looks
        if any((folder / f".s.PGSQL.{port}").exists() for folder in folders):
            return None
        return error(f"no PostgreSQL listens in {' or '.join(map(str, folders))}", start)
    problem = reach(place, port, wait)
    if problem is None:
        return None
    if problem.unknown:
        what = f"the host of the database is unknown: {place}: {problem.reason}"
        return error(what, shlex.join(["getent", "hosts", place]))
    what = f"the database does not answer: {place}, port {port}: {problem.reason}"
    return error(what, start if is_local(url) else shlex.join(["pg_isready", *_where(url)]))


def _lacks_database(url: URL, said: str, wait: float) -> bool:
    """Tell whether the server lets us in and has no such database; its words may be translated."""
    if f'database "{url.database}" does not exist' in said:
        return True
    try:
        with _connect(url.set(database="postgres"), wait) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            return connection.execute(query, (url.database,)).fetchone() is None
    except psycopg.Error:
        return False


def _where(url: URL) -> list[str]:
    place = _place(url)
    host = [f"--host={place}"] if place else []
    return [*host, *([f"--port={url.port}"] if url.port else ())]


def _as_user(url: URL) -> list[str]:
    user = [f"--username={url.username}"] if url.username else []
    return [*_where(url), *user, str(url.database)]


def psql(url: URL, query: str) -> str:
    """Write the command that asks a query of the database; it asks for the password."""
    return shlex.join(["psql", *_as_user(url), f"--command={query}"])
