"""Read a pack and its parents into merged trees and tables, before any model is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from civicapp.config import Row
from civicapp.problems import Origin, Severity
from civicapp.region.csv import nothing_deleted, read_csv
from civicapp.region.files import Reader, shown
from civicapp.region.geojson import Shape, read_geojson
from civicapp.region.merge import merge, merge_sheets
from civicapp.region.models import SourceRow
from civicapp.region.nodes import Branch, Leaf, Listing, Sheet
from civicapp.region.pack import Layer, read_chain
from civicapp.region.validate import Columns
from civicapp.region.yaml import read_yaml


@dataclass(frozen=True, slots=True)
class Pack:
    """The layers of a pack, the root pack first, and their merged region.yaml."""

    layers: tuple[Layer, ...]
    config: Branch

    @property
    def folder(self) -> Path:
        """Return the folder of the pack itself."""
        return self.layers[-1].folder

    @property
    def languages(self) -> tuple[str, ...]:
        """List every language that a layer declares; the pack's own come first."""
        found: dict[str, None] = {}
        for layer in reversed(self.layers):
            found.update(dict.fromkeys(text for text, _ in _texts(layer.config, "languages")))
        return tuple(found) or ("en",)

    @property
    def plugins(self) -> list[tuple[str, Origin]]:
        """List the enabled plugins and where each is named."""
        return _texts(self.config, "plugins")

    def branding(self, name: str) -> Path | None:
        """Find a branding file in the nearest layer that has it."""
        if Path(name).name != name:
            return None
        found = (layer.path("branding", name) for layer in reversed(self.layers))
        return next(filter(None, found), None)


def _texts(tree: Branch, key: str) -> list[tuple[str, Origin]]:
    node = tree.items.get(key)
    if not isinstance(node, Listing):
        return []
    return [
        (str(item.value), item.origin)
        for item in node.items
        if isinstance(item, Leaf) and isinstance(item.value, str)
    ]


def read_pack(region: str | Path, reader: Reader) -> Pack | None:
    """Read region.yaml of a pack and its parents, or return None after noting why not."""
    layers = read_chain(region, reader)
    if not layers:
        return None
    config = layers[0].config
    for layer in layers[1:]:
        config = cast("Branch", merge(_without(config, "extends", "id"), layer.config))
    return Pack(tuple(layers), config)


def _without(tree: Branch, *names: str) -> Branch:
    """Drop what a child never inherits."""
    items = {key: node for key, node in tree.items.items() if key not in names}
    return Branch(items, tree.keys, tree.origin, tree.shadows)


def read_tree(pack: Pack, reader: Reader, *parts: str) -> Branch | None:
    """Read and merge a YAML file of all layers; None if no layer has it."""
    tree: Branch | None = None
    for layer in pack.layers:
        path = layer.path(*parts)
        own = read_yaml(path, reader) if path else None
        if own is not None:
            tree = own if tree is None else cast("Branch", merge(tree, own))
    return tree


def read_table(pack: Pack, reader: Reader, row: type[Row], *parts: str) -> Sheet:
    """Read and merge a table of all layers."""
    files = [path for layer in pack.layers if (path := layer.path(*parts))]
    return _read_sheets(files, pack, reader, row, Origin(shown(pack.folder.joinpath(*parts))))


def read_calendar(pack: Pack, reader: Reader, row: type[Row]) -> Sheet:
    """Read and merge the calendar files of all layers; each year may have its own."""
    files = [path for layer in pack.layers for path in layer.files("calendar")]
    return _read_sheets(files, pack, reader, row, Origin(shown(pack.folder / "calendar")))


def _read_sheets(
    files: Sequence[Path], pack: Pack, reader: Reader, row: type[Row], nowhere: Origin
) -> Sheet:
    columns = Columns(row, pack.languages)
    read = (read_csv(f, reader, row.key, columns.known, columns.wanted) for f in files)
    sheets = [sheet for sheet in read if sheet is not None]
    reader.problems += nothing_deleted(sheets)
    return merge_sheets(sheets, nowhere)


def read_shapes(pack: Pack, reader: Reader) -> dict[str, Shape]:
    """Read and merge the boundaries of all layers, by area code."""
    merged: dict[str, Shape] = {}
    for layer in pack.layers:
        own: dict[str, Shape] = {}
        for path in layer.files("areas"):
            if path.suffix != ".geojson":
                continue
            for code, shape in read_geojson(path, reader).items():
                if code in own:
                    reader.report(
                        "duplicate-row",
                        f"area {code} has a boundary in {own[code].origin} too",
                        shape.origin,
                        "keep one of them",
                    )
                own[code] = shape
        merged.update(own)
    return merged


def read_sources(pack: Pack, reader: Reader) -> list[tuple[str, Sheet]]:
    """Read sources.csv of each layer; warn of data files that have no row there."""
    found = []
    for layer in pack.layers:
        columns = Columns(SourceRow, ())
        path = layer.path("sources.csv")
        sheet = (
            read_csv(path, reader, SourceRow.key, columns.known, columns.wanted) if path else None
        ) or Sheet({}, Origin(shown(layer.folder / "sources.csv")))
        for data in sorted([*layer.folder.glob("*/**/*.csv"), *layer.files("areas")]):
            name = data.relative_to(layer.folder).as_posix()
            if name not in sheet.lines and data.is_file():
                reader.report(
                    "no-source",
                    "no source and licence is given for this file",
                    Origin(shown(data)),
                    f"add a row `{name}` to sources.csv",
                    severity=Severity.WARNING,
                )
        found.append((layer.folder.resolve().name, sheet))
    return found
