"""Hide what stands where a secret belongs; a reference such as `${env:NAME}` is no secret."""

from collections.abc import Mapping
from dataclasses import replace

from civicapp.cli.shapes import Shape
from civicapp.config import Secret
from civicapp.region.document import Document, Mounts
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Node, Sheet

HIDDEN = "(hidden: a secret does not belong in a pack)"


def without_secrets(document: Document, shape: Shape) -> Document:
    """Return the document with every literal in a secret field hidden, in the hidden layers too."""
    services = shape.below("services") or Shape()
    mounts: dict[str, Node | Mounts] = dict(document.mounts)
    if isinstance(found := mounts.get("services"), Mapping):
        mounts["services"] = _mapping(found, services)
    return Document(document.region, mounts)


def _mapping(mounts: "Mounts", shape: Shape) -> "Mounts":
    return {
        key: _mapping(node, below) if isinstance(node, Mapping) else _masked(node, below)
        for key, node in mounts.items()
        for below in [shape.below(key) or Shape()]
    }


def _masked(node: Node, shape: Shape) -> Node:
    if shape.secret:
        return _hidden(node)
    match node:
        case Branch():
            items = {k: _masked(v, shape.below(k) or Shape()) for k, v in node.items.items()}
            return Branch(items, node.keys, node.origin, _shadows(node, shape))
        case Listing():
            below = [(n, shape.below(str(k)) or Shape()) for k, n in enumerate(node.items)]
            values = tuple(_masked(n, s) for n, s in below)
            return Listing(values, node.origin, _shadows(node, shape))
        case Leaf():
            return replace(node, shadows=_shadows(node, shape))
        case Line():
            return _row(node, shape)
        case Sheet():
            lines = {k: _row(row, shape.below(k) or Shape()) for k, row in node.lines.items()}
            return replace(node, lines=lines)


def _shadows(node: Branch | Listing | Leaf, shape: Shape) -> tuple[Node, ...]:
    return tuple(_masked(shadow, shape) for shadow in node.shadows)


def _row(line: Line, shape: Shape) -> Line:
    secret = {name for name in shape.names if (field := shape.below(name)) and field.secret}
    if not secret:
        return line
    return Line(
        tuple(
            replace(r, cells={k: _shown(v) if k in secret else v for k, v in r.cells.items()})
            for r in line.records
        )
    )


def _hidden(node: Node) -> Leaf:
    if isinstance(node, Leaf):
        return Leaf(_shown(node.value), node.origin, tuple(map(_hidden, node.shadows)))
    return Leaf(HIDDEN, node.origin)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return text if Secret.PATTERN.fullmatch(text) else HIDDEN
