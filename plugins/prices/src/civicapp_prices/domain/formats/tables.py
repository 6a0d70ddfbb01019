"""Tables of prices: our own CSV, and the wide one with a column per commodity."""

from collections.abc import Iterator
from pathlib import Path

from civicapp_prices.domain.formats.cells import (
    Cell,
    Known,
    Read,
    Refused,
    Reject,
    Unreadable,
    converted,
    cut,
    day_of,
    price_of,
)
from civicapp_prices.domain.formats.text import Table, opened

PIHPS = "pihps"
_MISSING = ("", "-")


def read_csv(path: Path, known: Known) -> Iterator[Read]:
    """Read `date,market|area,commodity,price,unit[,n]`."""
    with opened(path) as file:
        table = Table(file, {"date", "commodity", "price", "unit"})
        scopes = {"market", "area"} & set(table.columns)
        if len(scopes) != 1:
            what = "wants a column `market` or a column `area`, and one of them only"
            raise Unreadable(what, "date,market,commodity,price,unit or date,area,…")
        if odd := set(table.columns) - {
            "date",
            "market",
            "area",
            "commodity",
            "price",
            "unit",
            "n",
        }:
            what = f"there is a column `{min(odd)}` that nothing reads"
            raise Unreadable(what, "remove it, or mend its name")
        for line, cells in table.rows():
            row = table.named(cells)
            yield (
                _short(line, cells) if row is None else _row(line, row, scopes.copy().pop(), known)
            )


def _short(line: int, cells: list[str]) -> Reject:
    what = "the row has another number of columns than the first line; is the file cut off?"
    return Reject(line, "", cut(",".join(cells)), what)


def _row(line: int, row: dict[str, str], place: str, known: Known) -> Read:
    column = "date"
    try:
        date = day_of(row[column], known.today)
        column = place
        codes = known.markets if place == "market" else known.areas
        if row[place] not in codes:
            raise Refused(f"is no {place} of this region")
        column = "commodity"
        if row[column] not in known.unit_of:
            raise Refused("is no commodity of the pack")
        column = "price"
        price = price_of(row[column])
        column = "unit"
        price = converted(price, row[column], row["commodity"], known)
        column = "n"
        n = _count(row.get(column, ""))
    except Refused as e:
        return Reject(line, column, cut(row.get(column, "")), str(e))
    scope = f"{place[0]}:{row[place]}"
    return Cell(line, "price", scope, row["commodity"], date, price, n)


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1 or len(text) > 6:
        raise Refused("is no number of quotes; leave it empty where it is not known")
    return int(text)


def read_wide(path: Path, known: Known) -> Iterator[Read]:
    """Read a table with a row per day and a column per commodity, by the names of PIHPS."""
    with opened(path) as file:
        table = Table(file, {"date"})
        codes = {name: known.commodity(PIHPS, name) for name in table.columns if name != "date"}
        for name, code in codes.items():
            if code is None:
                why = "is no commodity that names.csv knows; the column is left out"
                yield Reject(1, name, cut(name), why)
        for line, cells in table.rows():
            row = table.named(cells)
            if row is None:
                yield _short(line, cells)
                continue
            try:
                date = day_of(row["date"], known.today)
            except Refused as e:
                yield Reject(line, "date", cut(row["date"]), str(e))
                continue
            for name, code in codes.items():
                if code is None or row[name] in _MISSING:
                    continue
                try:
                    price = price_of(row[name])
                except Refused as e:
                    yield Reject(line, name, cut(row[name]), str(e))
                else:
                    yield Cell(line, name, f"a:{known.area}", code, date, price)
