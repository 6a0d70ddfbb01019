"""Point in polygon: to which area does a place on the map belong?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from civicapp.region.areas import Area, Areas

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

NEAR = 500.0  # metres: a pier or a beach still belongs to the shore
DOUBT = 1_500.0  # metres: so far a simplified boundary may lie off the true one
METRES_PER_DEGREE = 111_195.0  # on a sphere of 6,371 km

Reason = Literal["inside", "near", "outside", "nowhere", "swapped"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point lies.

    `inside` its area's boundary; `near`: `distance` metres off it, over water or a gap; `outside`:
    on a neighbour's land, or too near to it to say; `nowhere`: neither; `swapped`: nowhere, but the
    point with latitude and longitude exchanged would be ours.
    """

    reason: Reason
    area: Area | None = None
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Land around the region; `coarse` when its boundary is drawn less finely than the own ones."""

    geometry: "BaseGeometry"
    coarse: bool


class Boundaries:
    """The polygons of a region, and of the land around it."""

    def __init__(
        self, own: "Mapping[str, BaseGeometry]", outside: Sequence[Outside], areas: Areas
    ) -> None:
        # The narrowest first: of two polygons that hold a point, or lie equally near, it wins.
        self._codes = sorted(own, key=lambda c: (-len(areas[c].path), c))
        self._shapes = [own[c] for c in self._codes] + [o.geometry for o in outside]
        self._coarse = {len(own) + n for n, o in enumerate(outside) if o.coarse}
        self._places = {c: n for n, c in enumerate(self._codes)}
        self._areas = areas

    def __len__(self) -> int:
        """Count the region's own polygons."""
        return len(self._codes)

    def __contains__(self, code: object) -> bool:
        """Tell whether an area has a polygon of its own."""
        return code in self._places

    def shape(self, code: str) -> "BaseGeometry | None":
        """Return an own area's polygon."""
        return self._shapes[self._places[code]] if code in self._places else None

    def locate(self, lat: float, lon: float) -> Place:
        """Find the area of a point, WGS 84 degrees.

        Own land before a neighbour's; over water or a gap the nearest polygon within 500 m decides,
        unless a neighbour's simplified boundary is so near that the gap may be its land.
        """
        place = self._locate(lat, lon)
        if place.reason == "nowhere" and self._locate(lon, lat).area is not None:
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
        distances = self._distances(lat, lon)
        near = [(metres, n) for metres, n in distances if metres <= NEAR]
        if not near:
            return Place("nowhere")
        distance, first = min(near)
        doubtful = [metres for metres, n in distances if n in self._coarse]
        if self._is_own(first) and not doubtful:
            return Place("near", self._area(first), distance)
        return Place("outside", distance=min([*doubtful, distance]))

    def _distances(self, lat: float, lon: float) -> list[tuple[float, int]]:
        """Return the polygons within reach and their distances in metres."""
        import shapely

        scale = max(0.01, math.cos(math.radians(lat)))
        reach = DOUBT / METRES_PER_DEGREE
        window = shapely.box(lon - reach / scale, lat - reach, lon + reach / scale, lat + reach)
        found = []
        for n in self._tree.query(window):
            # Clipped first: only the part within reach is turned into metres.
            part = shapely.intersection(self._shapes[n], window)
            metres = shapely.transform(
                part, lambda p: (p - (lon, lat)) * (scale * METRES_PER_DEGREE, METRES_PER_DEGREE)
            )
            if metres.is_empty:
                continue
            distance = round(shapely.Point(0, 0).distance(metres), 3)
            if distance <= DOUBT:
                found.append((distance, int(n)))
        return found

    def _is_own(self, n: int) -> bool:
        return n < len(self._codes)

    def _area(self, n: int) -> Area:
        return self._areas[self._codes[n]]
