"""The grid of PIHPS: what its page loads, as JSON, with a key per day."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from civicapp_prices.domain.formats.cells import (
    Cell,
    Known,
    Read,
    Refused,
    Reject,
    Unreadable,
    cut,
    price_of,
    slashed_day,
    sound,
)
from civicapp_prices.domain.formats.text import opened

SOURCE = "pihps"
LIMIT = 16 * 1024 * 1024  # characters: years of a province; all of it is in memory at once
LEVELS = ("1", "2")  # a group such as rice, a variety of it
_MISSING = ("", "-")
Pairs = list[tuple[str, Any]]


def read_grid(path: Path, known: Known) -> Iterator[Read]:
    """Read `{"data": [{"no", "name", "level", "DD/MM/YYYY": "15,750", …}]}`.

    `-` and empty are days without survey. Rows are counted from 1.
    """
    for number, row in enumerate(_rows(path), 1):
        if not isinstance(row, _Object):
            yield Reject(number, "", cut(str(row)), "is no row of the grid")
            continue
        name, level = str(row.first("name") or "").strip(), str(row.first("level"))
        if level not in LEVELS:
            yield Reject(number, "level", cut(level), "is neither 1, a group, nor 2, a variety")
            continue
        code = known.commodity(SOURCE, name)
        if code is None:
            yield Reject(number, "name", cut(name), "is no commodity that names.csv knows")
            continue
        for key, value in row.pairs:
            if key[:1].isdigit():
                found = _cell(number, key, value, code, known)
                if found is not None:
                    yield found


def check_grid(path: Path, _known: Known) -> int:
    """Read it; count its rows or raise Unreadable."""
    return len(_rows(path))


class _Object:
    """An object of JSON with all its pairs: a key that stands twice is not lost."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs

    def first(self, key: str) -> Any:
        return next((value for name, value in self.pairs if name == key), None)


def _rows(path: Path) -> list[Any]:
    with opened(path) as file:
        text = file.read(LIMIT + 1)
    if len(text) > LIMIT:
        raise Unreadable(f"is larger than {LIMIT // 1024 // 1024} MiB", "ask for fewer days")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=Decimal,  # a number of any length, exactly
            parse_float=Decimal,
            parse_constant=str,
        )
    except json.JSONDecodeError as e:
        what = f"is no JSON: line {e.lineno}, column {e.colno}"
        raise Unreadable(what, "the file may be cut off; fetch it again") from e
    except RecursionError as e:
        raise Unreadable("is nested too deeply", "this is not the grid of PIHPS") from e
    rows = found.first("data") if isinstance(found, _Object) else None
    if not isinstance(rows, list):
        raise Unreadable("holds no list `data`", "this is not the grid of PIHPS")
    return rows


def _cell(row: int, key: str, value: object, code: str, known: Known) -> Read | None:
    text = "" if value is None else str(value).strip()
    if text in _MISSING:
        return None
    try:
        date = slashed_day(key, known.today)
    except Refused as e:
        return Reject(row, cut(key), cut(key), str(e))
    try:
        price = sound(value) if isinstance(value, Decimal) else price_of(text)
    except Refused as e:
        return Reject(row, key, cut(text), str(e))
    return Cell(row, key, f"a:{known.area}", code, date, price)
