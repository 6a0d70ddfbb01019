"""The formats by name."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from civicapp_prices.domain.formats.cells import Known, Read
from civicapp_prices.domain.formats.grid import read_grid
from civicapp_prices.domain.formats.tables import read_csv, read_wide
from civicapp_prices.domain.formats.wfp import read_wfp

FORMATS: Mapping[str, tuple[str, Callable[[Path, Known], Iterator[Read]]]] = {
    "pihps-wide": ("pihps", read_wide),
    "pihps-grid": ("pihps", read_grid),
    "wfp": ("wfp", read_wfp),
    "csv": ("csv", read_csv),
}
"""Source and reader of each format."""


def read_file(format: str, path: Path, known: Known) -> Iterator[Read]:
    """Read a file row by row; raise Unreadable when it cannot be used at all."""
    return FORMATS[format][1](path, known)
