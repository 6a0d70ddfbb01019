"""Shape: the boundary of one area; and how the shapes of a file are kept in a bundle.

Each is kept as well-known binary in base64, little-endian: the same numbers bit by bit, which a
host need not parse again from decimals.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from civicapp.problems import Origin
from civicapp.region.compact import Malformed

if TYPE_CHECKING:
    from numpy import object_
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

_LITTLE_ENDIAN = 1
_WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """The boundary of one area, WGS 84, longitude first; `layer` counts the packs below its own."""

    code: str
    geometry: "BaseGeometry"
    origin: Origin
    layer: int


@dataclass(frozen=True, slots=True)
class KeptShapes:
    """The shapes of a file as a bundle keeps them: by code, the feature's number and its binary."""

    members: Mapping[str, object]

    @classmethod
    def of(cls, shapes: Mapping[str, Shape]) -> "KeptShapes":
        """Keep the shapes that were read from one file."""
        import shapely

        members: dict[str, object] = {}
        for code, shape in shapes.items():
            feature = int(shape.origin.pointer.split("/")[2])
            binary = shapely.to_wkb(shape.geometry, output_dimension=2, byte_order=_LITTLE_ENDIAN)
            members[code] = [feature, base64.b64encode(binary).decode("ascii")]
        return cls(members)

    def read(self, file: str, layer: int) -> dict[str, Shape]:
        """Return the shapes; `file` is shown in their places. Raise Malformed."""
        import shapely
        from shapely.errors import GEOSException

        features, binaries = [], []
        for member in self.members.values():
            match member:
                case [int(feature), str(binary)]:
                    features.append(feature)
                    binaries.append(binary)
                case _:
                    raise Malformed("a shape wants a number and its binary")
        try:
            geometries = shapely.from_wkb([base64.b64decode(b, validate=True) for b in binaries])
        except (ValueError, GEOSException) as e:
            raise Malformed("the binary of a shape cannot be read") from e
        kinds = {"Polygon", "MultiPolygon"}
        if not {g.geom_type for g in geometries} <= kinds or not _is_sound(geometries):
            raise Malformed("a shape is no sound polygon")
        return {
            code: Shape(code, geometry, Origin(file, pointer=f"/features/{n}/geometry"), layer)
            for code, geometry, n in zip(self.members, geometries, features, strict=True)
        }


def _is_sound(geometries: "NDArray[object_]") -> bool:
    import numpy as np
    import shapely

    bounds = shapely.bounds(geometries)
    within = (bounds[:, :2] >= _WORLD[:2]).all() and (bounds[:, 2:] <= _WORLD[2:]).all()
    return bool(within and np.all(shapely.is_valid(geometries)))  # bounds of nothing are NaN
