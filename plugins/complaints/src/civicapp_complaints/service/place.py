"""Where a report is: a point or an area of the lists becomes an area of the region, or a fault."""

import math
from dataclasses import dataclass

from civicapp import N_, Area
from civicapp_complaints.config import Category
from civicapp_complaints.service.errors import Fault
from civicapp_complaints.service.site import Site

DIGITS = 6  # of a degree: 11 cm


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: an area, and perhaps the point in it. area: None in the sea or outside."""

    area: Area | None = None
    lat: float | None = None
    lon: float | None = None


def read_point(site: Site, lat: float | None, lon: float | None) -> Spot | Fault:
    """Find the area of a point; a Fault if there is no such point or the two are swapped."""
    if lat is None or lon is None:
        field = "lat" if lat is None else "lon"
        return Fault(field, "place-missing", N_("Give latitude and longitude, or an area."))
    if not (math.isfinite(lat) and math.isfinite(lon)) or abs(lon) > 180:
        return Fault("lon", "place-impossible", N_("There is no such place on earth."))
    if abs(lat) > 90:
        swapped = abs(lon) <= 90 and site.region.boundaries.locate(lon, lat).area is not None
        return _swapped() if swapped else _impossible()
    found = site.region.boundaries.locate(lat, lon)
    if found.reason == "swapped":
        return _swapped()
    return Spot(found.area, round(lat, DIGITS), round(lon, DIGITS))


def _swapped() -> Fault:
    return Fault("lat", "place-swapped", N_("Latitude and longitude look swapped."))


def _impossible() -> Fault:
    return Fault("lat", "place-impossible", N_("There is no such place on earth."))


def read_spot(
    site: Site, category: Category | None, point: tuple[float | None, float | None], code: str
) -> Spot | Fault:
    """Read the place of a new report as its category asks for it.

    point: latitude and longitude, None where not given. code: of an area, "" if not given.
    """
    if category is not None and category.location == "none" and not code:
        return Spot()  # a point is not kept where none is asked for
    if any(x is not None for x in point):
        spot = read_point(site, *point)
        if isinstance(spot, Fault) or spot.area is not None:
            return spot
        message = N_("This point is not on land of this region. Move it, or choose an area.")
        return Fault("lat", "place-outside", message)
    if code:
        if site.region.areas.own(code):
            return Spot(site.region.areas[code])
        return Fault("area_code", "place-unknown", N_("There is no area with this code."))
    missing = category is not None and category.location == "required"
    message = N_("Say where it is: on the map, or by district.")
    return Fault("lat", "place-missing", message) if missing else Spot()
