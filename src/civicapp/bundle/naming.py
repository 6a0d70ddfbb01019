"""Naming: what a resource of a plugin may hold, and how it may be called."""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import TypeAlias

from civicapp.resource import EnvVar, Process, Resource, Route, Secret, Volume
from civicapp.service import RESERVED

Fault: TypeAlias = tuple[str, str]

_PATH = re.compile(r"(/[\w~-][\w.~-]*)+", re.ASCII)
PORTS = range(1, 65536)


def misfit(resource: Resource) -> str | None:
    """Name a field that holds something else than it declares, and what it wants.

    A dataclass checks nothing, and all of these end up in files of a host.
    """
    for field in fields(resource):
        value, wanted = getattr(resource, field.name), None
        if field.name == "generate":
            wanted = None if isinstance(value, bool) else "True or False"
        elif field.name == "port":
            number = isinstance(value, int) and not isinstance(value, bool) and value in PORTS
            wanted = None if value is None or number else "a number of 1 to 65535, or None"
        elif field.name == "command":
            sound = isinstance(value, tuple) and value and all(map(_is_line, value))
            wanted = None if sound else 'a tuple of arguments, such as ("tax", "sandbox")'
        elif not _is_line(value) and not (field.name == "default" and value == ""):
            wanted = "a text of one line"
        if wanted:
            return f"{field.name} wants {wanted}"
    return None


def _is_line(value: object) -> bool:
    return isinstance(value, str) and value.strip() != "" and value.isprintable()


def misnamed(id: str, resource: Resource) -> Iterator[Fault]:
    """Find names that are not the plugin's own; each fault is a message and a hint."""
    match resource:
        case EnvVar():
            yield from _variable(id, resource.name)
        case Secret():
            yield from _name(id, "secret", resource.name)
            yield from _variable(id, resource.variable, "_FILE")
        case Volume():
            yield from _name(id, "volume", resource.name)
            yield from _variable(id, resource.variable)
        case Process():
            yield from _name(id, "process", resource.name)
        case Route():
            yield from _path(id, resource.path)


def _variable(id: str, name: str, ending: str = "") -> Iterator[Fault]:
    if not re.fullmatch(rf"CIVICAPP_{id.upper()}_[A-Z0-9_]*[A-Z0-9]", name) or (
        not name.endswith(ending)
    ):
        wanted = f"CIVICAPP_{id.upper()}_…{ending}"
        yield f"variable `{name}` has another form than {wanted}", "capitals, digits and _"


def _name(id: str, kind: str, name: str) -> Iterator[Fault]:
    # The name of a secret's file, of a service, of a unit: what all of these allow.
    if not re.fullmatch(rf"{id}([_-][a-z0-9]+)*", name) or len(name) > 60:
        what = f"{kind} `{name}` has another form than {id} or {id}_…"
        yield what, "small letters, digits, and _ or - between them"


def _path(id: str, path: str) -> Iterator[Fault]:
    first = path.strip("/").partition("/")[0]
    own = (f"/{id}", f"/api/v1/{id}")
    if not _PATH.fullmatch(path):
        yield f"route `{path}` is no path", "such as /tax/receipts: no pattern, no / at its end"
    elif not any(path == each or path.startswith(f"{each}/") for each in own):
        owner = "the kernel" if first in RESERVED else f"plugin `{first}`, if there is one"
        yield f"route `{path}` belongs to {owner}", f"begin it with {own[0]}/ or {own[1]}/"
