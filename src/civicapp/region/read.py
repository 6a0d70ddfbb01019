"""Read a pack and its parents into merged trees and tables, before any model is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from civicapp.config import Row, say
from civicapp.problems import Origin
from civicapp.region.csv import nothing_deleted, read_csv
from civicapp.region.files import File, Reader
from civicapp.region.geojson import read_geojson
from civicapp.region.layer import SOURCES, Layer
from civicapp.region.merge import merge, merge_sheets
from civicapp.region.models import SourceRow
from civicapp.region.nodes import Branch, Leaf, Listing, Sheet
from civicapp.region.pack import read_chain
from civicapp.region.shape import Shape
from civicapp.region.thaw import FrozenFile
from civicapp.region.validate import Columns
from civicapp.region.yaml import read_yaml


@dataclass(frozen=True)
class Pack:
    """The layers of a pack, the root pack first, and their merged region.yaml."""

    layers: tuple[Layer, ...]
    config: Branch

    @property
    def sound(self) -> bool:
        """Tell whether region.yaml and the folders of each layer could be read."""
        return all(layer.sound for layer in self.layers)

    @property
    def whole(self) -> bool:
        """Tell whether no parent is missing; without one no one can say what is missing."""
        return self.sound and "extends" not in self.layers[0].config.keys

    @property
    def name(self) -> str:
        """Return the name of the pack's own folder, which its id equals."""
        return self.layers[-1].id

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """List every language that a layer declares; the pack's own come first."""
        found: dict[str, None] = {}
        for layer in reversed(self.layers):
            found.update(dict.fromkeys(text for text, _ in _texts(layer.config, "languages")))
        if not found and isinstance(name := self.config.items.get("name"), Branch):
            found = dict.fromkeys(name.items)  # the next best while `languages` is unsound
        return tuple(found) or ("en",)

    @property
    def texts(self) -> dict[str, str]:
        """Return the texts of a bundle's files by their places, to show lines of."""
        files = (file for layer in self.layers for file in layer.found.values())
        return {f.place: f.text for f in files if isinstance(f, FrozenFile) and f.text is not None}

    @property
    def plugins(self) -> list[tuple[str, Origin]]:
        """List the enabled plugins and where each is named."""
        return _texts(self.config, "plugins")

    def branding(self, name: str) -> File | None:
        """Find a branding file in the nearest layer that has it."""
        found = (layer.path("branding", name) for layer in reversed(self.layers))
        return next(filter(None, found), None)

    def own(self, *parts: str) -> Origin:
        """Return the place of a file in the pack itself, whether it is there or not."""
        return self.layers[-1].origin(*parts)


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
    """Read region.yaml of a pack and its parents; None after noting why one cannot be read."""
    pack = open_pack(region, reader)
    return pack if pack and pack.sound else None


def open_pack(region: str | Path, reader: Reader) -> Pack | None:
    """Read what can be read of a pack and its parents; None if there is no pack."""
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
    keys = {key: place for key, place in tree.keys.items() if key not in names}
    return Branch(items, keys, tree.origin, tree.shadows)


def read_tree(pack: Pack, reader: Reader, *parts: str) -> tuple[Branch | None, bool]:
    """Read and merge a YAML file of all layers; None if no layer has it.

    Also tell whether every layer's file could be read.
    """
    tree: Branch | None = None
    whole = True
    for file in filter(None, (layer.path(*parts) for layer in pack.layers)):
        own = read_yaml(file, reader)
        if own is None:
            whole = False
        else:
            tree = own if tree is None else cast("Branch", merge(tree, own))
    return tree, whole


def read_table(pack: Pack, reader: Reader, row: type[Row], *parts: str) -> Sheet:
    """Read and merge a table of all layers."""
    files = [file for layer in pack.layers if (file := layer.path(*parts))]
    sheets = read_sheets(files, pack, reader, row)
    reader.problems += nothing_deleted(sheets)
    return merge_sheets(sheets, pack.own(*parts))


def read_sheets(files: Sequence[File], pack: Pack, reader: Reader, row: type[Row]) -> list[Sheet]:
    """Read the layers of a table; they are to be merged."""
    columns = Columns(row, pack.languages)
    return [read_csv(f, reader, row.key, columns.known, columns.wanted) for f in files]


def read_shapes(pack: Pack, reader: Reader) -> dict[str, Shape]:
    """Read and merge the boundaries of all layers, by area code."""
    merged: dict[str, Shape] = {}
    for number, layer in enumerate(pack.layers):
        own: dict[str, Shape] = {}
        for file in layer.files("areas"):
            if file.suffix != ".geojson":
                continue
            for code, shape in read_geojson(file, reader, number).items():
                if code in own:
                    what = f"area {say(code)} has a boundary in {own[code].origin} too"
                    reader.report("duplicate-row", what, shape.origin, "keep one of them")
                own[code] = shape
        merged.update(own)
    return merged


def read_sources(pack: Pack, reader: Reader) -> list[tuple[str, Sheet]]:
    """Read sources.csv of each layer; warn of data files without a row there, and the reverse."""
    found = []
    columns = Columns(SourceRow, ())
    for layer in pack.layers:
        file = layer.path(SOURCES)
        sheet = Sheet({}, layer.origin(SOURCES))
        if file:
            sheet = read_csv(file, reader, SourceRow.key, columns.known, columns.wanted)
        if sheet.whole:
            _check_sources(layer, sheet, reader)
        found.append((layer.id, sheet))
    return found


def _check_sources(layer: Layer, sheet: Sheet, reader: Reader) -> None:
    for name, data in layer.tables:
        if name not in sheet.lines and name not in sheet.broken:
            what = "no source and licence is given for this file"
            hint = f"add a row `{name}` to {SOURCES}"
            reader.warn("no-source", what, Origin(data.place), hint)
    for name, line in sheet.lines.items():
        if name not in layer.found:
            hint = "mend the path, which begins inside the pack, or remove the row"
            reader.warn("unknown-file", f"there is no file `{name}`", line.origin, hint)
