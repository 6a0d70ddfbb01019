"""Wheel: what a wheel file says of itself, and which of several fits here best."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import sys_tags
from packaging.utils import (
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version


class BadWheel(ValueError):
    """Say why a file is no wheel that can be used."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel file with its name, version and requirements, as its metadata say."""

    path: Path
    name: NormalizedName
    version: str
    requires: tuple[Requirement, ...]

    @property
    def is_universal(self) -> bool:
        """Tell whether it is good for every machine."""
        return all(tag.platform == "any" for tag in parse_wheel_filename(self.path.name)[3])


def read_wheel(path: Path) -> Wheel:
    """Read the metadata of a wheel; raise BadWheel or OSError."""
    try:
        parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            inside = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            metadata = BytesParser().parsebytes(archive.read(next(inside)), headersonly=True)
        name, version = metadata["Name"], str(Version(metadata["Version"]))
        requires = tuple(Requirement(r) for r in metadata.get_all("Requires-Dist") or ())
    except (zipfile.BadZipFile, InvalidWheelFilename, EOFError) as e:
        raise BadWheel(f"{path} is no wheel, or damaged: {e}") from e
    except (StopIteration, TypeError, InvalidVersion, InvalidRequirement) as e:
        raise BadWheel(f"{path} holds no sound metadata: {e}") from e
    return Wheel(path, canonicalize_name(name), version, requires)


def best_wheel(folder: Path, name: NormalizedName, version: str) -> Path | None:
    """Find the wheel of a version that fits this Python and machine best; raise OSError."""
    ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
    found = []
    for path in sorted(folder.iterdir()):
        try:
            its_name, its_version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue  # something else lies there too
        fits = [ranks[tag] for tag in tags if tag in ranks]
        if (its_name, str(its_version)) == (name, version) and fits:
            found.append((min(fits), path))
    return min(found)[1] if found else None


def names_in(wheels: Iterable[Path], ending: str) -> set[str]:
    """List what wheels hold under names that end so; nothing of one that cannot be read."""
    found: set[str] = set()
    for path in wheels:
        try:
            with zipfile.ZipFile(path) as archive:
                found |= {n for n in archive.namelist() if n.endswith(ending)}
        except (OSError, zipfile.BadZipFile):
            continue
    return found
