"""The rules, with no database and no web: which places are near, what a note may hold."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from civicapp import N_

from civicapp_parks.config import Place

_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_ADDRESS = re.compile(r"\S@\S+\.\S")
_PHONE = re.compile(r"\+?\d(?:[ ().-]?\d){7,}")
EMPTY = N_("Write something first.")
LONG = N_("Write at most %(limit)s letters.")
CONTACT = N_("Leave out phone numbers and e-mail addresses: a note can become public.")


class BadText(ValueError):
    """A text that cannot be taken. message: a sentence to translate, filled in by `words`."""

    def __init__(self, message: str, **words: object) -> None:
        super().__init__(message % words)
        self.message, self.words = message, words


@dataclass(frozen=True, slots=True)
class Near:
    """The places to show first. area: code of the area that holds them; None: the whole region."""

    area: str | None
    places: tuple[Place, ...]


def is_code(code: str) -> bool:
    """Tell whether a code can end the address of a page."""
    return _CODE.fullmatch(code) is not None


def nearest(
    places: Iterable[Place], path: Sequence[str], path_of: Callable[[str], Sequence[str]]
) -> Near:
    """Find the narrowest area around somebody that holds places; those of everywhere come last.

    path: codes of the area where somebody is and of those above it, the widest first; empty: not
    known. path_of: the same of another area.
    """
    found = tuple(places)
    everywhere = tuple(p for p in found if p.area is None)
    for code in reversed(path):
        inside = tuple(p for p in found if p.area and code in path_of(p.area))
        if inside:
            return Near(code, inside + everywhere)
    return Near(None, found)


def clean_answer(text: str, limit: int) -> str:
    """Return a text without idle space; raise BadText when nothing is left, or too much."""
    lines = [" ".join(_seen(line).split()) for line in text.strip().splitlines()]
    clean = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    if not clean:
        raise BadText(EMPTY)
    if len(clean) > limit:
        raise BadText(LONG, limit=limit)
    return clean


def _seen(line: str) -> str:
    # A database refuses some of these, a terminal obeys others.
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in line)


def clean_note(text: str, limit: int) -> str:
    """Return a note as it is kept; raise BadText when it tells how to reach a person."""
    clean = clean_answer(text, limit)
    if _ADDRESS.search(clean) or _PHONE.search(clean):
        raise BadText(CONTACT)
    return clean
