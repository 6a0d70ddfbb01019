"""Find a pack and its parents."""

import re
from collections.abc import Iterator
from pathlib import Path

from civicapp.config import say
from civicapp.problems import Origin, did_you_mean
from civicapp.region.files import Reader
from civicapp.region.layer import NO_PACK, REGION, Layer, read_layer
from civicapp.region.models import PACK_ID
from civicapp.region.nodes import Leaf, Node
from civicapp.region.thaw import is_bundle, thaw

PACKAGED = Path(__file__).resolve().parent.parent / "regions"
LONGEST_CHAIN = 8


def find_pack(region: str, beside: Path | None = None) -> Path | None:
    """Find a pack's folder: beside another, in ./regions, among the packaged; or at a path."""
    if "/" in region or region in (".", ".."):
        return Path(region) if _is_folder(Path(region)) else None
    for folder in _shelves(beside):
        if region and _is_folder(folder / region):
            return folder / region
    return None


def names_bundle(region: str | Path) -> bool:
    """Tell whether what a user typed for a region is a bundle, not a pack."""
    folder = region if isinstance(region, Path) else find_pack(region)
    return folder is not None and is_bundle(folder)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # such as a name too long for the file system
        return False


def known_packs(beside: Path | None = None) -> list[str]:
    """List the names by which packs can be found."""
    names = set()
    for folder in _shelves(beside):
        try:
            names |= {p.name for p in folder.iterdir() if (p / REGION).is_file()}
        except OSError:
            continue  # there is no such shelf
    return sorted(names)


def _shelves(beside: Path | None) -> Iterator[Path]:
    if beside is not None:
        yield beside
    yield Path("regions")
    yield PACKAGED


def read_chain(region: str | Path, reader: Reader) -> list[Layer]:
    """Read region.yaml of a pack and of its parents, or a bundle; the root pack comes first."""
    folder = _start(region, reader)
    if folder is not None and is_bundle(folder):
        return thaw(folder, reader)
    layers: list[Layer] = []
    seen: dict[Path, str] = {}
    while folder is not None:
        layer = read_layer(folder, reader)
        if layer is None:
            break
        layers.insert(0, layer)
        seen[folder.resolve()] = folder.name
        extends = layer.config.items.get("extends")
        folder = None if extends is None else _parent(folder, extends, seen, reader)
    return layers


def _start(region: str | Path, reader: Reader) -> Path | None:
    folder = region if isinstance(region, Path) else find_pack(region)
    if folder is not None and _is_folder(folder):
        return folder
    name = str(region)
    hint = "" if "/" in name else did_you_mean(name, known_packs(), what="known packs")
    reader.report(
        "no-region",
        f"there is no region pack {say(name)}",
        Origin(name),
        hint or NO_PACK,
    )
    return None


def _parent(folder: Path, extends: Node, seen: dict[Path, str], reader: Reader) -> Path | None:
    at = extends.origin
    name = extends.value if isinstance(extends, Leaf) else False
    if name is None:
        what, hint = "`extends` wants the id of one pack", "a root pack has no `extends`"
        reader.report("wrong-type", what, at, hint)
    if not isinstance(name, str) or not re.fullmatch(PACK_ID, name):
        return None  # the model says what is wrong
    # A folder given as `.` or `..` has no parent in its name.
    beside = (folder if folder.name not in ("", "..") else folder.resolve()).parent
    found = find_pack(name, beside)
    if found is None:
        hint = did_you_mean(name, known_packs(beside), what="known packs")
        what = f"there is no pack {say(name)} to extend"
        reader.report("missing-parent", what, at, hint or "put it beside this pack")
        return None
    chain = " → ".join([*seen.values(), found.name])
    if found.resolve() in seen:
        what = f"packs extend one another in a circle: {chain}"
        reader.report("extends-cycle", what, at, "a root pack has no `extends`")
        return None
    if len(seen) >= LONGEST_CHAIN:
        what = f"more than {LONGEST_CHAIN} packs extend one another: {chain}"
        reader.report("extends-cycle", what, at, "join some of them")
        return None
    return found
