"""Files of prices: each format is read row by row into prices and rejects."""

from civicapp_prices.domain.formats.cells import Cell, Outside, Read, Reject, Unreadable
from civicapp_prices.domain.formats.reading import FORMATS, read_file

__all__ = ["FORMATS", "Cell", "Outside", "Read", "Reject", "Unreadable", "read_file"]
