"""Write a YAML file's nodes as compact JSON values, each with its place, and read them back.

A node is `[line, column, value]`: a mapping's value is an object, whose members are
`[line, column, node]` with the place of the key; a list's value is a list of nodes. `1` as a fourth
part marks quoted text, and a key that looks like an unquoted number.
"""

from civicapp.config import Plain
from civicapp.problems import Origin
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Node, Sheet, Tree, text_at

AGAIN = "build it again with `civicapp build REGION --out DIR`; additions belong in overrides/"


class Malformed(ValueError):
    """What was read back is not what was written."""


def write_tree(node: Node) -> list[object]:
    """Write a node that stands in one file, so that it hides nothing."""
    place: list[object] = [node.origin.line, node.origin.column]
    match node:
        case Branch():
            return [*place, {key: _write_member(node, key) for key in node.keys}]
        case Listing():
            return [*place, [write_tree(item) for item in node.items]]
        case Leaf():
            quoted = isinstance(node.value, str) and not isinstance(node.value, Plain)
            return [*place, node.value, *([1] if quoted else [])]
        case Sheet() | Line():
            raise TypeError("tables do not stand in trees")


def _write_member(branch: Branch, key: str) -> list[object]:
    at, child = branch.keys[key], branch.items.get(key)
    value = None if child is None else write_tree(child)
    # The key itself may be marked, not the one that it is looked up by.
    marked = next(isinstance(k, Plain) for k in branch.keys if k == key)
    return [at.line, at.column, value, *([1] if marked else [])]


def read_tree(data: object, file: str) -> Tree:
    """Return the node that was written; `file` is shown in its places. Raise Malformed."""
    origin, value, marked = _parts(data, file)
    match value:
        case dict():
            keys: dict[str, Origin] = {}
            items: dict[str, Tree] = {}
            for key, member in value.items():
                at, child, plain = _parts(member, file)
                name = text_at(key, at) if plain else key
                keys[name] = at
                if child is not None:
                    items[name] = read_tree(child, file)
            return Branch(items, keys, origin)
        case list():
            return Listing(tuple(read_tree(item, file) for item in value), origin)
        case str():
            return Leaf(value if marked else text_at(value, origin), origin)
        case None | bool():
            return Leaf(value, origin)
    raise Malformed("a value of no known kind")


def _parts(data: object, file: str) -> tuple[Origin, object, bool]:
    """Return a place, what stands there, and whether it is marked."""
    if not isinstance(data, list) or len(data) not in (3, 4):
        raise Malformed("a node wants three or four parts")
    line, column, value, *mark = data
    if type(line) is not int or type(column) is not int or mark not in ([], [1]):
        raise Malformed("a node wants a line and a column")
    return Origin(file, line, column), value, bool(mark)
