"""Tables of prices: our own CSV, and the wide one with a column per commodity."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from civicapp_prices.domain.formats.cells import (
    Cell,
    Known,
    Read,
    Refused,
    Reject,
    Unreadable,
    converted,
    count_of,
    cut,
    day_of,
    price_of,
)
from civicapp_prices.domain.formats.text import Table, check_text, opened

PIHPS = "pihps"
COLUMNS = ("date", "market", "area", "commodity", "price", "unit", "n")
_MISSING = ("", "-")


def read_csv(path: Path, known: Known) -> Iterator[Read]:
    """Read `date,market|area,commodity,price,unit[,n]`."""
    with opened(path) as file:
        table, place = _csv(file)
        for line, cells in table.rows():
            row = table.named(cells)
            yield short(line, cells) if row is None else _row(line, row, place, known)


def check_csv(path: Path, _known: Known) -> int:
    """Read it through; count its lines or raise Unreadable."""
    return check_text(path, _csv)


def _csv(file: io.TextIOBase) -> tuple[Table, str]:
    """Read the header; return the table, and whether its rows name a market or an area."""
    table = Table(file, {"date", "commodity", "price", "unit"})
    scopes = {"market", "area"} & set(table.columns)
    if len(scopes) != 1:
        what = "wants a column `market` or a column `area`, and one of them only"
        raise Unreadable(what, "date,market,commodity,price,unit or date,area,…")
    if odd := sorted(set(table.columns) - set(COLUMNS)):
        what = f"there is a column `{cut(odd[0])}` that nothing reads"
        raise Unreadable(what, "remove it, or mend its name")
    return table, scopes.pop()


def short(line: int, cells: list[str]) -> Reject:
    """Refuse a row that has another number of columns than the header."""
    what = "the row has another number of columns than the first line; is the file cut off?"
    return Reject(line, "", cut(",".join(cells)), what)


def _row(line: int, row: Mapping[str, str], place: str, known: Known) -> Read:
    column = "date"
    try:
        date = day_of(row[column], known.today)
        column = place
        scope = scope_of(place, row[column], known)
        column = "commodity"
        if row[column] not in known.unit_of:
            raise Refused("is no commodity of the pack")
        column = "price"
        price = price_of(row[column])
        column = "unit"
        price = converted(price, row[column], row["commodity"], known)
        column = "n"
        n = count_of(row.get(column, ""))
    except Refused as e:
        return Reject(line, column, cut(row.get(column, "")), str(e))
    return Cell(line, "price", scope, row["commodity"], date, price, n)


def scope_of(place: str, code: str, known: Known) -> str:
    """Return the scope of a market or an area of the region; raise Refused."""
    if code not in (known.markets if place == "market" else known.areas):
        raise Refused(f"is no {place} of this region")
    return f"{place[0]}:{code}"


def read_wide(path: Path, known: Known) -> Iterator[Read]:
    """Read a table with a row per day and a column per commodity, by the names of PIHPS."""
    with opened(path) as file:
        table = _wide(file)
        codes = {name: known.commodity(PIHPS, name) for name in table.columns if name != "date"}
        for name, code in codes.items():
            if code is None:
                why = "is no commodity that names.csv knows; the column is left out"
                yield Reject(1, cut(name), cut(name), why)
        read = {name: code for name, code in codes.items() if code is not None}
        for line, cells in table.rows():
            row = table.named(cells)
            if row is None:
                yield short(line, cells)
                continue
            try:
                date = day_of(row["date"], known.today)
            except Refused as e:
                yield Reject(line, "date", cut(row["date"]), str(e))
                continue
            for name, code in read.items():
                if row[name] in _MISSING:
                    continue
                try:
                    price = price_of(row[name])
                except Refused as e:
                    yield Reject(line, name, cut(row[name]), str(e))
                else:
                    yield Cell(line, name, f"a:{known.area}", code, date, price)


def check_wide(path: Path, _known: Known) -> int:
    """Read it through; count its lines or raise Unreadable."""
    return check_text(path, _wide)


def _wide(file: io.TextIOBase) -> Table:
    table = Table(file, {"date"})
    if len(table.columns) < 2:
        raise Unreadable("there is no column beside `date`", "it wants one per commodity")
    return table
