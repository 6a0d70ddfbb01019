"""Files of prices: each format is read row by row into prices and rejects."""

from civicapp_prices.domain.formats.cells import Cell, Known, Outside, Read, Reject, Unreadable
from civicapp_prices.domain.formats.reading import FORMATS, Format

__all__ = ["FORMATS", "Cell", "Format", "Known", "Outside", "Read", "Reject", "Unreadable"]
