"""Read GeoJSON boundaries: structure first, then whether each polygon is sound."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicapp.problems import Origin
from civicapp.region.files import SHAPES_LIMIT, Reader, shown

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Shape:
    """The boundary of one area, WGS 84, longitude first."""

    code: str
    geometry: "BaseGeometry"
    origin: Origin


def read_geojson(path: Path, reader: Reader) -> dict[str, Shape]:
    """Return a file's sound boundaries by area code; note the others as problems."""
    text = reader.text(path, SHAPES_LIMIT)
    if text is None:
        return {}
    file = shown(path)
    features = _features(text, file, reader)
    shapes: dict[str, Shape] = {}
    for n, feature in enumerate(features):
        at = Origin(file, pointer=f"/features/{n}")
        code = _code(feature, at, reader)
        if code is None:
            continue
        if code in shapes:
            reader.report(
                "duplicate-row",
                f"area {code} has a second boundary, the first is {shapes[code].origin.pointer}",
                at,
                "keep one of them, as a MultiPolygon",
            )
            continue
        where = Origin(file, pointer=f"/features/{n}/geometry")
        geometry = feature.get("geometry")
        if _sound(geometry, code, where, reader) and (
            shape := _polygon(geometry, code, where, reader)
        ):
            shapes[code] = Shape(code, shape, where)
    return shapes


def _features(text: str, file: str, reader: Reader) -> list[Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as e:
        reader.report(
            "json-syntax", e.msg, Origin(file, e.lineno, e.colno), "check commas and brackets"
        )
        return []
    except (RecursionError, ValueError) as e:
        reader.report(
            "json-syntax", f"cannot be read: {type(e).__name__}", Origin(file), "check the file"
        )
        return []
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        reader.report(
            "wrong-type",
            "wants a GeoJSON FeatureCollection",
            Origin(file, 1, 1),
            'the file begins with {"type": "FeatureCollection", "features": […]}',
        )
        return []
    features = data.get("features")
    if not isinstance(features, list):
        reader.report("wrong-type", "`features` wants a list", Origin(file, pointer="/features"))
        return []
    if not features:
        reader.report(
            "empty-file",
            "holds no feature",
            Origin(file, pointer="/features"),
            "fill it, or delete the file",
        )
    return features


def _code(feature: object, at: Origin, reader: Reader) -> str | None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        reader.report("wrong-type", "wants a Feature with properties", at)
        return None
    code = properties.get("code")
    if isinstance(code, str) and code:
        return code
    place = Origin(at.file, pointer=f"{at.pointer}/properties/code")
    if code is None:
        reader.report(
            "missing-key", "`code` is missing", place, "name the area that this boundary has"
        )
    else:
        reader.report(
            "wrong-type",
            f"`code` wants text, got {json.dumps(code)[:40]}",
            place,
            "write the area's code in quotes",
        )
    return None


def _sound(geometry: object, code: str, at: Origin, reader: Reader) -> bool:
    """Check what GEOS would refuse or misread: type, rings, numbers, order of lon and lat."""
    if geometry is None:
        reader.report(
            "empty-polygon",
            f"area {code}: the boundary is null",
            at,
            "give it a Polygon or remove the feature",
        )
        return False
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = geometry.get("type") if isinstance(geometry, dict) else geometry
        reader.report(
            "wrong-type", f"area {code}: wants a Polygon or MultiPolygon, got {str(kind)[:40]}", at
        )
        return False
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons or any(p == [] for p in polygons):
        reader.report(
            "empty-polygon",
            f"area {code}: the boundary is empty",
            at,
            "give it a Polygon or remove the feature",
        )
        return False
    for p, rings in enumerate(polygons):
        path = f"{at.pointer}/coordinates" + ("" if geometry["type"] == "Polygon" else f"/{p}")
        if not isinstance(rings, list):
            reader.report(
                "wrong-type", f"area {code}: wants a list of rings", Origin(at.file, pointer=path)
            )
            return False
        for r, ring in enumerate(rings):
            if not _sound_ring(ring, code, Origin(at.file, pointer=f"{path}/{r}"), reader):
                return False
    return True


def _sound_ring(ring: object, code: str, at: Origin, reader: Reader) -> bool:
    if not isinstance(ring, list) or not ring:
        reader.report("empty-polygon", f"area {code}: a ring is empty", at, "remove the ring")
        return False
    for n, position in enumerate(ring):
        place = Origin(at.file, pointer=f"{at.pointer}/{n}")
        if not _is_position(position):
            reader.report(
                "wrong-type", f"area {code}: a position wants [longitude, latitude]", place
            )
            return False
        if abs(position[1]) > 90 or abs(position[0]) > 180:
            swapped = abs(position[0]) <= 90 and abs(position[1]) <= 180
            reader.report(
                "wrong-value",
                f"area {code}: {position[:2]} is no longitude and latitude",
                place,
                "longitude comes first: they look swapped" if swapped else "give WGS 84 degrees",
            )
            return False
    if ring[0][:2] != ring[-1][:2]:
        reader.report(
            "unclosed-polygon",
            f"area {code}: a ring does not end where it began",
            at,
            "repeat its first position at its end",
        )
        return False
    if len(ring) < 4:
        reader.report(
            "empty-polygon",
            f"area {code}: a ring has {len(ring)} positions",
            at,
            "a ring has at least 4",
        )
        return False
    return True


def _is_position(position: object) -> bool:
    return (
        isinstance(position, list)
        and 2 <= len(position) <= 3
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in position)
        and all(abs(n) < 1e6 and math.isfinite(n) for n in position)
    )


def _polygon(geometry: Any, code: str, at: Origin, reader: Reader) -> "BaseGeometry | None":
    import shapely
    from shapely.geometry import shape

    try:
        polygon = shape(geometry)
        reason = "" if polygon.is_valid else shapely.is_valid_reason(polygon)
    except (ValueError, TypeError, shapely.errors.ShapelyError) as e:
        reader.report("wrong-type", f"area {code}: {str(e)[:80]}", at)
        return None
    if reason:
        crossing = "self-intersection" in reason.lower()
        what = "the boundary crosses itself" if crossing else "the boundary is not sound"
        reader.report(
            "self-crossing" if crossing else "unsound-polygon",
            f"area {code}: {what}: {reason}",
            at,
            "the numbers are longitude and latitude of the spot; mend it in a map editor",
        )
        return None
    if polygon.is_empty or polygon.area == 0:
        reader.report(
            "empty-polygon",
            f"area {code}: the boundary encloses nothing",
            at,
            "give it a Polygon or remove the feature",
        )
        return None
    return polygon
