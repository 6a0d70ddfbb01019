"""Colours of a theme: the rules they must keep, and colours that keep them.

Contrast is that of WCAG 2; lightness, hue and nearness are those of OKLab (Björn Ottosson, 2020).
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["light", "dark"]
Colours: TypeAlias = Mapping[str, str]  # role -> "#RRGGBB"
Triple: TypeAlias = tuple[float, float, float]

ROLES = ("brand", "accent", "action", "on_action", "action_hover", "tint", "page", "line")
FIXED_ROLES = (
    *("danger", "ink", "muted", "surface", "edge", "control_edge", "focus"),
    *("neutral", "info", "ok", "warn", "extreme", "severe", "moderate", "minor"),
)

NEUTRAL_COLOURS: Mapping[Mode, Colours] = {
    "light": {
        "brand": "#17405E",
        "accent": "#9CC4E0",
        "action": "#1A5A8A",
        "on_action": "#FFFFFF",
        "action_hover": "#17405E",
        "tint": "#E8F1F8",
        "page": "#F4F5F7",
        "line": "#D5D8DD",
    },
    "dark": {
        "brand": "#0E2A40",
        "accent": "#9CC4E0",
        "action": "#9CCBF2",
        "on_action": "#06233A",
        "action_hover": "#CFE6FA",
        "tint": "#1C2B38",
        "page": "#151416",
        "line": "#3B3A40",
    },
}

# What a theme's colours are measured against and cannot change.
FIXED_COLOURS: Mapping[Mode, Colours] = {
    "light": {
        "white": "#FFFFFF",
        "surface": "#FFFFFF",
        "ink": "#1B1B1F",
        "muted": "#55565E",
        "edge": "#74757D",
        "danger": "#B3261E",
    },
    "dark": {
        "white": "#FFFFFF",
        "surface": "#201F22",
        "ink": "#F1F0EE",
        "muted": "#B9B9C2",
        "edge": "#8F9099",
        "danger": "#FFB4AB",
    },
}

# OKLab lightness that a dark colour made from a light one aims at; others keep theirs.
_DARK_LIGHTNESS = {
    "brand": 0.27,
    "action": 0.82,
    "on_action": 0.25,
    "action_hover": 0.91,
    "tint": 0.28,
    "page": 0.19,
    "line": 0.35,
}
# In this order each colour made has to suit only fixed ones and those made before it, and some
# lightness always does: at worst black or white.
_DERIVED = ("page", *("brand", "accent"), *("action", "on_action", "action_hover", "tint"), "line")
_STEPS = 256


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def distance(one: str, other: str) -> float:
    """Return how far two colours lie apart in OKLab; black and white are 1 apart."""
    return math.dist(oklab(one), oklab(other))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def oklab(colour: str) -> Triple:
    """Return lightness, a and b of a colour."""
    r, g, b = _linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def with_lightness(colour: str, lightness: float) -> str:
    """Return a colour of this hue with another lightness; chroma shrinks only to stay in sRGB."""
    _, a, b = oklab(colour)
    rgb = _from_oklab((lightness, a, b))
    if not _in_gamut(rgb):
        inside, outside = 0.0, 1.0
        for _ in range(12):
            share = (inside + outside) / 2
            if _in_gamut(_from_oklab((lightness, a * share, b * share))):
                inside = share
            else:
                outside = share
        rgb = _from_oklab((lightness, a * inside, b * inside))
    return "#" + "".join(f"{_encode(channel):02X}" for channel in rgb)


def _linear(colour: str) -> Triple:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _decode(red), _decode(green), _decode(blue)


def _decode(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else math.pow((channel + 0.055) / 1.055, 2.4)


def _encode(channel: float) -> int:
    linear = min(max(channel, 0.0), 1.0)
    curved = math.pow(linear, 1 / 2.4) * 1.055 - 0.055
    return round(255 * (linear * 12.92 if linear <= 0.0031308 else curved))


def _from_oklab(lab: Triple) -> Triple:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _in_gamut(rgb: Triple) -> bool:
    return all(-1e-4 <= channel <= 1.0001 for channel in rgb)


def parse_colour(text: str) -> str | None:
    """Return a colour in capitals when the text is exactly `#RRGGBB`."""
    return text.upper() if re.fullmatch(r"#[0-9A-Fa-f]{6}", text) else None


def guess_colour(text: str) -> str | None:
    """Return the colour that a text of another form most likely means: `abc`, `#AABBCCFF`."""
    digits = text.strip().removeprefix("#").upper()
    if re.fullmatch(r"[0-9A-F]{3}", digits):
        return "#" + "".join(digit * 2 for digit in digits)
    return f"#{digits[:6]}" if re.fullmatch(r"([0-9A-F]{2}){3,4}", digits) else None


@dataclass(frozen=True, slots=True)
class Rule:
    """Say how far two roles must stand apart; `owner` is named first when both are at fault."""

    one: str
    other: str
    need: float
    owner: str
    measure: Callable[[str, str], float] = contrast

    def value(self, colours: Colours) -> float:
        """Measure the two."""
        return self.measure(colours[self.one], colours[self.other])

    def holds(self, colours: Colours) -> bool:
        """Tell whether the two stand far enough apart."""
        return self.value(colours) >= self.need


RULES = (
    Rule("ink", "page", 4.5, "page"),
    Rule("muted", "page", 4.5, "page"),
    Rule("edge", "page", 3, "page"),
    Rule("white", "brand", 4.5, "brand"),
    Rule("accent", "brand", 3, "accent"),
    Rule("action", "page", 4.5, "action"),
    Rule("action", "surface", 4.5, "action"),
    Rule("action", "danger", 0.1, "action", distance),
    Rule("on_action", "action", 4.5, "on_action"),
    Rule("on_action", "action_hover", 4.5, "action_hover"),
    Rule("action", "tint", 4.5, "tint"),
    Rule("ink", "tint", 4.5, "tint"),
)


def rules_of(role: str) -> list[Rule]:
    """List the rules that a role takes part in."""
    return [rule for rule in RULES if role in (rule.one, rule.other)]


def broken_rules(colours: Colours) -> list[Rule]:
    """List the rules that a mode's colours, fixed ones included, do not keep."""
    return [rule for rule in RULES if not rule.holds(colours)]


def by_nearness(colour: str, lightness: float | None = None) -> Iterator[str]:
    """Run through a colour's lightnesses, the nearest to its own, or to another, first."""
    start = oklab(colour)[0] if lightness is None else lightness
    steps = sorted((n / _STEPS for n in range(_STEPS + 1)), key=lambda n: abs(n - start))
    yield colour if lightness is None else with_lightness(colour, lightness)
    yield from (with_lightness(colour, step) for step in steps)


def nearest_passing(role: str, rules: list[Rule], colours: Colours) -> str | None:
    """Return the role's colour in the nearest lightness that keeps all the rules, if one does."""
    candidates = by_nearness(colours[role])
    return next((c for c in candidates if _keeps({**colours, role: c}, rules)), None)


def mend(role: str, rule: Rule, colours: Colours, derived: Collection[str]) -> str | None:
    """Return the nearest lightness of a role that keeps a broken rule and all its others, if any.

    Rules with a derived colour are left aside: it will follow.
    """
    rules = [r for r in rules_of(role) if r == rule or not {r.one, r.other} & set(derived)]
    return nearest_passing(role, rules, colours)


def at_fault(
    rule: Rule,
    broken: list[Rule],
    given: Collection[str],
    colours: Colours,
    derived: Collection[str],
) -> str | None:
    """Return which given colour of a broken rule to change, None when the rule has none.

    Of two it is the one that can be mended alone, then the one that breaks more rules.
    """

    def fault(role: str) -> tuple[bool, int]:
        alone = mend(role, rule, colours, derived) is not None
        return alone, sum(role in (r.one, r.other) for r in broken)

    pair = sorted((rule.one, rule.other), key=lambda role: role != rule.owner)
    return max((role for role in pair if role in given), key=fault, default=None)


def advise(role: str, rule: Rule, colours: Colours, derived: Collection[str]) -> str:
    """Write which lightness of a role mends a broken rule."""
    if passing := mend(role, rule, colours, derived):
        return f'nearest lightness of `{role}` that passes: "{passing}"'
    other = rule.other if role == rule.one else rule.one
    passing = nearest_passing(role, [rule], colours)
    return (
        f'nearest lightness of `{role}` that passes with `{other}`: "{passing}"; none passes with'
        " all the colours it meets, so change another of them too"
    )


def derive_dark(light: Colours, dark: Colours) -> dict[str, str]:
    """Complete dark colours from those light ones that a theme sets, else from the neutral theme.

    Given dark colours stay. What is made keeps every rule among fixed and made colours, and where
    it can those with given ones: a rule is left broken only where a given colour takes part.
    """
    colours = {**FIXED_COLOURS["dark"], **dark}
    for role in _DERIVED:
        if role in dark:
            continue
        if role in light:
            candidates = by_nearness(light[role], _DARK_LIGHTNESS.get(role))
        else:
            candidates = by_nearness(NEUTRAL_COLOURS["dark"][role])
        rules = [r for r in rules_of(role) if {r.one, r.other} <= {role, *colours}]
        must = [r for r in rules if not {r.one, r.other} & dark.keys()]
        colours[role] = _best(role, candidates, must, rules, colours)
    return {role: colours[role] for role in ROLES}


def _best(
    role: str, candidates: Iterator[str], must: list[Rule], wish: list[Rule], colours: Colours
) -> str:
    """Return the first candidate that keeps all rules, else one that breaks the fewest wishes."""
    best, least = "", len(wish) + 1
    for candidate in candidates:
        tried = {**colours, role: candidate}
        if not _keeps(tried, must):
            continue
        broken = sum(not rule.holds(tried) for rule in wish)
        if broken < least:
            best, least = candidate, broken
        if not broken:
            break
    return best


def _keeps(colours: Colours, rules: list[Rule]) -> bool:
    return all(rule.holds(colours) for rule in rules)
