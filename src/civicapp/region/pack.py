"""Find a pack and its parents; list what lies in their folders."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from civicapp.problems import Origin, Severity, did_you_mean
from civicapp.region.files import Reader, shown
from civicapp.region.nodes import Branch, Leaf, Node
from civicapp.region.yaml import read_yaml

PACKAGED = Path(__file__).resolve().parent.parent / "regions"
LONGEST_CHAIN = 8
_FOLDERS = ("areas", "organisation", "calendar", "branding", "content", "locale", "services")
_FILES = ("region.yaml", "sources.csv")
_PROSE = re.compile(r"(README|SOURCES|LICEN[CS]E|NOTICE|CHANGELOG)(\..*)?", re.IGNORECASE)
_INSIDE = {
    "areas": re.compile(r"areas\.csv|boundaries[\w-]*\.geojson"),
    "organisation": re.compile(r"agencies\.csv|roles\.yaml"),
    "calendar": re.compile(r"\d{4}\.csv"),
    "branding": re.compile(r"theme\.yaml|[\w-]+\.svg"),
    "content": re.compile(r"[a-z][a-z0-9-]*\.[a-z]{2,3}\.md"),
    "locale": re.compile(r"[a-z]{2,3}\.po"),
}
_SHAPE = {
    "areas": "areas.csv, boundaries*.geojson",
    "organisation": "agencies.csv, roles.yaml",
    "calendar": "one file a year, such as 2026.csv",
    "branding": "theme.yaml and .svg files",
    "content": "page.language.md, such as privacy.id.md",
    "locale": "language.po, such as id.po",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One pack of a chain: its folder and its own region.yaml."""

    folder: Path
    config: Branch

    def path(self, *parts: str) -> Path | None:
        """Return a file or folder of this layer, or None when it is not there."""
        path = self.folder.joinpath(*parts)
        return path if path.exists() else None

    def files(self, folder: str) -> list[Path]:
        """List the files of a folder that civicapp reads, by name."""
        path = self.folder / folder
        if not path.is_dir():
            return []
        wanted = _INSIDE[folder]
        return sorted(p for p in path.iterdir() if wanted.fullmatch(p.name))


def find_pack(region: str, beside: Path | None = None) -> Path | None:
    """Find a pack's folder: beside another, in ./regions, among the packaged; or at a path."""
    if "/" in region or region in (".", ".."):
        return Path(region) if _is_folder(Path(region)) else None
    for folder in _shelves(beside):
        if region and _is_folder(folder / region):
            return folder / region
    return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name too long for the file system
        return False


def known_packs(beside: Path | None = None) -> list[str]:
    """List the names by which packs can be found."""
    names = set()
    for folder in _shelves(beside):
        if folder.is_dir():
            names |= {p.name for p in folder.iterdir() if (p / "region.yaml").is_file()}
    return sorted(names)


def _shelves(beside: Path | None) -> Iterator[Path]:
    if beside is not None:
        yield beside
    yield Path("regions")
    yield PACKAGED


def read_chain(region: str | Path, reader: Reader) -> list[Layer]:
    """Read region.yaml of a pack and of its parents; the root pack comes first."""
    folder = region if isinstance(region, Path) else find_pack(region)
    if folder is None or not folder.is_dir():
        name = str(region)
        hint = "" if "/" in name else did_you_mean(name, known_packs(), what="known packs")
        reader.report(
            "no-region",
            f"there is no region pack `{name}`",
            Origin(name),
            hint or "give the path of a folder that holds region.yaml",
        )
        return []
    layers: list[Layer] = []
    seen: dict[Path, str] = {}
    while True:
        layer = _read_layer(folder, reader)
        if layer is None:
            return []
        layers.insert(0, layer)
        seen[folder.resolve()] = folder.name
        parent = _parent(layer, reader)
        if parent is None:
            return layers
        at, name = parent
        # A folder given as `.` or `..` has no parent in its name.
        beside = (folder if folder.name not in ("", "..") else folder.resolve()).parent
        found = find_pack(name, beside)
        if found is None or "/" in name or name in (".", ".."):
            reader.report(
                "missing-parent",
                f"there is no pack `{name}` to extend",
                at,
                did_you_mean(name, known_packs(beside), what="known packs"),
            )
            return layers
        if found.resolve() in seen or len(layers) >= LONGEST_CHAIN:
            chain = " → ".join([*seen.values(), found.name])
            reader.report(
                "extends-cycle",
                f"packs extend one another in a circle: {chain}",
                at,
                "a root pack has no `extends`",
            )
            return layers
        folder = found


def _read_layer(folder: Path, reader: Reader) -> Layer | None:
    path = folder / "region.yaml"
    if not path.exists():
        reader.report(
            "missing-file",
            "there is no region.yaml",
            Origin(shown(path)),
            "a region pack is a folder that holds region.yaml",
        )
        return None
    config = read_yaml(path, reader)
    if config is None:
        return None
    declared = config.items.get("id")
    if isinstance(declared, Leaf) and isinstance(declared.value, str):
        if declared.value != folder.resolve().name:
            reader.report(
                "wrong-value",
                f"`id` is {declared.value}, the folder is {folder.resolve().name}",
                declared.origin,
                "make them the same",
            )
    elif declared is None:
        reader.report(
            "missing-key", "`id` is missing", config.origin, f"write `id: {folder.resolve().name}`"
        )
    _check_names(folder, reader)
    return Layer(folder, config)


def _parent(layer: Layer, reader: Reader) -> tuple[Origin, str] | None:
    extends: Node | None = layer.config.items.get("extends")
    if extends is None:
        return None
    if isinstance(extends, Leaf) and isinstance(extends.value, str) and extends.value:
        return extends.origin, str(extends.value)
    reader.report(
        "wrong-type",
        "`extends` wants the id of a pack",
        extends.origin,
        "a chain is linear: one parent; leave the key out in a root pack",
    )
    return None


def _check_names(folder: Path, reader: Reader) -> None:
    """Warn of files that civicapp does not read: most often a name is misspelt."""
    for path in sorted(folder.iterdir()):
        name = path.name
        if name.startswith(".") or _PROSE.fullmatch(name) or name in _FILES:
            continue
        if name not in _FOLDERS:
            _unread(path, did_you_mean(name, [*_FOLDERS, *_FILES], what="known"), reader)
        elif not path.is_dir():
            reader.report("not-a-folder", "wants to be a folder", Origin(shown(path)))
        elif name in _INSIDE:
            for inner in sorted(path.iterdir()):
                if inner.name.startswith(".") or _PROSE.fullmatch(inner.name):
                    continue
                if not _INSIDE[name].fullmatch(inner.name):
                    _unread(inner, f"{name}/ holds {_SHAPE[name]}", reader)


def _unread(path: Path, hint: str, reader: Reader) -> None:
    reader.report(
        "unknown-file",
        f"`{path.name}` is not read by civicapp",
        Origin(shown(path)),
        hint,
        severity=Severity.WARNING,
    )
