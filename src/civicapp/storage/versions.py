"""TagVersions: has anything that a cached page shows changed since? Asked at every hit.

An entry keeps what `take` returned before its page was rendered, and is good while `valid` says so.
"""

from collections.abc import Collection
from functools import cached_property
from typing import Protocol

from civicapp.storage.database import Database
from civicapp.storage.seen import NEVER, Seen, Version
from civicapp.storage.sqlite import FileStamp


class TagVersions(Protocol):
    """Read versions of tags, on the event loop of one process."""

    async def take(self, tags: Collection[str]) -> Seen:
        """Read the versions of some tags; call it before the page is rendered."""
        ...

    async def valid(self, seen: Seen) -> bool:
        """Tell whether no commit touched the tags since; any doubt counts as a change."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


def open_versions(database: Database) -> TagVersions:
    """Make the reader of a database; it connects when it is first used."""
    if database.is_sqlite:
        return SqliteVersions(database)
    from civicapp.storage.postgres_versions import PostgresVersions

    return PostgresVersions(database)


class SqliteVersions:
    """One connection that does nothing else; while the file did not change, neither did a tag."""

    def __init__(self, database: Database) -> None:
        self._url = database.url

    @cached_property
    def _file(self) -> FileStamp:
        return FileStamp(self._url)

    async def take(self, tags: Collection[str]) -> Seen:
        """Read the versions of some tags."""
        # The stamp first: what commits in between is then seen as a change, never missed.
        stamp = self._file.read()
        return Seen(self._read(tags), stamp)

    async def valid(self, seen: Seen) -> bool:
        """Tell whether nothing changed: at once while the whole file is as it was."""
        stamp = self._file.read()
        if stamp == seen.stamp:
            return True
        if self._read(seen.versions) != seen.versions:
            return False
        seen.stamp = stamp
        return True

    def _read(self, tags: Collection[str]) -> dict[str, Version]:
        marks = ",".join("?" * len(tags))
        rows = self._file.connection.execute(
            f"SELECT tag, count(*), sum(id) FROM core_change WHERE tag IN ({marks}) GROUP BY tag",  # noqa: S608
            tuple(tags),
        ).fetchall()
        return dict.fromkeys(tags, NEVER) | {tag: (count, total) for tag, count, total in rows}

    async def close(self) -> None:
        """Close the connection."""
        if "_file" in self.__dict__:
            self._file.close()
            del self._file
