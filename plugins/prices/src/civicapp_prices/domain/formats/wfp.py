"""Prices of the World Food Programme, as HDX gives them out: monthly, by market of a regency."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from civicapp import fold
from civicapp_prices.domain.formats.cells import (
    Cell,
    Known,
    Outside,
    Read,
    Refused,
    Reject,
    converted,
    cut,
    day_of,
    price_of,
)
from civicapp_prices.domain.formats.text import Table, opened
from civicapp_prices.domain.series import rounded

SOURCE = "wfp"
WANTED = {
    *("date", "admin1", "admin2", "market", "commodity", "unit"),
    *("priceflag", "pricetype", "currency", "price"),
}
NATIONAL = "national average"
FORECAST = "forecast"
RETAIL = "retail"
_UNIT = re.compile(r"(?:([0-9]+(?:\.[0-9]+)?)\s*)?([A-Za-z]+)")
_UNITS = {"kg": "kg", "g": "g", "l": "litre", "ml": "ml"}


@dataclass(slots=True)
class _Month:
    """What the markets of a regency said in a month."""

    row: int
    prices: list[Fraction] = field(default_factory=list)


def read_wfp(path: Path, known: Known) -> Iterator[Read]:
    """Read the table of all markets of a country; what lies in other regions is passed over.

    Several markets of one regency become their mean. Of a row that names a quantity, such as 5 KG,
    the price per unit is taken.
    """
    months: dict[tuple[str, str, str], _Month] = {}
    with opened(path) as file:
        table = Table(file, WANTED)
        for line, cells in table.rows():
            row = table.named(cells)
            if row is None:
                what = "the row has another number of columns than the first line"
                yield Reject(line, "", cut(",".join(cells)), f"{what}; is the file cut off?")
                continue
            if row["date"].startswith("#"):
                continue  # the tags of HXL
            found = _place(line, row, known)
            if isinstance(found, str):
                found = _taken(line, row, found, known)
            if isinstance(found, Cell):
                month = months.setdefault(
                    (found.scope, found.commodity, f"{found.date:%Y-%m}"), _Month(line)
                )
                month.prices.append(Fraction(found.price))
            else:
                yield found
    for (scope, commodity, name), month in months.items():
        price = rounded(sum(month.prices, Fraction(0)) / len(month.prices))
        date = day_of(f"{name}-01", known.today)
        yield Cell(month.row, "price", scope, commodity, date, price, None, "month")


def _place(line: int, row: dict[str, str], known: Known) -> str | Read:
    """Return the code of the regency, or why the row is not taken."""
    if fold(row["market"]) == NATIONAL:
        why = "is an average of the country, not of a place"
        return Reject(line, "market", cut(row["market"]), why)
    if not row["admin1"]:
        return Reject(line, "admin1", "", "names no province")
    if fold(row["admin1"]) not in known.provinces:
        return Outside(line)
    code = known.places.get((fold(row["admin1"]), fold(row["admin2"])))
    if code is None:
        why = f"is no area of {row['admin1']} that the pack knows"
        return Reject(line, "admin2", cut(row["admin2"]), why)
    return code


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
        price = _per_unit(price, row[column], code, known)
    except Refused as e:
        return Reject(line, column, cut(row[column]), str(e))
    return Cell(line, "price", f"a:{area}", code, date.replace(day=1), price, None, "month")


def _per_unit(price: Decimal, text: str, commodity: str, known: Known) -> Decimal:
    found = _UNIT.fullmatch(text)
    if not found or found[2].casefold() not in _UNITS:
        raise Refused("has no known conversion")
    quantity = Fraction(found[1] or "1")
    if not quantity:
        raise Refused("is no quantity")
    return converted(
        rounded(Fraction(price) / quantity), _UNITS[found[2].casefold()], commodity, known
    )
