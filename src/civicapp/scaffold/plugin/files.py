"""The files of a new plugin, made of the templates beside this module.

A template is the file with `.tmpl` after its name, so that no tool takes it for its own, and with
markers such as `[[ id ]]`, which neither Python nor the pages' own templates use.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from civicapp.version import VERSION

TEMPLATE = Path(__file__).parent / "template"
PACKAGE = "src/package/"
CATALOGS = ".po"
_MARKER = re.compile(r"\[\[ (\w+) \]\]")


def plugin_files(id: str, title: str) -> dict[str, str]:
    """Return a plugin's files, path → text. id and title are ones that `names` lets pass."""
    words = {"id": id, "title": title, "civicapp": _range(VERSION)}
    files = {}
    for path in sorted(TEMPLATE.rglob("*.tmpl")):
        name = path.relative_to(TEMPLATE).as_posix().removesuffix(".tmpl")
        text = _filled(path.read_text("utf-8"), words)
        if name.endswith(CATALOGS):
            text = _once(text, title)
        files[name.replace(PACKAGE, f"src/civicapp_{id}/", 1)] = text
    return files


def _filled(text: str, words: Mapping[str, str]) -> str:
    return _MARKER.sub(lambda marker: words[marker[1]], text)


def _range(version: str) -> str:
    """Return the versions of civicapp that a plugin of this one works with: those of its series."""
    major, minor, *_ = version.split(".")
    return f">={major}.{minor},<{major}.{int(minor) + 1}"


def _once(catalog: str, title: str) -> str:
    """Leave out the title's own entry where the pages hold the same words: each stands once."""
    head, own, *others = catalog.split("\n\n")
    if any(f'msgid "{title}"' in other.splitlines() for other in others):
        return "\n\n".join([head, *others])
    return "\n\n".join([head, own, *others])
