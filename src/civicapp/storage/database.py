"""Database: run service functions, sync functions of a Session, on either kind of database."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, TypeVarTuple

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Database(Protocol):
    """Read and write through service functions.

    A function gets a Session and the arguments, touches nothing else, and may be run twice: a
    write runs as if it were alone, and PostgreSQL repeats it when that did not hold. It never
    commits itself. What it returns outlives the session, relations not loaded do not. All may raise
    DatabaseBusy, DatabaseFull and DatabaseGone.
    """

    @property
    def url(self) -> URL:
        """Return the address; `str()` of it hides the password."""
        ...

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        ...

    async def read(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, slow: bool = False) -> T:
        """Run a function that only reads, on one state of the data. `slow`: exports, statistics."""
        ...

    async def write(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        """Run a function that writes, and commit; when this returns the write is durable."""
        ...

    def read_now(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        """Run a function that only reads; for commands and jobs, never on the event loop."""
        ...

    def write_now(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, alone: bool = True) -> T:
        """Run a function that writes, and commit; for commands and jobs, never on the event loop.

        alone: False for single statements that stay right beside others, as bookkeeping is.
        """
        ...

    async def close(self) -> None:
        """Give back what the event loop uses, then the rest."""
        ...

    def close_now(self) -> None:
        """Give back everything that commands and jobs use."""
        ...


class BadUrl(ValueError):
    """Say what is wrong with the address of a database; never shows a password."""


def read_url(address: str | URL) -> URL:
    """Read the address of a database: `sqlite:///file` or `postgresql://…`; raise BadUrl."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as e:
        raise BadUrl("wants an address such as postgresql://user@host/database") from e
    kind = url.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        if not url.database:
            raise BadUrl(f"{url} names no database: postgresql://user@host/database")
        if "password" in url.query:  # there it would show wherever the address is shown
            raise BadUrl("the password stands before the host: postgresql://user:password@host/…")
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadUrl("sqlite wants a file: sqlite:///folder/file.sqlite3")
        return url.set(drivername="sqlite", query={})
    raise BadUrl(f"civicapp knows SQLite and PostgreSQL, not `{kind}`")


def sqlite_url(path: Path) -> URL:
    """Return the address of a SQLite file."""
    return URL.create("sqlite", database=str(path))


def open_database(address: str | URL) -> Database:
    """Open a database; nothing is connected yet. Raise BadUrl."""
    url = read_url(address)
    if url.drivername == "sqlite":
        from civicapp.storage.sqlite import SqliteDatabase

        return SqliteDatabase(url)
    from civicapp.storage.postgres import PostgresDatabase

    return PostgresDatabase(url)
