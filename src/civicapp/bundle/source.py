"""Build a wheel from a source tree, in a copy of it: the tree itself stays as it is."""

import json
import os
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import InvalidRequirement, Requirement

from civicapp.bundle.manifest import FILE_MODE, FOLDER_MODE
from civicapp.bundle.pip import run_pip

IGNORES = ".gitignore"
SKIPPED = frozenset(
    (
        ".git .hg .svn .venv .tox .nox .hatch .mypy_cache .pytest_cache .ruff_cache .hypothesis"
        " .import_linter_cache .civicapp __pycache__ node_modules"
    ).split()
)
LEFTOVERS = ("build", "dist")  # at the top: of an earlier build, which must not get into this one


def source_tree(distribution: Distribution) -> Path | None:
    """Return the folder that a distribution was installed from, editable or not; None if none."""
    try:
        found = json.loads(distribution.read_text("direct_url.json") or "{}")
        parts = urlsplit(found["url"])
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(found.get("dir_info"), dict) or parts.scheme != "file":
        return None
    folder = Path(url2pathname(parts.path))
    return folder if folder.is_dir() else None


def build_wheel(source: Path, work: Path, installed: str, avoid: Sequence[Path] = ()) -> Path:
    """Build the wheel of a source tree below `work`, and return its path; raise PipFailed.

    installed: the version that git would tell, which the copy cannot ask. avoid: folders that are
    not copied along.
    """
    copy, out = work / "source", work / "wheel"
    copy_tree(source, copy, [path.resolve() for path in avoid])
    isolation = [] if _needs_isolation(copy) else ["--no-build-isolation"]
    run_pip(
        "wheel",
        "--no-deps",
        "--no-cache-dir",
        *isolation,
        "--wheel-dir",
        str(out),
        str(copy),
        more={"SETUPTOOLS_SCM_PRETEND_VERSION": installed},
    )
    return next(out.glob("*.whl"))


def _needs_isolation(source: Path) -> bool:
    """Tell whether what a build needs is not all installed here."""
    try:
        text = (source / "pyproject.toml").read_text("utf-8")
        wanted = tomllib.loads(text)["build-system"]["requires"]
        return not all(_is_installed(Requirement(each)) for each in wanted)
    except (OSError, ValueError, KeyError, TypeError, InvalidRequirement):
        return True


def _is_installed(requirement: Requirement) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


def copy_tree(source: Path, target: Path, avoid: Sequence[Path] = ()) -> None:
    """Copy a source tree without what versions, tools and earlier builds left in it.

    Modes are made the same everywhere. Links stay links where they lead to something inside, else
    what they lead to is copied.
    """
    target.mkdir(parents=True)
    _copy(source, target, source.resolve(), avoid)
    if not (target / IGNORES).exists():
        # hatchling asks the nearest one above, and takes along what is not ignored.
        above = _ignores_above(source.resolve())
        (target / IGNORES).write_bytes(above.read_bytes() if above else b"")


def _copy(source: Path, target: Path, root: Path, avoid: Sequence[Path]) -> None:
    for path in _members(source, root, avoid):
        there = target / path.name
        if path.is_symlink() and _leads_inside(path, root):
            there.symlink_to(os.readlink(path))
        elif path.is_dir():
            there.mkdir()
            _copy(path, there, root, avoid)
            there.chmod(FOLDER_MODE)
        elif path.is_file():
            shutil.copyfile(path, there)
            there.chmod(FOLDER_MODE if os.access(path, os.X_OK) else FILE_MODE)


def _members(folder: Path, root: Path, avoid: Sequence[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        at_top = folder.resolve() == root
        leftover = at_top and (path.name in LEFTOVERS or path.suffix == ".egg-info")
        if path.name in SKIPPED or leftover or (path / "pyvenv.cfg").exists():
            continue
        if path.resolve() not in avoid:
            yield path


def _leads_inside(link: Path, root: Path) -> bool:
    absolute = os.path.isabs(os.readlink(link))
    return not absolute and link.resolve().is_relative_to(root)


def _ignores_above(folder: Path) -> Path | None:
    for place in (folder, *folder.parents):
        if (place / IGNORES).is_file():
            return place / IGNORES
        if (place / ".git").exists():
            break
    return None
