"""Memory: what a process read once and uses again while no commit has touched its tag since.

As for pages, the version of a tag is read before the data, or in one state of the database with
them. A session asks for itself, with one exception: a SERIALIZABLE one on PostgreSQL must not look
into core_change, since the index page that it reads there is one into which every other write adds
a row: any two writes at once would conflict. A connection beside it is asked then.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from civicapp.storage.changes import TAGS
from civicapp.storage.seen import NEVER, Seen, Version

if TYPE_CHECKING:
    from civicapp.storage.database import Database
    from civicapp.storage.versions import TagVersions

T = TypeVar("T")

MEMORY = "civicapp.memory"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, and the version that its tag had."""

    seen: Seen
    value: Any


class Memory(Protocol):
    """What sessions of one kind remember; the entries may be another kind's too."""

    def get(self, session: Session, key: str, tag: str, load: Callable[[Session], T]) -> T:
        """Return a value, loaded anew when its tag was touched."""
        ...


def remembered(session: Session, key: str, tag: str, load: Callable[[Session], T]) -> T:
    """Return what `load` reads; read again only when a commit touched the tag since.

    key: names the value in this process. What `load` returns is shared: it never changes, and holds
    no row of the session. A session that touched the tag itself reads for itself.
    """
    memory: Memory | None = session.info.get(MEMORY)
    if memory is None or tag in session.info.get(TAGS, ()):
        return load(session)
    return memory.get(session, key, tag, load)


class OwnMemory:
    """Of sessions that see one state of the data, and may ask for the version in it."""

    def __init__(self, entries: dict[str, Entry], mark: str) -> None:
        self._entries = entries
        self._question = f"SELECT count(*), sum(id) FROM core_change WHERE tag = {mark}"  # noqa: S608

    def get(self, session: Session, key: str, tag: str, load: Callable[[Session], T]) -> T:
        """Return a value; the version that this session sees decides."""
        version = self._version(session, tag)
        entry = self._entries.get(key)
        if entry is None or entry.seen.versions != {tag: version}:
            entry = self._entries[key] = Entry(Seen({tag: version}), load(session))
        value: T = entry.value
        return value

    def _version(self, session: Session, tag: str) -> Version:
        asked = session.connection().exec_driver_sql(self._question, (tag,))
        count, total = asked.one()
        return (count, int(total)) if count else NEVER


class MemoryBeside:
    """Of SERIALIZABLE sessions on the event loop: they ask beside, and leave reading to others."""

    def __init__(
        self, entries: dict[str, Entry], versions: "TagVersions", database: "Database"
    ) -> None:
        self._entries, self._versions, self._database = entries, versions, database
        self._reading: dict[str, asyncio.Task[None]] = {}

    def get(self, session: Session, key: str, tag: str, load: Callable[[Session], T]) -> T:
        """Return a value as it is now, or as this session sees it.

        What is loaded here is not kept: the session may see an older state than the version tells.
        """
        entry = self._entries.get(key)
        if entry is not None and await_only(self._versions.valid(entry.seen)):
            value: T = entry.value
            return value
        if key not in self._reading:
            # By itself, since a session that waits for a second connection may wait for ever.
            task = asyncio.get_running_loop().create_task(self._read(key, tag, load))
            self._reading[key] = task
        return load(session)

    async def _read(self, key: str, tag: str, load: Callable[[Session], object]) -> None:
        try:
            with suppress(Exception):  # the next write tries again
                await self._database.read(remembered, key, tag, load)
        finally:
            self._reading.pop(key, None)

    async def close(self) -> None:
        """End what is under way, and give the connection back."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._versions.close()
