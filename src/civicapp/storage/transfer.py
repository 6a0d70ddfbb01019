"""Transfer: read tables as canonical lines, and load such lines into another database, exactly.

Backup, restore and `db move` are made of this. What is loaded is read back and compared.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    cast,
    collate,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from civicapp.problems import Problem
from civicapp.storage.canonical import Unfit, codec, key_of, read_line, write_line
from civicapp.storage.errors import DatabaseBusy, DatabaseFull, DatabaseGone, chain, translated
from civicapp.storage.layout import Refused, TableLayout

FETCH = 100  # rows that are in hand at a time
BATCH, BATCH_SIZE = 1000, 1024 * 1024  # rows, and characters of lines, that are sent at a time
LOCK_WAIT = "10s"
FAILED = "transfer-failed"
UNUSABLE = "database-unusable"
NO_ROOM = "make room, then start again; nothing was kept"
UNFIT = "row-not-portable"
Progress = Callable[[str, int], None]
"""Called with a table's name and how many of its rows are done."""


def silent(_table: str, _rows: int) -> None:
    """Tell nobody of progress."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines there were, and the SHA-256 of all of them, each with its line break."""

    rows: int
    sha256: str


@dataclass(slots=True)
class Counter:
    """Count lines as they pass."""

    rows: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, line: str) -> bytes:
        """Count a line; return it with its line break."""
        content = f"{line}\n".encode()
        self._hash.update(content)
        self.rows += 1
        return content

    @property
    def tally(self) -> Tally:
        """Return what was counted."""
        return Tally(self.rows, self._hash.hexdigest())


def read_lines(
    connection: Connection, table: TableLayout, see: Callable[[bytes], None] | None = None
) -> Iterator[str]:
    """Read the rows of a table in the order of its key; raise Refused with the place.

    see: shown every value of bytes as it passes.
    """
    writers = [codec(column.kind).write for column in table.columns]
    shown = [n for n, column in enumerate(table.columns) if column.kind == "bytes"] if see else []
    query = _query(connection, table)
    with _explained(f"table {table.name}"):
        result = connection.execute(query, execution_options={"yield_per": FETCH})
    for row in _readable(iter(result), table):
        values = []
        for column, write, raw in zip(table.columns, writers, row, strict=True):
            try:
                values.append(None if raw is None else write(raw))
            except Unfit as e:
                place = _place(table, row)
                raise Refused(Problem(UNFIT, f"{place}: column {column.name} {e}")) from None
        for n in shown:
            if see and row[n] is not None:
                see(bytes(row[n]))
        yield write_line(values)


def count(connection: Connection, table: TableLayout, progress: Progress = silent) -> Tally:
    """Count the rows of a table as they are read."""
    counter = Counter()
    for line in read_lines(connection, table):
        counter.add(line)
        if counter.rows % BATCH == 0:
            progress(table.name, counter.rows)
    return counter.tally


def rows_of(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Count the rows of the tables that have any, the quick way."""
    counts = {
        name: connection.execute(select(func.count()).select_from(_table(name))).scalar_one()
        for name in names
    }
    return {name: rows for name, rows in counts.items() if rows}


@contextmanager
def loading(connection: Connection, tables: Sequence[TableLayout]) -> Iterator[None]:
    """Let rows come in any order of tables: references are checked at the end; raise Refused.

    On PostgreSQL nobody else writes into the tables until the transaction ends.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        yield
        _check_references(connection)
        return
    quote = connection.dialect.identifier_preparer.quote
    names = [quote(table.name) for table in tables]
    with _explained("tables in use"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        keys = [
            f"ALTER TABLE {quote(table)} ALTER CONSTRAINT {quote(name)}"
            for table, name in _strict_keys(connection, {t.name for t in tables})
        ]
        for key in keys:
            connection.exec_driver_sql(f"{key} DEFERRABLE INITIALLY DEFERRED")
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
    yield
    with _explained("references between tables"):
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for key in keys:
            connection.exec_driver_sql(f"{key} NOT DEFERRABLE")


def load(
    connection: Connection,
    table: TableLayout,
    lines: Iterable[str],
    progress: Progress = silent,
) -> Tally:
    """Write lines into an empty table, inside `loading`; return what was written.

    Raise Refused with the place of a row that the database does not take.
    """
    counter = Counter()

    def counted() -> Iterator[str]:
        for line in lines:
            counter.add(line)
            if counter.rows % BATCH == 0:
                progress(table.name, counter.rows)
            yield line

    with _explained(f"table {table.name}"):
        _check_columns(connection, table)
        if connection.dialect.name == "sqlite":
            _insert(connection, table, counted())
        else:
            _copy(connection, table, counted())
            _set_sequences(connection, table)
    return counter.tally


# reading


def _table(name: str, columns: Iterable[str] = ()) -> Table:
    # Columns without a type: what the driver gives is what we want.
    return Table(name, MetaData(), *(Column(column) for column in columns))


def _query(connection: Connection, table: TableLayout) -> Any:
    found = _table(table.name, (column.name for column in table.columns))
    postgres = connection.dialect.name == "postgresql"
    chosen, order = [], {}
    for column in table.columns:
        value: Any = found.c[column.name]
        if postgres and column.kind in ("text", "json"):
            value = cast(value, Text)  # an enum too; JSON without being read as floats
        # Byte by byte, as SQLite compares.
        order[column.name] = collate(value, "C") if postgres and column.kind == "text" else value
        chosen.append(value.label(column.name))
    return select(*chosen).order_by(*(order[name] for name in table.key))


def _key(table: TableLayout, values: Sequence[Any]) -> str:
    return key_of(table.columns, table.key, values)


def _place(table: TableLayout, values: Sequence[Any]) -> str:
    return f"table {table.name}, row {_key(table, values)}"


def _readable(rows: Iterator[Any], table: TableLayout) -> Iterator[Any]:
    """Pass rows on; say in our words when one cannot be read."""
    place = f"table {table.name}"
    while True:
        with _explained(place):
            row = next(rows, None)
        if row is None:
            return
        place = f"table {table.name}, the row after {_key(table, row)}"
        yield row


# loading


def _check_columns(connection: Connection, table: TableLayout) -> None:
    there = {str(c["name"]) for c in inspect(connection).get_columns(table.name)}
    wanted = {column.name for column in table.columns}
    if there != wanted:
        names = ", ".join(sorted(there ^ wanted))
        hint = "civicapp db check tells where the tables differ from the models"
        raise Refused(Problem(FAILED, f"table {table.name} has other columns: {names}", hint))


def _decoded(table: TableLayout, lines: Iterable[str], *, sqlite: bool) -> Iterator[list[Any]]:
    codecs = [codec(column.kind) for column in table.columns]
    readers = [c.to_sqlite if sqlite else c.to_postgres for c in codecs]
    for line in lines:
        values = read_line(line)
        row = []
        for column, read, value in zip(table.columns, readers, values, strict=True):
            try:
                row.append(None if value is None else read(value))
            except Unfit as e:
                what = f"{_place(table, values)}: column {column.name} {e}"
                raise Refused(Problem(UNFIT, what)) from None
        yield row


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    """Divide lines into batches that are neither many nor large."""
    batch: list[str] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if len(batch) >= BATCH or size >= BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _insert(connection: Connection, table: TableLayout, lines: Iterable[str]) -> None:
    statement = f"INSERT INTO {_target(connection, table)} VALUES ({_marks(table)})"  # noqa: S608
    for batch in _batches(lines):
        rows = _decoded(table, batch, sqlite=True)
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def _marks(table: TableLayout) -> str:
    return ", ".join("?" * len(table.columns))


def _target(connection: Connection, table: TableLayout) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return f"{quote(table.name)} ({', '.join(quote(c.name) for c in table.columns)})"


def _copy(connection: Connection, table: TableLayout, lines: Iterable[str]) -> None:
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {_target(connection, table)} FROM STDIN"
    for batch in _batches(lines):
        rows = list(_decoded(table, batch, sqlite=False))
        sent = 0
        try:
            with driver.cursor().copy(statement) as copy:
                for row in rows:
                    sent += 1
                    copy.write_row(row)
        except (psycopg.DataError, psycopg.IntegrityError, UnicodeEncodeError) as e:
            # The server names the number of the line; without it the driver refused the last one.
            context = getattr(getattr(e, "diag", None), "context", None) or ""
            found = re.search(r"COPY .*?, \D+ (\d+)", context)
            number = int(found[1]) if found else sent
            what = f"{_place(table, rows[number - 1])}: {_said(e)}"
            raise Refused(Problem(UNFIT, what, "PostgreSQL does not take it: mend the row")) from e


def _set_sequences(connection: Connection, table: TableLayout) -> None:
    quote = connection.dialect.identifier_preparer.quote
    name = quote(table.name)
    for column in table.columns:
        if column.kind == "integer":
            asked = {"table": name, "column": column.name}
            query = text("SELECT pg_get_serial_sequence(:table, :column)")
            sequence = connection.execute(query, asked).scalar_one()
            if sequence is not None:
                top = f"coalesce(max({quote(column.name)}), 0)"  # sequences begin at 1
                value = f"setval(:s, greatest({top}, 1), {top} > 0)"
                setting = f"SELECT {value} FROM {name}"  # noqa: S608
                connection.execute(text(setting), {"s": sequence})


def _strict_keys(connection: Connection, names: Iterable[str]) -> list[tuple[str, str]]:
    """List the foreign keys of tables that are checked at once, by table and name."""
    query = text(
        "SELECT r.relname, c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid"
        " WHERE c.contype = 'f' AND NOT c.condeferrable AND r.oid = ANY(CAST(:n AS regclass[]))"
        " ORDER BY 1, 2"
    )
    quote = connection.dialect.identifier_preparer.quote
    found = connection.execute(query, {"n": [quote(name) for name in sorted(names)]})
    return [(table, name) for table, name in found]


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
        raise Refused(Problem(FAILED, f"rows refer to rows that are not there: {tables}"))


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Say in our words why a database did not take or give something."""
    try:
        with translated():
            yield
    except DatabaseFull as e:
        raise Refused(Problem(UNUSABLE, f"{what}: the disk is full", NO_ROOM)) from e
    except (DatabaseBusy, DatabaseGone) as e:
        raise Refused(Problem(UNUSABLE, f"{what}: {_said(e)}", "try again")) from e
    except (SQLAlchemyError, psycopg.Error) as e:
        raise Refused(Problem(FAILED, f"{what}: {_said(e)}")) from e


def _said(error: Exception) -> str:
    """Return what a driver said, without the values that it quotes."""
    last = list(chain(error))[-1]
    said = getattr(getattr(last, "diag", None), "message_primary", None) or str(last)
    if isinstance(last, UnicodeEncodeError):
        said = "it holds half of a character (a lone surrogate)"
    return " ".join(said.partition(" with text ")[0].split())
