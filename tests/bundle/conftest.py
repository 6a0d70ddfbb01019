"""A folder to build in: a small pack, invented distributions, and wheels that were built once."""

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from textwrap import dedent

import pytest

from civicapp import __main__ as start
from civicapp.bundle.source import build_wheel, source_tree
from civicapp.problems import Problem

REGION = """\
format: 1
id: isle
name: {en: Isle, fr: Île}
timezone: Etc/GMT-7
currency: EUR
languages: [en, fr]
"""
PAGES = ("privacy", "terms", "accessibility", "contact")
OURS = ("civicapp", "civicapp-hotlines")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass
class Yard:
    """A folder with packs in `regions/` and installed distributions in `site/`."""

    folder: Path
    wheelhouse: Path
    env: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return file

    def pack(self, more: str = "plugins: [hotlines]\n") -> Path:
        """Write a sound pack, and `more` lines of region.yaml."""
        self.write("regions/isle/region.yaml", REGION + dedent(more))
        for page in PAGES:
            self.write(f"regions/isle/content/{page}.en.md", f"# {page.title()}\n\nText.\n")
        self.write(
            "regions/isle/services/hotlines/numbers.csv",
            "number,area,kind,name_en,note_en,status,source\n"
            "110,,police,Police,,confirmed,a gazette\n",
        )
        return self.folder / "regions" / "isle"

    def install(
        self,
        name: str,
        *requires: str,
        version: str = "1.0",
        source: Path | None = None,
        plugin: str = "",
    ) -> None:
        """Install a distribution; plugin: the module of the plugin that it brings, by its id."""
        info = f"site/{name.replace('-', '_')}-{version}.dist-info"
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
        self.write(f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", *lines, ""]))
        self.write(f"{info}/RECORD", "")
        if plugin:
            id = name.removeprefix("civicapp-")
            self.write(f"{info}/entry_points.txt", f"[civicapp.plugins]\n{id} = {plugin}\n")
        if source:
            url = {"url": source.as_uri(), "dir_info": {"editable": True}}
            self.write(f"{info}/direct_url.json", json.dumps(url))

    def wheel(self, name: str, *requires: str, version: str = "1.0", folder: str = "shelf") -> Path:
        """Write a wheel with nothing in it but its metadata."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = self.folder / folder / f"{stem}-py3-none-any.whl"
        path.parent.mkdir(exist_ok=True)
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
        metadata = "\n".join(["Metadata-Version: 2.1", *lines, ""])
        files = {
            "METADATA": metadata,
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "".join(f"{stem}.dist-info/{f},,\n" for f in ("METADATA", "WHEEL", "RECORD")),
        }
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(f"{stem}.dist-info/{file}", text)
        return path

    def source(self, name: str, *, version: str = "1.0", more: str = "") -> Path:
        """Write a source tree of a package that hatchling builds; its module is in `site/` too."""
        module = name.replace("-", "_")
        hatchling = distribution("hatchling").version
        self.write(
            f"src/{name}/pyproject.toml",
            dedent(f"""\
                [build-system]
                requires = ["hatchling=={hatchling}"]
                build-backend = "hatchling.build"
                [project]
                name = "{name}"
                version = "{version}"
                requires-python = ">=3.11"
                dependencies = ["civicapp"]
                [tool.hatch.build.targets.wheel]
                packages = ["{module}"]
            """)
            + dedent(more),
        )
        self.write(f"src/{name}/{module}/__init__.py", '"""A package."""\n')
        return self.folder / "src" / name

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables for a process: none of ours but what a test sets."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CIVICAPP_", "PYTHON"))}
        return {**kept, "PYTHONPATH": str(self.folder / "site"), **self.env}

    def build(self, *args: str, cwd: Path | None = None, **options) -> Done:
        """Run the command in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "civicapp", "build", *args],
            cwd=cwd or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            **options,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory) -> Path:
    """Build the wheels of civicapp and hotlines once for all tests that do not ask for more."""
    folder: Path = tmp_path_factory.mktemp("wheelhouse")
    for name in OURS:
        found = distribution(name)
        source = source_tree(found)
        assert source is not None
        wheel = build_wheel(source, tmp_path_factory.mktemp("work"), found.version)
        wheel.rename(folder / wheel.name)
    return folder


@pytest.fixture
def yard(tmp_path, wheelhouse, monkeypatch) -> Yard:
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    return Yard(tmp_path, wheelhouse)


@pytest.fixture
def build(yard, capsys):
    """Run `civicapp build isle --out out` in this process; more arguments follow."""
    before = set(sys.modules)

    def run(*args: str, region: str = "isle", out: str = "out", wheels: bool = True) -> Done:
        given = ["--wheelhouse", str(yard.wheelhouse)] if wheels else []
        code = start.run(["build", region, "--out", out, *given, *args])
        return Done(code, *capsys.readouterr())

    yield run
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(yard.folder)):
            del sys.modules[name]


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by path."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in paths}


@pytest.fixture(name="tree")
def tree_fixture():
    return tree


@pytest.fixture
def refused():
    """Return the problems with which a call is refused, as `code message | hint` lines."""
    from civicapp.bundle.faults import Unbuildable

    def run(call, *args, **kwargs) -> list[str]:
        with pytest.raises(Unbuildable) as caught:
            call(*args, **kwargs)
        return [line(problem) for problem in caught.value.problems]

    def line(problem: Problem) -> str:
        return f"{problem.code} {problem.message} | {problem.hint}"

    return run
