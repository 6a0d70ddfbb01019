"""Snapshots: read a whole database in one state, while others write or while nobody may."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from civicapp.problems import Problem
from civicapp.storage.errors import BUSY
from civicapp.storage.layout import Refused
from civicapp.storage.postgres import CONNECT, KINDS
from civicapp.storage.sqlite import READ_WAIT, make_engine

IN_USE = "database-in-use"
STOP = "stop server and worker, then start again"
PATIENCE = 3.0  # seconds in which connections that were closed just now disappear


@contextmanager
def snapshot(url: URL) -> Iterator[Connection]:
    """Open a database for reading, all of it as it is now; others go on writing."""
    if url.drivername == "sqlite":
        pragmas = (f"busy_timeout={READ_WAIT}", "query_only=ON")
        engine = make_engine(url, begin="BEGIN", pragmas=pragmas, poolclass=NullPool)
    else:
        engine = create_engine(url, connect_args=CONNECT, poolclass=NullPool)
        engine = engine.execution_options(**KINDS["read"])
    first = "SELECT 1 FROM sqlite_master" if url.drivername == "sqlite" else "SELECT 1"
    with _connected(engine) as connection:
        connection.execute(text(first))  # BEGIN alone does not fix the state
        yield connection


@contextmanager
def undisturbed(url: URL) -> Iterator[Connection]:
    """Open a database that nobody else has open, and let nobody in; raise Refused.

    On SQLite the exclusive lock is held to the end: any other connection, of any process, keeps us
    from it, and waits in vain meanwhile. On PostgreSQL who is connected can only be asked.
    """
    if url.drivername != "sqlite":
        _check_alone(url)
        with snapshot(url) as connection:
            yield connection
        return
    pragmas = ("busy_timeout=1000", "locking_mode=EXCLUSIVE")
    engine = make_engine(url, begin="BEGIN IMMEDIATE", pragmas=pragmas, poolclass=NullPool)
    with _connected(engine) as connection:
        try:
            connection.execute(text("SELECT 1 FROM sqlite_master"))
        except OperationalError as e:
            if getattr(e.orig, "sqlite_errorcode", 0) & 0xFF == BUSY:
                raise Refused(Problem(IN_USE, f"{url} is open in another process", STOP)) from e
            raise
        yield connection


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _check_alone(url: URL) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = :name AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + PATIENCE
    engine = create_engine(url, connect_args=CONNECT, poolclass=NullPool)
    with _connected(engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
        while connection.execute(query, {"name": CONNECT["application_name"]}).scalar_one():
            if time.monotonic() > until:
                what = f"{url} is open in another process of civicapp"
                raise Refused(Problem(IN_USE, what, STOP))
            time.sleep(0.1)
