"""Open a file of text: its encoding, what divides its columns, and rows that are cut short."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from civicapp_prices.domain.formats.cells import Unreadable, cut

LINE_LIMIT = 64 * 1024  # characters of a line
HEAD = 64 * 1024
BLOCK = 1024 * 1024
DIVIDERS = {";": "`;`", "\t": "tabs"}


@contextmanager
def opened(path: Path) -> Iterator[io.TextIOBase]:
    """Open a file as UTF-8, with or without a byte order mark; raise Unreadable."""
    try:
        with path.open("rb") as raw:
            _look(raw.read(HEAD))
            raw.seek(0)
            with io.TextIOWrapper(raw, encoding="utf-8-sig", errors="strict", newline="") as text:
                yield text
    except UnicodeDecodeError:
        raise Unreadable(_bad_byte(path), "save it as UTF-8; or was it cut off?") from None
    except OSError as e:
        reason = (e.strerror or "the system refuses it").lower()
        raise Unreadable(f"cannot be read: {reason}", "check its name and who may read it") from e


def _look(start: bytes) -> None:
    """Refuse what is no text by how it begins."""
    if not start:
        raise Unreadable("the file is empty", "export it again")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("the file is UTF-16", "save it as UTF-8")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("this is a spreadsheet", "save it as CSV, UTF-8")
    if b"\0" in start:
        raise Unreadable("this is no text", "save it as CSV, UTF-8")


def _bad_byte(path: Path) -> str:
    """Say where a file is no UTF-8."""
    decoder, lines = codecs.getincrementaldecoder("utf-8-sig")(), 1
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as e:
                lines += e.object[: e.start].count(b"\n")
                return f"line {lines}: byte 0x{e.object[e.start]:02x} is no UTF-8"
            lines += block.count(b"\n")


def check_text(path: Path, head: Callable[[io.TextIOBase], object]) -> int:
    """Read a CSV file through before anything of it is used; count its lines or raise Unreadable.

    So a file that is cut off in a quoted cell, or holds bytes that are no text, changes nothing.
    head: reads the header, and raises what is wrong with it.
    """
    with opened(path) as file:
        head(file)
    with opened(path) as file:
        rows = _Rows(file)
        while rows.read() is not None:
            pass
        return rows.line


class _Rows:
    """The rows of a CSV file. begins: line on which the last one begins; line: on which it ends."""

    def __init__(self, file: io.TextIOBase) -> None:
        self._reader = csv.reader(_lines(file), strict=True)
        self.begins = 0

    @property
    def line(self) -> int:
        return self._reader.line_num

    def read(self) -> list[str] | None:
        """Return the next row, None after the last; raise Unreadable."""
        self.begins = self._reader.line_num + 1
        try:
            return next(self._reader, None)
        except csv.Error as e:
            what = f"the row that begins on line {self.begins} cannot be read: {e}"
            raise Unreadable(what, "a quotation mark may be missing, or the file cut off") from e


def _lines(file: io.TextIOBase) -> Iterator[str]:
    """Return lines that are no longer than a row can be, so that memory stays small."""
    number = 0
    while line := file.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            what = f"line {number} is longer than {LINE_LIMIT:,} characters"
            raise Unreadable(what, "is this a table?")
        yield line


class Table:
    """A CSV file: its header, and rows as mappings with the number of their line."""

    def __init__(self, file: io.TextIOBase, wanted: set[str]) -> None:
        self._rows = _Rows(file)
        self.columns = [name.strip() for name in self._rows.read() or []]
        missing = wanted - set(self.columns)
        if missing and len(self.columns) == 1:
            for mark, named in DIVIDERS.items():
                if mark in self.columns[0]:
                    raise Unreadable(f"the columns are divided by {named}", "save it with commas")
        if missing:
            raise Unreadable(
                f"there is no column `{min(missing)}`",
                f"the first line wants {', '.join(sorted(wanted))}",
            )
        if twice := sorted({name for name in self.columns if self.columns.count(name) > 1}):
            raise Unreadable(f"the column `{cut(twice[0])}` stands twice", "keep one of them")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return the rows that hold anything, with the line on which each begins."""
        while (cells := self._rows.read()) is not None:
            if any(cell.strip() for cell in cells):
                yield self._rows.begins, cells

    def named(self, cells: list[str]) -> dict[str, str] | None:
        """Return a row by column; None when it has another number of cells than the header."""
        if len(cells) != len(self.columns):
            return None
        return {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True)}
