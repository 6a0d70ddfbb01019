"""Put a bundle in its place: whole or not at all, with what the operator added carried along."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from civicapp.bundle.faults import Unbuildable
from civicapp.bundle.manifest import (
    FILE_MODE,
    FOLDER_MODE,
    NAME,
    OPERATORS,
    BadManifest,
    Change,
    Content,
    NoManifest,
    changed,
    read_manifest,
)
from civicapp.problems import Problem
from civicapp.region.files import shown


def check_place(target: Path, region: str) -> list[Problem]:
    """Find why a region's bundle must not be written there: something of others would be lost."""
    place = shown(target)
    if target.name in ("", ".."):
        return [Problem("bundle-place", f"{place} cannot be replaced", "name a folder of its own")]
    if target.exists() and not target.is_dir():
        return [Problem("bundle-place", f"{place} is a file", "name a folder that is not there")]
    return _check_folder(target, place, region) if target.exists() and any(target.iterdir()) else []


def _check_folder(target: Path, place: str, region: str) -> list[Problem]:
    try:
        other, found = read_manifest(target).region, changed(target)
    except NoManifest:
        what = f"{place} is no bundle and not empty: it holds no {NAME}"
        return [Problem("bundle-place", what, "name a folder that is empty or not there")]
    except BadManifest as e:
        return [Problem("bundle-changed", str(e), f"move {place} away, then build again")]
    if other == region:
        return _changes(place, found)
    what = f"{place} holds the bundle of {other}, with its operator's settings"
    return [Problem("bundle-place", what, "name a folder of its own for each region")]


def _changes(place: str, found: Sequence[Change]) -> list[Problem]:
    """Name what would be lost; a file that is missing is written anew, and nothing is lost."""
    changes = [each for each in found if each.what == "changed"]
    strangers = [each for each in found if each.what == "unknown"]
    mend = "put additions into overrides/, or remove it and build again"
    move = "put additions into overrides/, or move it out"
    return [
        *(Problem("bundle-changed", f"{place}: {each}", mend) for each in changes),
        *(Problem("bundle-changed", f"{place}: {each}", move) for each in strangers),
    ]


def recover(target: Path) -> None:
    """Mend what a build left that was killed between its last steps."""
    old = _beside(target, "old")
    if not os.path.lexists(old):
        return
    if os.path.lexists(target):
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.rename(target)


def put(files: Mapping[str, Content], target: Path) -> None:
    """Write the files of a bundle to a folder beside, then swap; raise OSError or Unbuildable.

    Until the swap the old bundle stays as it is, and what fails leaves nothing behind.
    """
    with _parents(target.parent), _staging(_beside(target, "new"), target) as staging:
        for path, content in files.items():
            _write(staging / path, content)
        for name in OPERATORS:
            _carry(target / name, staging / name)
        staging.chmod(FOLDER_MODE)
        _swap(staging, target)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}")


@contextmanager
def _parents(folder: Path) -> Iterator[None]:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
        yield
    except BaseException:
        for path in missing:
            with suppress(OSError):
                path.rmdir()
        raise


@contextmanager
def _staging(folder: Path, target: Path) -> Iterator[Path]:
    """Make the folder to write in, for one build at a time; remove it unless it was renamed."""
    with suppress(FileExistsError):  # of another build, that runs or was killed
        folder.mkdir(mode=0o700)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = folder.stat().st_ino == os.fstat(lock).st_ino
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            what = f"another build writes {shown(target)} now"
            raise Unbuildable(Problem("bundle-place", what, "let it end, then build again"))
        try:
            _empty(folder)
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    finally:
        os.close(lock)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _write(path: Path, content: Content) -> None:
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir()
            folder.chmod(FOLDER_MODE)
    with path.open("xb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(FILE_MODE)


def _carry(source: Path, target: Path) -> None:
    """Give a file or folder of the operator a second name, so that owner and mode stay its own."""
    if not os.path.lexists(source):
        return
    if source.is_dir() and not source.is_symlink():
        target.mkdir()
        for path in source.iterdir():
            _carry(path, target / path.name)
        shutil.copystat(source, target)
        _keep_owner(source, target)
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as e:
        if e.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copy2(source, target, follow_symlinks=False)
        _keep_owner(source, target)


def _keep_owner(source: Path, target: Path) -> None:
    status = source.lstat()
    if (status.st_uid, status.st_gid) != ((mine := target.lstat()).st_uid, mine.st_gid):
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)


def _swap(staging: Path, target: Path) -> None:
    old = _beside(target, "old")
    if not target.exists():
        staging.rename(target)
        return
    target.rename(old)
    try:
        staging.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
