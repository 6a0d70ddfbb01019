"""Turn a region's theme into the custom properties that the kit's CSS uses."""

from collections.abc import Mapping

from civicapp.region import Theme
from civicapp.region.colour import FIXED_COLOURS, Mode

# Fixed for all themes, as ground and text: what warns must look the same everywhere.
_TAGS: Mapping[Mode, Mapping[str, tuple[str, str]]] = {
    "light": {
        "neutral": ("#E9E9ED", "#33343B"),
        "info": ("#E1ECF8", "#153E73"),
        "ok": ("#DFF2E4", "#14532B"),
        "warn": ("#FFEBC2", "#6B3A00"),
        "danger": ("#FBE2DF", "#8C1D18"),
    },
    "dark": {
        "neutral": ("#3A3A40", "#E4E4EA"),
        "info": ("#17324F", "#BCD8FB"),
        "ok": ("#163B24", "#A9E6BD"),
        "warn": ("#4A3000", "#FFD99A"),
        "danger": ("#57191A", "#FFC9C3"),
    },
}


def theme_css(theme: Theme) -> str:
    """Write the tokens for light and dark."""
    radius = f"--radius-card:{theme.radius}px;--radius:{theme.radius // 2}px;"
    light, dark = _properties("light", theme.light), _properties("dark", theme.dark)
    return (
        f":root{{color-scheme:light dark;{light}{radius}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def _properties(mode: Mode, colours: Mapping[str, str]) -> str:
    all_colours = {k: v for k, v in FIXED_COLOURS[mode].items() if k != "white"} | dict(colours)
    for tag, (ground, text) in _TAGS[mode].items():
        all_colours |= {f"{tag}-ground": ground, f"{tag}-text": text}
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in all_colours.items())
