"""Levels and kinds of areas, as a file of areas uses them: region.yaml has to name them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ONLY = "region"  # the level of the one area of a pack that begins without a file


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file of areas is made of. levels: widest first. tops: areas that lie in no other.

    Read without judging: what is wrong with the file, the loader says when it reads the pack.
    """

    levels: tuple[str, ...]
    kinds: tuple[str, ...]
    tops: tuple[Mapping[str, str], ...]
    count: int

    @property
    def root(self) -> Mapping[str, str] | None:
        """Return the area that holds all others, None if there is none such."""
        sound = len(self.tops) == 1 and self.count > 1 and self.tops[0].get("code")
        return self.tops[0] if sound else None


def outline(text: str) -> Outline:
    """Read the levels, kinds and top areas out of a table of areas."""
    rows = _rows(text)
    by_code = {row["code"]: row for row in rows if row.get("code")}
    levels = _ordered(
        [row["level"] for row in rows if row.get("level")],
        [
            (by_code[row["parent"]]["level"], row["level"])
            for row in rows
            if row.get("level") and by_code.get(row.get("parent", ""), {}).get("level")
        ],
    )
    kinds = tuple(dict.fromkeys(row["kind"] for row in rows if row.get("kind")))
    return Outline(levels, kinds, tuple(row for row in rows if not row.get("parent")), len(rows))


def _rows(text: str) -> Sequence[Mapping[str, str]]:
    try:
        found = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    except csv.Error:
        return ()
    return [
        {k.strip(): v.strip() for k, v in row.items() if isinstance(k, str) and isinstance(v, str)}
        for row in found
    ]


def _ordered(levels: Iterable[str], above: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Order levels so that each comes after those whose areas hold its own.

    Where they hold each other no order is right; then they stay as the file has them.
    """
    waiting = dict.fromkeys(levels)
    pairs = {(upper, lower) for upper, lower in above if upper != lower}
    found: list[str] = []
    while waiting:
        free = [x for x in waiting if not any(low == x and up in waiting for up, low in pairs)]
        chosen = free[0] if free else next(iter(waiting))
        found.append(chosen)
        del waiting[chosen]
    return tuple(found)
