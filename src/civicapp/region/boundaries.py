"""Point in polygon: to which area does a place on the map belong?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from civicapp.region.areas import Area, Areas

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

NEAR = 500.0  # metres: a pier or a beach still belongs to the shore
METRES_PER_DEGREE = 111_195.0  # on a sphere of 6,371 km

Reason = Literal["inside", "near", "outside", "nowhere", "swapped"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point lies.

    `inside` its area's boundary; `near`: `distance` metres off it, over water or a gap; `outside`: on a
    neighbour's land; `nowhere`: neither; `swapped`: nowhere, but the point with latitude and longitude
    exchanged would be inside.
    """

    reason: Reason
    area: Area | None = None
    distance: float = 0.0


class Boundaries:
    """The polygons of a region, and of the land around it."""

    def __init__(
        self, own: "Mapping[str, BaseGeometry]", outside: "Mapping[str, BaseGeometry]", areas: Areas
    ) -> None:
        # The narrowest first: of two polygons that hold a point, or lie equally near, it wins.
        self._codes = sorted(own, key=lambda c: (-len(areas[c].path), c))
        self._shapes = [own[c] for c in self._codes] + list(outside.values())
        self._areas = areas

    def __len__(self) -> int:
        """Count the region's own polygons."""
        return len(self._codes)

    def __contains__(self, code: object) -> bool:
        """Tell whether an area has a polygon of its own."""
        return code in self._codes

    def shape(self, code: str) -> "BaseGeometry | None":
        """Return an own area's polygon."""
        return self._shapes[self._codes.index(code)] if code in self._codes else None

    def locate(self, lat: float, lon: float) -> Place:
        """Find the area of a point, WGS 84 degrees.

        Own land before a neighbour's; over water or a gap the nearest polygon within 500 m decides.
        """
        place = self._locate(lat, lon)
        if place.reason == "nowhere" and self._locate(lon, lat).reason == "inside":
            return Place("swapped")
        return place

    @cached_property
    def _tree(self) -> "STRtree":
        import shapely

        return shapely.STRtree(self._shapes)

    def _locate(self, lat: float, lon: float) -> Place:
        if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
            return Place("nowhere")
        import shapely

        holding = sorted(self._tree.query(shapely.Point(lon, lat), predicate="intersects"))
        if holding:
            first = int(holding[0])
            return Place("inside", self._area(first)) if self._is_own(first) else Place("outside")
        return self._nearest(lat, lon)

    def _nearest(self, lat: float, lon: float) -> Place:
        import shapely

        scale = max(0.01, math.cos(math.radians(lat)))
        reach = NEAR / METRES_PER_DEGREE
        window = shapely.box(lon - reach / scale, lat - reach, lon + reach / scale, lat + reach)
        found = []
        for n in self._tree.query(window):
            # Clipped first: only the part within reach is turned into metres.
            part = shapely.intersection(self._shapes[n], window)
            metres = shapely.transform(
                part, lambda p: (p - (lon, lat)) * (scale * METRES_PER_DEGREE, METRES_PER_DEGREE)
            )
            if not metres.is_empty:
                found.append((round(shapely.Point(0, 0).distance(metres), 3), int(n)))
        if not found or min(found)[0] > NEAR:
            return Place("nowhere")
        distance, first = min(found)
        if not self._is_own(first):
            return Place("outside", distance=distance)
        return Place("near", self._area(first), distance)

    def _is_own(self, n: int) -> bool:
        return n < len(self._codes)

    def _area(self, n: int) -> Area:
        return self._areas[self._codes[n]]
