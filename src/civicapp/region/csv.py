"""Read CSV tables as positioned rows."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from civicapp.problems import Origin, Problem, did_you_mean
from civicapp.region.files import TABLE_LIMIT, Reader, shown
from civicapp.region.nodes import CsvFile, Line, Record, Sheet

DELETE = "_delete"
CELL_LIMIT = 100_000


def read_csv(
    path: Path, reader: Reader, key: Sequence[str], known: Collection[str], wanted: Collection[str]
) -> Sheet | None:
    """Return a table's rows by key, or None after noting why there are none.

    key: the key columns. known: all columns the table may have. wanted: columns it must have.
    """
    text = reader.text(path, TABLE_LIMIT)
    if text is None:
        return None
    file = shown(path)
    rows = _rows(text, file, reader)
    if not rows:
        return None
    header_line, header = rows[0]
    columns = tuple(name.strip() for name in header)
    if not _sound_header(columns, file, reader, known, wanted):
        return None
    table = CsvFile(file, columns)
    lines: dict[str, Line] = {}
    for line, cells in rows[1:]:
        record = _record(table, line, cells, reader)
        if record is None:
            continue
        name = row_key(record.cells, key)
        if missing := [k for k in key if k in wanted and k not in record.cells]:
            reader.report(
                "missing-key",
                f"the row has no `{missing[0]}`",
                Origin(file, line, 1),
                f"`{missing[0]}` is this table's key",
            )
        elif name in lines:
            first = lines[name].records[0].line
            reader.report(
                "duplicate-row",
                f"`{name}` stands twice, first in row {first}",
                cell_origin(record, key[0]),
                "keep one of the rows",
            )
        else:
            lines[name] = Line((record,))
    return Sheet(lines, Origin(file, header_line, 1), (table,))


def row_key(cells: "dict[str, str] | object", key: Sequence[str]) -> str:
    """Write a row's key as one word: its key cells joined by commas, empty ones at the end left out."""
    return ",".join(cells.get(k, "") for k in key).rstrip(",")  # type: ignore[attr-defined]


def _rows(text: str, file: str, reader: Reader) -> list[tuple[int, list[str]]]:
    """Split into rows, each with the line on which it begins."""
    rows: list[tuple[int, list[str]]] = []
    source = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    try:
        for cells in source:
            if any(cell.strip() for cell in cells):
                rows.append((begin, cells))
            begin = source.line_num + 1
    except csv.Error as e:
        reader.report(
            "csv-syntax",
            str(e),
            Origin(file, begin, 1),
            'a text with a comma or a quote stands in "quotes", a quote inside is doubled',
        )
        return []
    return rows


def _sound_header(
    columns: tuple[str, ...],
    file: str,
    reader: Reader,
    known: Collection[str],
    wanted: Collection[str],
) -> bool:
    before = len(reader.problems)
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t"):
        reader.report(
            "csv-syntax",
            "columns are not divided by commas",
            Origin(file, 1, 1),
            "save it as CSV with commas (spreadsheets may write semicolons)",
        )
        return False
    place = 1
    for n, name in enumerate(columns):
        at = Origin(file, 1, place)
        if name in columns[:n]:
            reader.report("duplicate-key", f"column `{name}` stands twice", at, "keep one of them")
        elif name != DELETE and name not in known:
            reader.report(
                "unknown-key",
                f"unknown column `{name}`",
                at,
                did_you_mean(name, sorted(known), what="columns"),
            )
        place += len(name) + 1
    for name in wanted:
        if name not in columns:
            reader.report(
                "missing-key",
                f"column `{name}` is missing",
                Origin(file, 1, 1),
                did_you_mean(name, columns, what="columns"),
            )
    return not any(p.message.startswith("column") for p in reader.problems[before:])


def _record(table: CsvFile, line: int, cells: list[str], reader: Reader) -> Record | None:
    if len(cells) != len(table.columns):
        reader.report(
            "csv-syntax",
            f"the row has {len(cells)} cells, the header {len(table.columns)}",
            Origin(table.path, line, 1),
            "put a text that holds a comma in quotes"
            if len(cells) > len(table.columns)
            else "write a comma for each empty cell",
        )
        return None
    if long := next((c for c in cells if len(c) > CELL_LIMIT), None):
        reader.report(
            "too-large",
            f"a cell holds {len(long):,} characters",
            Origin(table.path, line, 1),
            f"at most {CELL_LIMIT:,} are read",
        )
        return None
    values = {
        name: cell.strip()
        for name, cell in zip(table.columns, cells, strict=True)
        if cell.strip() and name != DELETE
    }
    mark = dict(zip(table.columns, cells, strict=True)).get(DELETE, "").strip()
    if mark not in ("", "true", "false"):
        record = Record(table, line, {})
        reader.report(
            "wrong-type",
            f"`{DELETE}` wants true or nothing, got `{mark}`",
            cell_origin(record, DELETE),
            "write true, or leave it empty",
        )
        return None
    return Record(table, line, values, delete=mark == "true")


def cell_origin(record: Record, column: str) -> Origin:
    """Find a cell's place by reading its row once more; a missing column points at the row."""
    if column not in record.file.columns:
        return Origin(record.file.path, record.line, 1)
    try:
        text = Path(record.file.path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return Origin(record.file.path, record.line, 1)
    line, place = record.line, 1
    rest = text.split("\n", record.line - 1)[-1]
    quoted = False
    commas = record.file.columns.index(column)
    for char in rest:
        if commas == 0:
            break
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            commas -= 1
        if char == "\n":
            line, place = line + 1, 1
        else:
            place += 1
    return Origin(record.file.path, line, place)


def nothing_deleted(layers: Iterable[Sheet]) -> list[Problem]:
    """Find rows marked `_delete` that no layer below has."""
    problems, below = [], set[str]()
    for sheet in layers:
        for name, line in sheet.lines.items():
            record = line.records[0]
            if record.delete and name not in below:
                problems.append(
                    Problem(
                        "nothing-to-delete",
                        f"no parent pack has the row `{name}`",
                        did_you_mean(name, sorted(below)) or "remove the row",
                        cell_origin(record, DELETE),
                    )
                )
        below |= {name for name, line in sheet.lines.items() if not line.records[0].delete}
    return problems
