"""Which pack a new one extends: the one that is asked for, else the narrowest that covers it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from civicapp.region.files import Reader
from civicapp.region.nodes import Leaf
from civicapp.region.pack import PACKAGED, find_pack, known_packs
from civicapp.region.read import open_pack


@dataclass(frozen=True, slots=True)
class Known:
    """A pack that can be extended. root: the folder of the root pack of its chain."""

    name: str
    folder: Path
    root: Path
    area: str | None

    @property
    def is_root(self) -> bool:
        """Tell whether it extends no other."""
        return self.folder.resolve() == self.root


def roots() -> list[str]:
    """List the root packs that come with civicapp."""
    names = [p.name for p in sorted(PACKAGED.iterdir())] if PACKAGED.is_dir() else []
    packs = (_known(name, PACKAGED / name) for name in names)
    return [pack.name for pack in packs if pack and pack.is_root]


def extensible(beside: Path) -> tuple[list[Known], list[Path]]:
    """List the packs that a pack in the folder `beside` can extend, and those that are unsound."""
    sound: list[Known] = []
    unsound: list[Path] = []
    for name in known_packs(beside):
        folder = find_pack(name, beside)
        if folder is None:
            continue  # it went away
        if pack := _known(name, folder):
            sound.append(pack)
        else:
            unsound.append(folder)
    return sound, unsound


def _known(name: str, folder: Path) -> Known | None:
    pack = open_pack(folder, Reader())
    if pack is None or not pack.whole:
        return None
    node = pack.config.items.get("area")
    area = node.value if isinstance(node, Leaf) and isinstance(node.value, str) else None
    root = pack.layers[0].folder
    return Known(name, folder, root.resolve(), area) if root else None


def covering(packs: Iterable[Known], root: Path, path: Sequence[str]) -> list[Known]:
    """Return the packs of the narrowest area above a new one; several when they share the area.

    root: folder of the root pack that the new one ends in. path: codes of the new area and those
    above it, the widest first.
    """
    above = path[:-1]
    fitting = [p for p in packs if p.area in above and p.root == root.resolve()]
    narrowest = max((above.index(p.area or "") for p in fitting), default=None)
    return [p for p in fitting if above.index(p.area or "") == narrowest]
