"""Rows that a source of another plugin reads: like those of our CSV, and checked as these are."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from civicapp_prices.domain.formats.cells import (
    Cell,
    Known,
    Read,
    Refused,
    Reject,
    converted,
    count_of,
    cut,
    day_of,
    month_of,
    price_of,
)
from civicapp_prices.domain.formats.tables import scope_of

MONTH_LENGTH = len("2026-12")
KEYS = frozenset({"row", "date", "market", "area", "commodity", "price", "unit", "n"})
REFUSED = frozenset({"row", "column", "value", "reason"})


class BadRow(Exception):
    """Say what a plugin's source yielded that is no row; a fault of the plugin."""


def read_given(source: str, rows: Iterable[object], known: Known) -> Iterator[Read]:
    """Read rows with `date`, `commodity`, `price`, and where known `market` or `area`, `unit`, `n`.

    date: a day, or a month as `YYYY-MM`. commodity: what names.csv says that the source calls it,
    else a code of the pack. Without market and area it is the file's own. row: its place in the
    file, else it is counted. What has a `reason` was refused by the source itself. Raise BadRow.
    """
    for number, given in enumerate(rows, 1):
        if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
            raise BadRow(f"row {number} is a {type(given).__name__}, wants a mapping of texts")
        keys = REFUSED if "reason" in given else KEYS
        if odd := sorted(set(given) - keys):
            raise BadRow(f"row {number} has `{cut(odd[0])}`, which nothing reads")
        row = {key: "" if value is None else str(value).strip() for key, value in given.items()}
        place = int(row["row"]) if row.get("row", "").isdecimal() else number
        if "reason" in row:
            value, column = cut(row.get("value", "")), cut(row.get("column", ""))
            yield Reject(place, column, value, row["reason"])
        else:
            yield _read(source, place, row, known)


def _read(source: str, place: int, row: Mapping[str, str], known: Known) -> Read:
    column, market, area = "date", row.get("market", ""), row.get("area", "")
    try:
        date, step = _date(row.get(column, ""), known.today)
        column = "market" if market else "area"
        if market and area:
            raise Refused("names a market and an area; one of them is enough")
        scope = scope_of(column, market or area or known.area, known)
        column = "commodity"
        name = row.get(column, "")
        code = known.commodity(source, name) or name
        if code not in known.unit_of:
            raise Refused("is no commodity that names.csv or the pack knows")
        column = "price"
        price = price_of(row.get(column, ""))
        column = "unit"
        price = converted(price, row.get(column, ""), code, known)
        column = "n"
        n = count_of(row.get(column, ""))
    except Refused as e:
        return Reject(place, column, cut(row.get(column, "")), str(e))
    return Cell(place, "price", scope, code, date, price, n, step)


def _date(text: str, today: datetime.date) -> tuple[datetime.date, Literal["day", "month"]]:
    if len(text) == MONTH_LENGTH:
        return month_of(text, today), "month"
    return day_of(text, today), "day"
