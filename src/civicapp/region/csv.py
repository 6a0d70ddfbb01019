"""Read CSV tables as positioned rows."""

import csv
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from civicapp.config import FLAGS, say
from civicapp.problems import Origin, Problem, did_you_mean
from civicapp.region.files import TABLE_LIMIT, File, Reader
from civicapp.region.nodes import CsvFile, Line, Record, Sheet

DELETE = "_delete"
CELL_LIMIT = 100_000
FAULT_LIMIT = 100  # broken rows of a file that are reported
_FAULTS = {
    "unexpected end of data": (
        "a quoted text is opened here and never closed",
        'close it with ", and double each " inside it',
    ),
    "',' expected after '\"'": (
        "text follows a closing quote",
        'double each " inside a quoted text, or take the quotes out',
    ),
    "new-line character seen": (
        "a carriage return stands inside the row",
        "save the file with line ends of Linux (LF) or Windows (CRLF)",
    ),
    "field larger": (f"a cell holds more than {CELL_LIMIT:,} characters", "shorten it"),
}


def read_csv(
    file: File,
    reader: Reader,
    key: Sequence[str],
    known: Collection[str] | None,
    wanted: Collection[str],
) -> Sheet:
    """Return a table's rows by key; it is not `whole` when the file cannot be used.

    key: the key columns; none if rows need no key. known: all columns the table may have, None
    when that is not known. wanted: columns it must have.
    """
    nothing = Sheet({}, Origin(file.place), whole=False)
    text = reader.text(file, TABLE_LIMIT)
    if text is None:
        return nothing
    raw = CsvFile(file.place, (), text)
    rows = _rows(raw, reader)
    if not rows:
        return nothing
    (header_line, header), *body = rows
    table = CsvFile(file.place, tuple(name.strip() for name in header), text)
    if not _sound_header(table, header_line, reader, known, wanted):
        return nothing
    records = _Records(table, reader, table.columns if known is None else known)
    needed = [k for k in key if k in wanted]
    for line, cells in body:
        records.add(line, cells, key, needed)
    return Sheet(records.lines, Origin(file.place, header_line, 1), (table,), records.broken)


class _Records:
    """Take rows in by their key; the others are noted, and left out."""

    def __init__(self, table: CsvFile, reader: Reader, known: Collection[str]) -> None:
        self.table = table
        self.reader = reader
        # An unknown column was reported once, at the header; its cells are not read.
        self.used = [(c, n) for n, c in enumerate(table.columns) if c in known and c != DELETE]
        self.mark = table.columns.index(DELETE) if DELETE in table.columns else None
        self.lines: dict[str, Line] = {}
        self.broken: dict[str, Record] = {}

    def add(self, line: int, cells: list[str], key: Sequence[str], needed: Collection[str]) -> None:
        """Take a row in, or note why not."""
        record = self._record(line, cells)
        if record is None:
            padded = cells + [""] * len(self.table.columns)
            part = Record(self.table, line, self._values(padded))
            self.broken.setdefault(row_key(part.cells, key), part)
            return
        name = row_key(record.cells, key) if key else str(line)
        absent = [k for k in needed if k not in record.cells]
        if absent:
            what = f"the row has no `{absent[0]}`"
            hint = f"rows are told apart by `{absent[0]}`: write it"
            self.reader.report("missing-key", what, cell_origin(record, absent[0]), hint)
        elif name in self.lines:
            first = self.lines[name].records[0].line
            what = f"{say(name)} stands twice, first in row {first}"
            at = cell_origin(record, key[0])
            self.reader.report("duplicate-row", what, at, "keep one of the rows")
        else:
            self.lines[name] = Line((record,))

    def _values(self, cells: list[str]) -> dict[str, str]:
        return {name: text for name, n in self.used if (text := cells[n].strip())}

    def _record(self, line: int, cells: list[str]) -> Record | None:
        table = self.table
        if len(cells) == len(table.columns) and max(map(len, cells)) <= CELL_LIMIT:
            if self.mark is None:
                return Record(table, line, self._values(cells))
            mark = cells[self.mark].strip()
            if not mark or mark in FLAGS:
                return Record(table, line, self._values(cells), FLAGS.get(mark, False))
        self.reader.report(*self._fault(Record(table, line, {}), cells))
        return None

    def _fault(self, row: Record, cells: list[str]) -> tuple[str, str, Origin, str]:
        """Say why a row cannot be used: code, message, place, hint."""
        columns = len(self.table.columns)
        if len(cells) != columns:
            more = len(cells) > columns
            what = f"the row has {len(cells)} cells, the header {columns}"
            hint = "put a text that holds a comma in quotes" if more else "write a comma per cell"
            return "csv-syntax", what, _nth(row, columns if more else 0), hint
        for n, cell in enumerate(cells):
            if len(cell) > CELL_LIMIT:
                what = f"a cell holds {len(cell):,} characters"
                return "too-large", what, _nth(row, n), f"at most {CELL_LIMIT:,} are read"
        what = f"`{DELETE}` wants true or nothing, got {say(cells[self.mark or 0].strip())}"
        return "wrong-type", what, cell_origin(row, DELETE), "write true or nothing"


def row_key(cells: Mapping[str, str], key: Sequence[str]) -> str:
    """Write a row's key as one word: key cells joined by commas, empty ones at the end left out."""
    if len(key) == 1:
        return cells.get(key[0], "")
    return ",".join(cells.get(k, "") for k in key).rstrip(",")


def _rows(raw: CsvFile, reader: Reader) -> list[tuple[int, list[str]]]:
    """Split into rows, each with the line on which it begins; a broken row costs only itself."""
    lines = [line + "\n" for line in raw.text.split("\n")]
    rows: list[tuple[int, list[str]]] = []
    begin, faults = 1, 0
    while begin <= len(lines):
        source = csv.reader(islice(lines, begin - 1, None), strict=True)
        before = begin - 1
        try:
            for cells in source:
                if any(map(str.strip, cells)):
                    rows.append((begin, cells))
                begin = before + source.line_num + 1
        except csv.Error as e:
            reader.report("csv-syntax", *_fault(raw, begin, e))
            faults += 1
            if not rows or faults == FAULT_LIMIT:
                break  # without a header nothing can be read
            begin += 1
    return rows


def _fault(raw: CsvFile, line: int, error: csv.Error) -> tuple[str, Origin, str]:
    known = next((v for k, v in _FAULTS.items() if str(error).startswith(k)), None)
    message, hint = known or (f"the row cannot be read: {error}", "check quotes and commas")
    start = raw.starts[line - 1]
    bare = re.compile(r"\r(?!\n)").search(raw.text, start) if "new-line" in str(error) else None
    offset = bare.start() if bare else _fault_offset(raw.text, start)
    return message, _place(raw, offset), hint


def _fault_offset(text: str, offset: int) -> int:
    """Find where a row's quotes go wrong: what follows a closing quote, or one never closed."""
    while True:
        begin, offset = offset, _after_quotes(text, offset)
        if offset > len(text):
            return begin
        quoted = text[begin : begin + 1] == '"'
        if quoted and text[offset : offset + 1] not in (",", "\n", "\r", ""):
            return offset
        offset, line_end = text.find(",", offset) + 1, text.find("\n", offset)
        if offset == 0 or -1 < line_end < offset:
            return begin


def _after_quotes(text: str, offset: int) -> int:
    """Return the place after a quoted cell; beyond the text if it is never closed."""
    if text[offset : offset + 1] != '"':
        return offset
    offset += 1
    while True:
        quote = text.find('"', offset)
        if quote == -1:
            return len(text) + 1
        if text[quote + 1 : quote + 2] != '"':
            return quote + 1
        offset = quote + 2


def _sound_header(
    table: CsvFile,
    line: int,
    reader: Reader,
    known: Collection[str] | None,
    wanted: Collection[str],
) -> bool:
    columns, header = table.columns, Record(table, line, {})
    marks = [mark for mark in (";", "\t") if len(columns) == 1 and mark in columns[0]]
    if marks:
        reader.report(
            "csv-syntax",
            f"columns are divided by {'semicolons' if marks[0] == ';' else 'tabs'}, not by commas",
            Origin(table.path, line, columns[0].index(marks[0]) + 1),
            "save it as CSV with commas",
        )
        return False
    for n, name in enumerate(columns):
        at = _nth(header, n)
        if not name:
            what = f"column {n + 1} has no name"
            reader.report("unknown-key", what, at, "name it, or take the comma out of every row")
        elif name in columns[:n]:
            what = f"column {say(name)} stands twice"
            reader.report("duplicate-key", what, at, "keep one of them")
        elif known is not None and name not in (DELETE, *known):
            hint = did_you_mean(name, sorted(known), what="columns")
            reader.report("unknown-key", f"unknown column {say(name)}", at, hint or "remove it")
    missing = [name for name in wanted if name not in columns]
    for name in missing:
        what = f"column `{name}` is missing"
        hint = did_you_mean(name, columns, what="columns here") or "add it"
        reader.report("missing-key", what, Origin(table.path, line, 1), hint)
    named = [name for name in columns if name]
    return not missing and len(set(named)) == len(named)


def _start(table: CsvFile, line: int) -> Origin:
    return Origin(table.path, line, 1)


def cell_origin(record: Record, column: str) -> Origin:
    """Find a cell's place; a missing column points at the row."""
    if column not in record.file.columns:
        return _start(record.file, record.line)
    return _nth(record, record.file.columns.index(column))


def _nth(record: Record, n: int) -> Origin:
    """Find the place of a row's nth cell by walking over those before it."""
    file = record.file
    if record.line > len(file.starts) or not file.text:
        return _start(file, record.line)
    text, offset = file.text, file.starts[record.line - 1]
    for _ in range(n):
        comma = text.find(",", _after_quotes(text, offset))
        if comma == -1:
            return _start(file, record.line)
        offset = comma + 1
    while text[offset : offset + 1] == " ":
        offset += 1
    return _place(file, offset)


def _place(file: CsvFile, offset: int) -> Origin:
    line = bisect_right(file.starts, offset)
    return Origin(file.path, line, offset - file.starts[line - 1] + 1)


def nothing_deleted(layers: Iterable[Sheet], published: Collection[str] = ()) -> list[Problem]:
    """Find rows marked `_delete` that no layer below has; `published` keys come from elsewhere."""
    problems: list[Problem] = []
    below = set(published)
    for sheet in layers:
        for name, line in sheet.lines.items():
            record = line.records[0]
            if record.delete and name not in below:
                hint = did_you_mean(name, below) or "remove the row"
                at = cell_origin(record, DELETE)
                what = f"no parent pack has the row {say(name)}"
                problems.append(Problem("nothing-to-delete", what, hint, at))
        if not sheet.whole:
            break  # what it holds cannot be told
        below |= sheet.lines.keys() | sheet.broken.keys()
        below -= {name for name, line in sheet.lines.items() if line.records[0].delete}
    return problems
