"""The formats by name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from civicapp_prices.domain.formats.cells import Known, Read
from civicapp_prices.domain.formats.grid import read_grid
from civicapp_prices.domain.formats.tables import read_csv, read_wide
from civicapp_prices.domain.formats.text import check_text
from civicapp_prices.domain.formats.wfp import read_wfp


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is read. source: name of its series, unless another is given.

    read: yields what the file holds, row by row, and raises Unreadable when it cannot be used at
    all. check: reads it through before and raises that too, so that such a file changes nothing;
    returns the number of its rows, 0 where that is not known before.
    """

    source: str
    read: Callable[[Path, Known], Iterator[Read]]
    check: Callable[[Path, Known], int]


def _text(path: Path, _known: Known) -> int:
    return check_text(path)


def _nothing(_path: Path, _known: Known) -> int:
    return 0  # it is read whole before anything of it is used


FORMATS: Mapping[str, Format] = {
    "pihps-wide": Format("pihps", read_wide, _text),
    "pihps-grid": Format("pihps", read_grid, _nothing),
    "wfp": Format("wfp", read_wfp, _text),
    "csv": Format("csv", read_csv, _text),
}
"""The formats of this plugin; other plugins bring more by the hook `sources`."""
