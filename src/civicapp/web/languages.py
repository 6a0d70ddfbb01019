"""Languages as people see them: their own names, the direction they run in, names of time zones."""

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone, get_timezone_name

from civicapp.service import N_

# Translated by what a language calls itself, where babel knows no name or another than people use.
OWN_NAME = N_("(the name of this language)")
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})


@lru_cache
def own_name(language: str) -> str:
    """Return what a language calls itself: `English`, `Français`."""
    locale = _locale(language)
    name = locale.get_display_name() if locale else None
    return name[0].upper() + name[1:] if name else language.upper()


@lru_cache
def name_in(language: str, reader: str) -> str:
    """Return what a language is called in the reader's: `anglais` for English in French."""
    locale = _locale(language)
    return (locale.get_display_name(reader) if locale and _locale(reader) else None) or own_name(
        language
    )


@lru_cache
def direction(language: str) -> str:
    """Return `rtl` or `ltr`."""
    locale = _locale(language)
    if locale is not None:
        return str(locale.text_direction)
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


@lru_cache
def zone_name(zone: str, language: str) -> str:
    """Name a time zone with its distance from UTC: `EAT (UTC+3)`, `Nepal Time (UTC+5:45)`."""
    locale = _locale(language) or Locale("en")
    names = [
        get_timezone_name(get_timezone(zone), width, locale=locale, zone_variant="standard")
        for width in ("short", "long")
    ]
    name = names[0] if names[0].isupper() else names[1]
    offset = datetime.datetime.now(ZoneInfo(zone)).utcoffset() or datetime.timedelta()
    hours, minutes = divmod(abs(offset) // datetime.timedelta(minutes=1), 60)
    sign = "-" if offset < datetime.timedelta() else "+"
    return f"{name} (UTC{sign}{hours}{f':{minutes:02}' if minutes else ''})"


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
