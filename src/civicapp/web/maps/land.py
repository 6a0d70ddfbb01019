"""Land: a region's polygons as a map of a few kilobytes, drawn for one view."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from civicapp.region import Area, Region
from civicapp.web.maps.view import METRES, SPANS, Bounds, View, view_of

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

    from civicapp.web.context import WebContext

FINE = 4  # steps of a pixel to which a line is rounded
LETTER = 6.1  # pixels that a letter of a label takes, about
HIGH = 13
ROOM = 0.5  # of its name's length a shape must have, to be named
SMALLEST = 12  # shapes across the picture: smaller ones are not drawn
POINTS = 26_000  # metres: a narrower view also names areas that have a point alone
MOST_LABELS, FEW_LABELS = 14, 3
KEPT = 100  # drawings
NARROW = (2_500, 6_000, 15_000, 40_000)  # metres across


@dataclass(frozen=True, slots=True)
class Layer:
    """The shapes of one level of areas. width: metres across a usual one."""

    level: str
    codes: tuple[str, ...]
    shapes: "tuple[BaseGeometry, ...]"
    width: float


@dataclass(frozen=True, slots=True)
class Label:
    """A name and where it stands, in pixels."""

    x: float
    y: float
    text: str
    strong: bool = False

    def covers(self, x: float, y: float) -> bool:
        """Tell whether a mark at a pixel would lie over it."""
        return abs(self.x - x) < len(self.text) * LETTER / 2 + HIGH and abs(self.y - y) < HIGH * 1.5

    def meets(self, other: "Label") -> bool:
        """Tell whether two labels would lie over each other."""
        wide = (len(self.text) + len(other.text)) * LETTER / 2
        return abs(self.x - other.x) < wide and abs(self.y - other.y) < HIGH


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map: paths of land and borders, labels, the length of the scale bar."""

    view: View
    land: str
    borders: tuple[str, ...]
    labels: tuple[Label, ...]
    bar: tuple[float, str] = field(default=(0.0, ""))

    def without(self, marks: Iterable[tuple[float, float]]) -> "Drawing":
        """Return the same without the names that marks at these pixels would cover."""
        places = list(marks)
        kept = (x for x in self.labels if not any(x.covers(*place) for place in places))
        return replace(self, labels=tuple(kept))


class Land:
    """Draw a region. One per region; it keeps what drawing needs again."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._drawn: dict[View, Drawing] = {}

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Return the levels that have polygons, the widest first."""
        found: dict[str, list[str]] = {}
        for code, area in self.region.areas.items():
            if code in self._own:
                found.setdefault(area.level, []).append(code)
        order = list(self.region.levels)
        return tuple(_layer(level, found[level], self._own) for level in order if level in found)

    @cached_property
    def _own(self) -> "Mapping[str, BaseGeometry]":
        shapes = ((code, self.region.boundaries.shape(code)) for code in self.region.areas)
        return {code: shape for code, shape in shapes if shape is not None}

    @cached_property
    def _points(self) -> "tuple[tuple[Area, ...], STRtree]":
        import shapely

        bare = [
            (a, shapely.Point(a.lon, a.lat))
            for a in self.region.areas.values()
            if a.lat is not None and a.lon is not None and a.code not in self._own
        ]
        return tuple(a for a, _ in bare), shapely.STRtree([point for _, point in bare])

    def bounds(self, area: Area | None) -> Bounds | None:
        """Return the edges of an area, None where the pack knows none; of all without an area."""
        codes = self._covering(area.code) if area else None
        shapes = [s for c, s in self._own.items() if codes is None or c in codes]
        if shapes:
            edges = [s.bounds for s in shapes]
            west, south, east, north = zip(*edges, strict=True)
            return min(west), min(south), max(east), max(north)
        if area is None or area.lat is None or area.lon is None:
            return None
        near = 2_500 / METRES
        return area.lon - near, area.lat - near, area.lon + near, area.lat + near

    def _covering(self, code: str) -> frozenset[str]:
        return frozenset((code,)) if code in self._own else self.region.areas.below(code)

    def view(self, area: Area | None) -> View | None:
        """Return the view of an area, or of the narrowest one above it that has a place."""
        steps: Iterable[Area | None] = (*self.region.areas.above(area.code), None) if area else ()
        for step in steps or (None,):
            if (edges := self.bounds(step)) is not None:
                return view_of(edges)
        return None

    def around(self, lat: float, lon: float, size: int) -> Drawing:
        """Draw the surroundings of a place, so wide that some names stand in them."""
        found = self.draw(View(lat, lon, NARROW[0], size))
        for span in NARROW[1:]:
            if len(found.labels) >= FEW_LABELS:
                break
            found = self.draw(View(lat, lon, span, size))
        return found

    def draw(self, view: View) -> Drawing:
        """Draw a view."""
        wide = [x for x in self.layers if x.width * SMALLEST >= view.span]
        shown = wide or list(self.layers[:1])
        paths = [_paths(layer, view) for layer in shown]
        labels = _placed(self._labels(shown, view), view)
        return Drawing(
            view=view,
            land=paths[0] if paths else "",
            borders=tuple(paths),
            labels=labels,
            bar=_bar(view),
        )

    def _labels(self, layers: list[Layer], view: View) -> Iterator[Label]:
        """Yield the names that could stand, the most useful first: the finest that have room."""
        areas = self.region.areas
        for layer in reversed(layers):
            for code, part in _parts(layer, view):
                point = part.representative_point()
                x, y = view.pixel(point.y, point.x)
                west, _, east, _ = part.bounds
                room = view.pixel(0, east)[0] - view.pixel(0, west)[0]
                if room >= len(areas[code].name) * LETTER * ROOM:
                    yield Label(x, y, areas[code].name, strong=layer is layers[0])
        if view.span <= POINTS:
            import shapely

            bare, tree = self._points
            for n in sorted(tree.query(shapely.box(*view.bounds))):
                area = bare[n]
                if area.lat is not None and area.lon is not None:
                    yield Label(*view.pixel(area.lat, area.lon), area.name)


def _layer(level: str, codes: list[str], own: "Mapping[str, BaseGeometry]") -> Layer:
    shapes = tuple(own[code] for code in codes)
    widths = sorted(math.sqrt(s.area) * METRES for s in shapes)
    return Layer(level, tuple(codes), shapes, widths[len(widths) // 2])


def _parts(layer: Layer, view: View) -> "Iterator[tuple[str, BaseGeometry]]":
    """Yield the shapes that a view shows, cut off beside it and without what it cannot show."""
    import shapely

    west, south, east, north = view.bounds
    room = (east - west) * 0.05
    box = (west - room, south - room, east + room, north + room)
    fine = (north - south) / view.size / 2
    for code, shape in zip(layer.codes, layer.shapes, strict=True):
        w, s, e, n = shape.bounds
        if w > box[2] or e < box[0] or s > box[3] or n < box[1]:
            continue
        part = shapely.clip_by_rect(shapely.simplify(shape, fine), *box)
        if not part.is_empty and part.area:
            yield code, part


def _paths(layer: Layer, view: View) -> str:
    """Write the shapes of a layer as one path, in steps of a quarter of a pixel."""
    return "".join(_path(part, view) for _, part in _parts(layer, view))


def _path(shape: "BaseGeometry", view: View) -> str:
    from shapely import Polygon

    parts = []
    for polygon in getattr(shape, "geoms", (shape,)):
        if not isinstance(polygon, Polygon):
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            parts.append(_ring(ring.coords, view))
    return "".join(parts)


def _ring(coords: Iterable[tuple[float, ...]], view: View) -> str:
    last: tuple[int, int] | None = None
    steps: list[str] = []
    for lon, lat, *_ in coords:
        x, y = view.pixel(lat, lon)
        now = (round(x * FINE), round(y * FINE))
        if now == last:
            continue
        if last is None:
            steps.append(f"M{now[0]} {now[1]}l")
        else:
            dx, dy = now[0] - last[0], now[1] - last[1]
            steps.append(f"{dx}{' ' if dy >= 0 else ''}{dy} ")
        last = now
    return "".join(steps).rstrip() + "z" if len(steps) > 3 else ""


def _placed(labels: Iterable[Label], view: View) -> tuple[Label, ...]:
    """Keep the labels that lie in the picture and on no other one."""
    kept: list[Label] = []
    for label in labels:
        half = len(label.text) * LETTER / 2
        inside = half < label.x < view.size - half and HIGH < label.y < view.size - HIGH
        on_bar = label.x - half < view.size / 2 and label.y > view.size - 3 * HIGH
        if inside and not on_bar and not any(label.meets(k) for k in kept):
            kept.append(label)
        if len(kept) == MOST_LABELS:
            break
    return tuple(kept)


def _bar(view: View) -> tuple[float, str]:
    """Return the scale bar: its pixels, and what they stand for."""
    for metres in (s * n for s in (100_000, 10_000, 1_000, 100) for n in (5, 2, 1)):
        if metres <= view.span / 3:
            shown = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
            return metres / view.span * view.size, shown
    return 0.0, f"{SPANS[0]} m"


def land_of(ctx: "WebContext") -> Land:
    """Return what an app's maps are drawn from, the same object each time: it keeps its shapes."""
    state = ctx.request.app.state
    if getattr(state, "land", None) is None:
        state.land = Land(ctx.region)
    return cast("Land", state.land)
