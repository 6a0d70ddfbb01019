"""Near: how far places are from the visitor's area, and which are nearest."""

import math
from collections.abc import Iterable

from civicapp import Area
from civicapp.web import WebContext
from civicapp_prices.service.newest import Place
from civicapp_prices.service.site import Site

KM_PER_DEGREE = 111.195
FAR = math.inf


def point_of(site: Site, place: Place) -> tuple[float, float] | None:
    """Return latitude and longitude of a place: a market's own, else those of its area."""
    market = site.markets.get(place.market) if place.market else None
    if market is not None and market.lat is not None and market.lon is not None:
        return float(market.lat), float(market.lon)
    code = market.area if market else place.area
    area = site.region.areas.get(code) if code else None
    return _point(area)


def has_own_point(site: Site, place: Place) -> bool:
    """Tell whether the place itself has a point, and not its area alone."""
    market = site.markets.get(place.market) if place.market else None
    return market is None or market.lat is not None


def kilometres(site: Site, place: Place, area: Area | None) -> float:
    """Return the distance of a place from the middle of an area; FAR if one of them is unknown."""
    here, there = _point(area), point_of(site, place)
    if here is None or there is None:
        return FAR
    north = (there[0] - here[0]) * KM_PER_DEGREE
    east = (there[1] - here[1]) * KM_PER_DEGREE * math.cos(math.radians(here[0]))
    return math.hypot(north, east)


def nearest_first(
    ctx: WebContext, site: Site, places: Iterable[Place], area: Area | None
) -> list[Place]:
    """Order places: markets before areas, each by distance; without an area by name."""

    def rank(place: Place) -> tuple[bool, float, str]:
        known = site.markets.get(place.market) if place.market else None
        name = known.name if known else ctx.text(site.region.areas[place.area or ""].title)
        return place.market is None, kilometres(site, place, area), name

    return sorted(places, key=rank)


def distance(ctx: WebContext, site: Site, place: Place, area: Area | None) -> str:
    """Say about how far a place is; "" where that is not known."""
    far = kilometres(site, place, area)
    if far == FAR or (place.area is not None and area is not None and place.area in area.path):
        return ""
    return ctx.gettext("about %(far)s km", far=ctx.number(max(1, round(far))))


def _point(area: Area | None) -> tuple[float, float] | None:
    return (area.lat, area.lon) if area and area.lat is not None and area.lon is not None else None
