"""Find the area that a person means by a name, in whichever spelling."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from civicapp.region import Area, Region
from civicapp.region.areas import fold

WIDE = 2  # levels whose names are worth a guess: the names below are too many


@dataclass(frozen=True, slots=True)
class Fit:
    """The areas that a name fits, by code: at the widest level at which any does, and below it."""

    widest: tuple[Area, ...]
    narrower: tuple[Area, ...] = ()


class AreaNames:
    """The names of a region's own areas. Build it once: it looks at every area."""

    def __init__(self, region: Region) -> None:
        self._levels = list(region.levels)
        self._areas: dict[str, list[Area]] = {}
        for code in sorted(region.areas):
            if region.areas.own(code):
                area = region.areas[code]
                for name in names_of(region, area):
                    self._areas.setdefault(name, []).append(area)

    def fitting(self, name: str) -> Fit:
        """Find the areas that a name fits.

        Case, accents, hyphens and spaces do not count. A name fits the area's own, its titles and
        aliases, each with or without the word for the area's kind, in any language of the region.
        """
        found = self._areas.get(fold(name), [])
        levels = [self._levels.index(a.level) for a in found]
        widest = tuple(a for a, n in zip(found, levels, strict=True) if n == min(levels))
        return Fit(widest, tuple(a for a in found if a not in widest))

    def near(self, name: str, limit: int = 3) -> tuple[Area, ...]:
        """Return the areas whose names look most like a name that fits none."""
        wide = self._levels[:WIDE]
        known = [n for n, areas in self._areas.items() if any(a.level in wide for a in areas)]
        close = difflib.get_close_matches(fold(name), known, n=limit * 4, cutoff=0.6)
        found = (a for n in close for a in self._areas[n] if a.level in wide)
        return tuple({a.code: a for a in found}.values())[:limit]


def names_of(region: Region, area: Area) -> frozenset[str]:
    """Return the names that an area goes by, folded."""
    plain = {fold(n) for n in (area.name, *area.title.values(), *area.aliases)}
    kind = region.kinds.get(area.kind or "")
    words = {fold(w) for w in kind.name.values()} if kind else set()
    bare = {short for name in plain for word in words for short in _without(name, word)}
    dressed = {f"{w} {b}" for w in words for b in bare | plain}
    dressed |= {f"{b} {w}" for w in words for b in bare | plain}
    return frozenset(plain | bare | dressed) - {""}


def _without(name: str, word: str) -> Iterator[str]:
    if name.startswith(f"{word} "):
        yield name.removeprefix(f"{word} ")
    if name.endswith(f" {word}"):
        yield name.removesuffix(f" {word}")


def described(region: Region, area: Area) -> str:
    """Write an area with those above it: `Port, East Bay`."""
    above = [a for a in region.areas.above(area.code)[1:] if region.areas.own(a.code)]
    languages = region.languages
    return ", ".join(a.title.text(*languages) for a in (area, *above))
