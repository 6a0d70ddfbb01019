"""Sameness: where two loaded regions differ, and the texts that a region holds by language."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from civicapp.config import Localized
from civicapp.region import Region

PLAIN = (
    *("id", "name", "operator", "contacts", "timezone", "currency", "languages", "plugins"),
    *("area", "levels", "kinds", "roles", "theme", "pages", "sources", "services"),
)


def differences(one: Region, two: Region, year: int) -> list[str]:
    """Name what differs between two regions; the calendar is compared from `year` on."""
    found = [name for name in PLAIN if getattr(one, name) != getattr(two, name)]
    tables: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("areas", one.areas, two.areas),
        ("agencies", one.agencies, two.agencies),
    )
    found += [name for name, a, b in tables if list(a.items()) != list(b.items())]
    if list(_days(one, year)) != list(_days(two, year)):
        found.append("calendar")
    for code in one.areas:
        if one.boundaries.shape(code) != two.boundaries.shape(code):
            found.append(f"boundary of {code}")
    ours, theirs = _counts(one), _counts(two)
    spoken = dict.fromkeys((*ours, *theirs))
    return found + [f"words of {lang}" for lang in spoken if ours.get(lang) != theirs.get(lang)]


def _days(region: Region, first: int) -> Iterator[object]:
    for year in (first, first + 1):
        yield region.calendar.days(year), region.calendar.covers(year)
        start = datetime.datetime(year, 3, 2, 9, 30, tzinfo=datetime.UTC)
        yield from (region.calendar.due(start, days, datetime.UTC) for days in (1, 20))


def _counts(region: Region) -> dict[str, int]:
    return {language: len(files) for language, files in region.messages.items()}


def named(region: Region) -> Iterator[tuple[str, Localized]]:
    """Yield every text of a region that residents or officers read in their language, by key."""
    yield "name", region.name
    if region.operator:
        yield "operator", region.operator
    yield from _texts("contacts", region.contacts)
    for level in region.levels.values():
        yield f"levels/{level.id}/name", level.name
    for kind in region.kinds.values():
        yield f"kinds/{kind.id}/name", kind.name
    for area in region.areas.values():
        if len(area.title) > 1:  # else it is a proper name, the same in every language
            yield f"areas/{area.code}/title", area.title
    for role in region.roles.values():
        yield f"roles/{role.id}/name", role.name
    if region.theme.name:
        yield "branding/name", region.theme.name
    for id, config in region.services.items():
        yield from _texts(f"services/{id}", config)


def _texts(key: str, value: object) -> Iterator[tuple[str, Localized]]:
    if isinstance(value, Localized):
        yield key, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts(f"{key}/{name}", getattr(value, name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(f"{key}/{name}", item)
    elif isinstance(value, tuple | list):
        for n, item in enumerate(value):
            yield from _texts(f"{key}/{_id(item, n)}", item)


def _id(item: object, n: int) -> str:
    """Return how a row of a table is called: by its key columns, else by its number."""
    columns = getattr(type(item), "key", ())
    return ",".join(str(getattr(item, c)) for c in columns if getattr(item, c)) or str(n)
