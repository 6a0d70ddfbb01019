"""The merged pack as one tree of keys, so that each value can be traced to its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from civicapp.problems import Origin, nearest
from civicapp.region.csv import cell_origin
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Node, Sheet

Mounts: TypeAlias = Mapping[str, "Node | Mounts"]


@dataclass(frozen=True, slots=True)
class Found:
    """A value of the pack, where it stands, and the values that it hides, the nearest first."""

    value: object
    origin: Origin
    shadows: "tuple[Found, ...]" = ()


class NoSuchKey(LookupError):
    """Say which step of a key does not exist, and what stands there instead."""

    def __init__(self, step: str, place: str, choices: list[str]) -> None:
        super().__init__(step)
        self.step, self.place, self.choices = step, place, choices

    @property
    def suggestion(self) -> str | None:
        """Return the key that was most likely meant."""
        return nearest(self.step, self.choices)


@dataclass(frozen=True)
class Document:
    """The nodes of a pack by key: `region.yaml` at the top, tables and services below it."""

    region: Branch
    mounts: Mounts

    def find(self, key: str) -> Found:
        """Return the value at a key, steps divided by `/`; raise NoSuchKey."""
        steps = [s for s in key.split("/") if s]
        here: Node | Mounts = {**self.mounts, **self.region.items}
        for n, step in enumerate(steps):
            if isinstance(here, Line):
                return _cell(here, step, "/".join(steps[:n]), steps[n + 1 :])
            below = here.lines if isinstance(here, Sheet) else _children(here)
            found = below.get(step)
            if found is None or (isinstance(found, Line) and not found.alive):
                raise NoSuchKey(step, "/".join(steps[:n]), list(_children(here)))
            here = found
        return _found(here)

    def origin(self, key: str) -> Origin | None:
        """Return the place of a key, or of the nearest key above it that stands in the pack."""
        steps = [s for s in key.split("/") if s]
        while steps:
            try:
                return self.find("/".join(steps)).origin
            except NoSuchKey:
                steps.pop()
        return self.region.origin


def _children(node: "Node | Mounts") -> "Mapping[str, Node | Mounts]":
    match node:
        case Branch():
            return node.items
        case Listing():
            return {str(n): item for n, item in enumerate(node.items)}
        case Sheet():
            return dict(iter(node))
        case Leaf() | Line():
            return {}
        case _:
            return node


def _cell(line: Line, column: str, place: str, more: list[str]) -> Found:
    sources = line.sources(column)
    if not sources or more:
        raise NoSuchKey(more[0] if more and sources else column, place, list(line.cells))
    found = [Found(r.cells[column], cell_origin(r, column)) for r in sources]
    return Found(found[0].value, found[0].origin, tuple(found[1:]))


def _found(node: "Node | Mounts") -> Found:
    match node:
        case Leaf():
            return Found(node.value, node.origin, tuple(map(_found, node.shadows)))
        case Listing():
            value: object = [_found(item).value for item in node.items]
            return Found(value, node.origin, tuple(map(_found, node.shadows)))
        case Branch():
            values = {key: _found(item).value for key, item in node.items.items()}
            return Found(values, node.origin, tuple(map(_found, node.shadows)))
        case Line():
            top = node.alive[-1]
            return Found(dict(node.cells), Origin(top.file.path, top.line, 1))
        case Sheet():
            return Found({key: dict(line.cells) for key, line in node}, node.origin)
        case _:
            parts = {key: _found(item) for key, item in node.items()}
            origin = next((p.origin for p in parts.values()), Origin(""))
            return Found({key: p.value for key, p in parts.items()}, origin)
