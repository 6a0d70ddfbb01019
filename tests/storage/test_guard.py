import sqlite3

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from civicapp.storage import Database

CHANGES = [
    "UPDATE counter_audit SET text = 'b'",
    "DELETE FROM counter_audit",
    "DELETE FROM counter_audit WHERE id = 1",
    "INSERT INTO counter_audit (id, code, text) VALUES (1, 'z', 'b') ON CONFLICT (id)"
    " DO UPDATE SET text = 'b'",
]
SQLITE = [
    "INSERT OR REPLACE INTO counter_audit (id, code, text) VALUES (1, 'z', 'b')",
    "INSERT OR REPLACE INTO counter_audit (id, code, text) VALUES (9, 'a', 'b')",
    "REPLACE INTO counter_audit (code, text) VALUES ('a', 'b')",
    "UPDATE OR IGNORE counter_audit SET text = 'b'",
]


def insert(session: Session) -> None:
    session.execute(text("INSERT INTO counter_audit (id, code, text) VALUES (1, 'a', 'a')"))


def rows(session: Session) -> list[tuple[int, str, str]]:
    found = session.execute(text("SELECT id, code, text FROM counter_audit"))
    return [(id, code, words) for id, code, words in found]


@pytest.mark.parametrize("statement", CHANGES)
def test_no_row_is_changed_or_removed(database: Database, statement: str) -> None:
    database.write_now(insert)
    with pytest.raises(DBAPIError, match="append-only"):
        database.write_now(lambda s: s.execute(text(statement)))
    assert database.read_now(rows) == [(1, "a", "a")]


def test_rows_are_added(database: Database) -> None:
    database.write_now(insert)
    add = text("INSERT INTO counter_audit (code, text) VALUES ('b', 'b')")
    if not database.is_sqlite:
        add = text("INSERT INTO counter_audit (id, code, text) VALUES (2, 'b', 'b')")
    database.write_now(lambda s: s.execute(add))
    assert len(database.read_now(rows)) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("statement", SQLITE)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_also_a_stranger_cannot_replace(
    database: Database, database_url: URL, statement: str, recursive: str
) -> None:
    database.write_now(insert)
    stranger = sqlite3.connect(str(database_url.database), isolation_level=None)
    stranger.execute(f"PRAGMA recursive_triggers={recursive}")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        stranger.execute(statement)
    stranger.close()
    assert database.read_now(rows) == [(1, "a", "a")]


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_truncate_is_refused(database: Database, role: str) -> None:
    database.write_now(insert)

    def work(session: Session) -> None:
        session.execute(text(f"SET LOCAL session_replication_role = {role}"))
        session.execute(text("TRUNCATE counter_audit"))

    with pytest.raises(DBAPIError, match="append-only"):
        database.write_now(work)
    assert database.read_now(rows) == [(1, "a", "a")]
