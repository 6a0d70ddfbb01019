"""Texts that people write: cleaned, measured, and masked before they may become public.

Markup stays text: it is shown as it was typed, and escaped where it is shown.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from civicapp import N_
from civicapp_complaints.domain.errors import Refusal

MASK = "•••"
# Bidirectional embeddings and overrides, which could turn around what is printed after them.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
Found = Literal["phone", "id", "email", "plate"]


class BadText(Refusal):
    """A text that is too short or too long."""

    code: ClassVar[str] = "bad-text"


def clean(text: str) -> str:
    """Write line ends one way, and drop what cannot be seen, spaces at line ends, empty lines.

    A paragraph is one empty line. Characters are composed (NFC), so that lengths agree.
    """
    lines = NEWLINES.sub("\n", text).split("\n")
    tidy = "\n".join(_visible(line).rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", unicodedata.normalize("NFC", tidy)).strip()


def one_line(text: str) -> str:
    """Clean a text and write it on one line, with single spaces."""
    return " ".join(clean(text).split())


def _visible(line: str) -> str:
    return "".join(
        " " if c == "\t" else c
        for c in line
        if c == "\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in TURNING)
    )


def read_description(text: str, *, limit: int, minimum: int = 0, may_be_empty: bool = False) -> str:
    """Clean a description and check its length; BadText says how long it is.

    may_be_empty: a photo says it all.
    """
    description = clean(text)
    if len(description) > limit:
        raise BadText(
            N_("The text has %(n)s letters. Shorten it to %(limit)s."),
            {"n": len(description), "limit": limit},
            field="description",
        )
    if len(description) < minimum and not (may_be_empty and not description):
        message = N_("Describe the problem, in at least %(n)s letters.")
        raise BadText(message, {"n": minimum}, field="description")
    return description


@dataclass(frozen=True, slots=True)
class MaskRules:
    """What to look for in a text that becomes public.

    country, trunk: as in `Dialling`. id_digits: length of a person's number. plate: pattern of
    number plates. E-mail addresses are always looked for.
    """

    country: str | None = None
    trunk: str | None = None
    id_digits: int | None = None
    plate: str | None = None


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without what tells who someone is, and what was found in it."""

    text: str
    found: tuple[Found, ...]


def mask(text: str, rules: MaskRules) -> Masked:
    """Mask e-mail addresses, telephone numbers, persons' numbers and plates, before review."""
    found: list[Found] = []
    for kind, pattern in _patterns(rules):
        text, n = pattern.subn(MASK, text)
        if n:
            found.append(kind)
    return Masked(text, tuple(found))


_GAP = r"[ .\-]?"
# Not in the middle of a longer number, of a date or of a time from and to.
_BEFORE = r"(?<![0-9+])(?<![0-9][.\-])"
_NO_DATE = r"(?![0-9]{1,2}[-. ][0-9]{1,2}[-. ][0-9]{4})"
_NO_TIME = r"(?![0-9]{1,2}[.:][0-5][0-9](?![0-9]))"
_DIGITS = r"[ .\-()]*[0-9](?:[ .\-()]{0,2}[0-9]){6,14}(?![0-9])"


@lru_cache(maxsize=32)
def _patterns(rules: MaskRules) -> tuple[tuple[Found, re.Pattern[str]], ...]:
    # The order matters: a person's number holds what looks like a telephone number.
    patterns: list[tuple[Found, str]] = [
        ("email", r"[^\s@<>()\[\],;:]{1,64}@[^\s@<>()\[\],;:]{1,255}\.[^\W\d_]{2,24}"),
    ]
    if rules.id_digits:
        n = rules.id_digits - 1
        patterns.append(("id", rf"(?<![0-9])[0-9](?:{_GAP}[0-9]){{{n}}}(?![0-9])"))
    starts = [r"\+"]
    if rules.country:
        starts.append(rf"{rules.country}(?={_GAP}[0-9])")
        if rules.trunk:
            starts.append(rules.trunk)
    front = "|".join(starts)
    patterns.append(("phone", rf"{_BEFORE}{_NO_DATE}{_NO_TIME}\(?(?:{front}){_DIGITS}"))
    if rules.plate:
        patterns.append(("plate", rf"(?<!\w)(?:{rules.plate})(?!\w)"))
    return tuple((kind, re.compile(p, re.IGNORECASE)) for kind, p in patterns)
