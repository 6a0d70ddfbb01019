"""Names of a new plugin: which ids it can have, and what its title may hold."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from importlib.metadata import PackageNotFoundError, distribution

from civicapp.config import say
from civicapp.service import ID, RESERVED

LONGEST = 21  # letters of an id
LONGEST_TITLE = 40
FORM = "small letters and digits, 2 to 21 of them, a letter first"
# A title stands in Python, TOML, HTML, Markdown and a catalog; in one of them these would end it.
MARKS = '"\\%{}[]<>|`'
_ENTITY = re.compile(r"&[#\w]")
_OURS = re.compile(r"civicapp[-_ ]+")


class BadName(ValueError):
    """Say why a name cannot be had; the message is for the user, `hint` names one that can."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def check_id(name: str, taken: Mapping[str, str]) -> None:
    """Raise BadName unless a new plugin can have this id.

    taken: ids of installed plugins, each with the distribution that brings it.
    """
    why = None
    if not ID.fullmatch(name):
        why = f"{say(name)} is no plugin id: {FORM}"
    elif name in RESERVED:
        why = f"the id `{name}` is the kernel's own"
    elif name in taken:
        why = f"the id `{name}` is taken by {taken[name]}, which is installed"
    elif not _free(name, taken):
        why = f"the id `{name}` is taken: a distribution civicapp-{name} is installed"
    if why is not None:
        raise BadName(why, _offer(name, taken))


def _free(id: str, taken: Collection[str]) -> bool:
    return id not in RESERVED and id not in taken and not _installed(f"civicapp-{id}")


def _installed(name: str) -> bool:
    """Tell whether there is a distribution, which pip would replace by the new one."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _offer(name: str, taken: Collection[str]) -> str:
    """Write a hint with the nearest id that is free, and the title that was meant, if any."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    last = _OURS.sub("", last, count=1)
    plain = unicodedata.normalize("NFKD", last.casefold())
    start = re.sub(r"[^a-z0-9]", "", plain).lstrip("0123456789")[:LONGEST]
    if len(start) < 2:
        return "such as `parks`"
    numbered = (f"{start[: LONGEST - len(str(n))]}{n}" for n in range(2, 1000))
    id = start if _free(start, taken) else next(n for n in numbered if _free(n, taken))
    hint = f"try `civicapp new-plugin {id}`"
    if start == id and " " in last.strip() and title_fault(tidy(last)) is None:
        hint = f'try `civicapp new-plugin {id} --title "{tidy(last)}"`'
    return f"{hint}; the folder goes with --dir" if last != name and "/" in name else hint


def tidy(title: str) -> str:
    """Return a title without idle space."""
    return " ".join(title.split())


def check_title(title: str) -> None:
    """Raise BadName when a title cannot stand in the files of a plugin."""
    if why := title_fault(title):
        hint = f'1 to {LONGEST_TITLE} characters, none of {" ".join(MARKS)}, such as "City parks"'
        raise BadName(f"{say(title)} is no title: {why}", hint)


def title_fault(title: str) -> str | None:
    """Say why a title cannot stand in the files of a plugin, None if it can."""
    if not title:
        return "it is empty"
    if len(title) > LONGEST_TITLE:
        return f"it has {len(title)} characters"
    if not title.isprintable():
        return "it holds a character that cannot be seen"
    if odd := next((c for c in title if c in MARKS), None):
        return f"it holds `{odd}`" if odd != "`" else "it holds a back quote"
    return "it holds `&` before a letter" if _ENTITY.search(title) else None


def title_of(id: str) -> str:
    """Return the title of a plugin that was given none: its id with a capital."""
    return id.capitalize()
