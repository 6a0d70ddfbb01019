"""Pages for residents: report a problem, follow it, see what others have reported."""

# The order is that in which paths are tried: a number could be any word.
from civicapp_complaints.pages import start  # isort: skip
from civicapp_complaints.pages import check, contact, describe, kind, place  # isort: skip
from civicapp_complaints.pages import mine, acts, track  # isort: skip
from civicapp_complaints.pages import public  # isort: skip
from civicapp_complaints.pages.blocks import area_block, home_block
from civicapp_complaints.pages.router import router

__all__ = [
    "acts",
    "area_block",
    "check",
    "contact",
    "describe",
    "home_block",
    "kind",
    "mine",
    "place",
    "public",
    "router",
    "start",
    "track",
]
