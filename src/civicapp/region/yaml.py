"""Read YAML as positioned nodes. Plain scalars stay text; anchors, merge keys, tags are refused.

Nodes are composed, not constructed: a duplicate key then hides nothing, and every mark has a place.
"""

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from civicapp.problems import Origin
from civicapp.region.files import YAML_LIMIT, Reader, shown
from civicapp.region.nodes import Branch, Leaf, Listing, Scalar, Tree, text_at

DEPTH = 32
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_yaml(path: Path, reader: Reader) -> Branch | None:
    """Return a YAML file's mapping, or None after noting why there is none."""
    text = reader.text(path, YAML_LIMIT)
    if text is None:
        return None
    file = shown(path)
    root = _compose(text, file, reader)
    if root is None:
        return None
    tree = _Walker(file, text, reader).walk(root, 0)
    if isinstance(tree, Branch):
        return tree
    reader.report(
        "wrong-type",
        "wants a mapping of `key: value` lines",
        Origin(file, 1, 1),
        "docs/packs.md shows each file's keys",
    )
    return None


def _compose(text: str, file: str, reader: Reader) -> Node | None:
    try:
        documents = list(YAML(typ="safe", pure=True).compose_all(text))
    except MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        at = Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file)
        what = str(e.problem or e.context or "cannot be read").split("\n")[0]
        reader.report("yaml-syntax", what.split(' in "<unicode')[0].strip(), at, _advice(what))
        return None
    except RecursionError:
        reader.report(
            "too-deep", f"is nested deeper than {DEPTH} levels", Origin(file), "flatten it"
        )
        return None
    except (YAMLError, ValueError) as e:
        what = str(e).split("\n")[0] or "cannot be read"
        reader.report("yaml-syntax", what, Origin(file), "remove characters that are no text")
        return None
    if not documents or documents[0] is None:
        reader.report("empty-file", "holds no value", Origin(file), "fill it, or delete the file")
        return None
    if len(documents) > 1:
        mark = documents[1].start_mark
        at = Origin(file, mark.line + 1, mark.column + 1)
        reader.report("yaml-syntax", "holds a second document", at, "remove the `---` line")
    return documents[0]  # type: ignore[no-any-return]


def _advice(problem: str) -> str:
    if "\\t" in problem:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return "quote a text that holds `: `"
    if "alias" in problem:
        return "quote a text that begins with `*` or `&`"
    return "check quotes, colons and indentation on this line and the one before"


class _Walker:
    def __init__(self, file: str, text: str, reader: Reader) -> None:
        self.file = file
        self.text = text
        self.reader = reader
        self.seen: set[int] = set()

    def walk(self, node: Node, depth: int) -> Tree | None:
        at = self._place(node)
        if id(node) in self.seen:
            return None  # an alias; its anchor was reported
        self.seen.add(id(node))
        if depth > DEPTH:
            what = f"is nested deeper than {DEPTH} levels"
            self.reader.report("too-deep", what, at, "flatten it")
            return None
        if node.anchor:
            what = f"anchor `&{node.anchor}` is not used in packs"
            self.reader.report("yaml-anchor", what, at, "write the value out in each place")
        if self.text[node.start_mark.index : node.start_mark.index + 1] == "!":
            self.reader.report(
                "yaml-tag", f"tag `{node.tag}` is not used in packs", at, "remove it"
            )
        if isinstance(node, ScalarNode):
            return self._scalar(node, at)
        if isinstance(node, SequenceNode):
            items = [self.walk(item, depth + 1) for item in node.value]
            return Listing(tuple(i for i in items if i is not None), at)
        return self._mapping(node, at, depth)

    def _place(self, node: Node) -> Origin:
        return Origin(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _scalar(self, node: ScalarNode, at: Origin) -> Leaf:
        if node.style is not None:
            return Leaf(str(node.value), at)
        if node.value in _WORDS:
            return Leaf(_WORDS[node.value], at)
        return Leaf(text_at(node.value, at), at)

    def _mapping(self, node: MappingNode, at: Origin, depth: int) -> Branch:
        items: dict[str, Tree] = {}
        keys: dict[str, Origin] = {}
        for key, value in node.value:
            place = self._place(key)
            child = self.walk(value, depth + 1)
            if not isinstance(key, ScalarNode):
                what = "a key wants to be text"
                self.reader.report("wrong-type", what, place, "write `key: value`")
            elif key.value == "<<" and not key.style:
                what = "merge key `<<` is not used in packs"
                self.reader.report("yaml-merge-key", what, place, "write the keys out")
            elif key.value in keys:
                what = f"`{key.value}` stands twice, first in line {keys[key.value].line}"
                self.reader.report("duplicate-key", what, place, "keep one of them")
            elif child is not None:
                keys[str(key.value)] = place
                items[str(key.value)] = child
        return Branch(items, keys, at)
