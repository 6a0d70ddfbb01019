"""Words: the messages in a plugin's code and templates, and its translations of them."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import PoFileError, read_po

METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
SHOWN = 5  # messages of one kind that are named


def messages_of(package: Path) -> set[str]:
    """Return the messages that a package marks: `_()`, `N_()`, `gettext()`, `{% trans %}`."""
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    options = {pattern: {"silent": "false"} for pattern, method in METHODS if method == "jinja2"}
    found = set()
    for _, _, message, *_ in extract_from_dir(package, METHODS, options, keywords=keywords):
        found.add(message if isinstance(message, str) else message[0])
    return found - {""}


def catalog_faults(package: Path) -> list[str]:
    """Find what is wrong with the catalogs of a package, in each language that it ships."""
    files = sorted((package / "locale").glob("*.po"))
    if not files:
        return []
    wanted = messages_of(package)
    return [f"locale/{file.name}: {fault}" for file in files for fault in _faults(file, wanted)]


def _faults(file: Path, wanted: set[str]) -> Iterator[str]:
    try:
        with file.open("rb") as content:
            catalog = read_po(content, locale=file.stem, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as e:
        yield f"cannot be read: {e}"
        return
    known = {_singular(m): m for m in catalog if m.id}
    both = wanted & set(known)
    groups = {
        "is missing": wanted - set(known),
        "is not translated": {id for id in both if not _is_whole(known[id], catalog)},
        "is marked fuzzy": {id for id, message in known.items() if message.fuzzy},
        "stands in no code or template any more": set(known) - wanted,
        "has another placeholder in its translation": {
            id for id, message in known.items() if not _fits(message)
        },
    }
    for what, ids in groups.items():
        found = sorted(ids)
        for id in found[:SHOWN]:
            yield f"{id!r} {what}"
        if len(found) > SHOWN:
            yield f"… and {len(found) - SHOWN} more of these"


def _singular(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


def _texts(message: Message) -> list[str]:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return [str(string or "") for string in strings]


def _is_whole(message: Message, catalog: Catalog) -> bool:
    texts = _texts(message)
    return all(text.strip() for text in texts[: catalog.num_plurals]) and bool(texts)


def _fits(message: Message) -> bool:
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    known = {name for id in ids for name in re.findall(r"%\((\w+)\)s", str(id))}
    return all(set(re.findall(r"%\((\w+)\)s", text)) <= known for text in _texts(message))
