"""Canonical rows: one exact line of text for a row, the same on SQLite and on PostgreSQL.

A line is a JSON array, one value per column; NULL is null. What stands for a value depends on the
column's kind alone, never on the database that it comes from:

text      a string                       instant   `2026-11-24T22:41:00.000000Z`
integer   a number, up to 64 bits        datetime  the same without `Z`: a time on a wall
float     a number that reads back as    date      `2026-11-24`
          itself; "nan", "inf", "-inf"   time      `22:41:00.000000`
boolean   true, false                    uuid      with hyphens, small letters
bytes     base64                         decimal   a string with all its decimal places
json      a string: JSON with sorted keys, no spaces, ASCII, numbers without an exponent
"""

import base64
import binascii
import datetime
import json
import math
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    REAL,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    String,
    Time,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from civicapp.storage.metadata import Instant

EXACT_DIGITS = 15  # decimal digits that SQLite keeps: it has no decimals, only binary floats
EXACT_BITS = 24  # a float of no more bits is one of 4 bytes on PostgreSQL
MOST_DIGITS = 16_000  # of a number in JSON, on either side of the point
_DIGITS = tuple("-0123456789")
T = TypeVar("T", datetime.date, datetime.datetime, datetime.time)


class Unfit(ValueError):
    """Say why a value has no exact form; the value itself is not shown."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the kind of what it holds."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of a kind are written into a line, and into a column of either database."""

    write: Callable[[Any], Any]
    to_sqlite: Callable[[Any], Any]
    to_postgres: Callable[[Any], Any]


def kind_of(column_type: TypeEngine[Any]) -> str | None:
    """Return the kind of a column's type; None if the two databases do not keep it alike."""
    kinds = {_kind(_plain(column_type, dialect)) for dialect in _dialects()}
    return kinds.pop() if len(kinds) == 1 else None


def codec(kind: str) -> Codec:
    """Return how values of a kind are written; raise Unfit when there is no such kind."""
    if found := re.fullmatch(r"decimal\((\d+),(\d+)\)", kind):
        return _decimal_codec(int(found[2]))
    try:
        return _CODECS[kind]
    except KeyError:
        raise Unfit(f"there is no kind of column `{kind}`") from None


def write_line(values: Iterable[Any]) -> str:
    """Write the values of a row, in the form of their kinds, as a line."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_line(line: str) -> list[Any]:
    """Read a line; raise ValueError when it is none."""
    found = json.loads(line)
    if not isinstance(found, list):
        raise ValueError("a line wants an array")
    return found


def key_of(columns: Sequence[Column], key: Sequence[str], values: Sequence[Any]) -> str:
    """Name a row by its key: `report 9f31, seq 2`."""
    places = [[c.name for c in columns].index(name) for name in key]
    return ", ".join(f"{columns[n].name} {values[n]}" for n in places)


# kinds


@cache
def _dialects() -> tuple[Dialect, Dialect]:
    return sqlite.dialect(), postgresql.dialect()  # type: ignore[no-untyped-call]


def _plain(column_type: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return what a type is made of on a database; our own Instant stays."""
    found = column_type
    if isinstance(found, Interval):
        return found  # its implementation hides what each database makes of it
    while isinstance(found, TypeDecorator) and not isinstance(found, Instant):
        found = found.load_dialect_impl(dialect)
    return found if isinstance(found, Instant) else found.dialect_impl(dialect)


def _kind(plain: TypeEngine[Any]) -> str | None:  # noqa: PLR0911 - a table of types
    match plain:
        case Instant():
            return "instant"
        case Boolean():
            return "boolean"
        case Uuid():
            return "uuid" if plain.native_uuid else "text"
        case String():  # Text and Enum too
            return "text"
        case Integer():
            return "integer"
        case Float():
            short = isinstance(plain, REAL) or (plain.precision or 53) <= EXACT_BITS
            return None if short else "float"
        case Numeric():
            digits, places = plain.precision, plain.scale
            exact = digits is not None and places is not None and digits <= EXACT_DIGITS
            return f"decimal({digits},{places})" if exact else None
        case LargeBinary():
            return "bytes"
        case JSON():
            return "json"
        case Date():
            return "date"
        case Time() | DateTime() if not plain.timezone:
            return "time" if isinstance(plain, Time) else "datetime"
        case _:
            return None


# values


def _text(raw: Any) -> str:
    if type(raw) is not str:
        raise Unfit(f"holds {_said(raw)}, wants text")
    return raw


def _integer(raw: Any) -> int:
    if type(raw) is not int:
        raise Unfit(f"holds {_said(raw)}, wants a whole number")
    return raw


def _float(raw: Any) -> float | str:
    if type(raw) not in (float, int):
        raise Unfit(f"holds {_said(raw)}, wants a number")
    number = float(raw)
    # SQLite keeps no sign of zero.
    return number + 0.0 if math.isfinite(number) else str(number)


def _boolean(raw: Any) -> bool:
    if raw not in (0, 1) or not isinstance(raw, int):
        raise Unfit(f"holds {_said(raw)}, wants true or false")
    return bool(raw)


def _bytes(raw: Any) -> str:
    if not isinstance(raw, bytes | memoryview):
        raise Unfit(f"holds {_said(raw)}, wants bytes")
    return base64.b64encode(raw).decode("ascii")


def _instant(raw: Any) -> str:
    moment = _moment(raw, datetime.datetime, "an instant")
    if moment.utcoffset() is None:
        raise Unfit("holds a moment without a time zone")
    moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def _datetime(raw: Any) -> str:
    moment = _moment(raw, datetime.datetime, "date and time")
    if moment.utcoffset() is not None:
        raise Unfit("holds a moment with a time zone, wants one without")
    return moment.isoformat(timespec="microseconds")


def _date(raw: Any) -> str:
    return _moment(raw, datetime.date, "a date").isoformat()


def _time(raw: Any) -> str:
    return _moment(raw, datetime.time, "a time").isoformat(timespec="microseconds")


def _moment(raw: Any, kind: type[T], wanted: str) -> T:
    if type(raw) is kind:
        return raw
    try:
        return kind.fromisoformat(raw)
    except (TypeError, ValueError):
        raise Unfit(f"holds {_said(raw)}, wants {wanted}") from None


def _uuid(raw: Any) -> str:
    try:
        return str(raw if isinstance(raw, uuid.UUID) else uuid.UUID(raw))
    except (AttributeError, TypeError, ValueError):
        raise Unfit(f"holds {_said(raw)}, wants a UUID") from None


def _said(raw: Any) -> str:
    names = {str: "text", bytes: "bytes", int: "a whole number", float: "a number"}
    return names.get(type(raw), f"a {type(raw).__name__}")


# JSON


class _Token(str):
    """A number as it stood in a text: read as a float it could lose digits."""

    __slots__ = ()


def canonical_json(raw: Any) -> str:
    """Write a JSON text in one form; raise Unfit when it is none.

    Numbers get the form that PostgreSQL gives them, which has no exponent. One that stands alone
    loses zeros at its end as well: SQLite turns it into a number of its own.
    """
    alone = type(raw) in (int, float)
    text = repr(raw) if alone else _text(raw)
    try:
        value = json.loads(text, parse_int=_Token, parse_float=_Token, parse_constant=_constant)
        if isinstance(value, _Token):
            whole, _, rest = _fixed(value).partition(".")
            return f"{whole}.{rest.rstrip('0')}".removesuffix(".")
        return _write_json(value)
    except RecursionError:
        raise Unfit("holds JSON that is nested too deeply") from None
    except json.JSONDecodeError:
        raise Unfit("holds text that is no JSON") from None


def _constant(name: str) -> None:
    raise Unfit(f"holds {name} in JSON, which has no such number")


def _write_json(value: Any) -> str:
    if isinstance(value, _Token):
        return _fixed(value)
    if isinstance(value, list):
        return f"[{','.join(map(_write_json, value))}]"
    if isinstance(value, dict):
        items = (f"{json.dumps(key)}:{_write_json(value[key])}" for key in sorted(value))
        return f"{{{','.join(items)}}}"
    return json.dumps(value)


def _fixed(token: str) -> str:
    if token.isdecimal() and len(token) <= MOST_DIGITS:
        return str(token)
    try:
        number = Decimal(token)
    except InvalidOperation:
        raise Unfit("holds a number in JSON that is out of all bounds") from None
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or max(abs(exponent), len(digits)) > MOST_DIGITS:
        raise Unfit("holds a number in JSON that is out of all bounds")
    if not number and exponent > 0:
        return "0"
    return format(number if number else abs(number), "f")


# what goes into a column


def _same(value: Any) -> Any:
    return value


def _to_float(value: Any) -> float:
    return float(value)


def _to_sqlite_float(value: Any) -> float:
    number = float(value)
    if math.isnan(number):
        raise Unfit("holds NaN, which SQLite would turn into NULL")
    return number


def _to_sqlite_json(value: str) -> str:
    if value[:1] in _DIGITS and Decimal(value) != Decimal(repr(float(value))):
        try:
            int(value).to_bytes(8, signed=True)
        except (OverflowError, ValueError):
            raise Unfit("holds a bare number that SQLite would round") from None
    return value


def _to_bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Unfit("holds something else than bytes") from None


def _to_sqlite_datetime(value: str) -> str:
    return value.replace("T", " ")


def _to_hex(value: str) -> str:
    return value.replace("-", "")


@cache
def _decimal_codec(places: int) -> Codec:
    def write(raw: Any) -> str:
        # SQLite keeps a float: of so few digits its shortest form is the number that was meant.
        number = Decimal(repr(raw)) if isinstance(raw, float) else raw
        if type(number) not in (Decimal, int) or not Decimal(number).is_finite():
            raise Unfit(f"holds {_said(raw)}, wants a decimal number")
        text = f"{Decimal(number):.{places}f}"
        if Decimal(text) != number:
            raise Unfit(f"holds a number with more than {places} decimal places")
        return text if Decimal(text) else text.removeprefix("-")

    return Codec(write, _to_float, _same)


_CODECS: Mapping[str, Codec] = {
    "text": Codec(_text, _same, _same),
    "integer": Codec(_integer, _same, _same),
    "float": Codec(_float, _to_sqlite_float, _to_float),
    "boolean": Codec(_boolean, int, _same),
    "bytes": Codec(_bytes, _to_bytes, _to_bytes),
    "instant": Codec(_instant, _same, _same),
    "datetime": Codec(_datetime, _to_sqlite_datetime, _same),
    "date": Codec(_date, _same, _same),
    "time": Codec(_time, _same, _same),
    "json": Codec(canonical_json, _to_sqlite_json, _same),
    "uuid": Codec(_uuid, _to_hex, _same),
}
