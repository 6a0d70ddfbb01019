"""Turn a region's theme into the custom properties that the kit's CSS uses."""

from civicapp.region import Theme

# Fixed for all themes: what warns must look the same everywhere.
_FIXED_LIGHT = {
    "surface": "#FFFFFF", "ink": "#1B1B1F", "muted": "#55565E", "edge": "#74757D", "danger": "#B3261E",
    "neutral-ground": "#E9E9ED", "neutral-text": "#33343B", "info-ground": "#E1ECF8",
    "info-text": "#153E73", "ok-ground": "#DFF2E4", "ok-text": "#14532B", "warn-ground": "#FFEBC2",
    "warn-text": "#6B3A00", "danger-ground": "#FBE2DF", "danger-text": "#8C1D18",
}  # fmt: skip
_FIXED_DARK = {
    "surface": "#201F22", "ink": "#F1F0EE", "muted": "#B9B9C2", "edge": "#8F9099", "danger": "#FFB4AB",
    "neutral-ground": "#3A3A40", "neutral-text": "#E4E4EA", "info-ground": "#17324F",
    "info-text": "#BCD8FB", "ok-ground": "#163B24", "ok-text": "#A9E6BD", "warn-ground": "#4A3000",
    "warn-text": "#FFD99A", "danger-ground": "#57191A", "danger-text": "#FFC9C3",
}  # fmt: skip


def theme_css(theme: Theme) -> str:
    """Write the tokens for light and dark."""
    light = _properties({**_FIXED_LIGHT, **theme.light})
    dark = _properties({**_FIXED_DARK, **theme.dark})
    radius = f"--radius-card:{theme.radius}px;--radius:{max(0, theme.radius // 2)}px;"
    return (
        f":root{{color-scheme:light dark;{light}{radius}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def _properties(colours: dict[str, str]) -> str:
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())
