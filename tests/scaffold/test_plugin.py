"""`civicapp new-plugin`: what it writes, under which names, and what it refuses."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from civicapp import __main__ as start
from civicapp.i18n import Catalogs
from civicapp.kernel import boot
from civicapp.scaffold.plugin import names
from civicapp.scaffold.plugin.files import plugin_files
from civicapp.scaffold.tree import write_files
from civicapp.web import create_app

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/plugins/parks"
CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
LONGEST = "a23456789012345678901"
ODD = "Women's parks & gardens – open, 24/7"


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without what tools leave behind."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(cache in path.parts for cache in CACHES)
    }


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[str, str]:
    """Run the command, which must refuse; return what it says, and its hint."""
    code = start.run(["new-plugin", *args])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    said, _, hint = err.rstrip("\n").partition("\n    hint: ")
    return said, hint


def test_the_example_is_what_the_command_writes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.run(["new-plugin", "parks"]) == 0
    written = tree(here / "plugins/parks")
    assert written.keys() == tree(EXAMPLE).keys(), "run `make docs`"
    assert written == tree(EXAMPLE), "run `make docs`"
    out = capsys.readouterr().out
    first = "pip install -e 'plugins/parks[test]'\n  civicapp plugins\n  pytest plugins/parks\n"
    assert first in out
    assert "regions/REGION, has\n" in out
    starter = re.search(r"services/parks/ .* (\S+)\n", out)
    assert starter is not None
    assert (here / starter[1] / "places.csv").is_file()


def test_a_folder_and_a_title_of_ones_own(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = "my work/services"
    (here / "regions/metro").mkdir(parents=True)
    (here / "regions/metro/region.yaml").touch()
    assert start.run(["new-plugin", "trees", "--dir", folder, "--title", f" {ODD}  "]) == 0
    made = tree(here / folder / "trees")
    assert f'label=N_("{ODD}")'.encode() in made["src/civicapp_trees/plugin.py"]
    assert f'msgid "{ODD}"'.encode() in made["src/civicapp_trees/locale/id.po"]
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    pip = next(line for line in lines if line.startswith("pip"))
    assert shlex.split(pip)[-1] == f"{folder}/trees[test]"
    assert any("regions/metro, has" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("City Parks", "`City Parks` is no plugin id", 'cityparks --title "City Parks"`'),
        ("Bäume", "`Bäume` is no plugin id", "new-plugin baume`"),
        ("../parks", "`../parks` is no plugin id", "new-plugin parks`; the folder goes with --dir"),
        ("..", "`..` is no plugin id", "such as `parks`"),
        ("", "`` is no plugin id", "such as `parks`"),
        ("9lives", "`9lives` is no plugin id", "new-plugin lives`"),
        (LONGEST + "2", "is no plugin id", f"new-plugin {LONGEST}`"),
        ("civicapp-trees", "is no plugin id", "new-plugin trees`"),
        ("a\x1b[31mb", "`a\\x1b[31mb` is no plugin id", "new-plugin a31mb`"),
        ("desk", "the id `desk` is the kernel's own", "new-plugin desk2`"),
        ("hotlines", "`hotlines` is taken by civicapp-hotlines", "new-plugin hotlines2`"),
        ("Hotlines", "`Hotlines` is no plugin id", "new-plugin hotlines2`"),
    ],
)
def test_a_name_that_cannot_be_had_is_answered_with_one_that_can(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, said: str, hint: str
) -> None:
    found = refused(capsys, name)
    assert said in found[0]
    assert found[1].endswith(hint)
    assert tree(here) == {}


def test_a_distribution_of_that_name_would_be_replaced(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = "Metadata-Version: 2.1\nName: civicapp-trees\nVersion: 1.0\n"
    write_files(here / "site", {"civicapp_trees-1.0.dist-info/METADATA": metadata})
    monkeypatch.syspath_prepend(str(here / "site"))
    said, hint = refused(capsys, "trees")
    assert said == "the id `trees` is taken: a distribution civicapp-trees is installed"
    assert hint == "try `civicapp new-plugin trees2`"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "it is empty"),
        ("x" * 41, "it has 41 characters"),
        ('The "parks"', 'it holds `"`'),
        ("100 % parks", "it holds `%`"),
        ("{{ parks }}", "it holds `{`"),
        ("par\x00ks", "it holds a character that cannot be seen"),
        ("Parks <b>", "it holds `<`"),
        ("Parks &copy", "it holds `&` before a letter"),
    ],
)
def test_a_title_that_no_file_could_hold_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], title: str, said: str
) -> None:
    found = refused(capsys, "trees", "--title", title)
    assert found[0].endswith(f"is no title: {said}")
    assert tree(here) == {}


def test_what_is_there_already_is_left_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(here, {"plugins/trees/mine.txt": "mine"})
    assert refused(capsys, "trees")[0] == "plugins/trees is there already"
    assert tree(here) == {"plugins/trees/mine.txt": b"mine"}


def test_a_full_disk_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def fill(path: Path, data: bytes) -> int:
        if path.suffix == ".po":
            raise OSError(28, "No space left on device", str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", fill)
    said, hint = refused(capsys, "trees")
    assert said.endswith("id.po cannot be written: no space left on device")
    assert "nothing was written" in hint
    assert list(here.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "plugins").write_text("no folder")
    said, _ = refused(capsys, "trees")
    assert said.startswith("plugins cannot be written: ")
    assert tree(here) == {"plugins": b"no folder"}


@pytest.mark.parametrize(("id", "title"), [("zq", "Zq"), (LONGEST, "x" * 40), ("trees", ODD)])
def test_files_of_any_name_are_in_good_style(tmp_path: Path, id: str, title: str) -> None:
    files = plugin_files(id, title)
    assert not [name for name, text in files.items() if re.search(r"\[\[ \w", text)]
    assert not [n for n, text in files.items() if text and (text[-1] != "\n" or "\t" in text)]
    write_files(tmp_path / id, files)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(tmp_path / id)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("title", ["Trees", ODD, "Send", "Notes that wait"])
def test_the_catalog_holds_each_message_once(tmp_path: Path, title: str) -> None:
    text = plugin_files("trees", title)["src/civicapp_trees/locale/id.po"]
    ids = re.findall(r"^msgid (.+)$", text, re.MULTILINE)
    assert len(ids) == len(set(ids))
    assert f'"{title}"' in ids
    (tmp_path / "id.po").write_text(text, "utf-8")
    assert Catalogs(("id",), {"trees": tmp_path}, {}).problems == []


def test_modules_stay_small() -> None:
    for name, text in plugin_files("trees", "Trees").items():
        if name.endswith(".py"):
            assert text.count("\n") <= 120, name


def test_templates_end_in_tmpl_so_that_no_tool_takes_them() -> None:
    folder = Path(names.__file__).parent / "template"
    assert {p.suffix for p in folder.rglob("*") if p.is_file()} == {".tmpl"}


class TestTogether:
    """Two plugins that were started so live in one region."""

    @pytest.fixture
    def two(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
        modules: dict[str, object] = {}
        for id, title in (("trees", "Trees"), ("wells", ODD)):
            write_files(here / id, plugin_files(id, title))
            monkeypatch.syspath_prepend(str(here / id / "src"))
            modules[id] = __import__(f"civicapp_{id}.plugin", fromlist=["service"])
        yield modules
        for name in [n for n in sys.modules if n.startswith(("civicapp_trees", "civicapp_wells"))]:
            del sys.modules[name]

    def test_two_of_them_claim_nothing_twice(self, here: Path, two: dict[str, object]) -> None:
        region = (
            "format: 1\nid: isle\nname: {en: Isle}\ntimezone: Etc/UTC\ncurrency: XTS\n"
            "languages: [en, id]\nplugins: [trees, wells]\n"
        )
        write_files(here / "isle", {"region.yaml": region})
        found = boot(here / "isle", plugins=two)
        assert found.kernel is not None, found.problems
        client = TestClient(create_app(found.kernel))
        menu = client.get("/menu").text
        assert 'href="/trees"' in menu
        assert 'href="/wells"' in menu
        assert f"<h1>{ODD}</h1>" in client.get("/wells").text
