"""Read a bundle's region.json: a pack and its parents as `civicapp build` froze them.

What is read are the layers of a pack; all that follows is the loader of packs. See frozen.py.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from civicapp.config import say
from civicapp.problems import Origin, Problem
from civicapp.region.compact import AGAIN, Malformed, read_tree
from civicapp.region.files import DiskFile, File, Reader, shown
from civicapp.region.layer import FROZEN, REGION, Layer, check_layer
from civicapp.region.nodes import Branch, Leaf
from civicapp.region.shape import KeptShapes

FORMAT = 1
MANIFEST = "MANIFEST.json"
LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FrozenFile(File):
    """A file or folder of a frozen pack. text: None when it was not frozen, only that it is there.

    kept: what the text holds, if it was parsed before it was frozen.
    """

    text: str | None = None
    kept: object = None
    folder: bool = False

    @property
    def parsed(self) -> object:
        """Return what it holds if that was parsed before it was frozen, else None."""
        return self.kept

    def is_folder(self) -> bool:
        """Tell whether it is a folder."""
        return self.folder

    def read(self, limit: int, reader: Reader) -> str | None:  # noqa: ARG002 - it was read before
        """Return its text, or None after noting that it was not frozen."""
        if self.text is None:
            what = f"the bundle does not hold {say(self.name)}"
            reader.report("bundle-unreadable", what, Origin(self.place), AGAIN)
        return self.text


def is_bundle(folder: Path) -> bool:
    """Tell whether a folder is a bundle: it holds region.json and no region.yaml."""
    try:
        return (folder / FROZEN).is_file() and not (folder / REGION).exists()
    except (OSError, ValueError):
        return False


def thaw(folder: Path, reader: Reader) -> list[Layer]:
    """Read the layers of a bundle, the root pack first; none after noting what is wrong."""
    file = DiskFile.at(folder / FROZEN)
    found = Reader()
    text = found.text(file, LIMIT)
    reader.problems += [_of_bundle(p) for p in found.problems]
    if text is None:
        return []
    if problem := _changed(folder, file, text):
        reader.problems.append(problem)
        return []
    try:
        layers = list(_layers(json.loads(text)))
    except _Newer as e:
        what = f"is of format {e}, this version of civicapp reads {FORMAT}"
        hint = "install the civicapp that built it, from the bundle's wheels/"
        reader.report("bundle-newer", what, Origin(file.place, 1, 1), hint)
        return []
    except json.JSONDecodeError as e:
        at = Origin(file.place, e.lineno, e.colno)
        reader.report("bundle-unreadable", f"is no JSON: {e.msg.lower()}", at, AGAIN)
        return []
    except (ValueError, RecursionError) as e:
        said = str(e) if isinstance(e, Malformed) else "what it holds makes no sense"
        reader.report("bundle-unreadable", f"is damaged: {said}", Origin(file.place), AGAIN)
        return []
    for layer in layers:
        check_layer(layer, reader)
    return layers


def _of_bundle(problem: Problem) -> Problem:
    """Say how to mend a file that nobody writes by hand."""
    if problem.code == "unreadable":
        return problem
    return replace(problem, code="bundle-unreadable", hint=AGAIN)


class _Newer(Exception):
    """The file is of a format of later versions."""


def _layers(data: object) -> Iterator[Layer]:
    if not isinstance(data, dict):
        raise Malformed("it wants to be an object")
    format = data.get("format")
    if type(format) is int and format > FORMAT:
        raise _Newer(str(format))
    packs = data.get("packs")
    if format != FORMAT or not isinstance(packs, list) or not packs:
        raise Malformed("it wants a format and packs")
    parent = None
    for layer in map(_layer, packs):
        extends = layer.config.items.get("extends")
        named = extends.value if isinstance(extends, Leaf) else None
        if named != parent or ("extends" in layer.config.keys) != (parent is not None):
            raise Malformed("a pack wants to extend the one before")
        parent = layer.id
        yield layer
    if data.get("region") != parent:
        raise Malformed("the last pack wants to be the region's")


def _layer(pack: Any) -> Layer:
    if not isinstance(pack, dict) or not isinstance(id := pack.get("id"), str):
        raise Malformed("a pack wants an id")
    if not isinstance(files := pack.get("files"), dict):
        raise Malformed("a pack wants files")
    found = {name.removesuffix("/"): _file(id, name, kept) for name, kept in files.items()}
    config = found[REGION].parsed if REGION in found else None
    if not isinstance(config, Branch):
        raise Malformed(f"a pack wants {REGION}")
    return Layer(id, config, found)


def _file(id: str, name: str, kept: object) -> FrozenFile:
    place = f"{id}/{name.removesuffix('/')}"
    if name.endswith("/"):
        return FrozenFile(place, folder=True)
    match kept:
        case None | str():
            return FrozenFile(place, kept)
        case {"text": str(text), "tree": tree}:
            if isinstance(branch := read_tree(tree, place), Branch):
                return FrozenFile(place, text, branch)
        case {"shapes": dict(shapes)}:
            return FrozenFile(place, kept=KeptShapes(shapes))
    raise Malformed(f"{say(name)} holds no file")


def _changed(folder: Path, file: DiskFile, text: str) -> Problem | None:
    """Compare with the digest that the bundle's manifest holds, if there is one."""
    manifest = folder / MANIFEST
    at = Origin(shown(manifest))
    if not manifest.exists():
        return None
    try:
        wanted = json.loads(manifest.read_bytes())["files"][FROZEN]["sha256"]
    except OSError as e:
        reason = (e.strerror or "the system refuses it").lower()
        return Problem("bundle-unreadable", f"cannot be read: {reason}", "check who may", at)
    except (ValueError, LookupError, TypeError, RecursionError):
        what = f"holds no digest of {FROZEN}"
        return Problem("bundle-changed", what, AGAIN, at)
    # A byte order mark was reported, and is no part of the text.
    if hashlib.sha256(text.encode("utf-8")).hexdigest() == wanted:
        return None
    what = f"is not as it was built: its digest differs from that in {MANIFEST}"
    return Problem("bundle-changed", what, AGAIN, Origin(file.place))
