"""The grid of PIHPS: what its page loads, as JSON, with a key per day."""

import json
import re
from collections.abc import Iterator
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
)
from civicapp_prices.domain.formats.text import opened

SOURCE = "pihps"
LIMIT = 64 * 1024 * 1024
LEVELS = (1, 2)  # a group such as rice, a variety of it
_MISSING = ("", "-")


def read_grid(path: Path, known: Known) -> Iterator[Read]:
    """Read `{"data": [{"no", "name", "level", "DD/MM/YYYY": "15,750", …}]}`.

    `-` and empty are days without survey. Rows are counted from 1.
    """
    for number, row in enumerate(_rows(path), 1):
        if not isinstance(row, dict):
            yield Reject(number, "", cut(str(row)), "is no row of the grid")
            continue
        name = str(row.get("name") or "").strip()
        level = row.get("level")
        if str(level) not in {str(known_level) for known_level in LEVELS}:
            yield Reject(
                number, "level", cut(str(level)), "is neither 1, a group, nor 2, a variety"
            )
            continue
        code = known.commodity(SOURCE, name)
        if code is None:
            yield Reject(number, "name", cut(name), "is no commodity that names.csv knows")
            continue
        for key, value in row.items():
            if re.match(r"[0-9]", key):
                found = _cell(number, key, value, code, known)
                if found is not None:
                    yield found


def _rows(path: Path) -> list[Any]:
    with opened(path) as file:
        text = file.read(LIMIT + 1)
    if len(text) > LIMIT:
        raise Unreadable(f"is larger than {LIMIT // 1024 // 1024} MiB", "ask for fewer days")
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as e:
        where = f"line {e.lineno}, column {e.colno}" if isinstance(e, json.JSONDecodeError) else ""
        what = f"is no JSON: {where}".rstrip(": ")
        raise Unreadable(what, "the file may be cut off; fetch it again") from e
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise Unreadable("holds no list `data`", "this is not the grid of PIHPS")
    return rows


def _cell(row: int, key: str, value: object, code: str, known: Known) -> Read | None:
    text = "" if value is None else str(value).strip()
    if text in _MISSING:
        return None
    column = key
    try:
        date = slashed_day(key, known.today)
        price = price_of(text)
    except Refused as e:
        return Reject(row, column, cut(text), str(e))
    return Cell(row, column, f"a:{known.area}", code, date, price)
