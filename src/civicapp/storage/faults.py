"""Say plainly why a database cannot be used, and what to do about it."""

import errno
import os
import socket
import sqlite3
from pathlib import Path

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from civicapp.problems import Problem
from civicapp.storage.errors import FULL, chain
from civicapp.storage.sqlite import set_pragma

READONLY, CANTOPEN, CORRUPT, NOT_A_DATABASE = 8, 14, 11, 26
OLDEST_POSTGRES = 14
CODE = "database-unusable"


def probe(url: URL) -> Problem | None:
    """Try a database; return why it cannot be used, None if it can."""
    if url.drivername == "sqlite":
        return _probe_file(Path(str(url.database)))
    return _probe_server(url)


def no_room(path: Path, error: OSError) -> Problem:
    """Say why a file or folder cannot be made or written."""
    if error.errno == errno.ENOSPC:
        return Problem(CODE, f"{path}: the disk is full", "make room, then start again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "give the user that runs civicapp the right to write there, or choose --data"
        return Problem(CODE, f"{path} cannot be written: {os.strerror(error.errno)}", hint)
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return Problem(CODE, f"{path} is no folder", "choose another with --data")
    return Problem(CODE, f"{path}: {error.strerror or error}", "choose another with --data")


def _probe_file(path: Path) -> Problem | None:
    if path.is_dir():
        return Problem(CODE, f"{path} is a folder, wants a file", "sqlite:///folder/file.sqlite3")
    if not path.parent.is_dir():
        return Problem(CODE, f"{path.parent}: there is no such folder", "make it, or use --data")
    there = path.exists()
    try:
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        try:
            # As the first real write will: the log beside the file must be writable too.
            set_pragma(connection, "journal_mode=WAL", wait=5_000)
            connection.execute("PRAGMA user_version").fetchall()
            if there:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as e:
        return _explained(path, e)
    return None


def _explained(path: Path, error: sqlite3.Error) -> Problem | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == NOT_A_DATABASE:
        hint = "name another file; this one was left as it is"
        return Problem(CODE, f"{path} is no SQLite database", hint)
    if code == CORRUPT:
        return Problem(CODE, f"{path} is damaged: {error}", "restore it from a backup")
    if code == FULL:
        return Problem(CODE, f"{path}: the disk is full", "make room, then start again")
    if code in (READONLY, CANTOPEN):
        hint = "give the user that runs civicapp the right to write to it and to its folder"
        return Problem(CODE, f"{path} cannot be written: {error}", hint)
    if "locked" in str(error):
        return None  # another process writes: that passes
    return Problem(CODE, f"{path}: {error}")


def _probe_server(url: URL) -> Problem | None:
    from civicapp.storage.postgres import CONNECT

    # Else a server that keeps SQL_ASCII answers in bytes, of which SQLAlchemy makes nothing.
    engine = create_engine(url, connect_args={**CONNECT, "client_encoding": "utf8"})
    try:
        with engine.connect() as connection:
            version = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    except (SQLAlchemyError, OSError) as e:
        return _why_not(url, e)
    finally:
        engine.dispose()
    if version < OLDEST_POSTGRES:
        wanted = f"civicapp needs PostgreSQL {OLDEST_POSTGRES} or newer"
        return Problem(CODE, f"{url} is PostgreSQL {version}", wanted)
    if encoding != "UTF8":
        hint = "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        return Problem(CODE, f"the database {url} is kept as {encoding}, wants UTF8", hint)
    return None


def _why_not(url: URL, error: Exception) -> Problem:
    said = " ".join(str(list(chain(error))[-1]).split())
    if problem := _unreachable(url):
        return problem
    if "password" in said or "authentication" in said:
        hint = "mend user and password in --database or CIVICAPP_DATABASE"
        return Problem(CODE, f"{url}: the server refuses user `{url.username}`: {said}", hint)
    if f'database "{url.database}" does not exist' in said:
        hint = f"on the server: createdb --encoding=UTF8 {url.database}"
        return Problem(CODE, f"{url}: there is no database `{url.database}`", hint)
    return Problem(CODE, f"{url} cannot be used: {said}", "mend the address or the server")


def _unreachable(url: URL) -> Problem | None:
    """Find out whether the host is the trouble; libpq's words differ by version and language."""
    given = url.host or url.query.get("host", "")
    host = given if isinstance(given, str) else given[0]
    if not host or "," in host:
        return None
    port = url.port or 5432
    if host.startswith("/"):
        if (Path(host) / f".s.PGSQL.{port}").exists():
            return None
        return Problem(CODE, f"{url}: no server listens in {host}", "start PostgreSQL")
    try:
        socket.create_connection((host, port), timeout=5).close()
    except socket.gaierror:
        return Problem(CODE, f"{url}: there is no host `{host}`", "mend the name of the host")
    except OSError as e:
        reason = e.strerror or str(e)
        hint = "start PostgreSQL, or mend host and port; a firewall may stand between"
        return Problem(CODE, f"{url}: {host}, port {port} does not answer: {reason}", hint)
    return None
