"""Pages for residents: today's prices, one commodity, places compared, what is unusual, a sheet."""

# The order is that in which paths are tried: the code of a commodity could be any word.
from civicapp_prices.pages import today  # isort: skip
from civicapp_prices.pages import alarms, basket, compare, feeds, limits, method, sheet  # isort: skip
from civicapp_prices.pages import commodity  # isort: skip
from civicapp_prices.pages.blocks import area_block, fact, home_block
from civicapp_prices.pages.router import router

__all__ = [
    "alarms",
    "area_block",
    "basket",
    "commodity",
    "compare",
    "fact",
    "feeds",
    "home_block",
    "limits",
    "method",
    "router",
    "sheet",
    "today",
]
