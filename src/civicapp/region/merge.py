"""The one rule by which layers merge; see docs/packs.md, "How packs inherit"."""

from collections.abc import Iterable
from dataclasses import replace

from civicapp.problems import Origin
from civicapp.region.nodes import Branch, CsvFile, Line, Node, Record, Sheet, Tree


def merge(base: Tree, over: Tree) -> Tree:
    """Lay one tree over another: mappings merge deeply, scalars and lists replace.

    Every value keeps its origin, and what it hides, the nearest first. The rule is associative: it
    does not matter which two of three layers are merged first.
    """
    if over.shadows:
        # It has replaced something already: the base lies below that.
        *upper, lowest = over.shadows
        return replace(over, shadows=(*upper, *_stack(_merge(base, lowest))))
    if isinstance(base, Branch) and isinstance(over, Branch):
        items = dict(base.items)
        for key, node in over.items.items():
            items[key] = _merge(items[key], node) if key in items else node
        return Branch(items, {**base.keys, **over.keys}, over.origin, base.shadows)
    return replace(over, shadows=_stack(base))


def _merge(base: Node, over: Node) -> Node:
    if isinstance(base, Sheet | Line) or isinstance(over, Sheet | Line):
        raise TypeError("tables do not stand in trees")
    return merge(base, over)


def _stack(node: Node) -> tuple[Node, ...]:
    """Return a value and what it hides, one below the other."""
    if isinstance(node, Sheet | Line):
        return (node,)
    return (replace(node, shadows=()), *node.shadows)


def merge_sheets(sheets: Iterable[Sheet], nowhere: Origin) -> Sheet:
    """Lay tables over one another, the parent's first: rows merge by key, cell by cell."""
    lines: dict[str, Line] = {}
    broken: dict[str, Record] = {}
    files: list[CsvFile] = []
    origin, whole = nowhere, True
    for sheet in sheets:
        origin = sheet.origin
        whole = whole and sheet.whole
        files.extend(sheet.files)
        broken |= sheet.broken
        for key, line in sheet.lines.items():
            below = lines.get(key)
            lines[key] = line if below is None else Line(below.records + line.records)
    return Sheet(lines, origin, tuple(files), broken, whole)
