"""branding/theme.yaml of a new pack: its name, and the neutral colours to change."""

import unicodedata
from collections.abc import Mapping

from civicapp.region.colour import NEUTRAL_COLOURS
from civicapp.region.theme import NAME_LIMIT
from civicapp.scaffold.region.text import flow, scalar

_SEEN = {
    "brand": "the band at the top of every page",
    "accent": "a thin line or a mark, never text",
    "action": "buttons and links",
    "on_action": "text on buttons",
    "action_hover": "buttons and links under the pointer",
    "tint": "ground of what is chosen",
    "page": "ground of the page",
    "line": "borders",
}


def theme(names: Mapping[str, str], parent: str) -> str:
    """Write branding/theme.yaml. parent: the pack whose colours count, "" when there is none."""
    fitting = {x: n for x, n in names.items() if len(unicodedata.normalize("NFC", n)) <= NAME_LIMIT}
    lines = ["# The look of the region. `civicapp check` says when colours lack contrast."]
    if fitting:
        lines.append(f"name: {flow(fitting)}")
    if long := sorted(names.keys() - fitting.keys()):
        lines += [
            "# The region's name stands in the header. A shorter one, of at most"
            f" {NAME_LIMIT} characters:",
            f"# name: {{{long[0]}: …}}",
        ]
    lines += [
        "# A file beside this one: an SVG picture of at most 4 KiB when it is compressed.",
        "# logo: logo.svg",
        "# radius: 8",
        "",
    ]
    if parent:
        lines.append(f"# Colours come from `{parent}`. These are the neutral ones, to start from:")
    mark = "# " if parent else ""
    lines.append(f"{mark}light:")
    width = max(len(role) for role in _SEEN)
    for role, seen in _SEEN.items():
        value = scalar(NEUTRAL_COLOURS["light"][role])
        lines.append(f"{mark}  {f'{role}:':{width + 1}} {value}  # {seen}")
    lines += ["", "# `dark` takes the same keys; what is not set there is derived from `light`."]
    return "\n".join(lines) + "\n"
