"""Cells of CSV (RFC 4180): exact numbers, ISO dates, and no text that a spreadsheet would run."""

import csv
import datetime
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TextIO

LINE_END = "\r\n"
RUN = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is a formula to a spreadsheet: an apostrophe goes in front of it."""


def cell(value: object) -> str:
    """Write a value: nothing for None, `true` or `false`, numbers in full, instants in UTC."""
    return _HOW.get(type(value), _safe)(value)


def _instant(value: Any) -> str:
    return str(value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _safe(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(RUN) else text


_HOW: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    int: str,
    float: str,
    Decimal: lambda value: f"{value:f}",
    datetime.date: datetime.date.isoformat,
    datetime.datetime: _instant,
}


def writer(file: TextIO) -> Any:
    """Return a writer of rows; the file is opened with `newline=""`."""
    return csv.writer(file, lineterminator=LINE_END)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a small table."""
    file = io.StringIO(newline="")
    write = writer(file).writerow
    write(header)
    for row in rows:
        write([cell(value) for value in row])
    return file.getvalue()
