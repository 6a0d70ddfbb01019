"""Find areas as people type them: `mill east bay`, and the nearest names to a slip."""

from difflib import get_close_matches

from civicapp.region import Area, Areas
from civicapp.region.areas import fold

LONGEST = 40


class AreaFinder:
    """Search a region's own areas; the index is made once."""

    def __init__(self, areas: Areas) -> None:
        self._areas = areas
        self._names: dict[str, str] = {}
        self._words: list[tuple[str, Area]] = []
        for area in areas.values():
            if not areas.own(area.code):
                continue
            self._names.setdefault(fold(area.name), area.name)
            steps = [a for a in areas.above(area.code) if areas.own(a.code)]
            texts = (text for a in steps for text in (a.name, *a.title.values(), *a.aliases))
            self._words.append((f" {fold(' '.join(texts))} ", area))
        self._words.sort(key=lambda found: (len(found[1].path), found[1].code))

    def find(self, words: str, limit: int) -> tuple[Area, ...]:
        """Return areas of this name or postal code, else those that all the words lead to."""
        if found := self._areas.search(words, limit):
            return found
        wanted = [f" {word}" for word in fold(words).split()]
        if len(wanted) < 2:
            return ()
        all_words = (area for text, area in self._words if all(w in text for w in wanted))
        return tuple(area for area, _ in zip(all_words, range(limit), strict=False))

    def nearest(self, words: str, limit: int = 3) -> list[str]:
        """Return the names that come nearest to what was typed."""
        close = get_close_matches(fold(words)[:LONGEST], self._names, limit)
        return [self._names[name] for name in close]
