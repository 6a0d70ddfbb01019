"""Read branding/theme.yaml: name, logo and colours, each checked, over the neutral theme."""

import gzip
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from civicapp.config import Localized
from civicapp.problems import Origin, did_you_mean
from civicapp.region.colour import (
    FIXED_COLOURS,
    FIXED_ROLES,
    NEUTRAL_COLOURS,
    ROLES,
    Colours,
    Mode,
    Rule,
    advise,
    at_fault,
    broken_rules,
    contrast,
    derive_dark,
    guess_colour,
    parse_colour,
)
from civicapp.region.files import File, Reader
from civicapp.region.nodes import Branch, Leaf, Listing, Node

Ornament: TypeAlias = Literal["none", "zigzag"]

KEYS = ("name", "logo", "ornament", "radius", "light", "dark")
NAME_LIMIT = 24
RADIUS_LIMIT = 24
LOGO_LIMIT = 4 * 1024  # bytes after gzip
LOGO_SOURCE_LIMIT = 64 * 1024
_SVG = "http://www.w3.org/2000/svg"
_DRAWING = {
    *("svg", "g", "defs", "symbol", "use", "title", "desc", "text", "tspan"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
    *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"),
}
_FORBIDDEN = {"script", "style", "foreignobject"}
# A backslash could spell `url` so that a search for it finds nothing.
_OUTSIDE = re.compile(
    r"""url\(\s*["']?\s*(?!["'#\s])|(?:image|image-set|cross-fade|src)\(|//|\\""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Hold a region's look; `radius` is in CSS pixels, colours are role -> `#RRGGBB`."""

    name: Localized | None
    logo: str | None  # SVG text that is safe to put into a page
    ornament: Ornament
    radius: int
    light: Mapping[str, str]
    dark: Mapping[str, str]


NEUTRAL = Theme(None, None, "none", 8, NEUTRAL_COLOURS["light"], NEUTRAL_COLOURS["dark"])


def read_theme(
    tree: Branch | None,
    find: Callable[[str], File | None],
    languages: Collection[str],
    reader: Reader,
) -> Theme:
    """Return the theme of a merged theme.yaml; what is unsound is noted and left neutral.

    `find` looks a branding file up by name. Colours that are sound but break a rule stay as they
    are: their problems stop the start.
    """
    if tree is None:
        return NEUTRAL
    for key in tree.items:
        if key not in KEYS:
            _report_unknown_key(key, tree.keys[key], reader)
    light = _read_palette(tree, "light", reader)
    dark = _read_palette(tree, "dark", reader)
    colours: dict[Mode, Colours] = {
        "light": {**NEUTRAL.light, **light.colours},
        "dark": derive_dark(light.colours, dark.colours),
    }
    _check_rules("light", light, colours["light"], light.unsound, reader)
    blurred = dark.unsound | (light.unsound - dark.places.keys())
    _check_rules("dark", dark, colours["dark"], blurred, reader)
    return Theme(
        name=_read_name(tree, languages, reader),
        logo=_read_logo(tree, find, reader),
        ornament=_read_ornament(tree, reader),
        radius=_read_radius(tree, reader),
        light=colours["light"],
        dark=colours["dark"],
    )


def _report_unknown_key(key: str, at: Origin, reader: Reader) -> None:
    if key in FIXED_ROLES:
        _report_fixed(key, at, reader)
        return
    hint = "write it under `light` or `dark`" if key in ROLES else did_you_mean(key, KEYS)
    reader.report("unknown-key", f"`{key}` is no key of theme.yaml", at, hint)


def _report_fixed(role: str, at: Origin, reader: Reader) -> None:
    reader.report(
        "fixed-colour",
        f"`{role}` means the same in every theme and cannot be set",
        at,
        f"remove it; a theme sets {', '.join(ROLES)}",
    )


def _place(branch: Branch, key: str) -> Origin:
    match branch.items[key]:
        case Leaf(value=None):  # YAML marks what comes after it
            return branch.keys[key]
        case Leaf() | Listing() | Branch() as node:
            return node.origin
    return branch.keys[key]


def _got(node: Node) -> str:
    if isinstance(node, Leaf):
        words = {None: "nothing", True: "true", False: "false"}
        return f"`{node.value}`" if isinstance(node.value, str) else words[node.value]
    return "a mapping" if isinstance(node, Branch) else "a list"


def _report_type(tree: Branch, key: str, wanted: str, reader: Reader) -> None:
    what = f"`{key}` wants {wanted}, got {_got(tree.items[key])}"
    reader.report("wrong-type", what, _place(tree, key), "write it, or leave the key out")


def _text(tree: Branch, key: str, wanted: str, reader: Reader) -> str | None:
    node = tree.items.get(key)
    if isinstance(node, Leaf) and isinstance(node.value, str):
        return str(node.value)
    if node is not None:
        _report_type(tree, key, wanted, reader)
    return None


def _branch(tree: Branch, key: str, wanted: str, reader: Reader) -> Branch | None:
    node = tree.items.get(key)
    if isinstance(node, Branch):
        return node
    if node is not None:
        _report_type(tree, key, wanted, reader)
    return None


def _read_name(tree: Branch, languages: Collection[str], reader: Reader) -> Localized | None:
    branch = _branch(tree, "name", "a text per language such as {id: …, en: …}", reader)
    if branch is None:
        return None
    if not branch.items:
        what = "`name` wants a text in at least one language, is empty"
        reader.report("wrong-value", what, branch.origin, "write {id: …}, or leave the key out")
    texts = {}
    for language in branch.items:
        if languages and language not in languages:
            what = f"`{language}` is not among the region's languages"
            hint = f"declared: {', '.join(languages)}; add it to `languages` in region.yaml"
            reader.report("unknown-language", what, branch.keys[language], hint)
        elif (text := _text(branch, language, "text", reader)) is not None:
            length = len(unicodedata.normalize("NFC", text))
            at = _place(branch, language)
            if not text.strip():
                reader.report("wrong-value", "the name is empty", at, "write it")
            elif length > NAME_LIMIT:
                what = f"the name has {length} characters, at most {NAME_LIMIT} fit the header"
                reader.report("wrong-value", what, at, "shorten it")
            else:
                texts[language] = text
    return Localized(texts) if texts else None


def _read_ornament(tree: Branch, reader: Reader) -> Ornament:
    match _text(tree, "ornament", "`none` or `zigzag`", reader):
        case "none" | "zigzag" as ornament:
            return ornament
        case str() as other:
            what = f"there is no ornament `{other}`"
            hint = did_you_mean(other, ("none", "zigzag"))
            reader.report("wrong-value", what, _place(tree, "ornament"), hint)
    return NEUTRAL.ornament


def _read_radius(tree: Branch, reader: Reader) -> int:
    wanted = f"a whole number of pixels from 0 to {RADIUS_LIMIT}"
    text = _text(tree, "radius", wanted, reader)
    if text is None:
        return NEUTRAL.radius
    if re.fullmatch(r"0|[1-9][0-9]?", text) and int(text) <= RADIUS_LIMIT:
        return int(text)
    code = "wrong-value" if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else "wrong-type"
    what = f"`radius` wants {wanted}, got `{text}`"
    reader.report(code, what, _place(tree, "radius"), f"{NEUTRAL.radius} is usual")
    return NEUTRAL.radius


@dataclass(slots=True)
class _Palette:
    """The colours that a theme sets for one mode, and the roles it sets to something else."""

    colours: dict[str, str] = field(default_factory=dict)
    places: dict[str, Origin] = field(default_factory=dict)
    unsound: set[str] = field(default_factory=set)


def _read_palette(tree: Branch, mode: Mode, reader: Reader) -> _Palette:
    palette = _Palette()
    branch = _branch(tree, mode, "a colour per role such as {brand: …}", reader)
    if branch is None:
        return palette
    for role, node in branch.items.items():
        if role in FIXED_ROLES:
            _report_fixed(role, branch.keys[role], reader)
        elif role not in ROLES:
            hint = "links take `action`" if role == "link" else did_you_mean(role, ROLES)
            what = f"a theme has no colour `{role}`"
            reader.report("unknown-key", what, branch.keys[role], hint)
        elif (colour := _colour(role, node, _place(branch, role), reader)) is not None:
            palette.colours[role] = colour
            palette.places[role] = _place(branch, role)
        else:
            palette.unsound.add(role)
    return palette


def _colour(role: str, node: Node, at: Origin, reader: Reader) -> str | None:
    wanted = f"`{role}` wants a colour as #RRGGBB, got {_got(node)}"
    hint = f'write the colour in quotes, such as "{NEUTRAL.light[role]}"'
    if not isinstance(node, Leaf) or not isinstance(node.value, str):
        if isinstance(node, Leaf) and node.value is None:
            hint = f"an unquoted # begins a comment: {hint}"
        reader.report("wrong-type", wanted, at, hint)
        return None
    if (colour := parse_colour(node.value)) is None:
        guess = guess_colour(node.value)
        reader.report("wrong-value", wanted, at, f'write "{guess}"' if guess else hint)
    return colour


def _check_rules(
    mode: Mode, own: _Palette, themed: Colours, blurred: Collection[str], reader: Reader
) -> None:
    """Report each broken rule at one of the colours that the theme sets.

    Rules with a blurred colour, which stands in for an unsound one, would only repeat its report.
    """
    colours = {**FIXED_COLOURS[mode], **themed}
    derived = set(ROLES) - own.places.keys() if mode == "dark" else set()
    broken = [r for r in broken_rules(colours) if not {r.one, r.other} & set(blurred)]
    for rule in broken:
        role = at_fault(rule, broken, own.places, colours, derived)
        if role is not None:
            code = "low-contrast" if rule.measure is contrast else "near-danger"
            hint = advise(role, rule, colours, derived)
            reader.report(code, _say(rule, mode, colours, own), own.places[role], hint)


def _say(rule: Rule, mode: Mode, colours: Colours, own: _Palette) -> str:
    source = {"light": "neutral ", "dark": "derived "}[mode]

    def named(role: str) -> str:
        left_out = role in ROLES and role not in own.places
        return f"{source if left_out else ''}`{role}` {colours[role]}"

    one, other = named(rule.one), named(rule.other)
    # Rounded down, so that a value just below its need does not seem to reach it.
    value = f"{math.floor(rule.value(colours) * 100) / 100:.2f}"
    if rule.measure is contrast:
        return f"{mode} theme: {one} on {other} has contrast {value}, needs {rule.need:g}"
    return f"{mode} theme: {one} looks like {other}: {value} apart, needs {rule.need:.2f}"


def _read_logo(tree: Branch, find: Callable[[str], File | None], reader: Reader) -> str | None:
    name = _text(tree, "logo", "the name of an SVG file", reader)
    if name is None:
        return None
    at = _place(tree, "logo")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.svg", name):
        what = f"`logo` wants the name of an SVG file beside theme.yaml, got `{name}`"
        reader.report("wrong-value", what, at, "such as logo.svg: letters, digits, - and _")
        return None
    file = find(name)
    if file is None:
        what = f"there is no branding file `{name}`"
        reader.report("missing-file", what, at, "put it beside theme.yaml, or leave `logo` out")
        return None
    text = reader.text(file, LOGO_SOURCE_LIMIT)
    return None if text is None else _Logo(file.place, reader).clean(text)


class _Logo:
    """Copy a drawing element by element, and note what a logo may not hold."""

    def __init__(self, file: str, reader: Reader) -> None:
        self.file = file
        self.reader = reader
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.written: list[str] = []
        self.depth = 0
        self.skipped = 0  # depth inside what is no drawing, such as an editor's data
        self.sound = True

    def clean(self, text: str) -> str | None:
        size = len(gzip.compress(text.encode()))
        if size > LOGO_LIMIT:
            what = f"the logo is {size} bytes after gzip, at most {LOGO_LIMIT}"
            self._refuse(what, "simplify the drawing, embed no picture", Origin(self.file))
        # Before parsing: entities of a document type can blow up to gigabytes.
        if found := re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
            line, column = text.count("\n", 0, found.start()) + 1, found.start()
            at = Origin(self.file, line, column - text.rfind("\n", 0, column))
            self._refuse(f"the logo holds `{found[0]}`", "remove the document type", at)
            return None
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.ProcessingInstructionHandler = self._instruction
        try:
            self.parser.Parse(text, True)
        except expat.ExpatError as e:
            at = Origin(self.file, e.lineno, e.offset + 1)
            what = f"the logo is no well-formed XML: {expat.ErrorString(e.code)}"
            self._refuse(what, "export it again as plain SVG", at)
        return "".join(self.written).strip() if self.sound else None

    def _refuse(self, what: str, hint: str, at: Origin | None = None) -> None:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        self.reader.report("bad-logo", what, at or Origin(self.file, line, column), hint)
        self.sound = False

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        space, _, name = qualified.rpartition(" ")
        drawn = not self.skipped and space in ("", _SVG) and name != "metadata"
        if self.depth == 0:
            drawn = self._check_root(name, drawn, attributes)
        elif name.lower() in _FORBIDDEN or (drawn and name not in _DRAWING):
            self._refuse(f"the logo holds `<{name}>`", "use shapes and presentation attributes")
        self.depth += 1
        if not drawn:
            self.skipped += 1
            return
        kept = self._attributes(attributes)
        if self.depth == 1:
            kept = {"xmlns": _SVG, **kept}
        self.written.append(f"<{name}{''.join(f' {k}={quoteattr(v)}' for k, v in kept.items())}>")

    def _check_root(self, name: str, drawn: bool, attributes: Mapping[str, str]) -> bool:
        if not drawn or name != "svg":
            self._refuse(f"the logo's root is `<{name}>`", "its root wants to be `<svg>`")
            return False
        if not re.fullmatch(r"\s*-?[0-9.]+([\s,]+-?[0-9.]+){3}\s*", attributes.get("viewBox", "")):
            hint = 'such as viewBox="0 0 48 48": it lets the logo scale'
            self._refuse("the logo has no `viewBox` of four numbers", hint)
        return True

    def _attributes(self, attributes: Mapping[str, str]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for qualified, value in attributes.items():
            space, _, name = qualified.rpartition(" ")
            if space and name != "href":
                continue  # an editor's own
            if name.lower().startswith("on") or name.lower() == "style":
                hint = "use presentation attributes, such as fill"
                self._refuse(f"the logo holds an attribute `{name}`", hint)
            elif (name == "href" and not value.strip().startswith("#")) or _OUTSIDE.search(value):
                self._refuse(f"the logo refers to the outside in `{name}`", "refer only to `#id`")
            elif not space or "href" not in attributes:
                kept[name] = value
        return kept

    def _end(self, qualified: str) -> None:
        self.depth -= 1
        if self.skipped:
            self.skipped -= 1
        else:
            self.written.append(f"</{qualified.rpartition(' ')[2]}>")

    def _characters(self, text: str) -> None:
        if not self.skipped:
            self.written.append(escape(text))

    def _instruction(self, target: str, _data: str) -> None:
        if target == "xml-stylesheet":
            self._refuse("the logo holds a style sheet", "use presentation attributes")
