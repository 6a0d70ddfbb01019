"""Levels: choosing an area by short lists, from the widest level to the narrowest."""

from collections.abc import Iterable
from dataclasses import dataclass

from civicapp import Area
from civicapp.web import WebContext


@dataclass(frozen=True, slots=True)
class Level:
    """One list: what its areas are called, pairs of code and name, the one that was chosen."""

    name: str
    options: tuple[tuple[str, str], ...]
    chosen: str

    @property
    def missing(self) -> bool:
        """Tell whether nothing was chosen in it."""
        return not self.chosen


def levels_of(ctx: WebContext, code: str) -> tuple[Level, ...]:
    """Return the lists down to an area, and the one below it. code: "" where none was chosen."""
    areas = ctx.region.areas
    above = [a for a in reversed(areas.above(code)) if a != ctx.region.area] if code else []
    path: list[Area | None] = [a for a in above if areas.own(a.code)]
    found: list[Level] = []
    parent: str | None = None
    for chosen in [*path, None]:
        children = areas.children(parent)
        if not children:
            break
        level = ctx.region.levels.get(children[0].level)
        options = sorted(((a.code, a.name) for a in children), key=lambda o: o[1])
        name = ctx.text(level.name) if level else ""
        found.append(Level(name, tuple(options), chosen.code if chosen else ""))
        parent = chosen.code if chosen else None
    return tuple(found)


def chosen_area(ctx: WebContext, codes: Iterable[str]) -> str:
    """Return the narrowest area that a form's lists agree on; "" if none was chosen.

    Who changes a wider list has not chosen in the narrower ones yet, whatever they still say.
    """
    areas = ctx.region.areas
    found = ""
    for code in codes:
        if code not in {a.code for a in areas.children(found or None)}:
            break
        found = code
    return found


def has_further(ctx: WebContext, levels: tuple[Level, ...]) -> bool:
    """Tell whether the last list, once answered, leads to another."""
    areas = ctx.region.areas
    return bool(levels) and any(areas.children(code) for code, _ in levels[-1].options)


def missing_level(ctx: WebContext, code: str) -> str:
    """Name the level that is still to be chosen, "" if none."""
    last = levels_of(ctx, code)[-1:]
    return last[0].name if last and last[0].missing else ""
