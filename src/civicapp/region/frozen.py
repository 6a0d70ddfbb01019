"""Freeze a pack and its parents into one region.json, from which a host boots without the pack.

    {"format": 1, "civicapp": "0.1.0", "region": "east-bay",
     "packs": [{"id": "country", "files": {"region.yaml": {"text": "…", "tree": […]}, …}}, …]}

The packs stand in the order of their chain, the files in that of their names. A file's value is
its text, of YAML the text (to show lines of) and the nodes (compact.py), of GeoJSON the shapes
(shape.py). `null` stands for a file of which only the name counts, such as a README; a folder's
name ends with a slash. Nothing is merged here, and tables are not validated: a host does so at each
start as for a pack, with the same findings. Nothing tells where, when or by whom it was frozen.
"""

import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from civicapp.problems import Problem, has_errors, in_order
from civicapp.region.compact import write_tree
from civicapp.region.files import TABLE_LIMIT, YAML_LIMIT, File, Reader
from civicapp.region.geojson import read_geojson
from civicapp.region.layer import DRAWING, Layer
from civicapp.region.read import open_pack
from civicapp.region.shape import KeptShapes
from civicapp.region.thaw import FORMAT
from civicapp.region.theme import LOGO_SOURCE_LIMIT
from civicapp.region.yaml import read_yaml
from civicapp.version import VERSION


class Unfrozen(Exception):
    """A pack cannot be read; `problems` say why."""

    def __init__(self, problems: Collection[Problem]) -> None:
        super().__init__("the pack cannot be frozen")
        self.problems = tuple(in_order(problems))


def freeze(region: str | Path) -> bytes:
    """Return the bytes of region.json; raise Unfrozen when a file of the pack cannot be read.

    Freeze what `boot` found sound: here is not known what plugins make of their files. Frozen all
    the same, an unsound pack is refused by `boot` as before.
    """
    reader = Reader()
    pack = open_pack(region, reader)
    if pack is None:
        raise Unfrozen(reader.problems)
    if not pack.whole and not has_errors(reader.problems):
        place = pack.layers[0].config.keys["extends"]
        hint = "such as the name of a folder beside this pack"
        reader.report("missing-parent", "`extends` is no id of a pack", place, hint)
    enabled = [id for id, _ in pack.plugins]
    packs = [
        {"id": layer.id, "files": dict(_files(layer, enabled, reader))} for layer in pack.layers
    ]
    if has_errors(reader.problems):
        raise Unfrozen(reader.problems)
    head = {"format": FORMAT, "civicapp": VERSION, "region": pack.name, "packs": packs}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    # A file name that is no text holds lone surrogates, which JSON can escape.
    return (text + "\n").encode("utf-8", "backslashreplace")


def _files(layer: Layer, enabled: Collection[str], reader: Reader) -> Iterator[tuple[str, object]]:
    wanted, maybe = layer.read_by_kernel(), layer.read_maybe(enabled)
    for name, file in layer.found.items():
        # A name is bytes: the locale decides how Python shows those that are no ASCII.
        shown = os.fsencode(name).decode("utf-8", "surrogateescape")
        if file.is_folder():
            yield f"{shown}/", None
            continue
        own = Reader()
        content = _content(file, own) if name in wanted or name in maybe else None
        if name in wanted:
            reader.problems += own.problems
        # What is wrong with a file that nothing reads is not wrong with the pack.
        yield shown, None if has_errors(own.problems) else content


def _content(file: File, reader: Reader) -> object:
    match file.suffix:
        case ".geojson":
            return {"shapes": KeptShapes.of(read_geojson(file, reader)).members}
        case ".yaml":
            tree = read_yaml(file, reader)
            text = reader.text(file, YAML_LIMIT)
            return {"text": text, "tree": write_tree(tree)} if tree and text else None
    return reader.text(file, LOGO_SOURCE_LIMIT if file.suffix == DRAWING else TABLE_LIMIT)
