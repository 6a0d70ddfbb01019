"""The bulk files: that they are whole, say what they hold, and read back as what is published."""

import csv
import datetime
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest
from civicapp_prices.bulk_reader import Unusable, open_bulk
from civicapp_prices.models import BulkFile, Import
from civicapp_prices.service import bulk
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.imports import look_at, run
from civicapp_prices.service.points import Key, NewPoint, derive, ensure_series, publish
from civicapp_prices.service.site import Site

from civicapp import Act

API = "/api/v1/prices/bulk"
RICE, CHILI = "beras-medium-1", "cabai-rawit"
TAMIN = "18.71-07"
AT = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)
DAY = datetime.date(2026, 11, 24)
ROOT = Path(__file__).parents[3]
PROFILE = Path(__file__).parent / "vendor" / "tabular-data-package.json"


def take(world: Any, folder: Path, name: str, text: str) -> None:
    """Import a file of our own format."""
    path = folder / name
    path.write_text(text, "utf-8")
    job = look_at(world.site, path, "csv", "18", AT)
    assert run(world.db, world.site, job, Act(at=AT), lambda _: None).new > 0


@pytest.fixture
def filled(world: Any, tmp_path: Path) -> Any:
    """Return the region with quotes, an import, a monthly source, alarms, and forgotten codes."""
    world.quote(TAMIN, 14000)
    world.quote(TAMIN, 14501, slot=2, state="flagged")
    world.quote(TAMIN, 13000, date=DAY - datetime.timedelta(days=1))
    for day in (DAY, DAY - datetime.timedelta(days=1)):
        world.write(derive, TAMIN, day, [RICE])
    table = "date,area,commodity,price,unit\n2025-12-31,18,cabai-rawit,50000.25,kg\n"
    take(world, tmp_path, "=cmd.csv", table + "2026-10-30,18,cabai-rawit,60000,kg\n")

    def more(session: Any) -> None:
        keys = [Key("wfp", "a:18", RICE, "month"), Key("pihps", "m:99-01", "gone")]
        ids = ensure_series(session, keys)
        day = datetime.date(2026, 10, 1)
        publish(session, [NewPoint(ids[key], day, Decimal("12345.678901")) for key in keys], [])

    world.db.write_now(more)
    run_alarms(world.db, world.site, AT)
    return world


def written(world: Any, folder: Path) -> Path:
    """Write the files into a new folder."""
    folder.mkdir()
    world.db.read_now(bulk.write_set, world.site, folder)
    return folder


def package_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return found


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


READ: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": Decimal,
    "date": datetime.date.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").fullmatch,
    "yearmonth": lambda text: datetime.date.fromisoformat(f"{text}-01"),
}


def test_the_data_package_is_one_by_the_published_schema(filled: Any, tmp_path: Path) -> None:
    package = package_of(written(filled, tmp_path / "set"))
    schema = json.loads(PROFILE.read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(package)
    assert hashlib.sha256(PROFILE.read_bytes()).hexdigest() in (ROOT / "THIRD_PARTY.md").read_text()


def test_every_cell_is_of_its_type_and_every_key_names_a_row(filled: Any, tmp_path: Path) -> None:
    folder = written(filled, tmp_path / "set")
    package = package_of(folder)
    tables = {r["name"]: rows_of(folder, r["path"]) for r in package["resources"]}
    assert all(tables[name] for name in tables), "each table has rows, else nothing is checked"
    for resource in package["resources"]:
        rows, schema = tables[resource["name"]], resource["schema"]
        assert list(rows[0]) == [field["name"] for field in schema["fields"]]
        for field in schema["fields"]:
            _check_cells(field, [row[field["name"]] for row in rows])
        key = schema["primaryKey"]
        names = [tuple(row[column] for column in key) for row in rows]
        assert len(set(names)) == len(names)
        for foreign in schema.get("foreignKeys", ()):
            other = tables[foreign["reference"]["resource"] or resource["name"]]
            known = {row[foreign["reference"]["fields"]] for row in other} | {""}
            assert {row[foreign["fields"]] for row in rows} <= known, foreign
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert content.endswith(b"\r\n")
        assert b"\n" not in content.replace(b"\r\n", b"")


def _check_cells(field: dict[str, Any], cells: list[str]) -> None:
    limits = field.get("constraints", {})
    given = [cell for cell in cells if cell]
    assert not limits.get("required") or len(given) == len(cells), field["name"]
    assert not limits.get("unique") or len(set(cells)) == len(cells), field["name"]
    for cell in given:
        value = READ[field["type"]](cell)
        assert value is not None, cell
        assert "enum" not in limits or cell in limits["enum"]
        assert "minimum" not in limits or value >= limits["minimum"]
        assert "pattern" not in limits or re.fullmatch(limits["pattern"], cell)


def test_the_points_say_what_they_rest_on(filled: Any, tmp_path: Path) -> None:
    folder = written(filled, tmp_path / "set")
    series = {row["id"]: row for row in rows_of(folder, "series.csv")}
    points = {
        (series[p["series"]]["scope"], series[p["series"]]["source"], p["date"]): p
        for year in (2025, 2026)
        for p in rows_of(folder, f"points-{year}.csv")
    }
    survey = points[f"m:{TAMIN}", "survey", "2026-11-24"]
    assert (survey["price"], survey["n"], survey["markets"]) == ("14250.5", "2", "1")
    assert (survey["low"], survey["high"], survey["flagged"]) == ("14000", "14501", "true")
    assert survey["import"] == ""
    taken = points["a:18", "csv", "2025-12-31"]
    assert (taken["price"], taken["n"], taken["flagged"]) == ("50000.25", "", "false")
    [source] = rows_of(folder, "imports.csv")
    assert (taken["import"], source["file"]) == (source["id"], "'=cmd.csv")
    [row] = filled.rows(Import)
    assert source["sha256"] == row.digest


def test_the_same_data_gives_the_same_bytes(filled: Any, tmp_path: Path) -> None:
    one, other = (written(filled, tmp_path / name) for name in ("one", "other"))
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {
        p.name: p.read_bytes() for p in other.iterdir()
    }


def test_an_empty_region_has_files_too(world: Any, tmp_path: Path) -> None:
    folder = written(world, tmp_path / "set")
    jsonschema.Draft4Validator(json.loads(PROFILE.read_text("utf-8"))).validate(package_of(folder))
    assert rows_of(folder, "alarms.csv") == []
    with open_bulk(folder) as files:
        assert (list(files.series()), list(files.alarms()), files.damaged) == ([], [], ())


# Stored and published


def made(folder: Path, store: dict[str, bytes]) -> list[bulk.Made]:
    return [bulk.store(path, store.__setitem__) for path in sorted(folder.iterdir())]


def test_a_set_is_published_at_once_and_the_old_one_stays_for_a_while(
    filled: Any, tmp_path: Path
) -> None:
    stored: dict[str, bytes] = {}
    first = made(written(filled, tmp_path / "first"), stored)
    assert filled.db.read_now(bulk.find_file, "series.csv") is None
    filled.db.write_now(bulk.publish_set, first, AT, AT)
    known = filled.db.read_now(bulk.list_files)
    assert set(known) == {file.name for file in first}

    filled.quote(TAMIN, 20000, date=DAY + datetime.timedelta(days=1))
    filled.write(derive, TAMIN, DAY + datetime.timedelta(days=1), [RICE])
    later = AT + datetime.timedelta(hours=1)
    second = made(written(filled, tmp_path / "second"), stored)
    assert filled.db.write_now(bulk.publish_set, second, later, later) == []
    now = filled.db.read_now(bulk.list_files)
    changed = {name for name in now if now[name].digest != known[name].digest}
    assert changed == {"points-2026.csv", "series.csv", "datapackage.json"}
    assert {now[name].made_at for name in now} == {AT, later}
    assert {now[name].made_at for name in changed} == {later}

    tomorrow = later + datetime.timedelta(days=1, minutes=1)
    gone = filled.db.write_now(bulk.publish_set, second, tomorrow, tomorrow)
    assert set(gone) == {part for name in changed for part in known[name].parts}
    assert len(filled.rows(BulkFile)) == len(second)
    assert set(filled.db.read_now(lambda s: list(bulk.named_files(s)))) == set(stored) - set(gone)


def test_what_was_read_earlier_never_replaces_what_was_read_later(
    filled: Any, tmp_path: Path
) -> None:
    stored: dict[str, bytes] = {}
    old = made(written(filled, tmp_path / "old"), stored)
    filled.quote(TAMIN, 20000, date=DAY + datetime.timedelta(days=1))
    filled.write(derive, TAMIN, DAY + datetime.timedelta(days=1), [RICE])
    new = made(written(filled, tmp_path / "new"), stored)
    minute = datetime.timedelta(minutes=1)
    filled.db.write_now(bulk.publish_set, new, AT + minute, AT + 2 * minute)
    filled.db.write_now(bulk.publish_set, old, AT, AT + 3 * minute)
    found = filled.db.read_now(bulk.list_files)
    assert {name: file.digest for name, file in found.items()} == {f.name: f.digest for f in new}


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    """Test the served app with the region that has prices alone."""
    return pasar


def price(db: Any, day: str, text: str) -> None:
    """Publish a price."""

    def put(session: Any) -> None:
        key = Key("pihps", "a:18", RICE)
        series = ensure_series(session, [key])[key]
        publish(session, [NewPoint(series, datetime.date.fromisoformat(day), Decimal(text))], [])

    db.write_now(put)


def test_the_files_are_served_as_the_job_wrote_them(
    client: Any, outbox: Any, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PART", 100)  # so that files have several parts
    assert client.api("GET", f"{API}/datapackage.json").status_code == 404
    price(db, "2026-11-23", "14000.5")
    db.write_now(lambda s: outbox.backing.outbox.enqueue(s, "prices.bulk", "first"))
    outbox.run_jobs()
    package = client.api("GET", f"{API}/datapackage.json")
    assert package.headers["content-type"] == "application/json"
    for resource in package.json()["resources"]:
        answer = client.api("GET", f"{API}/{resource['path']}")
        assert answer.status_code == 200
        digest = hashlib.sha256(answer.content).hexdigest()
        assert resource["hash"] == f"sha256:{digest}"
        assert answer.headers["etag"] == f'"{digest}"'
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-length"] == str(resource["bytes"])
        named = f'attachment; filename="{resource["path"]}"'
        assert answer.headers["content-disposition"] == named
    points = f"{API}/points-2026.csv"
    seen = client.api("GET", points)
    for given in (
        {"if-none-match": seen.headers["etag"]},
        {"if-modified-since": seen.headers["last-modified"]},
    ):
        again = client.api("GET", points, headers=given)
        assert (again.status_code, again.content) == (304, b"")
    other = {"if-none-match": '"0"', "if-modified-since": seen.headers["last-modified"]}
    assert client.api("GET", points, headers=other).status_code == 200
    assert client.api("GET", f"{API}/points-1999.csv").status_code == 404

    price(db, "2026-11-24", "15000")
    assert client.api("GET", points).content == seen.content
    db.write_now(lambda s: outbox.backing.outbox.enqueue(s, "prices.bulk", "second"))
    outbox.run_jobs()
    assert client.api("GET", points).content == seen.content + (
        seen.content.splitlines(keepends=True)[1]
        .replace(b"2026-11-23", b"2026-11-24")
        .replace(b"14000.5", b"15000")
    )


def test_an_import_has_the_files_written_after_its_alarms(
    client: Any, outbox: Any, kernel: Any, db: Any, tmp_path: Path
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("date,area,commodity,price,unit\n2026-10-30,18,cabai-rawit,60000,kg\n")
    send = outbox.backing.outbox
    site = Site(region=kernel.region, enqueue=send.enqueue, emit=send.emit)
    run(db, site, look_at(site, path, "csv", "18", AT), Act(at=AT), lambda _: None)
    outbox.run_jobs()
    assert b",60000," in client.api("GET", f"{API}/points-2026.csv").content
    assert len(client.api("GET", f"{API}/alarms.csv").content.splitlines()) == 1 + 5


# Read back


def test_the_reader_gives_back_what_is_published(filled: Any, tmp_path: Path) -> None:
    folder = written(filled, tmp_path / "set")
    with open_bulk(folder) as files:
        found = {(s.source, s.scope, s.commodity, s.step): v for s, v in files.series()}
        alarms = list(files.alarms())
        assert files.damaged == ()
        assert files.settings["ipa_mode"] == "strict"
    chili = found["csv", "a:18", CHILI, "day"]  # of two years, hence of two files
    assert [(v.date.isoformat(), str(v.price), v.n) for v in chili] == [
        ("2025-12-31", "50000.25", None),
        ("2026-10-30", "60000", None),
    ]
    assert str(found["wfp", "a:18", RICE, "month"][0].price) == "12345.678901"
    assert found["survey", f"m:{TAMIN}", RICE, "day"][-1].n == 2
    assert {(a.kind, a.mode) for a in alarms} == {
        ("alps", "in_sample"),
        ("alps", "live"),
        ("ipa", "fpma"),
        ("ipa", "strict"),
        ("change", ""),
    }
    assert all(len(a.inputs_hash) == 64 for a in alarms)


def test_the_reader_names_a_file_that_was_altered(filled: Any, tmp_path: Path) -> None:
    folder = written(filled, tmp_path / "set")
    path = folder / "points-2026.csv"
    path.write_bytes(path.read_bytes().replace(b"60000", b"60001"))
    (folder / "markets.csv").unlink()
    with open_bulk(folder) as files:
        assert files.damaged == ("markets.csv", "points-2026.csv")
        assert any(v.price == 60001 for _, values in files.series() for v in values)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"60000", b"sixty", "points-2026.csv:2: "),
        (b"2026-10-30,60000", b"2026-13-30,60000", "points-2026.csv:2: "),
        (b",60000,", b",60000,,", "points-2026.csv:2: "),
        (b",60000,", b",nan,", "points-2026.csv:2: "),
        (b"series,date", b"reihe,date", "points-2026.csv:1: "),
        (b"2026-10-30,60000", b"2026-10-30,\xff", "points-2026.csv: "),
    ],
)
def test_the_reader_says_where_a_file_cannot_be_read(
    filled: Any, tmp_path: Path, old: bytes, new: bytes, where: str
) -> None:
    folder = written(filled, tmp_path / "set")
    path = folder / "points-2026.csv"
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    chili = next(line for line in lines if b",60000," in line)
    path.write_bytes((lines[0] + chili).replace(old, new))
    with open_bulk(folder) as files, pytest.raises(Unusable, match=f"^{re.escape(where)}"):
        list(files.series())


@pytest.mark.parametrize("path", ["../series.csv", "/etc/passwd.csv", "a/b.csv", ".csv"])
def test_the_reader_follows_no_path_that_leads_elsewhere(
    filled: Any, tmp_path: Path, path: str
) -> None:
    folder = written(filled, tmp_path / "set")
    package = package_of(folder)
    package["resources"][0]["path"] = path
    (folder / "datapackage.json").write_text(json.dumps(package))
    with open_bulk(folder) as files, pytest.raises(Unusable, match="no file of the same folder"):
        _ = files.damaged


def test_the_reader_says_when_there_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="there is no such folder"), open_bulk(tmp_path / "none"):
        pass
    with pytest.raises(Unusable, match="not of bulk files"), open_bulk(tmp_path):
        pass
    with pytest.raises(Unusable, match="wants a folder"), open_bulk("ftp://isle.example/"):
        pass


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve a folder, and count what is asked for."""

    asked: ClassVar[list[str]] = []
    swap: ClassVar[Path | None] = None

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()
        if self.swap is not None and self.path.endswith("series.csv"):  # a new set comes out
            for path in self.swap.iterdir():
                path.rename(Path(self.directory) / path.name)
            type(self).swap = None

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Any]:
    """Return what serves a folder and says where."""
    servers = []

    def serve(folder: Path) -> str:
        Quiet.asked, Quiet.swap = [], None
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_reader_fetches_from_an_address(filled: Any, tmp_path: Path, site: Any) -> None:
    folder = written(filled, tmp_path / "set")
    address = site(folder)
    for place in (address, f"{address}/", f"{address}/datapackage.json"):
        with open_bulk(place) as files, open_bulk(folder) as here:
            assert list(files.series()) == list(here.series())
            assert list(files.alarms()) == list(here.alarms())
        assert not files.folder.exists()
    with pytest.raises(Unusable, match="answers 404"), open_bulk(f"{address}/nowhere"):
        pass


def test_the_reader_fetches_anew_when_a_new_set_comes_out_meanwhile(
    filled: Any, tmp_path: Path, site: Any
) -> None:
    folder = written(filled, tmp_path / "set")
    address = site(folder)
    filled.quote(TAMIN, 20000, date=DAY + datetime.timedelta(days=1))
    filled.write(derive, TAMIN, DAY + datetime.timedelta(days=1), [RICE])
    Quiet.swap = written(filled, tmp_path / "new")
    with open_bulk(address) as files:
        assert files.damaged == ()
        newest = max(v.date for _, values in files.series() for v in values)
    assert newest == DAY + datetime.timedelta(days=1)
    assert Quiet.asked.count("/markets.csv") == 1  # what has not changed comes once
