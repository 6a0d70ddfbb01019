"""The id of a new pack, made of the name that was typed; and texts given per language."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter, ValidationError

from civicapp.config import say
from civicapp.problems import visible
from civicapp.region.models import PACK_ID, Currency, Language, TimeZone

LONGEST = 40
# Names that Windows keeps for devices: a checkout there could not hold the folder.
_DEVICES = frozenset(
    ("aux", "con", "nul", "prn", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)))
)
_PREFIXED = re.compile(r"([a-z]{2,3})=(.*)", re.DOTALL)
OPTIONS: Mapping[str, TypeAdapter[str]] = {
    "--currency": TypeAdapter(Currency),
    "--timezone": TypeAdapter(TimeZone),
    "--language": TypeAdapter(Language),
}


class Unstartable(Exception):
    """Say why a pack cannot be started; the message is for the user, `hint` how to go on."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def pack_id(name: str) -> str:
    """Make the id of a pack, which is its folder's name too: `East Bay` becomes `east-bay`.

    Raises Unstartable when the name is a path, or nothing fit for an id is left of it.
    """
    typed = say(visible(name))
    if re.search(r"[/\\]", name) or name.strip() in (".", ".."):
        raise Unstartable(f"{typed} is a path, not a name", "--dir FOLDER says where to write")
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    if lost := [c for c in letters if c.isalnum() and not c.isascii()]:
        raise Unstartable(
            f"{say(lost[0])} cannot stand in the id of a pack, which is made of {typed}",
            "type it in the letters a to z, and the name itself as --name",
        )
    id = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if len(id) > LONGEST:
        hint = "type a shorter one; --code settles which area it is, --name what it is called"
        raise Unstartable(f"{typed} has more than {LONGEST} characters", hint)
    if not re.fullmatch(PACK_ID, id):
        hint = "type two characters or more, a letter first; --code settles which area it is"
        raise Unstartable(f"{typed} cannot become the id of a pack", hint)
    if id in _DEVICES:
        raise Unstartable(f"`{id}` is the name of a device on Windows", "type another")
    return id


def checked(option: str, value: str) -> str:
    """Return what was given with an option; raise Unstartable as `check` would complain of it."""
    try:
        return OPTIONS[option].validate_python(value)
    except ValidationError as e:
        (error,) = e.errors(include_url=False)
        hint = str(error.get("ctx", {}).get("hint", ""))
        raise Unstartable(f"{option}: {visible(error['msg'])}", hint) from e


def read_names(given: Iterable[str], languages: Iterable[str]) -> dict[str, str]:
    """Read names as typed: `en=West Bay` in one language, `West Bay` in every other one.

    Raises Unstartable for a language that the region does not have, and for two that clash.
    """
    known = tuple(languages)
    general, special = "", dict[str, str]()
    for text in given:
        match = _PREFIXED.fullmatch(text.strip())
        language, name = match.groups() if match else ("", text)
        name = " ".join(name.split())
        if not name or not name.isprintable():
            raise Unstartable(f"--name {say(visible(text))} holds no name", "write some text")
        if language and language not in known:
            hint = f"it speaks {', '.join(known)}; --language adds one"
            raise Unstartable(f"--name: the region does not speak `{language}`", hint)
        if special.get(language, general if not language else ""):
            which = f" in `{language}`" if language else ""
            hint = "--name en=TEXT gives it in one language"
            raise Unstartable(f"--name gives two names{which}", hint)
        if language:
            special[language] = name
        else:
            general = name
    found = {x: special.get(x, general) for x in known}
    return {x: name for x, name in found.items() if name}
