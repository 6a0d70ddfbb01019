"""Areas: the tree of provinces, regencies, districts, villages, whatever a region calls them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from civicapp.config import Localized


@dataclass(frozen=True, slots=True)
class Area:
    """One area. `lat`, `lon`: a point inside it. `path`: its code and those above, widest first."""

    code: str
    name: str
    title: Localized
    level: str
    kind: str | None
    parent: str | None
    path: tuple[str, ...]
    lat: float | None = None
    lon: float | None = None
    postal_code: str | None = None
    area_km2: float | None = None
    population: int | None = None
    timezone: str | None = None
    aliases: tuple[str, ...] = ()


class Areas(Mapping[str, Area]):
    """All areas that a region knows: its own subtree, and the areas above it."""

    def __init__(self, areas: Iterable[Area], root: str | None) -> None:
        self._areas = {a.code: a for a in areas}
        self._children: dict[str | None, list[Area]] = {}
        for area in self._areas.values():
            self._children.setdefault(area.parent, []).append(area)
        self.root = self._areas.get(root) if root else None
        self._prefixes: dict[str, str | None] = {}

    def __getitem__(self, code: str) -> Area:
        """Return the area with this code."""
        return self._areas[code]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the codes."""
        return iter(self._areas)

    def __len__(self) -> int:
        """Count the areas."""
        return len(self._areas)

    def own(self, code: str) -> bool:
        """Tell whether an area lies in the region, and not above it."""
        area = self._areas.get(code)
        return area is not None and (self.root is None or self.root.code in area.path)

    def children(self, code: str | None) -> tuple[Area, ...]:
        """Return the areas right below, by code; None asks for the widest own areas."""
        if code is None and self.root is not None:
            code = self.root.code
        return tuple(sorted(self._children.get(code, ()), key=lambda a: a.code))

    def at_level(self, code: str, level: str) -> Area | None:
        """Return the area of this level that holds `code`, which may be itself."""
        for above in self._areas[code].path:
            if above in self._areas and self._areas[above].level == level:
                return self._areas[above]
        return None

    def above(self, code: str) -> tuple[Area, ...]:
        """Return the area and those above it, the narrowest first."""
        return tuple(self._areas[c] for c in reversed(self._areas[code].path) if c in self._areas)

    def below(self, code: str) -> frozenset[str]:
        """Return the codes of an area and of all areas inside it."""
        return frozenset(a.code for a in self._areas.values() if code in a.path)

    def prefix(self, code: str) -> str | None:
        """Return how the codes inside an area begin, and no other's: `18.71.` for 18.71.

        None where codes are not built so; then only `below` tells.
        """
        if code not in self._prefixes:
            self._prefixes[code] = self._prefix(code)
        return self._prefixes[code]

    def _prefix(self, code: str) -> str | None:
        inside = self.below(code) - {code}
        marks = {c[len(code) : len(code) + 1] for c in inside if c.startswith(code)}
        mark = marks.pop() if len(marks) == 1 else "."
        prefix = code + mark
        if mark.isalnum() or not all(c.startswith(prefix) for c in inside):
            return None
        # Databases differ in whether LIKE tells A from a.
        folded = prefix.casefold()
        others = (c.casefold() for c in self._areas if c not in inside)
        return None if any(c.startswith(folded) for c in others) else prefix

    def search(self, words: str, limit: int = 20) -> tuple[Area, ...]:
        """Find own areas by name, alias or postal code; exact names first, wider areas first."""
        wanted = fold(words)
        if not wanted:
            return ()
        found = [
            (names[0] != wanted, not any(n.startswith(wanted) for n in names), len(a.path), a.code)
            for names, a in self._index
            if any(wanted in n for n in names)
        ]
        return tuple(self._areas[code] for *_, code in sorted(found)[:limit])

    @cached_property
    def _index(self) -> list[tuple[tuple[str, ...], Area]]:
        index = []
        for area in self._areas.values():
            if self.own(area.code):
                titles = (fold(t) for t in area.title.values())
                names = (fold(area.name), *titles, *map(fold, area.aliases))
                index.append(((*names, *filter(None, (area.postal_code,))), area))
        return index


def fold(text: str) -> str:
    """Fold case, accents, marks and doubled spaces away, so that spellings meet."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())
