"""A working folder with small packs and real installed plugins; commands run in it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from civicapp import __main__ as start

REGION = """\
format: 1
id: isle
name: {en: Isle}
timezone: Asia/Jakarta
currency: IDR
languages: [en]
"""
PAGES = ("privacy", "terms", "accessibility", "contact")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass
class World:
    """A folder to work in: `regions/` beside it, `site/` with installed plugins."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return file

    def pack(self, more: str = "", region: str = REGION, id: str = "isle") -> Path:
        """Write a pack without problems, and `more` lines of region.yaml."""
        self.write(f"regions/{id}/region.yaml", region + dedent(more))
        for page in PAGES:
            self.write(f"regions/{id}/content/{page}.en.md", f"# {page.title()}\n\nText.\n")
        return self.folder / "regions" / id

    def install(self, id: str, modules: dict[str, str], *, version: str = "1.0", **points: str):
        """Install a distribution: modules by path, entry points by the last word of their group."""
        for path, text in modules.items():
            self.write(f"site/{path}", text)
        info = f"site/civicapp_{id}-{version}.dist-info"
        summary = f"What {id} does"
        self.write(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: civicapp-{id}\nVersion: {version}\nSummary: {summary}\n",
        )
        groups = (f"[civicapp.{group}]\n{id} = {where}\n" for group, where in points.items())
        self.write(f"{info}/entry_points.txt", "[console_scripts]\nx = y:z\n\n" + "\n".join(groups))
        self.write(f"{info}/RECORD", "")

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables for a process: none of ours but what a test sets."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CIVICAPP_", "PYTHON"))}
        return {**kept, "PYTHONPATH": str(self.folder / "site"), "COLUMNS": "80", **self.env}

    def civicapp(self, *args: str, **options) -> Done:
        """Run the command in a process of its own."""
        return self.python("-m", "civicapp", *args, **options)

    def python(self, *args: str, **options) -> Done:
        done = subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **options,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "site").mkdir()
    return World(tmp_path)


Run = Callable[..., Done]


@pytest.fixture
def run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run a command in this process, in the folder and with the plugins of `world`."""
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(world.folder)
    monkeypatch.syspath_prepend(str(world.folder / "site"))
    before = set(sys.modules)

    def run(*args: str) -> Done:
        code = start.run(list(args))
        out, err = capsys.readouterr()
        return Done(code, out, err)

    yield run
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(world.folder)):
            del sys.modules[name]
