"""Positioned values of a pack: every value knows its file, line and column, and what it hides.

Three shapes: `Leaf` (a scalar), `Branch` (a mapping), `Listing` (a sequence). Tables are `Sheet`s
of `Line`s and keep their places per row, which is cheaper for ten thousand rows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from civicapp.config import Plain
from civicapp.problems import Origin

Scalar: TypeAlias = str | bool | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar."""

    value: Scalar
    origin: Origin
    shadows: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: "tuple[Node, ...]"
    origin: Origin
    shadows: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping; `keys` holds the place of each key, also of one whose value cannot be used."""

    items: "Mapping[str, Node]"
    keys: Mapping[str, Origin]
    origin: Origin
    shadows: "tuple[Node, ...]" = ()


@dataclass(frozen=True)
class CsvFile:
    """A table file: its columns, and its text to find a cell's column in when it is needed."""

    path: str
    columns: tuple[str, ...]
    text: str = field(default="", repr=False, compare=False)

    @cached_property
    def starts(self) -> list[int]:
        """Return where each line begins in the text."""
        return [0, *(m.end() for m in re.finditer("\n", self.text))]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of one file; `line` counts from 1, the header is line 1."""

    file: CsvFile
    line: int
    cells: Mapping[str, str]
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row after merging: the records of all layers, the parent's first.

    A tombstone (`_delete`) hides the records below it.
    """

    records: tuple[Record, ...]

    @property
    def origin(self) -> Origin:
        """Return where the row begins in the file that says most about it."""
        top = (self.alive or self.records)[-1]
        return Origin(top.file.path, top.line, 1)

    @property
    def alive(self) -> tuple[Record, ...]:
        """Return the records that count: those above the last tombstone."""
        for n in range(len(self.records), 0, -1):
            if self.records[n - 1].delete:
                return self.records[n:]
        return self.records

    @property
    def cells(self) -> Mapping[str, str]:
        """Return the effective cells; an empty cell inherits."""
        alive = self.alive
        if len(alive) == 1:
            return alive[0].cells
        merged: dict[str, str] = {}
        for record in alive:
            merged.update(record.cells)
        return merged

    def sources(self, column: str) -> list[Record]:
        """Return the records that set a cell, the effective one first."""
        return [r for r in reversed(self.alive) if column in r.cells]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table after merging: rows by key.

    broken: rows that were reported and left out; their keys are known all the same. whole: False
    when a file could not be read, so that no one can say which keys there are.
    """

    lines: Mapping[str, Line]
    origin: Origin
    files: tuple[CsvFile, ...] = ()
    broken: "Mapping[str, Record]" = field(default_factory=dict)
    whole: bool = True

    def __iter__(self) -> Iterator[tuple[str, Line]]:
        """Iterate over the rows that are left, with their keys."""
        return ((key, line) for key, line in self.lines.items() if line.alive)


Node: TypeAlias = Leaf | Listing | Branch | Sheet | Line
Tree: TypeAlias = Leaf | Listing | Branch


def plain(node: "Node") -> object:
    """Turn a node into what pydantic reads; unquoted text keeps its place as `Plain`."""
    match node:
        case Leaf():
            return node.value
        case Listing():
            return [plain(item) for item in node.items]
        case Branch():
            return {key: plain(item) for key, item in node.items.items()}
        case Sheet():
            return [dict(line.cells) for _, line in node]
        case Line():
            return dict(node.cells)


def text_at(text: str, origin: Origin) -> Plain:
    """Make text of an unquoted scalar."""
    value = Plain(text)
    value.origin = origin
    return value
