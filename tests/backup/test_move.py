"""A database is copied to another, while nobody works on it; the source stays as it is."""

import sqlite3

import pytest

from civicapp.backup.move import move
from civicapp.storage.database import open_database, sqlite_url
from civicapp.storage.layout import Refused
from civicapp.testing.databases import Postgres


def why_not(source, to) -> str:
    with pytest.raises(Refused) as refused:
        move(source, to)
    return "\n".join(f"{p.code}: {p.message} ({p.hint})" for p in refused.value.problems)


def fill(host):
    host.execute(
        "INSERT INTO shelf_photo (id, note) VALUES ('p1', 'one')",
        "INSERT INTO shelf_log (what) VALUES ('first')",
        "INSERT INTO core_change (tag) VALUES ('shelf:1')",
        "DELETE FROM shelf_level WHERE code = 'low'",
    )
    return host


def test_a_database_is_moved(make_host, kind, other_kind):
    host, other = fill(make_host(kind)), make_host(other_kind, empty=True)
    moved = move(host.source(), other.url)
    assert moved.before == moved.after
    assert moved.after["core_change"].rows == 1
    assert other.execute("SELECT id, note FROM shelf_photo") == [("p1", "one")]
    assert other.execute("SELECT code FROM shelf_level") == [("high",)]
    other.execute("INSERT INTO shelf_log (what) VALUES ('next')")
    assert other.execute("SELECT max(id) FROM shelf_log") == [(3,)]


def test_a_database_moves_there_and_back(make_host, tmp_path):
    host, there, back = (
        fill(make_host()),
        make_host("postgresql", empty=True),
        make_host(empty=True),
    )
    first = move(host.source(), there.url)
    second = move(there.source(), back.url)
    assert first.before == second.after


def test_the_source_stays_as_it_is(make_host, kind):
    host, other = fill(make_host(kind)), make_host("postgresql", empty=True)
    first = move(host.source(), other.url)
    third = make_host(empty=True)
    assert move(host.source(), third.url).before == first.before
    host.execute("INSERT INTO shelf_log (what) VALUES ('next')")


@pytest.mark.parametrize("opened", ["reading", "writing", "idle"])
def test_a_file_that_another_process_has_open_is_refused(make_host, opened):
    host, other = fill(make_host()), make_host("postgresql", empty=True)
    database = open_database(host.url)
    connection = sqlite3.connect(str(host.url.database), isolation_level=None)
    try:
        match opened:
            case "reading":  # as a server that has answered a request
                from sqlalchemy import text

                database.read_now(lambda s: s.execute(text("SELECT 1 FROM core_job")).all())
            case "writing":
                connection.execute("BEGIN IMMEDIATE")
            case _:
                connection.execute("SELECT 1 FROM core_job").fetchall()
        said = why_not(host.source(), other.url)
    finally:
        connection.close()
        database.close_now()
    assert said.startswith(f"database-in-use: {host.url} is open in another process (stop server")
    move(host.source(), other.url)


def test_nobody_gets_at_the_file_meanwhile(make_host):
    host, other = fill(make_host()), make_host("postgresql", empty=True)
    said = []

    def disturb(_what, _number):
        connection = sqlite3.connect(str(host.url.database), timeout=0)
        try:
            connection.execute("SELECT 1 FROM core_job").fetchall()
        except sqlite3.OperationalError as e:
            said.append(str(e))
        finally:
            connection.close()

    host.execute(
        "INSERT INTO shelf_box (code, part) WITH RECURSIVE n(i) AS"
        " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT 'c' || i, i FROM n"
    )
    move(host.source(), other.url, disturb)
    assert said
    assert set(said) == {"database is locked"}


def test_a_server_that_is_connected_is_refused(make_host):
    host, other = fill(make_host("postgresql")), make_host(empty=True)
    source = host.source()
    database = host.database()
    try:
        from sqlalchemy import text

        database.read_now(lambda s: s.execute(text("SELECT 1")).all())
        said = why_not(source, other.url)
    finally:
        database.close_now()
    assert said.startswith("database-in-use: ")
    assert "is open in another process of civicapp" in said


def test_a_target_that_holds_something_is_refused(make_host, other_kind):
    host, other = fill(make_host()), make_host(other_kind)
    other.execute("INSERT INTO shelf_extra (id) VALUES (1)")
    assert "is not empty: it holds rows (shelf_extra 1)" in why_not(host.source(), other.url)


def test_a_database_is_not_moved_to_itself(make_host, kind):
    host = fill(make_host(kind))
    assert "is the database to move" in why_not(host.source(), host.url)


def test_a_table_that_nobody_knows_stops_a_move(make_host):
    host, other = fill(make_host()), make_host("postgresql", empty=True)
    host.execute("CREATE TABLE notes (x TEXT)")
    assert "no service knows the table notes" in why_not(host.source(), other.url)


def test_a_row_that_the_target_does_not_take_leaves_it_empty(make_host):
    host, other = fill(make_host()), make_host("postgresql", empty=True)
    host.execute("INSERT INTO shelf_photo (id, note) VALUES ('p2', 'a' || char(0) || 'b')")
    said = why_not(host.source(), other.url)
    assert said.startswith("row-not-portable: table shelf_photo, row id p2: ")
    assert other.execute("SELECT count(*) FROM shelf_photo") == [(0,)]
    host.execute("DELETE FROM shelf_photo WHERE id = 'p2'")
    move(host.source(), other.url)


def test_a_server_that_keeps_no_utf8_is_refused(make_host, postgres: Postgres):
    import psycopg

    host, name = fill(make_host()), "civicapp_test_ascii"
    address = postgres.server.set(drivername="postgresql").render_as_string(hide_password=False)
    create = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII'"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"{create} LOCALE_PROVIDER libc LOCALE 'C'".encode())
        try:
            said = why_not(host.source(), postgres.server.set(database=name))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    assert "is kept as SQL_ASCII, wants UTF8" in said


def test_a_folder_that_is_not_there_is_named(make_host, tmp_path):
    host = fill(make_host())
    said = why_not(host.source(), sqlite_url(tmp_path / "no" / "file.sqlite3"))
    assert "there is no such folder" in said


def test_an_older_state_is_moved_and_then_migrated(make_host):
    host, other = make_host(new=False), make_host("postgresql", empty=True)
    host.kernel = make_host().kernel
    host.execute("INSERT INTO shelf_photo (id) VALUES ('p1')")
    move(host.source(), other.url)
    assert other.execute("SELECT id, note FROM shelf_photo") == [("p1", None)]
