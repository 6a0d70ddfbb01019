"""`civicapp prices verify`: clean, and failing after anything that is published was altered."""

import csv
import datetime
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import civicapp_prices
import pytest
from civicapp_prices.bulk_fetch import Fetcher, NotFetched
from civicapp_prices.bulk_reader import Unusable, open_bulk
from civicapp_prices.bulk_store import stored_bulk
from civicapp_prices.models import metadata
from civicapp_prices.service import bulk as bulk_files
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish
from civicapp_prices.service.site import Site

from civicapp import __main__ as start
from civicapp.storage.database import open_database
from civicapp.storage.files import open_files
from civicapp.storage.lineage import Lineage

ROOT = Path(__file__).parents[3]
LINEAGE = Lineage("prices", Path(str(civicapp_prices.__file__)).parent / "migrations", metadata)
KEYS = (
    Key("survey", "a:18", "beras-medium-1"),
    Key("pihps", "a:18", "cabai-rawit"),
    Key("wfp", "a:18.71", "beras", "month"),
    Key("pihps", "m:18.71-07", "beras"),  # no alarms are published of a market
    Key("pihps", "a:18.72", "beras"),  # too young
)


def days(key: Key) -> Iterator[tuple[datetime.date, Decimal]]:
    """Yield prices of six years, of the last series a few; the newest ones rise."""
    for n in range(6 * 12 if key.scope != "a:18.72" else 5):
        number = 2026 * 12 + 9 - n  # October 2026 and back
        first = datetime.date(number // 12, number % 12 + 1, 1)
        base = Decimal(12_000 + 100 * (number % 12) + 7 * (n * 37 % 101) - 20 * n)
        base *= Decimal("1.4") if n == 0 else 1
        for day in (1,) if key.step == "month" else (3, 11, 24):
            yield first.replace(day=day), base + day


@pytest.fixture(scope="module")
def published(
    prices_kernel: Any, sqlite_files: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder with the bulk files of a region whose alarms of two months are out."""
    folder = tmp_path_factory.mktemp("bulk")
    site = Site(region=prices_kernel.region)
    database = open_database(sqlite_files.make([LINEAGE]))

    def write(session: Any) -> None:
        ids = ensure_series(session, KEYS)
        points = [NewPoint(ids[key], date, price) for key in KEYS for date, price in days(key)]
        publish(session, points, [])

    database.write_now(write)
    for day in ("2026-10-15", "2026-11-15"):
        run_alarms(database, site, datetime.datetime.fromisoformat(f"{day}T05:00:00+00:00"))
    database.read_now(bulk_files.write_set, site, folder)
    database.close_now()
    return folder


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """Return a copy of the files, to alter them."""
    return Path(shutil.copytree(published, tmp_path / "bulk"))


@dataclass
class Done:
    code: int
    out: list[str]
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    pasar: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Verify the alarms of the region, in a folder of its own."""
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*args: object, pack: Path = pasar) -> Done:
        code = start.run(["prices", "verify", str(pack), *map(str, args)])
        out, err = capsys.readouterr()
        return Done(code, out.splitlines(), err)

    return run


def alter(path: Path, row: int, column: str, value: str) -> None:
    """Write another value into a cell; row 1 is the first below the header."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[row][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def forge(folder: Path) -> None:
    """Write the digests of the altered files into the data package."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        resource["bytes"] = len(content)
    path.write_text(json.dumps(package), "utf-8")


def find(folder: Path, **wanted: str) -> int:
    """Return the row of an alarm."""
    with (folder / "alarms.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            if all(row[name] == value for name, value in wanted.items()):
                return number
    raise AssertionError(wanted)


def plain(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the script of the documentation, which knows nothing of civicapp."""
    script = ROOT / "docs" / "recompute_alarms.py"
    return subprocess.run(
        [sys.executable, "-I", str(script), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


OK_ALARM = {"series": "2", "kind": "alps", "mode": "in_sample", "month": "2026-10", "status": "ok"}


def test_what_is_published_matches(run: Run, folder: Path) -> None:
    done = run("--from", folder)
    assert (done.code, done.err) == (0, "")
    assert done.out == ["40 of 40 alarms of 4 series match"]
    assert run("--from", folder / "datapackage.json").code == 0
    script = plain(folder)
    assert (script.returncode, script.stdout) == (0, "40 alarms agree, 0 differ\n")
    statuses = {row["status"] for row in _alarms(folder)}
    assert statuses == {"ok", "insufficient_history"}
    assert {"crisis", "alert"} <= {row["class"] for row in _alarms(folder)}


def _alarms(folder: Path) -> list[dict[str, str]]:
    with (folder / "alarms.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_price_that_was_altered_is_found(run: Run, folder: Path) -> None:
    name = "points-2026.csv"
    rows = (folder / name).read_text("utf-8").splitlines()
    row = next(n for n, line in enumerate(rows) if line.startswith("2,2026-10-24,"))
    alter(folder / name, row, "price", "99999")
    done = run("--from", folder)
    assert done.code == 2
    assert done.out[0].startswith(f"{name}: it is not as datapackage.json says")
    found = [line for line in done.out if line.startswith("series 2 (pihps a:18 cabai-rawit) ")]
    assert len(found) == len(done.out) - 2
    for rule in ("alps in_sample", "alps live", "ipa fpma", "ipa strict", "change"):
        assert any(f" 2026-10 {rule}: value: published " in line for line in found), rule
        assert any(f" 2026-10 {rule}: inputs_hash: published " in line for line in found), rule
    assert not any(" 2026-09 " in line for line in found)  # October is no input of September
    assert done.out[-1] == "35 of 40 alarms of 4 series match"
    script = plain(folder)
    assert script.returncode == 1
    assert script.stdout.splitlines()[-1] == "35 alarms agree, 5 differ"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("value", "0.123456", "value: published 0.123456, recomputed "),
        ("class", "normal", "class: published normal, recomputed "),
        ("class", "", "class: published none, recomputed "),
        ("inputs_hash", "0" * 64, f"inputs_hash: published {'0' * 64}, recomputed "),
        ("status", "undefined", "status: published undefined, recomputed ok"),
        ("inputs", "3", "inputs: published 3, recomputed 73"),
        ("code_version", "0", "code_version: published 0, recomputed 1"),
    ],
)
def test_an_alarm_that_was_altered_is_found_though_the_digest_was_forged(
    run: Run, folder: Path, column: str, value: str, words: str
) -> None:
    alter(folder / "alarms.csv", find(folder, **OK_ALARM), column, value)
    done = run("--from", folder)
    assert done.out[0].startswith("alarms.csv: it is not as datapackage.json says")
    forge(folder)
    done = run("--from", folder)
    assert done.code == 2
    line = f"series 2 (pihps a:18 cabai-rawit) 2026-10 alps in_sample: {words}"
    assert [x.startswith(line) for x in done.out] == [True, False]
    assert done.out[-1] == "39 of 40 alarms of 4 series match"
    if column in {"value", "status"}:
        assert plain(folder).returncode == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda rows, n: rows.pop(n),
            "alps in_sample: alarm: published none, recomputed published",
        ),
        (lambda rows, n: rows.insert(n, rows[n]), "alps in_sample: alarm: published twice"),
        (
            lambda rows, n: rows.insert(n, rows[n].replace("alps", "alpx")),
            "alpx in_sample: alarm: published published, recomputed none",
        ),
    ],
)
def test_an_alarm_that_is_missing_or_too_many_is_found(
    run: Run, folder: Path, change: Callable[[list[str], int], object], words: str
) -> None:
    path = folder / "alarms.csv"
    rows = path.read_bytes().decode().splitlines(keepends=True)
    change(rows, find(folder, **OK_ALARM))
    path.write_bytes("".join(rows).encode())
    forge(folder)
    done = run("--from", folder)
    assert done.code == 2
    assert [words in line for line in done.out] == [True, False]


def test_other_settings_than_the_packs_are_told(run: Run, folder: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pasar"
    (pack / "services" / "prices").mkdir(parents=True)
    (pack / "region.yaml").write_text(
        "format: 1\nid: pasar\nextends: lampung\narea: '18'\nname: {id: L}\nplugins: [prices]\n"
    )
    (pack / "services" / "prices" / "config.yaml").write_text("alps_min_months: 100\n")
    done = run("--from", folder, pack=pack)
    assert done.code == 2
    told = "datapackage.json: alarm_settings/alps_min_months is 36, in the pack 100"
    assert done.out[0] == told
    assert any("alps live: status: published ok, recomputed insufficient" in x for x in done.out)


def test_files_of_another_region_are_told(run: Run, folder: Path) -> None:
    path = folder / "datapackage.json"
    path.write_text(path.read_text("utf-8").replace('"region": "pasar"', '"region": "kota"'))
    done = run("--from", folder)
    assert done.code == 2
    assert done.out[0] == "datapackage.json: the files are of `kota`, not of `pasar`"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "datapackage.json").unlink(), "datapackage.json: it is missing"),
        (lambda f: (f / "datapackage.json").write_text("{"), "it cannot be read"),
        (lambda f: (f / "points-2023.csv").unlink(), "points-2023.csv: it is missing"),
        (lambda f: (f / "alarms.csv").write_bytes(b"\xff"), "alarms.csv: it cannot be read"),
        (lambda f: _swap(f / "points-2024.csv"), "points-2024.csv:3: it is not after"),
        (lambda f: alter(f / "points-2024.csv", 1, "price", "much"), "points-2024.csv:2: "),
    ],
)
def test_files_that_cannot_be_read_are_named(
    run: Run, folder: Path, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(folder)
    done = run("--from", folder)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def _swap(path: Path) -> None:
    head, first, second, *rest = path.read_text("utf-8").splitlines()
    path.write_text("\r\n".join([head, second, first, *rest]))


def test_alarms_out_of_order_are_refused(run: Run, folder: Path) -> None:
    path = folder / "alarms.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\r\n".join([head, *reversed(rows)]) + "\r\n")
    done = run("--from", folder)
    assert done.code == 2
    assert "alarms.csv: series 3 comes after series 5" in done.err


# Where the files are


def keep(folder: Path, files: Path) -> None:
    """Store the files of a folder as the job does."""
    store = open_files(files)
    for path in sorted(folder.iterdir()):
        bulk_files.store(path, store.put_now)


def test_without_a_place_the_files_of_the_data_folder_are_read(run: Run, folder: Path) -> None:
    keep(folder, Path("data/files"))
    before = sorted(Path("data").rglob("*"))
    done = run("--data", "data")
    assert (done.code, done.out) == (0, ["40 of 40 alarms of 4 series match"])
    assert sorted(Path("data").rglob("*")) == before  # no database was made


def test_large_files_are_put_together_from_their_parts(
    prices_kernel: Any, sqlite_files: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_files, "PART", 1000)
    database = open_database(sqlite_files.make([LINEAGE]))

    def write(session: Any) -> None:
        ids = ensure_series(session, KEYS[:1])
        publish(session, [NewPoint(ids[KEYS[0]], d, p) for d, p in days(KEYS[0])], [])

    database.write_now(write)
    made = tmp_path / "made"
    made.mkdir()
    database.read_now(bulk_files.write_set, Site(region=prices_kernel.region), made)
    database.close_now()
    monkeypatch.setattr(bulk_files, "PART", 1000)
    store = open_files(tmp_path / "files")
    for path in made.iterdir():
        whole = path.name == "datapackage.json"
        monkeypatch.setattr(bulk_files, "PART", 10**9 if whole else 1000)
        bulk_files.store(path, store.put_now)
    with stored_bulk(store) as bulk:
        assert bulk is not None
        assert bulk.damaged == ()
        assert sum(len(values) for _, values in bulk.series()) == 6 * 12 * 3
    part = next(p for p in (tmp_path / "files/prices").iterdir() if p.stat().st_size == 1000)
    part.unlink()
    with pytest.raises(Unusable, match="lacks a part"), stored_bulk(store):
        pass


def test_the_newest_of_several_sets_is_read(published: Path, tmp_path: Path) -> None:
    newer = Path(shutil.copytree(published, tmp_path / "newer"))
    alter(newer / "alarms.csv", find(newer, **OK_ALARM), "class", "normal")
    forge(newer)
    keep(published, tmp_path / "files")
    for path in (tmp_path / "files/prices").iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    store = open_files(tmp_path / "files")
    for path in sorted(newer.iterdir()):
        made = hashlib.sha256(path.read_bytes()).hexdigest()
        if not (tmp_path / f"files/prices/bulk-{made}").exists():
            bulk_files.store(path, store.put_now)
    with stored_bulk(store) as bulk:
        assert bulk is not None
        assert (
            bulk.folder.joinpath("alarms.csv").read_bytes() == (newer / "alarms.csv").read_bytes()
        )


def test_without_files_it_says_what_to_name(run: Run) -> None:
    done = run("--data", "data")
    assert (done.code, done.out) == (2, [])
    assert "name them by --from DIR|URL" in done.err
    assert not Path("data").exists()


class Folder(http.server.SimpleHTTPRequestHandler):
    """Serve a folder; some paths lead elsewhere."""

    def do_GET(self) -> None:
        place = self.path.strip("/")
        if place.startswith("loop"):
            self.redirect(f"/loop{len(place)}x")
        elif place.startswith("file"):
            self.redirect("file:///etc/hostname")
        elif place.startswith("moved/"):
            self.redirect(f"/{place.removeprefix('moved/')}")
        else:
            super().do_GET()

    def redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    def handler(*args: Any) -> Folder:
        return Folder(*args, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_files_of_a_site_are_fetched_also_where_they_have_moved(run: Run, folder: Path) -> None:
    with served(folder.parent) as site:
        for place in ("/bulk/", "/bulk", "/bulk/datapackage.json", "/moved/bulk/"):
            done = run("--from", f"{site}{place}")
            assert (done.code, done.out) == (0, ["40 of 40 alarms of 4 series match"]), place
        alter(folder / "alarms.csv", find(folder, **OK_ALARM), "value", "0")
        forge(folder)
        assert run("--from", f"{site}/bulk/").code == 2


def test_without_a_place_the_address_of_the_host_is_asked(
    run: Run, folder: Path, monkeypatch: Any
) -> None:
    place = folder.parent / "api/v1/prices"
    place.mkdir(parents=True)
    folder.rename(place / "bulk")
    with served(folder.parent) as site:
        monkeypatch.setenv("CIVICAPP_BASE_URL", site)
        done = run()
    assert (done.code, done.out) == (0, ["40 of 40 alarms of 4 series match"])


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/nowhere/", "the site answers 404"),
        ("/loop", "the site redirects too often"),
        ("/file", "to what is not followed"),
    ],
)
def test_a_site_that_leads_nowhere_is_told(run: Run, folder: Path, place: str, words: str) -> None:
    with served(folder) as site:
        done = run("--from", f"{site}{place}")
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_an_address_that_is_none_and_a_site_that_is_gone(run: Run) -> None:
    for place in ("ftp://site.example/bulk", "http://127.0.0.1:9/bulk", "no/such/folder"):
        done = run("--from", place)
        assert done.code == 2
        assert place in done.err


def test_no_more_is_fetched_than_was_told(folder: Path, tmp_path: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        if resource["path"] == "alarms.csv":
            resource["bytes"] = 10
    (folder / "datapackage.json").write_text(json.dumps(package), "utf-8")
    with served(folder) as site:
        with pytest.raises(Unusable, match="it is larger than was told"), open_bulk(site):
            pass
        with pytest.raises(NotFetched, match="larger"):
            Fetcher(f"{site}/", largest=1000).fetch("alarms.csv", tmp_path / "x")
        with pytest.raises(NotFetched, match="takes too long"):
            Fetcher(f"{site}/", longest=-1).fetch("alarms.csv", tmp_path / "x")


def test_a_redirect_never_leaves_https() -> None:
    import urllib.error
    import urllib.request
    from email.message import Message
    from io import BytesIO

    from civicapp_prices.bulk_fetch import _Redirects

    headers: Any = Message()
    request = urllib.request.Request("https://site.example/a")
    follow = _Redirects().redirect_request
    assert follow(request, BytesIO(), 302, "", headers, "https://other.example/b") is not None
    with pytest.raises(urllib.error.URLError, match="not followed"):
        follow(request, BytesIO(), 302, "", headers, "http://site.example/b")
