"""View: the part of the earth that a drawn map shows, and how its pixels and places meet."""

import math
from dataclasses import dataclass, replace

SIZE = 288  # CSS pixels of a side: the picture is never scaled, so that a tap is a place
SPANS = (600, 1_200, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000)
WIDEST = (640_000, 1_280_000, 2_560_000, 5_120_000)
METRES = 111_195.0  # per degree, on a sphere of 6,371 km
STEP = 0.4  # of the picture: so far one press of an arrow moves
WAYS = {"north": (0.0, 1.0), "south": (0.0, -1.0), "west": (-1.0, 0.0), "east": (1.0, 0.0)}
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class View:
    """A square of the earth. span: metres from one edge to the other. size: pixels of a side."""

    lat: float
    lon: float
    span: int
    size: int = SIZE

    def __str__(self) -> str:
        """Write it as a form carries it."""
        return f"{self.lat:.5f},{self.lon:.5f},{self.span}"

    @property
    def _scale(self) -> float:
        """Return degrees of latitude per pixel."""
        return self.span / METRES / self.size

    @property
    def _narrow(self) -> float:
        return max(0.05, math.cos(math.radians(self.lat)))

    def pixel(self, lat: float, lon: float) -> tuple[float, float]:
        """Return where a place lies in the picture, from its upper left corner."""
        half = self.size / 2
        x = half + (lon - self.lon) * self._narrow / self._scale
        return x, half - (lat - self.lat) / self._scale

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return latitude and longitude of a pixel."""
        half = self.size / 2
        lat = self.lat - (y - half) * self._scale
        return round(lat, 6), round(self.lon + (x - half) * self._scale / self._narrow, 6)

    @property
    def bounds(self) -> Bounds:
        """Return the edges as west, south, east, north."""
        north, west = self.place(0, 0)
        south, east = self.place(self.size, self.size)
        return west, south, east, north

    def moved(self, way: str) -> "View":
        """Return the view a step further to the north, south, west or east."""
        x, y = WAYS[way]
        step = STEP * self.size * self._scale
        lat = max(-85.0, min(85.0, self.lat + y * step))
        return replace(self, lat=lat, lon=self.lon + x * step / self._narrow)

    def zoomed(self, steps: int) -> "View":
        """Return the view so many steps nearer, or with a minus farther."""
        spans = (*SPANS, *WIDEST)
        now = min(range(len(spans)), key=lambda n: abs(math.log(spans[n] / self.span)))
        return replace(self, span=spans[max(0, min(len(spans) - 1, now - steps))])

    def at(self, lat: float, lon: float) -> "View":
        """Return the same view of another place."""
        return replace(self, lat=lat, lon=lon)

    def shows(self, lat: float, lon: float, margin: float = 0.12) -> bool:
        """Tell whether a place lies in the picture, and not at its very edge."""
        edge = self.size * margin
        return all(edge <= n <= self.size - edge for n in self.pixel(lat, lon))


def read_view(text: str) -> View | None:
    """Read a view that a form carried; None if it is none."""
    try:
        lat, lon, span = text.split(",")
        view = View(float(lat), float(lon), int(span))
    except ValueError:
        return None
    sound = abs(view.lat) <= 85 and abs(view.lon) <= 180 and SPANS[0] <= view.span <= WIDEST[-1]
    return view if sound else None


def view_of(bounds: Bounds, size: int = SIZE) -> View:
    """Return the narrowest view that shows an area with a little room around it."""
    west, south, east, north = bounds
    lat, lon = (south + north) / 2, (west + east) / 2
    wide = (east - west) * math.cos(math.radians(lat)) * METRES
    needed = max(wide, (north - south) * METRES) * 1.08
    span = max(SPANS[0], min(WIDEST[-1], math.ceil(needed)))
    return View(lat, lon, span, size)
