"""Read GeoJSON boundaries: structure first, then whether each polygon is sound."""

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from civicapp.config import say
from civicapp.problems import Origin
from civicapp.region.compact import AGAIN, Malformed
from civicapp.region.files import SHAPES_LIMIT, File, Reader
from civicapp.region.shape import KeptShapes, Shape

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Ring = NDArray[float64]

_REMOVE = "give it a Polygon, or remove the feature"


def read_geojson(file: File, reader: Reader, layer: int = 0) -> dict[str, Shape]:
    """Return a file's sound boundaries by area code; note what is wrong with the others."""
    if isinstance(file.parsed, KeptShapes):
        try:
            return file.parsed.read(file.place, layer)
        except Malformed as e:
            reader.report("bundle-unreadable", f"is damaged: {e}", Origin(file.place), AGAIN)
            return {}
    text = reader.text(file, SHAPES_LIMIT)
    shapes: dict[str, Shape] = {}
    first: dict[str, str] = {}
    for n, feature in enumerate(_features(text, file.place, reader) if text is not None else ()):
        at = Origin(file.place, pointer=f"/features/{n}")
        code = _code(feature, at, reader)
        if code is None:
            continue
        if code in first:
            what = f"area {say(code)} has a second boundary, the first is {first[code]}"
            reader.report("duplicate-row", what, at, "keep one of them, as a MultiPolygon")
            continue
        first[code] = at.pointer
        where = Origin(file.place, pointer=f"{at.pointer}/geometry")
        if shape := _Polygons(code, reader).read(feature.get("geometry"), where):
            shapes[code] = Shape(code, shape, where, layer)
    return shapes


def _features(text: str, file: str, reader: Reader) -> list[Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as e:
        at = Origin(file, e.lineno, e.colno)
        reader.report("json-syntax", e.msg.lower(), at, "check commas, quotes and brackets here")
        return []
    except (RecursionError, ValueError) as e:
        deep = isinstance(e, RecursionError)
        what = "brackets are nested too deep" if deep else "holds a number of thousands of digits"
        reader.report("json-syntax", what, Origin(file), "export the file again")
        return []
    start = 'the file begins with {"type": "FeatureCollection", "features": […]}'
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        reader.report("wrong-type", "wants a GeoJSON FeatureCollection", Origin(file, 1, 1), start)
        return []
    features, at = data.get("features"), Origin(file, pointer="/features")
    if not isinstance(features, list):
        reader.report("wrong-type", f"`features` wants a list, got {_got(features)}", at, start)
        return []
    if not features:
        reader.report("empty-file", "holds no feature", at, "fill it, or delete the file")
    return features


def _got(value: object) -> str:
    return (
        say(value)
        if not isinstance(value, int | float) or isinstance(value, bool)
        else (f"the number {str(value)[:20]}")
    )


def _code(feature: object, at: Origin, reader: Reader) -> str | None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    example = '{"type": "Feature", "properties": {"code": "…"}, "geometry": {…}}'
    if not isinstance(properties, dict):
        reader.report("wrong-type", "wants a Feature with properties", at, example)
        return None
    code = properties.get("code")
    if isinstance(code, str) and code:
        return code
    place = Origin(at.file, pointer=f"{at.pointer}/properties/code")
    if code is None or code == "":
        hint = "write the code of the area that this boundary belongs to"
        reader.report("missing-key", "`code` is missing", place, hint)
    else:
        what = f"`code` wants text, got {_got(code)}"
        reader.report("wrong-type", what, place, "write the area's code in quotes")
    return None


class _Polygons:
    """Check what GEOS would refuse or misread: type, rings, numbers, order of lon and lat."""

    def __init__(self, code: str, reader: Reader) -> None:
        self.code = code
        self.reader = reader
        self.sound = True

    def read(self, geometry: object, at: Origin) -> "BaseGeometry | None":
        """Return the polygon, or None after noting what is wrong with it."""
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if geometry is None:
            self._refuse("empty-polygon", "the boundary is null", at, _REMOVE)
        elif kind not in ("Polygon", "MultiPolygon") or not isinstance(geometry, dict):
            what = f"wants a Polygon or MultiPolygon, got {_got(kind or geometry)}"
            self._refuse("wrong-type", what, at, "convert it in a map editor")
        else:
            parts = list(self._parts(kind, geometry.get("coordinates"), at))
            return self._polygon(kind, parts, at) if self.sound else None
        return None

    def _refuse(self, code: str, what: str, at: Origin, hint: str) -> None:
        self.reader.report(code, f"area {say(self.code)}: {what}", at, hint)
        self.sound = False

    def _parts(self, kind: str, coordinates: object, at: Origin) -> "Iterator[list[Ring]]":
        polygons = [coordinates] if kind == "Polygon" else coordinates
        if not isinstance(polygons, list) or polygons in ([], [None]):
            self._refuse("empty-polygon", "the boundary is empty", at, _REMOVE)
            return
        for p, rings in enumerate(polygons):
            path = f"{at.pointer}/coordinates" + ("" if kind == "Polygon" else f"/{p}")
            place = Origin(at.file, pointer=path)
            if rings == []:
                empty = at if kind == "Polygon" else place
                self._refuse("empty-polygon", "the boundary is empty", empty, _REMOVE)
            elif not isinstance(rings, list):
                what = f"wants a list of rings, got {_got(rings)}"
                self._refuse("wrong-type", what, place, "[[[lon, lat], [lon, lat], …]]")
            else:
                read = [
                    self._ring(ring, Origin(at.file, pointer=f"{path}/{r}"))
                    for r, ring in enumerate(rings)
                ]
                yield [ring for ring in read if ring is not None]

    def _ring(self, ring: object, at: Origin) -> "Ring | None":
        if not isinstance(ring, list) or not ring:
            self._refuse("empty-polygon", "a ring is empty", at, "remove the ring")
            return None
        positions = _positions(ring)
        if positions is None:
            self._bad_position(ring, at)
        elif ring[0][:2] != ring[-1][:2]:
            what = "a ring does not end where it began"
            self._refuse("unclosed-polygon", what, at, "repeat its first position at its end")
        elif len(ring) < 4:
            what = f"a ring has {len(ring)} positions"
            self._refuse("empty-polygon", what, at, "a ring has at least 4, the last is the first")
        return positions

    def _bad_position(self, ring: list[Any], at: Origin) -> None:
        n = next(n for n, position in enumerate(ring) if not _is_place(position))
        position, place = ring[n], Origin(at.file, pointer=f"{at.pointer}/{n}")
        if not _is_position(position):
            what = "a position wants two numbers"
            self._refuse("wrong-type", what, place, "[longitude, latitude] in degrees")
            return
        swapped = _is_place(position[1::-1])
        what = f"{position[:2]} is no longitude and latitude"
        hint = "longitude comes first: they look swapped" if swapped else "give WGS 84 degrees"
        self._refuse("wrong-value", what, place, hint)

    def _polygon(self, kind: str, parts: "list[list[Ring]]", at: Origin) -> "BaseGeometry | None":
        import shapely

        polygons = [shapely.Polygon(shell, holes) for shell, *holes in parts]
        polygon = polygons[0] if kind == "Polygon" else shapely.MultiPolygon(polygons)
        if not shapely.is_valid(polygon):
            reason, _, spot = shapely.is_valid_reason(polygon).partition("[")
            crossing = "self-intersection" in reason.lower()
            what = "the boundary crosses itself" if crossing else _UNSOUND.get(reason, reason)
            lon, _, lat = spot.rstrip("]").partition(" ")
            self._refuse(
                "self-crossing" if crossing else "unsound-polygon",
                f"{what} at longitude {lon}, latitude {lat}",
                at,
                "mend it in a map editor",
            )
            return None
        if polygon.area == 0:
            self._refuse("empty-polygon", "the boundary encloses nothing", at, _REMOVE)
            return None
        return polygon


_UNSOUND = {
    "Hole lies outside shell": "a hole lies outside its polygon",
    "Holes are nested": "a hole lies inside another",
    "Interior is disconnected": "holes cut the polygon in two",
    "Nested shells": "a polygon lies inside another",
    "Duplicate Rings": "a ring stands twice",
    "Too few points in geometry component": "a ring has too few different positions",
}


def _positions(ring: list[Any]) -> "Ring | None":
    """Return a ring's longitudes and latitudes; None if one of them is none."""
    import numpy as np

    if {type(p) for p in ring} != {list}:
        return None
    lengths = {len(p) for p in ring}
    if not lengths <= {2, 3}:
        return None
    if not {type(n) for p in ring for n in p} <= {int, float}:
        return None
    try:
        flat = ring if lengths == {2} else [p[:2] for p in ring]
        found = np.array(flat, dtype=np.float64)
    except OverflowError:
        return None
    # A comparison with NaN is false.
    within = (np.abs(found) <= (180.0, 90.0)).all()
    return found if within else None


def _is_position(position: object) -> bool:
    return (
        isinstance(position, list)
        and 2 <= len(position) <= 3
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in position)
        and all(abs(n) < 1e6 and math.isfinite(n) for n in position)
    )


def _is_place(position: Any) -> bool:
    return _is_position(position) and abs(position[0]) <= 180 and abs(position[1]) <= 90
