"""Wheels come from the wheelhouse or from sources, versions from what is installed."""

import platform
import zipfile
from importlib.metadata import version

import pytest

from civicapp.bundle.index import complete, download
from civicapp.bundle.lock import PACKAGED, Pin, read_lock
from civicapp.bundle.manifest import entry
from civicapp.bundle.source import copy_tree
from civicapp.bundle.supply import Supply
from civicapp.bundle.target import python_version

A = "a" * 64
HOOK = """
[tool.hatch.build.hooks.custom]
path = "hook.py"
"""
LITTER = """\
from pathlib import Path
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, data):
        Path(self.root, "parks", "made.py").write_text("MADE = True\\n")
"""


@pytest.fixture
def supply(yard):
    def make(lock: str = "", *, wheelhouse="shelf", told=None):
        (yard.folder / "shelf").mkdir(exist_ok=True)
        return Supply(
            work=yard.folder / "work",
            python=python_version(),
            lock=read_lock(lock),
            wheelhouse=yard.folder / wheelhouse if wheelhouse else None,
            tell=told.append if told is not None else lambda _: None,
        )

    return make


def found(supplies):
    return [w.path.name for w in supplies.wheels], [str(p) for p in supplies.pins]


def test_wheel_is_taken_from_the_wheelhouse(yard, supply):
    yard.install("parks")
    yard.wheel("parks", version="0.9")
    wheel = yard.wheel("parks")
    supplies = supply().gather(["parks"])
    assert [w.path for w in supplies.wheels] == [wheel]


def test_wheel_is_built_from_the_sources(yard, supply):
    yard.install("parks", source=yard.source("parks"))
    yard.install("civicapp", version="9.9")
    yard.wheel("civicapp", version="9.9")
    told: list[str] = []
    supplies = supply(told=told).gather(["parks"])
    assert found(supplies) == (
        ["civicapp-9.9-py3-none-any.whl", "parks-1.0-py3-none-any.whl"],
        [],
    )
    assert told == ["building the wheel of parks 1.0"]
    assert "parks/__init__.py" in zipfile.ZipFile(supplies.wheels[1].path).namelist()


def test_building_writes_nothing_into_the_sources(yard, supply, tree):
    source = yard.source("parks", more=HOOK)
    yard.write("src/parks/hook.py", LITTER)
    yard.install("parks", source=source)
    yard.install("civicapp", version="9.9")
    yard.wheel("civicapp", version="9.9")
    before = tree(source)
    wheel = supply().gather(["parks"]).wheels[1].path
    assert tree(source) == before
    assert "parks/made.py" in zipfile.ZipFile(wheel).namelist()


def test_wheels_from_two_folders_are_the_same_bytes(yard, supply, monkeypatch):
    yard.install("civicapp", version="9.9")
    yard.wheel("civicapp", version="9.9")
    digests = set()
    for n, zone in enumerate(("Pacific/Auckland", "America/Lima")):
        monkeypatch.setenv("TZ", zone)
        source = yard.source("parks").rename(yard.folder / f"copy{n}")
        (source / "parks/__init__.py").chmod(0o600 + n * 0o044)
        yard.install("parks", source=source)
        made = supply()
        made.work = yard.folder / f"work{n}"
        digests.add(entry(made.gather(["parks"]).wheels[1].path).sha256)
    assert len(digests) == 1


def test_distribution_from_a_wheel_needs_the_wheelhouse(yard, supply, refused):
    yard.install("parks")
    assert refused(supply(wheelhouse=None).gather, ["parks"]) == [
        "no-wheel parks 1.0 was installed from a wheel or an index, not from its sources"
        " | give --wheelhouse DIR with the wheel of parks 1.0; none is given"
    ]
    [problem] = refused(supply().gather, ["parks"])
    assert problem.endswith("shelf has no wheel of it")


def test_all_that_lack_a_wheel_are_named_in_one_go(yard, supply, refused):
    for name in ("parks", "tax"):
        yard.install(name)
    assert len(refused(supply().gather, ["parks", "tax"])) == 2


def test_sources_of_another_version_are_refused(yard, supply, refused):
    source = yard.source("parks", version="2.0")
    yard.install("parks", version="1.0", source=source)
    assert refused(supply().gather, ["parks"]) == [
        f"no-wheel parks 1.0 is installed, but its sources are of 2.0 now | pip install -e {source}"
    ]


def test_sources_that_cannot_be_built_are_told(yard, supply, refused):
    source = yard.source("parks")
    yard.write("src/parks/parks/__init__.py", "")
    (source / "parks/__init__.py").unlink()
    (source / "parks").rmdir()
    (source / "pyproject.toml").write_text(
        (source / "pyproject.toml").read_text().replace('version = "1.0"', 'version = "x y"')
    )
    yard.install("parks", source=source)
    [problem] = refused(supply().gather, ["parks"])
    assert problem.startswith("no-wheel the wheel of parks cannot be built: ")
    assert problem.endswith(f"| pip wheel --no-deps {source}")


def test_damaged_wheel_is_refused(yard, supply, refused):
    yard.install("parks")
    wheel = yard.wheel("parks")
    wheel.write_bytes(wheel.read_bytes()[:100])
    [problem] = refused(supply().gather, ["parks"])
    assert "parks-1.0-py3-none-any.whl is no wheel, or damaged" in problem


def test_wheel_of_another_machine_is_passed_over(yard, supply, refused):
    yard.install("parks")
    wheel = yard.wheel("parks")
    wheel.rename(wheel.with_name("parks-1.0-cp311-cp311-win_amd64.whl"))
    [problem] = refused(supply().gather, ["parks"])
    assert "has no wheel of it" in problem


def test_closure_follows_requirements_markers_and_extras(yard, supply):
    marked = "shade; sys_platform == 'win32'"
    yard.install("parks")
    yard.wheel("parks", "bench[oak]>=1", marked)
    yard.install("bench", "nail", "oak-wood; extra == 'oak'", "pine-wood; extra == 'pine'")
    for name in ("nail", "oak_wood"):
        yard.install(name)
    lock = "".join(
        f"{name}==1.0 \\\n    --hash=sha256:{A}\n" for name in ("bench", "nail", "oak-wood")
    )
    supplies = supply(lock).gather(["parks"])
    assert found(supplies) == (
        ["parks-1.0-py3-none-any.whl"],
        ["bench==1.0", "nail==1.0", "oak-wood==1.0"],
    )
    assert {p.hashes for p in supplies.pins} == {(A,)}


def test_requirements_are_those_of_the_wheel_not_of_an_older_install(yard, supply, refused):
    yard.install("parks", "left-over")
    yard.wheel("parks", "bench")
    assert refused(supply().gather, ["parks"]) == [
        "missing-dependency parks needs bench, which is not installed"
        " | pip install 'bench', then build again"
    ]


def test_installed_version_that_does_not_fit_is_refused(yard, supply, refused):
    yard.install("parks")
    yard.wheel("parks", "bench>=2")
    yard.install("bench")
    assert refused(supply().gather, ["parks"]) == [
        "missing-dependency parks needs bench>=2, 1.0 is installed"
        " | pip install 'bench>=2', then build again"
    ]


def test_what_only_the_target_needs_comes_from_the_lock(yard, supply):
    yard.install("parks")
    yard.wheel("parks", f"bench; python_full_version == '{python_version()}.99'")
    lock = f"bench==3.1 \\\n    --hash=sha256:{A}\n"
    assert found(supply(lock).gather(["parks"]))[1] == ["bench==3.1"]


def test_dependency_with_sources_or_in_the_wheelhouse_alone_is_taken_along(yard, supply):
    yard.install("civicapp", version="9.9")
    yard.install("parks")
    yard.wheel("parks", "civicapp", "shared", "private")
    yard.install("shared", source=yard.source("shared"))
    yard.install("private")
    for name, number in (("private", "1.0"), ("civicapp", "9.9")):
        yard.wheel(name, version=number)
    assert found(supply().gather(["parks"])) == (
        [
            "civicapp-9.9-py3-none-any.whl",
            "parks-1.0-py3-none-any.whl",
            "private-1.0-py3-none-any.whl",
            "shared-1.0-py3-none-any.whl",
        ],
        [],
    )


def test_our_own_closure_is_in_our_lock(yard, supply):
    lock = PACKAGED.read_text("utf-8")
    supplies = supply(lock, wheelhouse=yard.wheelhouse).gather(["civicapp", "civicapp-hotlines"])
    assert [w.name for w in supplies.wheels] == ["civicapp", "civicapp-hotlines"]
    pins = {p.name: p for p in supplies.pins}
    assert {"fastapi", "uvloop", "psycopg-binary", "numpy"} <= pins.keys()  # also of extras
    assert not {"pytest", "mypy", "hatchling", "colorama", "pillow"} & pins.keys()
    for pin in pins.values():
        assert pin.hashes == read_lock(lock).hashes(pin.name, pin.version)
        assert pin.version == version(pin.name)


# The index: a folder of wheels stands in for it, so that no network is needed.


@pytest.fixture
def shelf(yard, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(yard.folder / "shelf"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    (yard.folder / "work").mkdir()
    return yard.folder / "shelf"


def test_digests_that_no_lock_holds_are_asked_of_the_index(yard, shelf):
    digest = entry(yard.wheel("bench")).sha256
    pins = [Pin("alembic", "1.0", (A,)), Pin("bench", "1.0")]
    assert complete(pins, yard.folder / "work") == (
        (Pin("alembic", "1.0", (A,)), Pin("bench", "1.0", (digest,))),
        False,
    )


def test_digest_of_a_wheel_for_this_machine_alone_is_told(yard, shelf):
    if platform.system() != "Linux":
        pytest.skip("the tag below is Linux's")
    wheel = yard.wheel("bench")
    wheel.rename(wheel.with_name(f"bench-1.0-py3-none-linux_{platform.machine()}.whl"))
    assert complete([Pin("bench", "1.0")], yard.folder / "work")[1]


def test_index_that_does_not_know_a_version_is_told(yard, shelf, refused):
    yard.wheel("bench", version="2.0")
    [problem] = refused(complete, [Pin("bench", "1.0")], yard.folder / "work")
    assert problem.startswith("no-digest the lock of civicapp has no digests of bench==1.0")
    assert "Could not find a version" in problem


def test_index_is_not_asked_when_all_is_known(yard, monkeypatch):
    monkeypatch.setattr("civicapp.bundle.index.run_pip", None)
    assert complete([Pin("bench", "1.0", (A,))], yard.folder) == (
        (Pin("bench", "1.0", (A,)),),
        False,
    )


def test_wheels_of_pins_are_downloaded_by_digest(yard, shelf):
    pins = [Pin(n, "1.0", (entry(yard.wheel(n)).sha256,)) for n in ("bench", "nail")]
    wheels = download(pins, yard.folder / "work", None)
    assert [w.path.name for w in wheels] == [
        "bench-1.0-py3-none-any.whl",
        "nail-1.0-py3-none-any.whl",
    ]


def test_wheelhouse_serves_where_there_is_no_index(yard, shelf):
    pin = Pin("bench", "1.0", (entry(yard.wheel("bench", folder="house")).sha256,))
    assert download([pin], yard.folder / "work", yard.folder / "house")[0].name == "bench"


def test_wheel_with_another_digest_is_refused(yard, shelf, refused):
    yard.wheel("bench")
    [problem] = refused(download, [Pin("bench", "1.0", (A,))], yard.folder / "work", None)
    assert problem.startswith("no-wheel --offline: not all wheels can be had: ")
    assert "DO NOT MATCH THE HASHES" in problem


# Copies of source trees.


def test_copy_holds_what_is_source(yard, tree):
    for path in (
        *("parks/a.py", "parks/__pycache__/a.pyc", ".git/HEAD", "build/lib/old.py", "dist/x.whl"),
        *("parks.egg-info/PKG-INFO", "env/pyvenv.cfg", "env/lib/x.py", "parks/build/keep.py"),
        *("bundle/region.json", ".civicapp/isle/secret_key", ".env.example"),
    ):
        yard.write(f"src/parks/{path}", "x")
    yard.write("elsewhere/data.txt", "data")
    source = yard.folder / "src/parks"
    (source / "parks/inside.py").symlink_to("a.py")
    (source / "parks/outside.txt").symlink_to(yard.folder / "elsewhere/data.txt")
    copy_tree(source, yard.folder / "copy", [source / "bundle"])
    assert sorted(tree(yard.folder / "copy")) == [
        *(".env.example", ".gitignore", "parks/a.py", "parks/build/keep.py"),
        *("parks/inside.py", "parks/outside.txt"),
    ]
    assert (yard.folder / "copy/parks/inside.py").is_symlink()
    assert not (yard.folder / "copy/parks/outside.txt").is_symlink()


def test_copy_ignores_what_the_nearest_gitignore_does(yard):
    yard.write("src/.git/HEAD", "x")
    yard.write("src/.gitignore", "*.secret\n")
    yard.source("parks")
    copy_tree(yard.folder / "src/parks", yard.folder / "copy")
    assert (yard.folder / "copy/.gitignore").read_text() == "*.secret\n"
    (yard.folder / "src/parks/.git").mkdir()  # a repository of its own: what is above is not its
    copy_tree(yard.folder / "src/parks", yard.folder / "again")
    assert (yard.folder / "again/.gitignore").read_text() == ""
