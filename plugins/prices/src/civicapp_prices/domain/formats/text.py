"""Open a file of text: its encoding, what divides its columns, and rows that are cut short."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civicapp_prices.domain.formats.cells import Unreadable

CELL_LIMIT = 10_000
HEAD = 64 * 1024


@contextmanager
def opened(path: Path) -> Iterator[io.TextIOBase]:
    """Open a file as UTF-8, with or without a byte order mark; raise Unreadable."""
    try:
        with path.open("rb") as raw:
            start = raw.read(HEAD)
            if not start:
                raise Unreadable("the file is empty", "export it again")
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise Unreadable("the file is UTF-16", "save it as UTF-8")
            if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
                raise Unreadable("this is a spreadsheet", "save it as CSV, UTF-8")
            raw.seek(0)
            with io.TextIOWrapper(raw, encoding="utf-8-sig", errors="strict", newline="") as text:
                yield text
    except UnicodeDecodeError as e:
        what = f"byte 0x{e.object[e.start]:02x} is no UTF-8"
        raise Unreadable(what, "save it as UTF-8") from e
    except OSError as e:
        reason = (e.strerror or "the system refuses it").lower()
        raise Unreadable(f"cannot be read: {reason}", "check its name and who may read it") from e


class Table:
    """A CSV file: its header, and rows as mappings with the number of their line."""

    def __init__(self, file: io.TextIOBase, wanted: set[str]) -> None:
        csv.field_size_limit(CELL_LIMIT)
        self._reader = csv.reader(file, strict=True)
        self.columns = [name.strip() for name in self._next() or []]
        missing = wanted - set(self.columns)
        if missing and len(self.columns) == 1 and ";" in self.columns[0]:
            raise Unreadable("the columns are divided by `;`", "save it with commas")
        if missing:
            raise Unreadable(
                f"there is no column `{min(missing)}`",
                f"the first line wants {', '.join(sorted(wanted))}",
            )
        if len(set(self.columns)) < len(self.columns):
            raise Unreadable("a column stands twice", "keep one of them")

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as e:
            what = f"line {self._reader.line_num}: {e}"
            raise Unreadable(what, "the file may be cut off; export it again") from e

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return the rows that hold anything, with the line on which each ends."""
        while (cells := self._next()) is not None:
            if any(cell.strip() for cell in cells):
                yield self._reader.line_num, cells

    def named(self, cells: list[str]) -> dict[str, str] | None:
        """Return a row by column; None when it has another number of cells than the header."""
        if len(cells) != len(self.columns):
            return None
        return {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True)}
