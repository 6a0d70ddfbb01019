"""A region while it is being built: its pack, what was read, and what could not be checked."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from civicapp.config import AreaCode, Checks, Row, fields_marked
from civicapp.problems import Origin
from civicapp.region.csv import cell_origin
from civicapp.region.document import Mounts
from civicapp.region.files import Reader
from civicapp.region.nodes import Branch, Line, Node, Sheet
from civicapp.region.read import Pack, read_table
from civicapp.region.validate import Columns, read_rows

Rows = TypeVar("Rows", bound=Row)
Mount: TypeAlias = "Node | Mounts"


@dataclass(frozen=True, slots=True)
class AreaCodes:
    """Codes of areas. kept: in the region or above it. dropped: a layer deletes them.

    known: those of every layer, None when a file of areas could not be read.
    """

    known: Set[str] | None = frozenset()
    kept: Set[str] = frozenset()
    dropped: Set[str] = frozenset()

    def outside(self, code: str | None) -> bool:
        """Tell whether an area is known, and not of this region."""
        if code is None or code in self.kept:
            return False
        return code in self.dropped or code in (self.known or ())


@dataclass(slots=True)
class Draft:
    """What the parts of a region share while they are read, one after the other.

    mounts: the nodes by key, for `explain`. skipped: what could not be checked, and why.
    """

    pack: Pack
    reader: Reader
    checks: Checks
    areas: AreaCodes = AreaCodes()
    mounts: dict[str, Mount] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def names(self, key: str) -> Mapping[str, Node]:
        """Return what stands below a key of region.yaml, if that is a mapping."""
        node = self.pack.config.items.get(key)
        return node.items if isinstance(node, Branch) else {}

    def codes_of(self, row: type[Row], *parts: str) -> Sheet:
        """Read a table that other files refer to; note when what they say cannot be checked."""
        sheet = read_table(self.pack, self.reader, row, *parts)
        if not sheet.whole:
            self.skipped.append(f"what refers to {'/'.join(parts)}: it cannot be read in full")
        return sheet

    def rows(self, row: type[Rows], sheet: Sheet) -> dict[str, Rows]:
        """Read a table's rows by its model."""
        return read_rows(row, sheet, self.checks, Columns(row, self.pack.languages))

    def within(self, sheet: Sheet, row: type[Row]) -> Sheet:
        """Leave out rows whose areas lie outside the region; unknown codes stay, to be reported."""
        marked = fields_marked(row, AreaCode)
        lines = {
            key: line
            for key, line in sheet.lines.items()
            if not any(self.areas.outside(line.cells.get(column)) for column in marked)
        }
        return Sheet(lines, sheet.origin, sheet.files, sheet.broken, sheet.whole)

    def report(self, line: Line, column: str, code: str, message: str, hint: str) -> None:
        """Note a problem at a cell of a table."""
        self.reader.report(code, message, _cell(line, column), hint)

    def warn(self, line: Line, column: str, code: str, message: str, hint: str) -> None:
        """Note a problem at a cell that does not stop the start."""
        self.reader.warn(code, message, _cell(line, column), hint)

    def errors(self, since: int) -> bool:
        """Tell whether errors were noted after the first `since` problems."""
        return any(p.is_error for p in self.reader.problems[since:])


def _cell(line: Line, column: str) -> Origin:
    sources = line.sources(column) or list(reversed(line.records))
    return cell_origin(sources[0], column)
