"""Prices of the World Food Programme, as HDX gives them out: monthly, by market of a regency."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from civicapp import fold
from civicapp_prices.domain.formats.cells import (
    PLACES,
    Cell,
    Known,
    Outside,
    Read,
    Refused,
    Reject,
    cut,
    day_of,
    price_of,
    rescaled,
)
from civicapp_prices.domain.formats.tables import short
from civicapp_prices.domain.formats.text import Table, check_text, opened
from civicapp_prices.domain.series import rounded

SOURCE = "wfp"
WANTED = {
    *("date", "admin1", "admin2", "market", "commodity", "unit"),
    *("priceflag", "pricetype", "currency", "price"),
}
NATIONAL = "national average"
FORECAST = "forecast"
RETAIL = "retail"
TAG = "#"
SCALE = 10**PLACES
_UNIT = re.compile(r"(?:([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*)?([A-Za-z]+)")
_UNITS = {
    "kg": ("mass", Fraction(1)),
    "g": ("mass", Fraction(1, 1000)),
    "l": ("volume", Fraction(1)),
    "ml": ("volume", Fraction(1, 1000)),
}
Key = tuple[str, str, datetime.date]


@dataclass(slots=True)
class _Month:
    """What the markets of a regency said in a month, in millionths."""

    row: int
    total: int = 0
    count: int = 0
    given: dict[tuple[str, int], int] = field(default_factory=dict)


def read_wfp(path: Path, known: Known) -> Iterator[Read]:
    """Read the table of all markets of a country; what lies in other regions is passed over.

    Several markets of one regency become their mean, each price rounded to six places before. Of a
    row that names a quantity, such as 5 KG, the price per unit is taken.
    """
    months: dict[Key, _Month] = {}
    names: dict[str, str] = {}
    with opened(path) as file:
        table = Table(file, WANTED)
        for line, cells in table.rows():
            row = table.named(cells)
            if row is None:
                yield short(line, cells)
                continue
            if row["date"].startswith(TAG):
                continue
            found = _place(line, row, known)
            if isinstance(found, str):
                found = _taken(line, row, found, known)
            if isinstance(found, Cell):
                market = row.get("market_id") or row["market"]
                place = names.setdefault(market, market)
                twice = _add(months, found, place)
                if twice is None:
                    continue
                found = Reject(line, "price", cut(row["price"]), twice)
            yield found
    for (scope, commodity, date), month in months.items():
        price = rounded(Fraction(month.total, SCALE * month.count))
        yield Cell(month.row, "price", scope, commodity, date, price, None, "month")


def check_wfp(path: Path, _known: Known) -> int:
    """Read it through; count its lines or raise Unreadable."""
    return check_text(path, lambda file: Table(file, WANTED))


def _add(months: dict[Key, _Month], cell: Cell, market: str) -> str | None:
    """Add a price to its month; say why not when the market gave another for the same day."""
    key = (cell.scope, cell.commodity, cell.date.replace(day=1))
    month = months.setdefault(key, _Month(cell.row))
    place, price = (market, cell.date.day), int(cell.price * SCALE)
    before = month.given.setdefault(place, price)
    if before != price:
        named = Decimal(before).scaleb(-PLACES).normalize()
        return f"this market has {named:f} for the same day already"
    if len(month.given) > month.count:  # else it is the same row once more
        month.total, month.count = month.total + price, month.count + 1
    return None


def _place(line: int, row: dict[str, str], known: Known) -> str | Read:
    """Return the code of the regency, or why the row is not taken."""
    if fold(row["market"]) == NATIONAL:
        why = "is an average of the country, not of a place"
        return Reject(line, "market", cut(row["market"]), why)
    if not row["admin1"]:
        return Reject(line, "admin1", "", "names no province")
    around = known.around.get(fold(row["admin1"]))
    if around is None:
        return Outside(line, cut(row["admin1"]))
    codes = around.named(fold(row["admin2"]))
    if len(codes) == 1:
        return codes[0]
    if not codes and row["admin2"] and not around.whole:
        return Outside(line, cut(f"{row['admin1']}, {row['admin2']}"))
    why = f"could be {' or '.join(codes)}" if codes else "is no area that the pack knows there"
    return Reject(line, "admin2", cut(row["admin2"]), f"{why}; areas.csv may name it as an alias")


def _taken(line: int, row: dict[str, str], area: str, known: Known) -> Read:
    column = "date"
    try:
        date = day_of(row[column], known.today)
        column = "pricetype"
        if row[column].casefold() != RETAIL:
            raise Refused("is no retail price; prices of different types are never mixed")
        column = "priceflag"
        if FORECAST in row[column].casefold():
            raise Refused("was not observed")
        column = "currency"
        if row[column] != known.currency:
            raise Refused(f"is another currency than {known.currency}")
        column = "commodity"
        code = known.commodity(SOURCE, row[column])
        if code is None:
            raise Refused("is no commodity that names.csv knows")
        column = "price"
        price = price_of(row[column])
        column = "unit"
        dimension, amount = _amount(row[column])
        price = rescaled(price, dimension, amount, code, known)
    except Refused as e:
        return Reject(line, column, cut(row[column]), str(e))
    return Cell(line, "price", f"a:{area}", code, date, price)


def _amount(text: str) -> tuple[str, Fraction]:
    """Read a unit such as KG or 385 G: its dimension, and how many base units it is."""
    found = _UNIT.fullmatch(text)
    if not found or found[2].casefold() not in _UNITS:
        raise Refused("has no known conversion")
    quantity = Fraction(found[1] or "1")
    if not quantity:
        raise Refused("is no quantity")
    dimension, one = _UNITS[found[2].casefold()]
    return dimension, quantity * one
