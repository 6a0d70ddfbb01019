"""`civicapp prices import`: what it prints, writes and answers, also for sources of plugins."""

import csv
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicapp_prices.cli.imports import Rejects, visible
from civicapp_prices.domain.formats import Reject

from civicapp import __main__ as start

DATA = Path(__file__).parent / "data"
HEAD = "date,area,commodity,price,unit\n"
ROW = "2026-11-02,18,beras,14000,kg\n"
FORMATS = "pihps-wide, pihps-grid, wfp, csv"


@dataclass
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    pasar: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Import files of a folder into a region there, with its data beside them."""
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copytree(pasar, tmp_path / "regions" / "pasar")
    monkeypatch.chdir(tmp_path)

    def run(*args: str, data: str = "data") -> Done:
        code = start.run(["prices", "import", "pasar", *args, "--data", data])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


def table(*rows: str, name: str = "file.csv") -> str:
    Path(name).write_text(HEAD + "".join(rows), "utf-8")
    return name


def test_a_file_is_taken_and_the_same_again_changes_nothing(run: Run) -> None:
    file = table(ROW, ROW.replace("11-02", "11-03"))
    done = run(file, "--format", "csv")
    assert (done.code, done.err) == (0, "")
    assert done.out == "file.csv: 2 new, 0 corrected, 0 as before, 0 rejected\n"
    done = run(file, "--format", "csv")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "file.csv: 0 new, 0 corrected, 2 as before, 0 rejected",
        "this very file was read before",
    ]


def test_rejects_are_written_with_row_column_value_and_reason(run: Run) -> None:
    file = table(ROW, ROW.replace("14000", "-5"), ROW.replace("beras", "=cmd()"))
    done = run(file, "--format", "csv", "--rejects", "odd.csv")
    assert done.code == 2
    assert done.out == "file.csv: 1 new, 0 corrected, 0 as before, 2 rejected\n"
    assert done.err.splitlines()[0].startswith("row 3, price: `-5` is no price")
    assert done.err.splitlines()[-1] == "all 2 are in odd.csv"
    with Path("odd.csv").open(encoding="utf-8", newline="") as written:
        head, *rows = csv.reader(written)
    assert head == ["row", "column", "value", "reason"]
    assert [row[:3] for row in rows] == [["3", "price", "-5"], ["4", "commodity", "'=cmd()"]]


def test_many_rejects_are_counted(run: Run) -> None:
    file = table(*(f"2026-11-{day:02d},18,beras,0,kg\n" for day in range(1, 21)))
    done = run(file, "--format", "csv")
    assert done.code == 2
    assert len(done.err.splitlines()) == 11
    assert done.err.splitlines()[-1] == "and 10 more: --rejects FILE writes them all"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "file.csv: no such file or directory"),
        (b"", "file.csv: the file is empty; "),
        (b"date;area;commodity;price;unit\n", "file.csv: the columns are divided by `;`; "),
        (f"{HEAD}{ROW}".encode("utf-16"), "file.csv: the file is UTF-16; save it as UTF-8"),
        (f'{HEAD}{ROW}2026-11-03,18,"ber'.encode(), "file.csv: the row that begins on line 3"),
        (f"{HEAD}\x1b[31m\n".encode().replace(b"unit", b"\x1b[2J"), "no column `unit`"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(run: Run, content: bytes | None, message: str) -> None:
    if content is not None:
        Path("file.csv").write_bytes(content)
    Path("odd.csv").write_text("kept")
    done = run("file.csv", "--format", "csv", "--rejects", "odd.csv")
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert "\x1b" not in done.err
    assert Path("odd.csv").read_text() == "kept"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--format", "xls"), f"there is no format `xls`: {FORMATS}"),
        (("--format", "csv", "--area", "31"), "no area has the code `31`"),
        (("--format", "csv", "--source", "survey"), "`survey` is no source of files"),
        (("--format", "csv", "--source", "gossip"), "`gossip` is no source of files"),
        (("--format", "csv", "--rejects", "file.csv"), "`file.csv` is the file that is read"),
        (("--format", "csv", "--rejects", "no/such/folder.csv"), "no/such/folder.csv: no such"),
        (("--format", "csv", "--rejects", "."), ".: is a directory"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    run: Run, args: tuple[str, ...], message: str
) -> None:
    file = table(ROW)
    done = run(file, *args)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.replace("│", " ").split())
    assert Path("file.csv").read_text() == HEAD + ROW
    assert run(file, "--format", "csv").out.startswith("file.csv: 1 new")


def test_another_area_and_source(run: Run) -> None:
    Path("wide.csv").write_text("date,Beras\n2026-11-02,14000\n")
    done = run("wide.csv", "--format", "pihps-wide", "--area", "18.71", "--source", "csv")
    assert (done.code, done.out) == (
        0,
        "wide.csv: 1 new, 0 corrected, 0 as before, 0 rejected\n",
    )


def test_rows_of_other_regions_are_told_and_named_when_there_are_no_others(run: Run) -> None:
    rows = (DATA / "wfp_food_prices.csv").read_text("utf-8").splitlines(keepends=True)
    Path("wfp.csv").write_text(rows[0] + "".join(row for row in rows if "JAWA" in row))
    done = run("wfp.csv", "--format", "wfp")
    assert done.code == 0
    assert "1 rows are of other regions" in done.out
    assert done.err == "no row is of Lampung; if it is one of these, make it an alias: JAWA BARAT\n"


def test_a_database_and_a_region_that_cannot_be_used_are_reported(run: Run) -> None:
    file = table(ROW)
    Path("data").mkdir()
    Path("data/civicapp.sqlite3").write_text("no database")
    done = run(file, "--format", "csv")
    assert done.code == 2
    assert "database-unusable" in done.err
    pack = Path("regions/pasar/region.yaml")
    pack.write_text(pack.read_text().replace("plugins: [prices]", "plugins: []"))
    done = run(file, "--format", "csv", data="other")
    assert (done.code, done.err) == (2, "pasar does not enable prices: add it to `plugins`\n")
    assert not Path("other").exists()


def test_a_disk_that_is_full_names_the_file_of_rejects(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    read = tmp_path / "x"
    read.touch()
    with pytest.raises(OSError) as caught, Rejects(full, read):  # noqa: PT011 - its name
        pass
    assert caught.value.filename == full


def test_control_characters_are_shown_not_sent() -> None:
    assert visible("a\x1b[2Jb\tc") == "a\\x1b[2Jb\\x09c"
    told = list(_told(Reject(3, "price", "\x1b[31m", "is no number")))
    assert told == ["row 3, price: `\\x1b[31m` is no number"]


def _told(reject: Reject) -> Iterator[str]:
    with Rejects(None, Path("x")) as rejects:
        rejects.take(reject)
        yield from rejects.told()


# Other plugins' sources, and a terminal: in a process of its own

PLUGIN = """\
import csv
from civicapp import hookimpl

class Panel:
    label = "The panel"
    def read(self, path):
        with path.open(encoding="utf-8", newline="") as file:
            if not file.readline().startswith("panel"):
                raise ValueError("the first line is not that of a panel")
            for number, (date, name, price) in enumerate(csv.reader(file), 2):
                yield {"row": number, "date": date, "commodity": name, "price": price, "unit": "kg"}

@hookimpl(optionalhook=True)
def sources(context):
    return {"panel": Panel()}
"""
BROKEN = """\
from civicapp import hookimpl

@hookimpl(optionalhook=True)
def sources(context):
    return 1 / 0
"""


def install(folder: Path, id: str, text: str) -> None:
    (folder / f"{id}.py").write_text(text)
    info = folder / f"civicapp_{id}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: civicapp-{id}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[civicapp.plugins]\n{id} = {id}\n")
    (info / "RECORD").write_text("")


@pytest.fixture
def folder(pasar: Path, tmp_path: Path) -> Path:
    """Return a folder with a region, two plugins, one of them broken, and files."""
    pack = tmp_path / "regions" / "pasar"
    shutil.copytree(pasar, pack)
    text = (pack / "region.yaml").read_text()
    enabled = text.replace("plugins: [prices]", "plugins: [prices, panel, broken]")
    (pack / "region.yaml").write_text(enabled)
    (pack / "services/prices").mkdir(parents=True)
    (pack / "services/prices/config.yaml").write_text("sources: [survey, panel, csv]\n")
    (pack / "services/prices/names.csv").write_text("source,name,commodity\npanel,Nasi,beras\n")
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", "panel", PLUGIN)
    install(tmp_path / "site", "broken", BROKEN)
    return tmp_path


def process(
    folder: Path, *args: str, stderr: int = subprocess.PIPE
) -> "subprocess.CompletedProcess[str]":
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CIVICAPP_", "PYTHON"))}
    command = [sys.executable, "-m", "civicapp", "prices", "import", "pasar", *args]
    return subprocess.run(
        [*command, "--data", "data"],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(folder / "site"), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_source_of_a_plugin_is_a_format(folder: Path) -> None:
    (folder / "a.txt").write_text("panel\n2026-11-02,Nasi,14000\n2026-11-02,Emas,1\n")
    done = process(folder, "a.txt", "--format", "panel")
    assert (done.returncode, done.stdout) == (
        2,
        "a.txt: 1 new, 0 corrected, 0 as before, 1 rejected\n",
    )
    assert done.stderr.startswith("row 3, commodity: `Emas` is no commodity")
    (folder / "b.txt").write_text("something else\n")
    done = process(folder, "b.txt", "--format", "panel")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("b.txt: the first line is not that of a panel; is it a file of panel?\n")


def test_a_plugin_that_fails_is_named_where_a_format_is_missing(folder: Path) -> None:
    (folder / "a.txt").write_text("panel\n")
    done = process(folder, "a.txt", "--format", "pannel")
    assert done.returncode == 2
    assert "plugin broken: hook `sources` failed: ZeroDivisionError" in done.stderr
    assert "there is no format `pannel`: pihps-wide, pihps-grid, wfp, csv, panel" in " ".join(
        done.stderr.split()
    )
    assert "Traceback" not in done.stderr


def test_a_terminal_shows_how_far_it_is(folder: Path) -> None:
    rows = [f"2026-{m:02d}-{d:02d},18,beras,14000,kg\n" for m in range(1, 11) for d in range(1, 29)]
    (folder / "a.csv").write_text(HEAD + "".join(rows))
    main, side = pty.openpty()
    try:
        done = process(folder, "a.csv", "--format", "csv", stderr=side)
        os.set_blocking(main, False)
        shown = os.read(main, 100_000).decode()
    finally:
        os.close(side)
        os.close(main)
    assert done.returncode == 0
    assert "a.csv" in shown
    assert "100%" in shown
