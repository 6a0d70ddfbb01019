"""Compose YAML as positioned nodes. Plain scalars stay text; anchors, merge keys, tags are refused.

Nodes are composed, not constructed: a duplicate key then hides nothing, and every mark has a place.
"""

import re
from bisect import bisect_right

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from civicapp.config import is_number, say
from civicapp.problems import Origin
from civicapp.region.files import Reader
from civicapp.region.nodes import Branch, Leaf, Listing, Scalar, Tree, text_at

DEPTH = 32
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "": None}


def compose(text: str, place: str, reader: Reader) -> Branch | None:
    """Return the mapping that a YAML text holds, or None after noting why there is none."""
    source = _Source(place, text)
    root = _compose(source, reader)
    if root is None:
        return None
    tree = _Walker(source, reader).walk(root, 0)
    if isinstance(tree, Branch):
        return tree
    at = Origin(source.file, 1, 1)
    hint = "docs/packs.md shows each file's keys"
    reader.report("wrong-type", "wants a mapping of `key: value` lines", at, hint)
    return None


class _Source:
    """A text in which an index can be told by line and column.

    ruamel counts other line ends than editors do, such as U+2028: its own lines are not used.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, index: int) -> Origin:
        line = bisect_right(self.starts, index)
        return Origin(self.file, line, index - self.starts[line - 1] + 1)


def _compose(source: _Source, reader: Reader) -> Node | None:
    nowhere = Origin(source.file)
    try:
        documents = list(YAML(typ="safe", pure=True).compose_all(source.text))
    except MarkedYAMLError as e:
        reader.report("yaml-syntax", *_fault(e, source))
        return None
    except ReaderError as e:
        at = source.place(e.position) if isinstance(e.position, int) else nowhere
        hint = "remove the character: it is no text"
        reader.report("yaml-syntax", "holds a control character", at, hint)
        return None
    except RecursionError:
        reader.report("too-deep", f"is nested deeper than {DEPTH} levels", nowhere, "flatten it")
        return None
    except Exception as e:
        # Whatever else the parser raises on odd bytes: a pack never ends in a traceback.
        what = f"cannot be read: {str(e).splitlines()[0] if str(e) else type(e).__name__}"
        reader.report("yaml-syntax", what, nowhere, "look for a line that is no `key: value`")
        return None
    if not documents or documents[0] is None:
        reader.report("empty-file", "holds no value", nowhere, "fill it, or delete the file")
        return None
    if len(documents) > 1:
        at = source.place(documents[1].start_mark.index)
        reader.report("yaml-syntax", "holds a second document", at, "remove the `---` line")
    return documents[0]  # type: ignore[no-any-return]


# What the parser says, ours, how to mend it, and whether the fault lies where the part begins.
_FAULTS = (
    ("found unexpected end of stream", "a quote is opened and never closed", "close it", True),
    ("mapping values are not allowed", "`: ` stands inside an unquoted text",
     "put the text in quotes, or begin a new line", False),
    ("found character '\\t'", "a tab stands where spaces belong", "indent with spaces", False),
    ("found character", "an unquoted text cannot begin with this character",
     "put the text in quotes", False),
    ("expected <block end>", "the line does not fit the lines above",
     "indent it like the others of its list or mapping", False),
    ("could not find expected ':'", "a line without `:`",
     "write `key: value`, and quote a text that goes on below", True),
    ("expected the node content", "a value is missing here",
     "write it, or close the bracket before", False),
    ("found undefined alias", "`*` begins an alias, which is not used in packs",
     "put a text that begins with `*` in quotes", False),
    ("found unknown escape", "a backslash means nothing before this letter",
     "use single quotes, or write two backslashes", False),
)  # fmt: skip
_OPEN = ("while parsing a flow", "a bracket is not closed, or a comma is missing",
         "check the commas, and close each `[` and `{`")  # fmt: skip


def _fault(error: MarkedYAMLError, source: _Source) -> tuple[str, Origin, str]:
    """Say in plain words what the parser stumbled over, and where."""
    problem, context = str(error.problem or ""), str(error.context or "")
    what, hint, early = problem.partition("\n")[0].partition(' in "<unicode')[0].strip(), "", False
    for said, message, advice, at_begin in _FAULTS:
        if problem.startswith(said):
            what, hint, early = message, advice, at_begin
            break
    else:
        if context.startswith(_OPEN[0]):
            what, hint, early = _OPEN[1], _OPEN[2], True
    mark = error.problem_mark or error.context_mark
    if early and error.context_mark:
        mark = error.context_mark
    # What is missing at the end of the file is best shown after its last word.
    end = len(source.text.rstrip()) - 1
    at = source.place(min(mark.index, end)) if mark else Origin(source.file)
    return (
        what or "cannot be read",
        at,
        hint or "check quotes, colons and indentation on this line and the one before",
    )


class _Walker:
    def __init__(self, source: _Source, reader: Reader) -> None:
        self.source = source
        self.reader = reader
        self.seen: set[int] = set()

    def walk(self, node: Node, depth: int) -> Tree | None:
        """Turn a node into ours; None if it cannot be used."""
        at = self._place(node)
        if id(node) in self.seen:
            # An alias, whose anchor was reported. Only a scalar is safe to repeat.
            return self._scalar(node, at) if isinstance(node, ScalarNode) else None
        self.seen.add(id(node))
        if depth > DEPTH:
            what = f"is nested deeper than {DEPTH} levels"
            self.reader.report("too-deep", what, at, "flatten it")
            return None
        self._refuse(node, at)
        if isinstance(node, ScalarNode):
            return self._scalar(node, at)
        if isinstance(node, SequenceNode):
            items = [self.walk(item, depth + 1) for item in node.value]
            return Listing(tuple(i for i in items if i is not None), at)
        if isinstance(node, MappingNode):
            return self._mapping(node, at, depth)
        return None

    def _place(self, node: Node) -> Origin:
        return self.source.place(node.start_mark.index)

    def _refuse(self, node: Node, at: Origin) -> None:
        """Report anchors and tags: they make one line mean what another says."""
        if node.anchor:
            what = f"anchor {say('&' + node.anchor)} is not used in packs"
            self.reader.report("yaml-anchor", what, at, "write the value out in each place")
        index = node.start_mark.index
        if self.source.text[index : index + 1] == "!":
            hint = "remove it, or quote a text that begins with `!`"
            self.reader.report("yaml-tag", "a tag `!…` is not used in packs", at, hint)

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
            if isinstance(child, Leaf) and value.value == "" and value.style is None:
                child = Leaf(None, place)  # the parser marks what comes after nothing
            if self._sound_key(key, place, keys):
                name = str(key.value)
                if key.style is None and is_number(name):
                    name = text_at(name, place)  # a code, maybe: whoever takes it warns
                # A key whose value cannot be used is noted all the same: it is not missing.
                keys[name] = place
                if child is not None:
                    items[name] = child
        return Branch(items, keys, at)

    def _sound_key(self, key: Node, place: Origin, keys: dict[str, Origin]) -> bool:
        if not isinstance(key, ScalarNode):
            what, hint = "a key wants to be text", "write `key: value`"
            self.reader.report("wrong-type", what, place, hint)
            return False
        if id(key) not in self.seen:
            self.seen.add(id(key))
            self._refuse(key, place)
        if key.value == "<<" and not key.style:
            what = "merge key `<<` is not used in packs"
            self.reader.report("yaml-merge-key", what, place, "write the keys out")
            return False
        if key.value in keys:
            what = f"{say(key.value)} stands twice, first in line {keys[key.value].line}"
            self.reader.report("duplicate-key", what, place, "keep one of them")
            return False
        return True
