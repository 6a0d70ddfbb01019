"""The one rule by which layers merge; see docs/packs.md, "How packs inherit"."""

from collections.abc import Iterable

from civicapp.problems import Origin
from civicapp.region.nodes import Branch, Line, Sheet, Tree, hiding


def merge(base: Tree, over: Tree) -> Tree:
    """Lay one tree over another: mappings merge deeply, scalars and lists replace."""
    if not (isinstance(base, Branch) and isinstance(over, Branch)):
        return hiding(over, base)
    items = dict(base.items)
    for key, node in over.items.items():
        below = items.get(key)
        items[key] = node if below is None else merge(below, node)  # type: ignore[arg-type]
    return Branch(items, {**base.keys, **over.keys}, over.origin, base.shadows)


def merge_sheets(sheets: Iterable[Sheet], nowhere: Origin) -> Sheet:
    """Lay tables over one another, the parent's first: rows merge by key, cell by cell."""
    lines: dict[str, Line] = {}
    origin, files = nowhere, []
    for sheet in sheets:
        origin = sheet.origin
        files.extend(sheet.files)
        for key, line in sheet.lines.items():
            below = lines.get(key)
            lines[key] = line if below is None else Line(below.records + line.records)
    return Sheet(lines, origin, tuple(files))
