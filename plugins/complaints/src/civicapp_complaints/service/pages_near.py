"""Public reports near a place: what a reporter may want to know before writing the same again."""

import math
from dataclasses import dataclass

from sqlalchemy.orm import Session

from civicapp_complaints.service.lists import PublicFilter, public_list
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import PublicItem

METRES = 111_195.0  # per degree, on a sphere of 6,371 km
NEAR = 500.0  # metres
LOOKED_AT, SHOWN = 50, 3


@dataclass(frozen=True, slots=True)
class Near:
    """A public report, and how many metres away it is; None where one of both has no point."""

    item: PublicItem
    metres: int | None


def near(
    session: Session,
    site: Site,
    category: str,
    area: str | None,
    point: tuple[float, float] | None,
) -> tuple[Near, ...]:
    """Return open public reports of a category near a place, the nearest first.

    Of those without a point as near, the newest of the same area count.
    """
    if category not in site.open_categories or not (area or point):
        return ()
    wanted = PublicFilter(category=category, area=area, state="open")
    items = public_list(session, site, wanted, limit=LOOKED_AT).items
    found = [Near(i, _metres(point, i)) for i in items]
    close = [n for n in found if n.metres is None or n.metres <= NEAR]
    return tuple(sorted(close, key=lambda n: n.metres if n.metres is not None else NEAR)[:SHOWN])


def _metres(point: tuple[float, float] | None, item: PublicItem) -> int | None:
    if point is None or item.lat is None or item.lon is None:
        return None
    north = (item.lat - point[0]) * METRES
    east = (item.lon - point[1]) * METRES * math.cos(math.radians(point[0]))
    return round(math.hypot(north, east))
