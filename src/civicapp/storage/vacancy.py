"""Vacancy: tell whether a database is empty, and bring an empty one to the state of a copy."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL, Connection, inspect

from civicapp.problems import Problem
from civicapp.storage.database import sqlite_url
from civicapp.storage.layout import Layout, Refused, TableLayout, lay_out
from civicapp.storage.lineage import CORE, TABLE, Lineage
from civicapp.storage.migrate import opened, upgrade
from civicapp.storage.snapshot import snapshot
from civicapp.storage.transfer import count, read_lines, rows_of

NOT_EMPTY = "not-empty"


def make_ready(url: URL, services: Sequence[Lineage], heads: Mapping[str, str]) -> None:
    """Bring an empty database to the revisions of a copy; raise Refused, MigrationFailed.

    One that is ahead of them, yet empty, is made anew: there is no way back for tables.
    """
    if url.drivername != "sqlite" or Path(str(url.database)).exists():
        with opened(url) as engine, engine.begin() as connection:
            check_empty(connection, services, url)
            lineages = (CORE, *services)
            if any(_beyond(lineage, connection, heads) for lineage in lineages):
                _drop(connection, lineages)
    upgrade(url, services, to=heads)


def check_empty(connection: Connection, services: Sequence[Lineage], url: URL) -> Layout:
    """Raise Refused when a table of ours holds more than migrations put there; return its layout.

    What else is in the database does not matter here.
    """
    layout = lay_out(connection, services, whole=False)
    rows = rows_of(connection, [table.name for table in layout.tables])
    if rows:
        fresh = _fresh(services, layout.heads)
        for table in layout.tables:
            if table.name in rows and fresh.get(table.name) == count(connection, table):
                del rows[table.name]
    if rows:
        held = ", ".join(f"{name} {number:,}" for name, number in sorted(rows.items()))
        raise Refused(Problem(NOT_EMPTY, f"{url} is not empty: it holds rows ({held})", _way(url)))
    return layout


def vacate(
    connection: Connection, table: TableLayout, services: Sequence[Lineage]
) -> frozenset[str]:
    """Remove what migrations put into a table; return the lines that cannot be removed."""
    if not rows_of(connection, [table.name]):
        return frozenset()
    models = [x.metadata.tables[table.name] for x in (CORE, *services) if x.id == table.service]
    if any(model.info.get("append_only") for model in models):
        return frozenset(read_lines(connection, table))
    quote = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql(f"DELETE FROM {quote(table.name)}")  # noqa: S608
    return frozenset()


def _way(url: URL) -> str:
    if url.drivername == "sqlite":
        return "move that file away with those beside it (-wal, -shm), or choose another --data"
    new = f"createdb --encoding=UTF8 --template=template0 {url.database}"
    return f"name an empty database; or, if this one may go: dropdb {url.database} && {new}"


def _fresh(services: Sequence[Lineage], heads: Mapping[str, str]) -> dict[str, object]:
    """Migrate a database of our own to the same revisions, and count what it holds then."""
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "fresh.sqlite3")
        upgrade(url, services, to=heads)
        with snapshot(url) as connection:
            tables = lay_out(connection, services, whole=False).tables
            return {table.name: count(connection, table) for table in tables}


def _beyond(lineage: Lineage, connection: Connection, heads: Mapping[str, str]) -> bool:
    current, wanted = lineage.current(connection), heads.get(lineage.id)
    return current is not None and wanted is not None and not lineage.leads(current, wanted)


def _drop(connection: Connection, lineages: Sequence[Lineage]) -> None:
    own = tuple(f"{lineage.id}_" for lineage in lineages)
    marks = {TABLE + lineage.id for lineage in lineages}
    there = inspect(connection).get_table_names()
    quote = connection.dialect.identifier_preparer.quote
    names = [quote(name) for name in there if name.startswith(own) or name in marks]
    if connection.dialect.name == "postgresql":
        names = [", ".join(names)]  # at once: they may refer to one another
    for name in names:
        connection.exec_driver_sql(f"DROP TABLE {name}")
