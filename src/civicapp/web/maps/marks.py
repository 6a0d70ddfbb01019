"""Marks: what a page lists, on the map that stands beside the list, with the same numbers."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from civicapp.web.maps.land import FINE, Drawing

TOGETHER = 18  # pixels: marks that are nearer stand as one


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in steps of a quarter of a pixel, and the numbers of the list that it stands for."""

    x: int
    y: int
    numbers: tuple[int, ...]

    @property
    def text(self) -> str:
        """Return what stands in the mark: one number, or the first and how many more."""
        first, *more = self.numbers
        return f"{first}+{len(more)}" if more else str(first)


@dataclass(frozen=True, slots=True)
class Marked:
    """A map with marks, for a template."""

    drawing: Drawing
    marks: tuple[Mark, ...]
    edge: int
    fine: int = FINE

    @property
    def land(self) -> Markup:
        """Return the path of the land."""
        return Markup(self.drawing.land)  # noqa: S704 - digits

    @property
    def borders(self) -> tuple[Markup, ...]:
        """Return the paths of the borders, the widest level first."""
        return tuple(map(Markup, self.drawing.borders))


def marked(drawing: Drawing, places: Iterable[tuple[float | None, float | None]]) -> Marked:
    """Put a list's places onto a map, numbered from 1; those beside it or unknown are left out.

    places: latitude and longitude of each line of the list.
    """
    found: list[tuple[float, float, list[int]]] = []
    view = drawing.view
    for n, (lat, lon) in enumerate(places, 1):
        if lat is None or lon is None:
            continue
        x, y = view.pixel(lat, lon)
        if not (0 <= x <= view.size and 0 <= y <= view.size):
            continue
        near = next((f for f in found if abs(f[0] - x) + abs(f[1] - y) < TOGETHER), None)
        if near is None:
            found.append((x, y, [n]))
        else:
            near[2].append(n)
    marks = tuple(Mark(round(x * FINE), round(y * FINE), tuple(ns)) for x, y, ns in found)
    return Marked(drawing.without([(x, y) for x, y, _ in found]), marks, view.size * FINE)


def pinned(drawing: Drawing, lat: float, lon: float) -> Marked:
    """Put one mark without a number onto a map."""
    x, y = drawing.view.pixel(lat, lon)
    mark = Mark(round(x * FINE), round(y * FINE), (0,))
    return Marked(drawing.without([(x, y)]), (mark,), drawing.view.size * FINE)
