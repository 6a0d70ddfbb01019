"""Icons of the portal kit: 24 px line drawings, inline, never without a word beside them."""

from markupsafe import Markup

_PATHS = {
    "alert": "M12 3 2 20h20L12 3zM12 10v4M12 17v.5",
    "bank": "M3 10 12 4l9 6H3zM5 10v8M10 10v8M14 10v8M19 10v8M3 20h18",
    "building": "M5 21V4h10v17M15 9h4v12M8 8h1M11 8h1M8 12h1M11 12h1M8 16h1M11 16h1M3 21h18",
    "calendar": "M4 6h16v15H4zM4 10h16M8 3v4M16 3v4",
    "chart": "M3 20h18M4 16l5-5 4 3 7-8",
    "chat": "M4 4h16v12H9l-5 4V4zM8 9h8M8 12h5",
    "document": "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7",
    "dot": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "drop": "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z",
    "flag": "M6 21V4h11l-2 4 2 4H6",
    "heart": "M12 20 4.5 12.5a4.5 4.5 0 0 1 7.5-5 4.5 4.5 0 0 1 7.5 5z",
    "home": "M3 11 12 4l9 7M6 9v11h12V9M10 20v-6h4v6",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.5",
    "lamp": (
        "M9 19h6M10.5 22h3M12 3a6 6 0 0 0-4 10.5c1 1 1 2 1 2.5h6c0-.5 0-1.5 1-2.5A6 6 0 0 0 12 3z"
    ),
    "leaf": "M5 19C4 9 10 4 20 4c0 10-5 16-13 14M5 21c1-5 4-9 9-12",
    "map": "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14",
    "news": "M4 4h13v16H5a1 1 0 0 1-1-1zM17 9h3v10a1 1 0 0 1-1 1h-2M7 8h7M7 12h7M7 16h4",
    "people": (
        "M9 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM3 20c0-4 2-6 6-6s6 2 6 6M16 5.5a3 3 0 0 1 0 5.5"
        "M17 14c3 .5 4 3 4 6"
    ),
    "phone": (
        "M6 3h3l2 5-2.5 2a13 13 0 0 0 5.5 5.5L16 13l5 2v3"
        "a2 2 0 0 1-2 2C11 20 4 13 4 5a2 2 0 0 1 2-2z"
    ),
    "pin": (
        "M12 21c5-6 7-9 7-12a7 7 0 0 0-14 0c0 3 2 6 7 12z"
        "M12 6.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"
    ),
    "price": "M4 12V4h8l8 8-8 8zM8 7.5v.5",
    "receipt": "M6 3h12v18l-2-1.5L14 21l-2-1.5L10 21l-2-1.5L6 21zM9 8h6M9 12h6",
    "road": "M8 3 4 21M16 3l4 18M12 4v3M12 10v4M12 17v3",
    "school": "M2 9l10-5 10 5-10 5zM6 11v5c3 3 9 3 12 0v-5M22 9v6",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
    "shield": "M12 3l8 3v5c0 5-3 8-8 10-5-2-8-5-8-10V6zM9 12l2 2 4-4",
    "tools": "M14 6a4 4 0 0 1 5-3l-2.5 2.5 2 2L21 5a4 4 0 0 1-5 5L7 19l-3-3z",
    "tree": "M12 21v-7M12 3l6 7h-3l4 5H5l4-5H6z",
    "truck": (
        "M2 6h12v11H2zM14 10h4l4 4v3h-8M6 16a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"
        "M18 16a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"
    ),
    "waste": "M5 7h14M9 7V4h6v3M7 7l1 14h8l1-14M10 11v6M14 11v6",
}


def icon(name: str) -> Markup:
    """Return an icon as SVG; it is hidden from screen readers."""
    path = _PATHS[name]
    return Markup(  # noqa: S704 - a constant of this module
        f'<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" '
        f'focusable="false"><path d="{path}"/></svg>'
    )
