"""PostgreSQL: service functions through AsyncSession.run_sync, writes SERIALIZABLE and repeated."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, TypeVarTuple

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from civicapp.storage.changes import StorageSession
from civicapp.storage.errors import is_conflict, is_lost, translated
from civicapp.storage.memory import MEMORY, Entry, MemoryBeside, OwnMemory

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

REPEAT_FOR = 30.0  # seconds, as long as SQLite waits for its lock
CONNECT: dict[str, Any] = {
    "connect_timeout": 10,
    "application_name": "civicapp",
    "options": "-c timezone=UTC",
}
KINDS: dict[str, dict[str, Any]] = {
    "read": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "write": {"isolation_level": "SERIALIZABLE"},
    "beside": {"isolation_level": "READ COMMITTED"},
}


def conninfo(url: URL) -> str:
    """Write an address for psycopg itself; written as a URL, not every password would pass."""
    _, arguments = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**arguments)


@dataclass(slots=True)
class Tries:
    """Say how long to wait before a transaction is repeated, or that it is not to be."""

    count: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + REPEAT_FOR)

    def pause(self, error: Exception, *, committing: bool) -> float | None:
        """Return seconds to wait, None to give up: after a conflict, or a broken connection once.

        A connection that breaks while it commits may have committed: that is never repeated.
        """
        self.count += 1
        lost = is_lost(error) and not committing and self.count == 1
        if not (lost or is_conflict(error)) or time.monotonic() > self.until:
            return None
        return random.uniform(0, min(0.5, 0.002 * 2 ** min(self.count, 8)))  # noqa: S311


class PostgresDatabase:
    """PostgreSQL through psycopg 3; needs no extension."""

    is_sqlite = False

    def __init__(self, url: URL) -> None:
        self.url = url
        self._remembered: dict[str, Entry] = {}
        self._own = OwnMemory(self._remembered, "%s")

    @cached_property
    def _beside(self) -> MemoryBeside:
        from civicapp.storage.versions import open_versions

        return MemoryBeside(self._remembered, open_versions(self), self)

    def _info(self, kind: str, *, on_loop: bool) -> dict[str, object]:
        """Return what a session knows: how to remember, where that is sound."""
        if kind == "read":
            return {MEMORY: self._own}
        return {MEMORY: self._beside} if kind == "write" and on_loop else {}

    @cached_property
    def _loop_engines(self) -> dict[str, AsyncEngine]:
        engine = create_async_engine(self.url, connect_args=CONNECT)
        return {kind: engine.execution_options(**options) for kind, options in KINDS.items()}

    @cached_property
    def _engines(self) -> dict[str, Engine]:
        engine = create_engine(self.url, connect_args=CONNECT)
        return {kind: engine.execution_options(**options) for kind, options in KINDS.items()}

    async def read(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, slow: bool = False) -> T:  # noqa: ARG002
        """Run a function that only reads, in a read-only transaction."""
        return await self._run("read", fn, *args)

    async def write(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        """Run a function that writes, repeated until it ran as if alone."""
        return await self._run("write", fn, *args)

    def read_now(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        """Run a function that only reads, on a connection of commands and jobs."""
        return self._run_now("read", fn, *args)

    def write_now(self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, alone: bool = True) -> T:
        """Run a function that writes, on a connection of commands and jobs."""
        return self._run_now("write" if alone else "beside", fn, *args)

    async def _run(self, kind: str, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        engine, tries = self._loop_engines[kind], Tries()
        while True:
            committing = False
            try:
                with translated():
                    async with (
                        AsyncSession(
                            engine,
                            sync_session_class=StorageSession,
                            expire_on_commit=False,
                            info=self._info(kind, on_loop=True),
                        ) as session,
                        session.begin(),
                    ):
                        result = await session.run_sync(fn, *args)
                        committing = True
                    return result
            except Exception as e:
                pause = tries.pause(e, committing=committing)
                if pause is None:
                    raise
            await asyncio.sleep(pause)

    def _run_now(self, kind: str, fn: "Callable[[Session, *Ts], T]", *args: *Ts) -> T:
        engine, tries = self._engines[kind], Tries()
        while True:
            committing = False
            try:
                with translated():
                    info = self._info(kind, on_loop=False)
                    with (
                        StorageSession(engine, expire_on_commit=False, info=info) as session,
                        session.begin(),
                    ):
                        result = fn(session, *args)
                        committing = True
                    return result
            except Exception as e:
                pause = tries.pause(e, committing=committing)
                if pause is None:
                    raise
            time.sleep(pause)

    async def close(self) -> None:
        """Close every connection."""
        if "_beside" in self.__dict__:
            await self._beside.close()
        if "_loop_engines" in self.__dict__:
            await self._loop_engines["read"].dispose()
        await asyncio.get_running_loop().run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """Close the connections of commands and jobs."""
        if "_engines" in self.__dict__:
            self._engines["read"].dispose()
