"""A backup of one kind of database restores into the other, and everything is as it was."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from civicapp.backup.scope import LEFT_OUT

WHEN = "2026-11-24T22:41:00.000001Z"
FILL = (
    "INSERT INTO shelf_box (code, part, above_code, above_part) VALUES"
    " ('a', 1, 'z', 9), ('b', 1, 'a', 1), ('z', 9, 'b', 1)",
    "INSERT INTO shelf_left (id, other) VALUES (5, NULL), (6, NULL)",
    "INSERT INTO shelf_right (id, other) VALUES (7, 5), (8, 6)",
    "UPDATE shelf_left SET other = id + 2",
    "INSERT INTO shelf_log (what) VALUES ('first'), ('second')",
    "DELETE FROM shelf_level WHERE code = 'low'",
    "UPDATE shelf_level SET rank = 20",
    "INSERT INTO shelf_photo (id) VALUES ('p1'), ('p2')",
    "INSERT INTO core_session (id, digest, account, stage, agent, rotate, created_at, seen_at,"
    f" expires_at) VALUES ('s', 'd', 'x', 'full', '', {{false}}, '{WHEN}', '{WHEN}', '{WHEN}')",
)


def fill(host):
    """Put rows into every table that is awkward: references in circles, append-only, migrated."""
    false = "0" if host.url.drivername == "sqlite" else "false"
    host.execute(
        "INSERT INTO core_account (id, email, email_key, name, demo, recovery_codes, created_at)"
        f" VALUES ('x', 'x', 'x', 'x', {false}, '[]', '{WHEN}')",
        *(s.replace("{false}", false) for s in FILL),
    )
    for name in ("p1", "p2"):
        host.files().put_now(f"shelf/{name}", name.encode() * 1000)


def test_everything_is_as_it_was(make_host, kind, other_kind, tmp_path, manifest_of):
    host, other = make_host(kind), make_host(other_kind, empty=True)
    fill(host)
    taken = host.back_up(tmp_path / "one")
    restored = other.restore(tmp_path / "one")
    assert restored.copied.tables == {n: t.tally for n, t in taken.manifest.tables.items()}
    again = other.back_up(tmp_path / "two")
    first, second = taken.manifest, again.manifest
    assert (first.tables, first.files, first.heads) == (second.tables, second.files, second.heads)
    assert other.files().get_now("shelf/p1") == b"p1" * 1000
    assert other.execute("SELECT * FROM shelf_level") == [("high", 20)]
    assert [row[0] for row in other.execute("SELECT what FROM shelf_log ORDER BY id")] == [
        *("migrated", "first", "second")
    ]
    left, right = other.execute("SELECT id, other FROM shelf_left ORDER BY id")
    assert (left, right) == ((5, 7), (6, 8))


def test_the_same_state_gives_the_same_file(make_host, kind, tmp_path, monkeypatch):
    host = make_host(kind)
    fill(host)
    monkeypatch.setattr("civicapp.backup.take.now", lambda: "2026-11-24T00:00:00Z")
    first = host.back_up(tmp_path / "one")
    second = host.back_up(tmp_path / "two")
    assert first.sha256 == second.sha256
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_is_left_out_is_named_with_the_reason(make_host, tmp_path):
    host = make_host()
    fill(host)
    manifest = host.back_up(tmp_path / "one").manifest
    assert manifest.left_out == LEFT_OUT
    assert not LEFT_OUT.keys() & manifest.tables.keys()
    assert all(reason.strip() for reason in LEFT_OUT.values())


def test_restored_tables_go_on_counting(make_host, kind, other_kind, tmp_path):
    host, other = make_host(kind), make_host(other_kind, empty=True)
    fill(host)
    host.execute("INSERT INTO shelf_thing (id) VALUES (2147483650)")
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    other.execute("INSERT INTO shelf_log (what) VALUES ('third')")
    other.execute("INSERT INTO shelf_thing (name) VALUES ('next')")
    assert other.execute("SELECT max(id) FROM shelf_log") == [(4,)]
    assert other.execute("SELECT id FROM shelf_thing WHERE name = 'next'") == [(2147483651,)]


def test_restored_tables_are_guarded_as_before(make_host, other_kind, tmp_path):
    host, other = make_host(), make_host(other_kind, empty=True)
    fill(host)
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    for statement in ("UPDATE shelf_log SET what = 'x'", "DELETE FROM shelf_log"):
        with pytest.raises(DBAPIError, match="append-only"):
            other.execute(statement)
    with pytest.raises(DBAPIError):
        other.execute("INSERT INTO shelf_left (id, other) VALUES (9, 99)")


def test_references_are_checked_at_once_again_after_a_restore(make_host, tmp_path):
    host, other = make_host("postgresql"), make_host("postgresql", empty=True)
    fill(host)
    query = "SELECT conname, condeferrable FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    assert host.execute(query) == other.execute(query)
    assert not any(deferrable for _, deferrable in other.execute(query))


def test_an_empty_database_that_is_migrated_takes_a_backup(make_host, other_kind, tmp_path):
    host, other = make_host(), make_host(other_kind)
    fill(host)
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    assert other.execute("SELECT code, rank FROM shelf_level") == [("high", 20)]


def test_models_and_tables_agree_after_a_restore(make_host, other_kind, tmp_path):
    from civicapp.storage.migrate import drift

    host, other = make_host(), make_host(other_kind, empty=True)
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    shelf = [line for line in drift(other.url, other.kernel.lineages) if "guard" in line]
    assert shelf == []


def test_a_table_of_many_rows_needs_little_memory(make_host, other_kind, tmp_path):
    """Twelve megabytes of rows are never in memory together."""
    import tracemalloc

    host, other = make_host(), make_host(other_kind, empty=True)
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
    host.execute(
        f"INSERT INTO shelf_thing (id, words) {many} SELECT i, hex(randomblob(1000)) FROM n"
    )
    host.source()  # what is imported and prepared once is not counted
    host.back_up(tmp_path / "warm")
    tracemalloc.start()
    try:
        host.back_up(tmp_path / "one")
        other.restore(tmp_path / "one")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert other.execute("SELECT count(*) FROM shelf_thing") == [(6000,)]
    assert peak < 10_000_000


def test_columns_read_by_their_own_types_are_equal(make_host, parts, tmp_path):
    """The Python values, not only our own form of them."""
    host, other = make_host(), make_host("postgresql", empty=True)
    fill(host)
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    for table in parts.new.sorted_tables:
        query = sa.select(table).order_by(*table.primary_key)
        found = []
        for each in (host, other):
            database = each.database()
            found.append(database.read_now(lambda s, q=query: s.execute(q).all()))
            database.close_now()
        assert found[0] == found[1]
