"""The tables of the bulk files: their columns as Frictionless says them, and their rows."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import BigInteger

from civicapp import Area, Localized
from civicapp_prices.models import SCALE, Alarm, Import, Point, Series
from civicapp_prices.service.points import DAY, MONTH
from civicapp_prices.service.site import Site

Row = Sequence[object]
DIGEST = "^[0-9a-f]{64}$"
BATCH = 5000  # rows that are fetched at once


@dataclass(frozen=True, slots=True)
class Column:
    """A column. more: further keys of its constraints."""

    name: str
    type: str
    description: str
    required: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Describe it for the data package."""
        found: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.type == "datetime":
            found["format"] = "default"
        found["description"] = self.description
        constraints = {**({"required": True} if self.required else {}), **self.more}
        return {**found, **({"constraints": constraints} if constraints else {})}


@dataclass(frozen=True, slots=True)
class Key:
    """Say that a column names a row of another table; `table` empty for its own."""

    column: str
    table: str
    names: str

    def told(self) -> dict[str, Any]:
        """Describe it for the data package."""
        return {
            "fields": self.column,
            "reference": {"resource": self.table, "fields": self.names},
        }


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns and what makes a row one of a kind."""

    name: str
    title: str
    columns: tuple[Column, ...]
    primary: tuple[str, ...]
    keys: tuple[Key, ...] = ()

    @property
    def header(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]

    def schema(self) -> dict[str, Any]:
        """Describe it as a Table Schema."""
        found: dict[str, Any] = {
            "fields": [column.told() for column in self.columns],
            "missingValues": [""],
            "primaryKey": list(self.primary),
        }
        return {**found, **({"foreignKeys": [k.told() for k in self.keys]} if self.keys else {})}


def _one_of(*choices: str) -> dict[str, Any]:
    return {"enum": list(choices)}


UNIQUE = {"unique": True}
SERIES = Table(
    "series",
    "What each series is of",
    (
        Column("id", "integer", "key; points and alarms name it", True, UNIQUE),
        Column("source", "string", "who asked the prices; `survey`: officers of the region", True),
        Column("scope", "string", "a:<area> or m:<market>", True, {"pattern": "^[am]:.+$"}),
        Column("area", "string", "code of the area, if it is of an area"),
        Column("market", "string", "code of the market, if it is of a market"),
        Column("commodity", "string", "code of the commodity", True),
        Column(
            "step", "string", "whether its points are days or months", True, _one_of(DAY, MONTH)
        ),
        Column("unit", "string", "unit that prices are per; empty: not known"),
        Column("last_on", "date", "date of its newest point"),
    ),
    ("id",),
    (
        Key("area", "areas", "code"),
        Key("market", "markets", "code"),
        Key("commodity", "commodities", "code"),
        Key("unit", "units", "code"),
    ),
)
POINTS = Table(
    "points",
    "Published prices",
    (
        Column("series", "integer", "id of the series", True),
        Column("date", "date", "local day; of a monthly series the first of the month", True),
        Column("price", "number", "exact, at most six decimals", True, {"minimum": 0}),
        Column(
            "n",
            "integer",
            "quotes behind it; empty: the source does not say",
            False,
            {"minimum": 1},
        ),
        Column("markets", "integer", "markets behind it", False, {"minimum": 1}),
        Column("low", "number", "lowest quote", False, {"minimum": 0}),
        Column("high", "number", "highest quote", False, {"minimum": 0}),
        Column("flagged", "boolean", "a quote waits for a supervisor", True),
        Column("import", "integer", "import that brought it; empty: from quotes of officers"),
    ),
    ("series", "date"),
    (Key("series", "series", "id"), Key("import", "imports", "id")),
)
ALARMS = Table(
    "alarms",
    "Published alarms that count: the newest row of each rule, mode and month",
    (
        Column("series", "integer", "id of the series", True),
        Column("kind", "string", "rule", True, _one_of("alps", "ipa", "change")),
        Column("mode", "string", "in_sample or live; fpma or strict; empty for change"),
        Column("month", "yearmonth", "the month that it is about", True),
        Column(
            "status",
            "string",
            "whether there is a value, and why not",
            True,
            _one_of("ok", "insufficient_history", "no_recent_data", "undefined"),
        ),
        Column("value", "number", "six decimals"),
        Column("class", "string", "what the value means"),
        Column("inputs", "integer", "lines that it rests on", True, {"minimum": 0}),
        Column("inputs_hash", "string", "SHA-256 of them", True, {"pattern": DIGEST}),
        Column("code_version", "string", "of the rules", True),
        Column("computed_at", "datetime", "UTC", True),
    ),
    ("series", "kind", "mode", "month"),
    (Key("series", "series", "id"),),
)
UNITS = Table(
    "units",
    "Units of quantity",
    (
        Column("code", "string", "key", True, UNIQUE),
        Column("name", "string", "in the region's own language", True),
        Column("dimension", "string", "what it measures", True, _one_of("mass", "volume", "count")),
        Column("to_base", "number", "how many kilograms, litres or pieces", True),
    ),
    ("code",),
)
COMMODITIES = Table(
    "commodities",
    "Commodities and their varieties",
    (
        Column("code", "string", "key", True, UNIQUE),
        Column("parent", "string", "commodity of which it is a variety; its series is its own"),
        Column("list", "string", "list that it belongs to"),
        Column("name", "string", "in the region's own language; empty: no longer in the pack"),
        Column("unit", "string", "unit that prices are per; empty: not known"),
        Column("unit_basis", "string", "whether the unit was seen in a source"),
        Column("surveyed", "boolean", "officers ask for it in the markets", True),
    ),
    ("code",),
    (Key("parent", "", "code"), Key("unit", "units", "code")),
)
AREAS = Table(
    "areas",
    "Areas that series, markets and reference prices name, and those above them",
    (
        Column("code", "string", "official code", True, UNIQUE),
        Column("name", "string", "name with its kind", True),
        Column("level", "string", "level of areas"),
        Column("parent", "string", "the area above"),
    ),
    ("code",),
    (Key("parent", "", "code"),),
)
MARKETS = Table(
    "markets",
    "Markets",
    (
        Column("code", "string", "key", True, UNIQUE),
        Column("name", "string", "name; empty: no longer in the pack"),
        Column("area", "string", "code of the narrowest area that is known to hold it"),
        Column("type", "string", "traditional, modern, wholesale, producer"),
        Column("lat", "number", "latitude, WGS 84"),
        Column("lon", "number", "longitude, WGS 84"),
        Column("surveyed", "boolean", "officers enter prices here", True),
        Column("active_from", "date", "first day of the panel"),
        Column("active_to", "date", "last day of the panel"),
    ),
    ("code",),
    (Key("area", "areas", "code"),),
)
REFERENCES = Table(
    "references",
    "Prices that the law names",
    (
        Column("id", "string", "key", True, UNIQUE),
        Column("commodity", "string", "code of the commodity", True),
        Column("area", "string", "where it holds, and below; empty: everywhere"),
        Column("level", "string", "whose price it limits", True),
        Column("floor", "number", "lowest price per unit"),
        Column("ceiling", "number", "highest price per unit"),
        Column("valid_from", "date", "first day", True),
        Column("valid_to", "date", "last day"),
        Column("legal_ref", "string", "the decree that names it"),
        Column("basis", "string", "where it was seen", True),
    ),
    ("id",),
    (Key("commodity", "commodities", "code"), Key("area", "areas", "code")),
)
IMPORTS = Table(
    "imports",
    "Files that were read",
    (
        Column("id", "integer", "key; points name it", True, UNIQUE),
        Column("source", "string", "source of the prices", True),
        Column("format", "string", "format of the file", True),
        Column("file", "string", "its name", True),
        Column("sha256", "string", "its digest", True, {"pattern": DIGEST}),
        Column("at", "datetime", "when it was read, UTC", True),
        Column("new", "integer", "values that were new", True),
        Column("changed", "integer", "values that were corrected", True),
        Column("same", "integer", "values that were known", True),
        Column("rejected", "integer", "values that were not taken", True),
    ),
    ("id",),
)


class Tables:
    """The rows of the tables, in the order of their keys: the same rows for the same data."""

    def __init__(self, session: Session, site: Site) -> None:
        self.session, self.site = session, site
        rows = session.scalars(
            select(Series).where(Series.last_on.is_not(None)).order_by(Series.id)
        )
        self.found = list(rows)
        self._commodities = {row.commodity for row in self.found}
        self._markets = {
            row.scope.removeprefix("m:") for row in self.found if row.scope.startswith("m:")
        }

    def small(self) -> Iterator[tuple[Table, Iterable[Row]]]:
        """Return the tables beside the points and the alarms, with their rows."""
        yield SERIES, self.series()
        yield UNITS, self.units()
        yield COMMODITIES, self.commodities()
        yield AREAS, self.areas()
        yield MARKETS, self.markets()
        yield REFERENCES, self.references()
        yield IMPORTS, self.imports()

    def series(self) -> Iterator[Row]:
        """Return what each series is of."""
        for row in self.found:
            kind, _, code = row.scope.partition(":")
            known = self.site.commodities.get(row.commodity)
            yield (
                row.id,
                row.source,
                row.scope,
                code if kind == "a" else None,
                code if kind == "m" else None,
                row.commodity,
                row.step,
                known.unit if known else None,
                row.last_on,
            )

    def points(self) -> Iterator[tuple[datetime.date, str]]:
        """Return the day and the line of each point, by series and date; few are in memory at once.

        There are tens of millions: a line is put together here, from whole millionths.
        """
        prices = (Point.price, Point.low, Point.high)
        price, low, high = (type_coerce(column, BigInteger) for column in prices)
        counts = (Point.n, Point.markets)
        query = select(
            Point.series, Point.date, price, *counts, low, high, Point.flagged, Point.import_id
        ).order_by(Point.series, Point.date)
        rows = self.session.execute(query, execution_options={"yield_per": BATCH})
        for series, date, price_, n, markets, low_, high_, flagged, taken in rows:
            yield (
                date,
                f"{series},{date.isoformat()},{_price(price_)},{_count(n)},{_count(markets)},"
                f"{_price(low_)},{_price(high_)},{'true' if flagged else 'false'},{_count(taken)}",
            )

    def alarms(self) -> Iterator[Row]:
        """Return the alarms that count."""
        newer = aliased(Alarm)
        later = select(newer.id).where(
            newer.series == Alarm.series,
            newer.kind == Alarm.kind,
            newer.mode == Alarm.mode,
            newer.month == Alarm.month,
            newer.id > Alarm.id,
        )
        columns = (
            Alarm.series,
            Alarm.kind,
            Alarm.mode,
            Alarm.month,
            Alarm.status,
            Alarm.value,
            Alarm.class_,
            Alarm.inputs,
            Alarm.inputs_hash,
            Alarm.code_version,
            Alarm.computed_at,
        )
        order = (Alarm.series, Alarm.kind, Alarm.mode, Alarm.month)
        query = select(*columns).where(~later.exists()).order_by(*order)
        return iter(self.session.execute(query, execution_options={"yield_per": BATCH}))

    def units(self) -> Iterator[Row]:
        """Return the units of the pack."""
        for unit in sorted(self.site.config.units, key=lambda u: u.code):
            yield unit.code, self._text(unit.name), unit.dimension, unit.to_base

    def commodities(self) -> Iterator[Row]:
        """Return the commodities of the pack, then those that only old series name."""
        for row in self.site.commodities.values():
            name = self._text(row.name)
            yield row.code, row.parent, row.list, name, row.unit, row.unit_basis, row.surveyed
        for code in sorted(self._commodities - self.site.commodities.keys()):
            yield code, None, None, None, None, None, False

    def markets(self) -> Iterator[Row]:
        """Return the markets of the pack, then those that only old series name."""
        for code in sorted(self.site.markets):
            row = self.site.markets[code]
            place = (row.lat, row.lon, row.surveyed, row.active_from, row.active_to)
            yield code, row.name, row.area, row.type, *place
        for code in sorted(self._markets - self.site.markets.keys()):
            yield code, None, None, None, None, None, False, None, None

    def areas(self) -> Iterator[Row]:
        """Return the areas that are named, and those above them."""
        region = self.site.region
        named = {row.scope.removeprefix("a:") for row in self.found if row.scope.startswith("a:")}
        named |= {market.area for market in self.site.config.markets}
        named |= {limit.area for limit in self.site.config.references if limit.area}
        found: dict[str, Area] = {}
        for code in named & set(region.areas):
            found.update({area.code: area for area in region.areas.above(code)})
        for code, area in sorted(found.items()):
            parent = area.parent if area.parent in found else None
            yield code, self._text(area.title), area.level, parent
        for code in sorted(named - found.keys()):
            yield code, code, None, None

    def references(self) -> Iterator[Row]:
        """Return the reference prices of the pack."""
        for row in sorted(self.site.config.references, key=lambda r: r.id):
            yield (
                row.id,
                row.commodity,
                row.area,
                row.level,
                row.floor,
                row.ceiling,
                row.valid_from,
                row.valid_to,
                row.legal_ref,
                row.basis,
            )

    def imports(self) -> Iterator[Row]:
        """Return the files that were read; not who sent them."""
        for row in self.session.scalars(select(Import).order_by(Import.id)):
            counts = (row.new, row.changed, row.same, row.rejected)
            yield row.id, row.source, row.format, row.file, row.digest, row.at, *counts

    def _text(self, name: Localized) -> str:
        return name.text(*self.site.region.languages)


def _price(millionths: int | None) -> str:
    """Write a price exactly, without zeros at its end."""
    if millionths is None:
        return ""
    whole, rest = divmod(millionths, SCALE)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
