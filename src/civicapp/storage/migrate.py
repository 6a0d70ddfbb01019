"""Migrate a database: the kernel's tables first, then the services' in their order.

Each lineage is one transaction: a migration that fails leaves nothing. Of two migrators one waits.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, inspect, text

from civicapp.storage.guard import unguarded
from civicapp.storage.heads import find_head
from civicapp.storage.lineage import CORE, TABLE, Lineage
from civicapp.storage.queue_schema import ID as QUEUE
from civicapp.storage.queue_schema import queue_pending, queue_version, upgrade_queue
from civicapp.storage.sqlite import make_engine

LOCK = 0x63697669  # "civi"; the key of PostgreSQL's advisory lock
WAIT = 120  # seconds for another migrator
TABLE_WAIT = "10s"  # for a table that is in use, on PostgreSQL


class MigrationFailed(Exception):
    """A migration could not be run; the database is as it was before that service's."""

    def __init__(self, id: str, reason: str) -> None:
        super().__init__(reason)
        self.id, self.reason = id, reason


@dataclass(frozen=True, slots=True)
class State:
    """Where a lineage stands. current: None before its first migration. unknown: newer than us."""

    id: str
    current: str | None
    pending: tuple[str, ...] = ()
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands. orphans: lineages of services that are not enabled: no harm."""

    states: tuple[State, ...]
    orphans: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Tell whether there is something to migrate."""
        return any(s.pending for s in self.states)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Name the lineages that a newer version of the program has migrated."""
        return tuple(s.id for s in self.states if s.unknown)


def upgrade(
    url: URL, services: Sequence[Lineage], to: Mapping[str, str] | None = None
) -> list[State]:
    """Bring a database to the newest state; return where each lineage stood and what was run.

    to: revisions at which to stop, by lineage; those it does not name are left as they are. Raise
    MigrationFailed. What came before the failing service stays migrated, and it alone can be tried
    again.
    """
    done = []
    with opened(url) as engine:
        for lineage in (CORE, *services):
            if to is None or lineage.id in to:
                done.append(_upgrade(engine, lineage, to[lineage.id] if to else "head"))
            if lineage is CORE and engine.dialect.name == "postgresql":
                done.append(_upgrade_queue(engine))
    return done


def status(url: URL, services: Sequence[Lineage]) -> Status:
    """Tell where a database stands; nothing is changed."""
    lineages = (CORE, *services)
    if url.drivername == "sqlite" and not Path(url.database or "").exists():
        return Status(tuple(_state(lineage, None) for lineage in lineages))
    with opened(url) as engine, engine.connect() as connection:
        states = [_state(lineage, lineage.current(connection)) for lineage in lineages]
        if engine.dialect.name == "postgresql":
            version = queue_version(connection)
            states.insert(1, State(QUEUE, version, queue_pending(version)))
        known = {TABLE + lineage.id for lineage in lineages}
        tables = inspect(connection).get_table_names()
        orphans = sorted(
            t.removeprefix(TABLE) for t in tables if t.startswith(TABLE) and t not in known
        )
        return Status(tuple(states), tuple(orphans))


def is_current(url: URL, services: Sequence[Lineage]) -> bool:
    """Tell whether a database is surely at the newest state, at the cost of a look.

    False when that is not sure: then `status` or `upgrade` find out, with all that they need.
    """
    if url.drivername == "sqlite" and not Path(url.database or "").exists():
        return False
    with opened(url, begin="BEGIN") as engine, engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        sound = all(_is_at_head(connection, each, tables) for each in (CORE, *services))
        if sound and engine.dialect.name == "postgresql":
            return not queue_pending(queue_version(connection))
        return sound


def _is_at_head(connection: Connection, lineage: Lineage, tables: Collection[str]) -> bool:
    table, head = TABLE + lineage.id, find_head(lineage.versions)
    if head is None or table not in tables:
        return False
    query = text(f"SELECT version_num FROM {table}")  # noqa: S608 - of a checked id
    return list(connection.scalars(query)) == [head]


def drift(url: URL, services: Sequence[Lineage]) -> list[str]:
    """List where a migrated database differs from what the models say; empty when all is well."""
    from alembic.autogenerate import compare_metadata

    found = []
    with opened(url) as engine, engine.connect() as connection:
        for lineage in (CORE, *services):
            diffs = compare_metadata(lineage.context(connection), lineage.metadata)
            found += [f"{lineage.id}: {line}" for line in _described(diffs)]
            found += [
                f"{lineage.id}: table {table} is not guarded against changes"
                for table in unguarded(connection, lineage.metadata)
            ]
    return found


@contextmanager
def opened(url: URL, begin: str = "BEGIN IMMEDIATE") -> Iterator[Engine]:
    """Open a database for migrations: one connection at a time, and no foreign keys on SQLite."""
    # It writes two lines for every look at a version table; what is run, we tell.
    logging.getLogger("alembic.runtime").setLevel(logging.WARNING)
    if url.drivername == "sqlite":
        # foreign_keys=OFF: with it, rebuilding a table would empty the tables that refer to it.
        pragmas = (f"busy_timeout={WAIT * 1000}", "journal_mode=WAL", "foreign_keys=OFF")
        engine = make_engine(url, begin=begin, pragmas=pragmas, poolclass=NullPool)
    else:
        from civicapp.storage.postgres import CONNECT

        engine = create_engine(url, connect_args=CONNECT, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def _state(lineage: Lineage, current: str | None, to: str = "head") -> State:
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    try:
        return State(lineage.id, current, lineage.pending(current, to))
    except (CommandError, RevisionError):
        return State(lineage.id, current, unknown=True)


def _upgrade(engine: Engine, lineage: Lineage, to: str) -> State:
    def run(connection: Connection) -> State:
        state = _state(lineage, lineage.current(connection), to)
        if state.unknown:
            reason = f"revision {state.current} is of a newer version of the program"
            raise MigrationFailed(lineage.id, reason)
        if state.pending:
            _run(lineage, connection, state.pending, to)
            _check_keys(connection)
        return state

    return _alone(engine, lineage.id, run)


def _run(lineage: Lineage, connection: Connection, pending: Sequence[str], to: str) -> None:
    ahead = list(pending)
    try:
        lineage.upgrade(connection, applied=lambda: ahead.__delitem__(0), to=to)
    except Exception as e:
        raise MigrationFailed(lineage.id, f"{ahead[0] if ahead else ''}: {_reason(e)}") from e


def _upgrade_queue(engine: Engine) -> State:
    def run(connection: Connection) -> State:
        version = queue_version(connection)
        upgrade_queue(connection)
        return State(QUEUE, version, queue_pending(version)[-1:])

    return _alone(engine, QUEUE, run)


def _alone(engine: Engine, id: str, run: Callable[[Connection], State]) -> State:
    """Run in one transaction while every other migrator waits."""
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                # A table in use: better to give up than to make every request queue behind us.
                connection.execute(text(f"SET LOCAL lock_timeout = '{TABLE_WAIT}'"))
            return run(connection)
    except MigrationFailed:
        raise
    except Exception as e:
        raise MigrationFailed(id, _reason(e)) from e


def _reason(error: Exception) -> str:
    text = str(getattr(error, "orig", None) or error)
    return " ".join(text.split()) or type(error).__name__


def _check_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
            raise ValueError(f"rows refer to rows that are gone: {tables}")


def _described(diffs: Sequence[Any]) -> Iterator[str]:
    for diff in diffs:
        if isinstance(diff, list):
            yield from _described(diff)
            continue
        what, *rest = diff
        if what.startswith("modify"):
            _, table, column, _, have, want = rest
            yield f"{what.removeprefix('modify_')} of {table}.{column} is {have!r}, not {want!r}"
        else:
            names = [
                n for r in rest if (n := getattr(r, "name", r if isinstance(r, str) else None))
            ]
            yield f"{what.replace('_', ' ')} {'.'.join(map(str, names))}"
