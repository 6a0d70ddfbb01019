"""One pack of a chain: what lies in its folder, and which of it civicapp reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from civicapp.problems import Origin, did_you_mean
from civicapp.region.files import Reader, shown
from civicapp.region.nodes import Branch, Leaf
from civicapp.region.yaml import read_yaml

REGION = "region.yaml"
SOURCES = "sources.csv"
SERVICES = "services"
_PROSE = re.compile(r"(README|SOURCES|LICEN[CS]E|NOTICE|CHANGELOG)(\..*)?", re.IGNORECASE)
_INSIDE = {
    "areas": re.compile(r"areas\.csv|boundaries[\w-]*\.geojson"),
    "organisation": re.compile(r"agencies\.csv|roles\.yaml"),
    "calendar": re.compile(r"[0-9]{4}\.csv"),
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
_FOLDERS = (*_INSIDE, SERVICES)


@dataclass(frozen=True, slots=True)
class Layer:
    """A pack's folder, its own region.yaml, and its files by their path inside the pack.

    sound: False when region.yaml or a folder cannot be read: no one can then say what is missing.
    """

    folder: Path
    config: Branch
    found: dict[str, Path]
    sound: bool = True

    def path(self, *parts: str) -> Path | None:
        """Return a file of this layer, or None when it is not there."""
        return self.found.get("/".join(parts))

    def files(self, folder: str) -> list[Path]:
        """List the files of a folder that civicapp reads, by name."""
        return [p for p in self.inside(folder) if _INSIDE[folder].fullmatch(p.name)]

    def inside(self, *parts: str) -> Iterator[Path]:
        """List what lies right inside a folder, by name; prose for people is left out."""
        start = "/".join(parts) + "/"
        for name, path in self.found.items():
            rest = name.removeprefix(start)
            if rest != name and "/" not in rest and not _PROSE.fullmatch(rest):
                yield path

    @property
    def tables(self) -> Iterator[tuple[str, Path]]:
        """List the files that hold facts, each with its path inside the pack."""
        for name, path in self.found.items():
            if "/" in name and path.suffix in (".csv", ".geojson"):
                yield name, path


def read_layer(folder: Path, reader: Reader) -> Layer | None:
    """List a pack's folder and read its region.yaml; None after noting that there is none."""
    before = len(reader.problems)
    found = dict(_list(folder, "", reader))
    listed = len(reader.problems) == before
    at = Origin(shown(folder / REGION))
    if REGION not in found:
        if listed:
            hint = "a region pack is a folder that holds region.yaml"
            reader.report("missing-file", "there is no region.yaml", at, hint)
        return None
    config = read_yaml(found[REGION], reader)
    if config is not None:
        _check_id(config, folder.resolve().name, reader)
    layer = Layer(folder, config or Branch({}, {}, at), found, listed and config is not None)
    _check_names(layer, reader)
    return layer


def _list(folder: Path, inside: str, reader: Reader) -> Iterator[tuple[str, Path]]:
    """List a folder, and below it those that civicapp reads, down to `services/<id>`."""
    for path in reader.entries(folder):
        name = f"{inside}{path.name}"
        yield name, path
        if (name in _FOLDERS or inside == f"{SERVICES}/") and _is_folder(path):
            yield from _list(path, f"{name}/", reader)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # whoever reads it says why it cannot be read


def _check_id(config: Branch, name: str, reader: Reader) -> None:
    declared = config.items.get("id")
    if isinstance(declared, Leaf) and isinstance(declared.value, str) and declared.value != name:
        what = f"`id` is {declared.value}, the folder is {name}"
        reader.report("wrong-value", what, declared.origin, "make them the same")


def _check_names(layer: Layer, reader: Reader) -> None:
    """Warn of files that civicapp does not read: most often a name is misspelt."""
    for name, path in layer.found.items():
        if "/" in name or _PROSE.fullmatch(name) or name in (REGION, SOURCES):
            continue
        if name not in _FOLDERS:
            known = [*_FOLDERS, REGION, SOURCES]
            _unread(path, did_you_mean(name, known) or "a pack has no such file", reader)
        elif not _is_folder(path):
            at = Origin(shown(path))
            reader.report("not-a-folder", "wants to be a folder", at, f"make {name} a folder")
    for folder, wanted in _INSIDE.items():
        for path in layer.inside(folder):
            if not wanted.fullmatch(path.name):
                _unread(path, f"{folder}/ holds {_SHAPE[folder]}", reader)
    for path in layer.inside(SERVICES):
        if not _is_folder(path):
            _unread(path, f"{SERVICES}/ holds a folder per plugin", reader)


def _unread(path: Path, hint: str, reader: Reader) -> None:
    what = f"`{path.name}` is not read by civicapp"
    reader.warn("unknown-file", what, Origin(shown(path)), hint)
