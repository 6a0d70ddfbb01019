"""The formats by name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from civicapp_prices.domain.formats.cells import Known, Read
from civicapp_prices.domain.formats.grid import check_grid, read_grid
from civicapp_prices.domain.formats.tables import check_csv, check_wide, read_csv, read_wide
from civicapp_prices.domain.formats.wfp import check_wfp, read_wfp


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is read. source: name of its series, unless another is given.

    read: yields what the file holds, row by row. check: reads it through before, counts its rows
    and raises Unreadable when it cannot be used at all, so that such a file changes nothing.
    """

    source: str
    read: Callable[[Path, Known], Iterator[Read]]
    check: Callable[[Path, Known], int]


FORMATS: Mapping[str, Format] = {
    "pihps-wide": Format("pihps", read_wide, check_wide),
    "pihps-grid": Format("pihps", read_grid, check_grid),
    "wfp": Format("wfp", read_wfp, check_wfp),
    "csv": Format("csv", read_csv, check_csv),
}
"""The formats of this plugin; other plugins bring more by the hook `sources`."""
