"""Versions of cache tags on PostgreSQL: one connection, one question for all who wait."""

import asyncio
from collections.abc import Collection

import psycopg

from civicapp.storage.database import Database
from civicapp.storage.postgres import conninfo
from civicapp.storage.seen import NEVER, Seen, Version


class PostgresVersions:
    """One autocommit connection, and one question for all requests that came before it was sent."""

    QUESTION = (
        "SELECT tag, count(*), sum(id)::bigint FROM core_change WHERE tag = ANY(%s) GROUP BY tag"
    )

    def __init__(self, database: Database) -> None:
        self._conninfo = conninfo(database.url)
        self._connection: psycopg.AsyncConnection[tuple[str, int, int]] | None = None
        self._waiting: tuple[set[str], asyncio.Future[dict[str, Version]]] | None = None
        self._asking: asyncio.Task[None] | None = None

    async def take(self, tags: Collection[str]) -> Seen:
        """Read the versions of some tags."""
        return Seen(await self._read(tags))

    async def valid(self, seen: Seen) -> bool:
        """Tell whether nothing changed; False too when the database cannot be asked."""
        try:
            return await self._read(seen.versions) == seen.versions
        except (psycopg.Error, OSError):
            return False

    async def _read(self, tags: Collection[str]) -> dict[str, Version]:
        if self._waiting is None:
            self._waiting = set(), asyncio.get_running_loop().create_future()
        wanted, future = self._waiting
        wanted.update(tags)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        found = await asyncio.shield(future)
        return {tag: found.get(tag, NEVER) for tag in tags}

    async def _ask(self) -> None:
        """Send round after round until nobody waits."""
        while self._waiting is not None:
            wanted, future = self._waiting
            self._waiting = None  # who comes from now on waits for the next round
            try:
                rows = await self._rows(sorted(wanted))
            except BaseException as e:
                if not future.done():
                    future.set_exception(e if isinstance(e, Exception) else ConnectionError(str(e)))
                    future.exception()  # seen, even if every request went away meanwhile
                if not isinstance(e, Exception):
                    raise
            else:
                future.set_result({tag: (count, total) for tag, count, total in rows})

    async def _rows(self, tags: list[str]) -> list[tuple[str, int, int]]:
        for last in (False, True):
            try:
                if self._connection is None:
                    self._connection = await psycopg.AsyncConnection.connect(
                        self._conninfo, autocommit=True, connect_timeout=10, prepare_threshold=0
                    )
                return await (await self._connection.execute(self.QUESTION, (tags,))).fetchall()
            except psycopg.OperationalError:
                await self.close()
                if last:
                    raise
        raise AssertionError

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
