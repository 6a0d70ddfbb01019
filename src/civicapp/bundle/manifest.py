"""Manifest: which files `civicapp build` wrote, by their digests, and what became of them."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias

NAME = "MANIFEST.json"
FORMAT = 1
OPERATORS = (".env", "overrides")  # the operator's own: never listed, never touched
FILE_MODE, FOLDER_MODE = 0o644, 0o755

Content: TypeAlias = bytes | Path


class NoManifest(LookupError):
    """Say that a folder is no bundle: it holds no MANIFEST.json."""


class BadManifest(ValueError):
    """Say what is wrong with a MANIFEST.json."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a bundle: digest in hex, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle is of, and its files by path, steps divided by `/`."""

    region: str
    civicapp: str
    files: Mapping[str, Entry]

    def to_bytes(self) -> bytes:
        """Write it as MANIFEST.json: the same bytes for the same files."""
        files = {
            path: {"sha256": e.sha256, "size": e.size, "mode": f"{FILE_MODE:o}"}
            for path, e in self.files.items()
        }
        whole = {
            "format": FORMAT,
            "region": self.region,
            "civicapp": self.civicapp,
            "files": files,
        }
        return json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What became of a file since the build: it is missing, changed, or came from elsewhere."""

    path: str
    what: Literal["missing", "changed", "unknown"]

    def __str__(self) -> str:
        """Write it as a person reads it."""
        if self.what == "unknown":
            return f"{self.path} is none of the bundle's files"
        return f"{self.path} {'is missing' if self.what == 'missing' else 'was changed'}"


def entry(content: Content) -> Entry:
    """Describe a file by what it holds."""
    if isinstance(content, bytes):
        return Entry(hashlib.sha256(content).hexdigest(), len(content))
    with content.open("rb") as file:
        return Entry(
            hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
        )


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a bundle; raise NoManifest, BadManifest or OSError."""
    try:
        text = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as e:
        raise NoManifest(f"{folder} is no bundle: it holds no {NAME}") from e
    try:
        found = json.loads(text)
    except ValueError as e:
        raise BadManifest(f"{folder / NAME} is damaged: {e}") from e
    if isinstance(found, dict) and isinstance(format := found.get("format"), int):
        if format > FORMAT:
            raise BadManifest(f"{folder / NAME} is of a newer civicapp (format {format})")
        if (manifest := _manifest(found)) is not None:
            return manifest
    raise BadManifest(f"{folder / NAME} is damaged: it does not hold what a manifest does")


def _manifest(found: Mapping[str, Any]) -> Manifest | None:
    try:
        files = {str(path): Entry(e["sha256"], e["size"]) for path, e in found["files"].items()}
        whole = Manifest(found["region"], found["civicapp"], files)
    except (KeyError, TypeError, AttributeError):
        return None
    texts: list[object] = [whole.region, whole.civicapp, *(e.sha256 for e in files.values())]
    sizes: list[object] = [e.size for e in files.values()]
    sound = all(isinstance(t, str) for t in texts) and all(isinstance(s, int) for s in sizes)
    return whole if sound and all(_is_inside(path) for path in files) else None


def _is_inside(path: str) -> bool:
    steps = PurePosixPath(path).parts
    return bool(steps) and not path.startswith("/") and ".." not in steps and "\0" not in path


def changed(folder: Path) -> list[Change]:
    """Find what became of a bundle's files; none when it is as it was built.

    A folder in which nothing is the bundle's is one finding. Raise as `read_manifest`.
    """
    manifest = read_manifest(folder)
    changes = [Change(path, "unknown") for path in _strangers(folder, manifest.files)]
    for path, wanted in manifest.files.items():
        try:
            found = entry(folder / path)
        except (FileNotFoundError, NotADirectoryError):
            changes.append(Change(path, "missing"))
            continue
        except IsADirectoryError:
            found = None
        if found != wanted:
            changes.append(Change(path, "changed"))
    return sorted(changes)


def _strangers(folder: Path, files: Mapping[str, Entry]) -> Iterator[str]:
    own = {str(parent) for path in files for parent in PurePosixPath(path).parents}

    def look(place: Path, prefix: str) -> Iterator[str]:
        with os.scandir(place) as found:
            for each in sorted(found, key=lambda e: e.name):
                path = prefix + each.name
                if path in files or path in (NAME, *OPERATORS):
                    continue
                if not each.is_dir(follow_symlinks=False):
                    yield path
                elif path in own:
                    yield from look(place / each.name, f"{path}/")
                else:
                    yield f"{path}/"

    return look(folder, "")
