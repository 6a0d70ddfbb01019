"""Write a value of a pack for a person: scalars plain, mappings like YAML, tables in columns."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from civicapp.cli.words import counted
from civicapp.problems import Origin, visible
from civicapp.region.document import Mounts
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Node, Sheet

ROWS = 20  # of a table
CELL = 24  # characters of a cell
_PLAIN = re.compile(r"(?:-(?=\S)|[^\s\-?:,\[\]{}#&*!|>'\"%@`])(?:[^\n:#]|:(?! )|(?<! )#)*")

Shown: TypeAlias = "Node | Mounts"


def written(node: Shown, file: str) -> Iterator[str]:
    """Write a value line by line; a part that stands in another file than `file` says where."""
    match node:
        case Sheet():
            yield from _table(node)
        case Leaf(value=str() as text):
            yield from (visible(line) for line in text.split("\n"))
        case _:
            lines = list(_lines(node))
            width = max((len(text) for text, _ in lines), default=0)
            for text, origin in lines:
                other = origin and origin.file != file
                yield f"{text:{width}}  # {visible(str(origin))}" if other else text


def brief(value: object, length: int = 80) -> str:
    """Write a value on one line, cut to a length."""
    text = value if isinstance(value, str) else _flow(value)
    return cut(visible(text), length)


def cut(text: str, length: int) -> str:
    """Shorten a text."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """Write a scalar as YAML would read it back."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = (
        _PLAIN.fullmatch(value)
        and value == value.strip()
        and value not in ("true", "false", "null")
    )
    return visible(value) if plain else json.dumps(value, ensure_ascii=False)


def _lines(node: Shown, indent: str = "") -> Iterator[tuple[str, Origin | None]]:
    match node:
        case Leaf():
            yield indent + scalar(node.value), node.origin
        case Listing(items=()):
            yield indent + "[]", node.origin
        case Listing():
            for item in node.items:
                first, *rest = _lines(item, indent + "  ")
                yield indent + "- " + first[0].lstrip(), first[1]
                yield from rest
        case Sheet():
            yield indent + counted(len(list(node)), "row"), node.origin
        case Line():
            for column, text in node.cells.items():
                top = node.sources(column)[0]
                yield f"{indent}{column}: {scalar(text)}", Origin(top.file.path, top.line)
        case Branch():
            yield from _mapping(node.items, indent)
        case _:
            yield from _mapping(node, indent)


def _mapping(items: "Mapping[str, Shown]", indent: str) -> Iterator[tuple[str, Origin | None]]:
    if not items:
        yield indent + "{}", None
    for key, item in items.items():
        match item:
            case Leaf() | Sheet() | Listing(items=()):
                text, origin = next(_lines(item))
                yield f"{indent}{visible(key)}: {text}", origin
            case _:
                yield f"{indent}{visible(key)}:", None
                yield from _lines(item, indent + "  ")


def _table(sheet: Sheet) -> Iterator[str]:
    rows = list(sheet)
    shown = rows[:ROWS]
    columns = list(dict.fromkeys(c for f in sheet.files for c in f.columns if c != "_delete"))
    filled = [c for c in columns if any(c in line.cells for _, line in shown)]
    keyed = any(all(line.cells.get(c) == key for key, line in shown) for c in filled[:1])
    several = len(sheet.files) > 1
    table = [[*(() if keyed else ("key",)), *filled, *(("from",) if several else ())]]
    for key, line in shown:
        top = line.alive[-1]
        cells = (cut(line.cells.get(c, ""), CELL) for c in filled)
        place = (f"{top.file.path}:{top.line}",) if several else ()
        table.append([*(() if keyed else (key,)), *cells, *place])
    yield from aligned(table)
    if len(rows) > ROWS:
        yield f"… and {counted(len(rows) - ROWS, 'more row', 'more rows')}"


def aligned(table: list[list[str]]) -> Iterator[str]:
    """Write rows in columns; the last column is as long as it is."""
    cells = [[visible(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)).rstrip()
