"""Find secrets in clear that a later layer hides: the loaded config does not show them."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from civicapp.config import IN_CLEAR, IN_CLEAR_HINT, ConfigModel, Row, Secret, options
from civicapp.problems import Origin, Problem
from civicapp.region.csv import cell_origin
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Node, Sheet


def clear_leaves(model: type[ConfigModel], tree: Branch) -> list[Problem]:
    """Find literals in secret fields of a tree that are hidden by another layer's value."""
    return [
        _problem(name, leaf.origin)
        for name, leaf in _secrets(model, tree, "", hidden=False)
        if not (isinstance(leaf.value, str) and Secret.PATTERN.fullmatch(leaf.value))
    ]


def clear_cells(row: type[Row], sheet: Sheet) -> list[Problem]:
    """Find literals in secret columns of a table that are hidden by another layer's row."""
    columns = [n for n, f in row.model_fields.items() if Secret in options(f.annotation)]
    return [
        _problem(column, cell_origin(record, column))
        for column in columns
        for line in sheet.lines.values()
        for record in line.records
        if record not in line.sources(column)[:1]
        and not Secret.PATTERN.fullmatch(record.cells.get(column, "${env:X}"))
    ]


def _problem(name: str, origin: Origin) -> Problem:
    return Problem("literal-secret", f"`{name}` {IN_CLEAR}", IN_CLEAR_HINT, origin)


def _secrets(annotation: Any, node: Node, name: str, *, hidden: bool) -> Iterator[tuple[str, Leaf]]:
    """Walk a model and a tree together; yield the hidden scalars that stand in secret fields."""
    if isinstance(node, Sheet | Line):
        return
    for shadow in node.shadows:
        yield from _secrets(annotation, shadow, name, hidden=True)
    allowed = list(options(annotation))
    if isinstance(node, Leaf):
        if hidden and Secret in allowed and node.value is not None:
            yield name, node
        return
    below: Mapping[str, Node] = (
        node.items
        if isinstance(node, Branch)
        else {str(n): item for n, item in enumerate(node.items, 1)}
    )
    for key, child in below.items():
        for option in allowed:
            inner = _inside(option, key, isinstance(node, Listing))
            if inner is not None:
                yield from _secrets(inner, child, f"{name}/{key}".lstrip("/"), hidden=hidden)


def _inside(option: Any, key: str, listing: bool) -> Any:
    """Return what a model says of the values in a mapping or list; None if nothing."""
    if isinstance(option, type) and issubclass(option, ConfigModel):
        field = option.model_fields.get(key)
        return field.annotation if field and not listing else None
    arguments = get_args(option)
    if get_origin(option) is dict and len(arguments) == 2:
        return None if listing else arguments[1]
    return arguments[0] if listing and get_origin(option) in (tuple, list) and arguments else None
