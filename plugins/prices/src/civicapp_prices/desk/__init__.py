"""The desk of prices: officers enter a market's prices, supervisors decide about odd ones."""

# The order is that in which paths are tried: the code of a market could be any word.
from civicapp_prices.desk import start, flags, sent  # isort: skip
from civicapp_prices.desk import form  # isort: skip
from civicapp_prices.desk.router import router

__all__ = ["flags", "form", "router", "sent", "start"]
