"""Rows of every kind of column survive SQLite → archive → PostgreSQL → archive → SQLite."""

import datetime
import json
import math
import tarfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import SAWarning

from civicapp.backup.archive import Archive, ArchiveWriter
from civicapp.backup.manifest import Manifest, TableEntry
from civicapp.storage.canonical import canonical_json, kind_of
from civicapp.storage.layout import Refused, TableLayout, lay_out
from civicapp.storage.migrate import opened
from civicapp.storage.transfer import count, load, loading, read_lines, silent

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
LONG = st.integers(-(2**63), 2**63 - 1)
NUMBER = st.floats(allow_nan=False)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DAYS = datetime.date(1, 1, 3), datetime.date(9999, 12, 29)  # zones lead beyond the others
WALL = st.builds(datetime.datetime.combine, st.dates(*DAYS), st.times())
ZONES = st.integers(-23, 23).map(lambda h: datetime.timezone(datetime.timedelta(hours=h)))
ROW = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "words": TEXT,
        "small": st.integers(-(2**31), 2**31 - 1),
        "large": LONG,
        "ratio": NUMBER,
        "fee": st.decimals(-(10**10) + 1, 10**10 - 1, places=2),
        "on": st.booleans(),
        "raw": st.binary(max_size=30),
        "sealed": st.binary(max_size=30),
        "at": st.builds(lambda wall, zone: wall.replace(tzinfo=zone), WALL, ZONES),
        "wall": WALL,
        "day": st.dates(),
        "hour": st.times(),
        "data": JSON,
        "plain": JSON,
        "colour": st.sampled_from(["red", "green"]),
        "shade": st.sampled_from(["red", "green"]),
        "uid": st.uuids(),
        "uhex": st.uuids(),
    },
)
ROWS = st.dictionaries(LONG, ROW, max_size=4)


@dataclass
class Pair:
    """A connection to a database of each kind, and how the table looks in both."""

    sqlite: sa.Connection
    postgres: sa.Connection
    layout: TableLayout


@pytest.fixture(scope="module")
def pair(regions, sqlite_files, postgres) -> Iterator[Pair]:
    """Return a database of each kind; what is done is rolled back after each example."""
    lineages = regions.kernel().lineages
    urls = (sqlite_files.make(lineages), postgres.make(lineages))
    with (
        opened(urls[0]) as one,
        opened(urls[1]) as two,
        one.connect() as sqlite,
        two.connect() as server,
    ):
        layout = next(t for t in lay_out(sqlite, lineages).tables if t.name == "shelf_thing")
        yield Pair(sqlite, server, layout)
    sqlite_files.drop(urls[0])
    postgres.drop(urls[1])


@contextmanager
def rolled_back(pair: Pair) -> Iterator[Pair]:
    """Let the next example find the tables empty."""
    try:
        yield pair
    finally:
        pair.sqlite.rollback()
        pair.postgres.rollback()


def through_archive(path: Path, connection, layout) -> tuple[Archive, Manifest]:
    """Write the table into an archive, as a backup does."""
    entry = TableEntry(layout, count(connection, layout))
    with path.open("wb") as file:
        writer = ArchiveWriter(file)
        tally = writer.add_table(layout.name, read_lines(connection, layout), silent)
        assert tally == entry.tally
        none: dict[str, Any] = {"left_out": {}, "files": {}, "missing": (), "keys": (), "heads": {}}
        about: dict[str, Any] = dict.fromkeys(("region", "civicapp", "created_at", "database"), "")
        manifest = Manifest(tables={layout.name: entry}, **none, **about)
        writer.close(manifest)
    return Archive(path), manifest


def put(connection, archive, manifest) -> None:
    layouts = [entry.layout for entry in manifest.tables.values()]
    with loading(connection, layouts):
        for layout, lines in archive.tables(manifest):
            load(connection, layout, lines)


def rows_in(connection, table):
    """Read the rows as a service does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # that SQLite keeps decimals as floats
        return connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()


def sameness(row):
    """Return a row so that equal means the same: -0.0 is 0.0, and 1.0 in JSON is not 1."""
    plain = dict(row)
    for name in ("data", "plain"):
        plain[name] = None if plain[name] is None else canonical_json(json.dumps(plain[name]))
    return plain


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_rows_survive_the_way_there_and_back(pair, parts, tmp_path, rows):
    table, layout = parts.new.tables["shelf_thing"], pair.layout
    one, two = tmp_path / "one", tmp_path / "two"
    with rolled_back(pair):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            for id, row in rows.items():
                pair.sqlite.execute(sa.insert(table), {"id": id, **row})
        there = through_archive(one, pair.sqlite, layout)
        put(pair.postgres, *there)
        back = through_archive(two, pair.postgres, layout)
        assert there[0].verify() == there[1] == back[0].verify()
        assert one.read_bytes() == two.read_bytes()
        before = [sameness(row) for row in rows_in(pair.sqlite, table)]
        assert [sameness(row) for row in rows_in(pair.postgres, table)] == before
        pair.sqlite.execute(sa.delete(table))
        put(pair.sqlite, *back)
        assert [sameness(row) for row in rows_in(pair.sqlite, table)] == before
        assert count(pair.sqlite, layout) == there[1].tables[layout.name].tally
        for found, id in zip(before, sorted(rows), strict=True):
            plain = {n: v for n, v in rows[id].items() if n not in ("data", "plain")}
            assert {name: found[name] for name in plain} == plain


WRITTEN = r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"


@settings(max_examples=150, deadline=None)
@given(text=JSON.map(json.dumps) | st.from_regex(WRITTEN, fullmatch=True))
def test_json_gets_the_form_that_postgresql_gives_it(pair, text):
    """Numbers are written out, and nothing of them is lost."""
    with rolled_back(pair):
        cast = sa.text("SELECT CAST(CAST(:text AS jsonb) AS text)")
        stored = pair.postgres.execute(cast, {"text": text}).scalar_one()
    assert canonical_json(stored) == canonical_json(text)
    assert canonical_json(canonical_json(text)) == canonical_json(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"b": 1.50, "a": [1e3, -0.0, 1E-7]}', '{"a":[1000,0.0,0.0000001],"b":1.50}'),
        ('"\\ud83d\\ude00 é"', '"\\ud83d\\ude00 \\u00e9"'),
        ("[12345678901234567890123.0]", "[12345678901234567890123.0]"),
        ("1.50", "1.5"),
        ("-0.0", "0"),
        (2.0, "2"),
        (-5, "-5"),
        ('{"a": 1, "a": 2}', '{"a":2}'),
        ("0e9", "0"),
    ],
)
def test_json_has_one_form(text, form):
    assert canonical_json(text) == form


def refused(call) -> str:
    with pytest.raises(Refused) as found:
        call()
    (problem,) = found.value.problems
    assert problem.code == "row-not-portable"
    return problem.message


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "a\0b"),
        ("data", {"a": ["x\0"]}),
        ("data", {"a\ud800": 1}),
        ("data", "\udfff"),
        ("name", "x" * 201),
        ("small", 2**40),
    ],
)
def test_what_postgresql_cannot_hold_is_refused_with_its_place(
    make_host, parts, tmp_path, column, value
):
    host, other = make_host(), make_host("postgresql", empty=True)
    database = host.database()
    rows = [{"id": 6}, {"id": 7, column: value}, {"id": 8}]
    for row in rows:
        insert = sa.insert(parts.new.tables["shelf_thing"])
        database.write_now(lambda s, i=insert, r=row: s.execute(i, r))
    database.close_now()
    host.back_up(tmp_path / "one")  # it restores into SQLite
    message = refused(lambda: other.restore(tmp_path / "one"))
    assert message.startswith("table shelf_thing, row id 7: ")
    assert other.execute("SELECT count(*) FROM shelf_thing") == [(0,)]
    third = make_host(empty=True)
    third.restore(tmp_path / "one")
    assert third.execute("SELECT count(*) FROM shelf_thing") == [(3,)]


def test_a_bare_number_that_sqlite_would_round_is_refused_with_its_place(make_host, tmp_path):
    """A column of JSON has the affinity of numbers there: `12` becomes one, `[12]` does not."""
    host, other = make_host("postgresql"), make_host(empty=True)
    rows = ["12345678901234567890.5", "9007199254740993", "[12345678901234567890.5]"]
    for n, row in enumerate(rows, 1):
        host.execute("INSERT INTO shelf_thing (id, data) VALUES (:n, :row)", n=n, row=row)
    host.back_up(tmp_path / "one")
    message = refused(lambda: other.restore(tmp_path / "one"))
    assert (
        message
        == "table shelf_thing, row id 1: column data holds a bare number that SQLite would round"
    )
    host.execute("DELETE FROM shelf_thing WHERE id = 1")
    host.back_up(tmp_path / "two")
    other.restore(tmp_path / "two")
    assert other.execute("SELECT data FROM shelf_thing ORDER BY id") == [
        (9007199254740993,),
        ("[12345678901234567890.5]",),
    ]


def test_not_a_number_is_refused_by_sqlite_with_its_place(make_host, tmp_path):
    host, other = make_host("postgresql"), make_host(empty=True)
    host.execute("INSERT INTO shelf_thing (id, ratio) VALUES (1, 'inf'), (2, 'nan')")
    host.back_up(tmp_path / "one")
    message = refused(lambda: other.restore(tmp_path / "one"))
    assert message.startswith("table shelf_thing, row id 2: column ratio holds NaN")
    third = make_host("postgresql", empty=True)
    third.restore(tmp_path / "one")
    first, second = third.execute("SELECT ratio FROM shelf_thing ORDER BY id")
    assert first == (math.inf,)
    assert math.isnan(second[0])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("small", "'twelve'", "column small holds text, wants a whole number"),
        ("small", "1.5", "column small holds a number, wants a whole number"),
        ("ratio", "'wide'", "column ratio holds text, wants a number"),
        ("name", "x'00ff'", "column name holds bytes, wants text"),
        ("raw", "'text'", "column raw holds text, wants bytes"),
        ('"on"', "2", "column on holds a whole number, wants true or false"),
        ("at", "'yesterday'", "column at holds text, wants an instant"),
        ("at", "'2026-11-24T22:41:00'", "column at holds a moment without a time zone"),
        ("wall", "'2026-11-24T22:41:00Z'", "column wall holds a moment with a time zone"),
        ("day", "'2026-02-30'", "column day holds text, wants a date"),
        ("hour", "'25:00'", "column hour holds text, wants a time"),
        ("data", "'{'", "column data holds text that is no JSON"),
        ("data", "'[NaN]'", "column data holds NaN in JSON"),
        ("data", "'[1e99999]'", "column data holds a number in JSON that is out of all bounds"),
        ("fee", "1.234", "column fee holds a number with more than 2 decimal places"),
        ("uid", "'xyz'", "column uid holds text, wants a UUID"),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_named_by_a_backup(
    make_host, tmp_path, column, value, said
):
    """SQLite keeps what it is given."""
    host = make_host()
    host.execute(f"INSERT INTO shelf_thing (id, {column}) VALUES (41, {value})")
    message = refused(lambda: host.back_up(tmp_path / "one"))
    assert message.startswith(f"table shelf_thing, row id 41: {said}")
    assert list(tmp_path.glob("*one*")) == []


def test_text_that_is_no_utf8_is_named_by_a_backup(make_host, tmp_path):
    host = make_host()
    host.execute(
        "INSERT INTO shelf_thing (id) VALUES (5)",
        "INSERT INTO shelf_thing (id, name) VALUES (6, CAST(x'ff' AS TEXT))",
    )
    with pytest.raises(Refused) as found:
        host.back_up(tmp_path / "one")
    assert "table shelf_thing, the row after id 5: " in str(found.value)
    assert "UTF-8" in str(found.value)


def test_types_that_the_databases_keep_differently_have_no_kind():
    for lossy in (
        sa.DateTime(timezone=True),
        sa.Interval(),
        sa.Numeric(),
        sa.Numeric(30, 2),
        sa.REAL(),
        sa.Float(10),
        sa.Time(timezone=True),
        sa.ARRAY(sa.Integer),
    ):
        assert kind_of(lossy) is None, lossy
    assert kind_of(sa.Numeric(15, 3)) == "decimal(15,3)"


def test_an_archive_can_be_read_without_civicapp(make_host, tmp_path):
    host = make_host("postgresql")
    host.execute(
        "INSERT INTO shelf_thing (id, at, raw, fee, uid, data) VALUES (3,"
        " '2026-11-24 22:41+07', '\\x00ff', 12.30, :uid, CAST(:data AS jsonb))",
        uid=str(uuid.UUID(int=5)),
        data='{"b": 1, "a": 2}',
    )
    host.back_up(tmp_path / "one")
    with tarfile.open(tmp_path / "one") as tar:
        part, last = (
            tar.extractfile(name) for name in ("tables/shelf_thing/000001.jsonl", "manifest.json")
        )
        assert part is not None
        assert last is not None
        values, manifest = json.loads(part.read()), json.loads(last.read())
    table = next(t for t in manifest["tables"] if t["name"] == "shelf_thing")
    row = dict(zip((name for name, _ in table["columns"]), values, strict=True))
    assert {name: row[name] for name in ("at", "raw", "fee", "uid", "data", "name")} == {
        "at": "2026-11-24T15:41:00.000000Z",
        "raw": "AP8=",
        "fee": "12.30",
        "uid": "00000000-0000-0000-0000-000000000005",
        "data": '{"a":2,"b":1}',
        "name": None,
    }
