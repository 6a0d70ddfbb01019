"""Region packs: read, merge, validate, explain."""

from civicapp.region.agencies import Agencies, Agency, Office
from civicapp.region.areas import Area, Areas
from civicapp.region.boundaries import Boundaries, Place
from civicapp.region.content import Page
from civicapp.region.region import Region, Source
from civicapp.region.roles import Role
from civicapp.region.theme import Theme

__all__ = [
    "Agencies",
    "Agency",
    "Area",
    "Areas",
    "Boundaries",
    "Office",
    "Page",
    "Place",
    "Region",
    "Role",
    "Source",
    "Theme",
]
