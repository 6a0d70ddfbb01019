"""The tables of the bulk files: their columns and keys, as Frictionless says them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from civicapp_prices.service.points import DAY, MONTH

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
