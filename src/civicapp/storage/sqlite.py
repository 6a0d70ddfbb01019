"""SQLite: short reads on the event loop, every write in one thread, slow reads in another.

Measured: the same reads cost six times as much through the default thread pool, and a write on the
loop that waits for another process's lock stops every request.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from civicapp.storage.changes import StorageSession
from civicapp.storage.errors import translated
from civicapp.storage.memory import MEMORY, OwnMemory

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

READ_WAIT = 5_000  # ms; readers wait only while a crashed writer's log is taken over
WRITE_WAIT = 30_000  # ms for another process's write


def set_pragma(connection: sqlite3.Connection, pragma: str, wait: float = WRITE_WAIT) -> None:
    """Set a pragma; wait up to `wait` ms for others, which SQLite does not do for all of them.

    Of two processes that turn a new file to WAL one is told at once that the file is locked,
    whatever its busy_timeout.
    """
    end = time.monotonic() + wait / 1000
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        except sqlite3.OperationalError as e:
            if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def make_engine(url: URL, *, begin: str, pragmas: tuple[str, ...], **options: Any) -> Engine:
    """Make an engine whose transactions we begin ourselves: the driver begins them too late."""

    def connect(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None  # the driver never begins
        for pragma in pragmas:
            set_pragma(dbapi, pragma)

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    engine = create_engine(url, connect_args={"check_same_thread": False}, **options)
    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", start)
    return engine


def _here(call: Callable[[], T]) -> Callable[[], T]:
    """Let a call in another thread see this one's context: log lines then name their request."""
    context = copy_context()
    return lambda: context.run(call)


class FileStamp:
    """Tell that a file was changed by others, in microseconds: a connection that only looks.

    The stamp moves with every commit of other connections, in any process. It stands still inside
    a read transaction, hence no statement is left open, and not by the connection itself.
    """

    def __init__(self, url: URL) -> None:
        self.connection = sqlite3.connect(
            str(url.database), isolation_level=None, check_same_thread=False, timeout=5
        )
        self.connection.execute("PRAGMA query_only=ON").close()

    def read(self) -> int:
        """Return the stamp."""
        ((stamp,),) = self.connection.execute("PRAGMA data_version").fetchall()
        return int(stamp)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class SqliteDatabase:
    """The embedded database: one file, WAL, every commit flushed to disk."""

    is_sqlite = True

    def __init__(self, url: URL) -> None:
        self.url = url
        wal = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON")
        self._reading = make_engine(
            url, begin="BEGIN", pragmas=(f"busy_timeout={READ_WAIT}", *wal, "query_only=ON")
        )
        self._writing = make_engine(
            url, begin="BEGIN IMMEDIATE", pragmas=(f"busy_timeout={WRITE_WAIT}", *wal)
        )
        self._writer = ThreadPoolExecutor(1, "civicapp write")
        self._slow = ThreadPoolExecutor(1, "civicapp slow")
        self._writer_id: int | None = None
        self._info = {MEMORY: OwnMemory({}, "?")}

    async def read(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, slow: bool = False) -> T:
        """Run a function that only reads, on the loop or, when slow, in the reader thread."""
        if not slow:
            return self.read_now(fn, *args)
        return await asyncio.get_running_loop().run_in_executor(
            self._slow, _here(lambda: self.read_now(fn, *args))
        )

    async def write(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        """Run a function that writes in the writer thread."""
        return await asyncio.get_running_loop().run_in_executor(
            self._writer, _here(lambda: self._write(fn, *args))
        )

    def read_now(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        """Run a function that only reads, here."""
        with (
            translated(),
            StorageSession(self._reading, expire_on_commit=False, info=self._info) as session,
        ):
            return fn(session, *args)

    def write_now(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, alone: bool = True) -> T:  # noqa: ARG002
        """Run a function that writes in the writer thread, and wait for it."""
        if threading.get_ident() == self._writer_id:
            raise RuntimeError("a write function calls write_now: it would wait for itself")
        return self._writer.submit(_here(lambda: self._write(fn, *args))).result()

    def _write(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        self._writer_id = threading.get_ident()
        with (
            translated(),
            StorageSession(self._writing, expire_on_commit=False, info=self._info) as session,
            session.begin(),
        ):
            # Without this a function that only reads at first would begin too late.
            session.connection()
            return fn(session, *args)

    async def close(self) -> None:
        """Wait for the write under way, then close."""
        await asyncio.get_running_loop().run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """Wait for the write under way, then close."""
        self._writer.shutdown()
        self._slow.shutdown()
        self._reading.dispose()
        self._writing.dispose()
