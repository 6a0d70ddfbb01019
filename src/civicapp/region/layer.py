"""One pack of a chain: what lies in its folder, and which of it civicapp reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from civicapp.problems import Origin, did_you_mean
from civicapp.region.files import DiskFile, File, Reader, shown
from civicapp.region.nodes import Branch, Leaf
from civicapp.region.yaml import read_yaml

REGION = "region.yaml"
FROZEN = "region.json"  # a bundle's: a pack and its parents in one file
DRAWING = ".svg"
NO_PACK = f"a pack is a folder that holds {REGION}, a bundle one with {FROZEN}"
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
    """A pack of a chain: its own region.yaml, and its files by their path inside the pack.

    sound: False when region.yaml or a folder cannot be read: no one can then say what is missing.
    folder: where it lies; None for a pack that lies frozen in a bundle.
    """

    id: str
    config: Branch
    found: Mapping[str, File]
    sound: bool = True
    folder: Path | None = None

    def path(self, *parts: str) -> File | None:
        """Return a file of this layer, or None when it is not there."""
        return self.found.get("/".join(parts))

    def origin(self, *parts: str) -> Origin:
        """Return the place of a file, whether it is there or not."""
        if self.folder is None:
            return Origin("/".join((self.id, *parts)))
        return Origin(shown(self.folder.joinpath(*parts)))

    def files(self, folder: str) -> list[File]:
        """List the files of a folder that civicapp reads, by name."""
        return [p for p in self.inside(folder) if _INSIDE[folder].fullmatch(p.name)]

    def inside(self, *parts: str) -> Iterator[File]:
        """List what lies right inside a folder, by name; prose for people is left out."""
        start = "/".join(parts) + "/"
        for name, file in self.found.items():
            rest = name.removeprefix(start)
            if rest != name and "/" not in rest and not _PROSE.fullmatch(rest):
                yield file

    def read_by_kernel(self) -> set[str]:
        """Name the files that civicapp reads whatever else the pack says."""
        inside = {f"{folder}/{file.name}" for folder in _INSIDE for file in self.files(folder)}
        return {REGION, SOURCES, *(name for name in inside if not name.endswith(DRAWING))}

    def read_maybe(self, services: Collection[str]) -> set[str]:
        """Name the files that are read if a theme names them, or a service has such a table."""
        folders = {f"{SERVICES}/{service}" for service in services}
        return {
            name
            for name in self.found
            if (name.startswith("branding/") and name.endswith(DRAWING))
            or (name.rpartition("/")[0] in folders and name.endswith((".yaml", ".csv")))
        }

    @property
    def tables(self) -> Iterator[tuple[str, File]]:
        """List the files that hold facts, each with its path inside the pack."""
        for name, file in self.found.items():
            if "/" in name and file.suffix in (".csv", ".geojson"):
                yield name, file


def read_layer(folder: Path, reader: Reader) -> Layer | None:
    """List a pack's folder and read its region.yaml; None after noting that there is none."""
    before = len(reader.problems)
    found = dict(_list(folder, "", reader))
    listed = len(reader.problems) == before
    if REGION not in found:
        if listed:
            hint = NO_PACK
            if FROZEN in found:
                hint = "no pack extends a bundle: put the pack in its place of which it was built"
            at = Origin(shown(folder / REGION))
            reader.report("missing-file", "there is no region.yaml", at, hint)
        return None
    config = read_yaml(found[REGION], reader)
    sound = listed and config is not None
    at = Origin(found[REGION].place)
    layer = Layer(folder.resolve().name, config or Branch({}, {}, at), found, sound, folder)
    check_layer(layer, reader)
    return layer


def check_layer(layer: Layer, reader: Reader) -> None:
    """Compare a layer's id with its name, and warn of files that civicapp does not read."""
    _check_id(layer, reader)
    _check_names(layer, reader)


def _list(folder: Path, inside: str, reader: Reader) -> Iterator[tuple[str, File]]:
    """List a folder, and below it those that civicapp reads, down to `services/<id>`."""
    for path in reader.entries(folder):
        name, file = f"{inside}{path.name}", DiskFile.at(path)
        yield name, file
        if (name in _FOLDERS or inside == f"{SERVICES}/") and file.is_folder():
            yield from _list(path, f"{name}/", reader)


def _check_id(layer: Layer, reader: Reader) -> None:
    declared, name = layer.config.items.get("id"), layer.id
    if isinstance(declared, Leaf) and isinstance(declared.value, str) and declared.value != name:
        what = f"`id` is {declared.value}, the folder is {name}"
        reader.report("wrong-value", what, declared.origin, "make them the same")


def _check_names(layer: Layer, reader: Reader) -> None:
    """Warn of files that civicapp does not read: most often a name is misspelt."""
    for name, file in layer.found.items():
        if "/" in name or _PROSE.fullmatch(name) or name in (REGION, SOURCES):
            continue
        if name == FROZEN:
            hint = f"the files of the pack count: remove it, or take {REGION} out of a bundle"
            _unread(file, hint, reader)
        elif name not in _FOLDERS:
            known = [*_FOLDERS, REGION, SOURCES]
            _unread(file, did_you_mean(name, known) or "a pack has no such file", reader)
        elif not file.is_folder():
            at = Origin(file.place)
            reader.report("not-a-folder", "wants to be a folder", at, f"make {name} a folder")
    for folder, wanted in _INSIDE.items():
        for file in layer.inside(folder):
            if not wanted.fullmatch(file.name):
                _unread(file, f"{folder}/ holds {_SHAPE[folder]}", reader)
    for file in layer.inside(SERVICES):
        if not file.is_folder():
            _unread(file, f"{SERVICES}/ holds a folder per plugin", reader)


def _unread(file: File, hint: str, reader: Reader) -> None:
    what = f"`{file.name}` is not read by civicapp"
    reader.warn("unknown-file", what, Origin(file.place), hint)
