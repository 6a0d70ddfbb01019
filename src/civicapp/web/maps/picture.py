"""Picture: a map as the image that people tap; its pixels are places."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from civicapp.web.maps.land import FINE, HIGH, Drawing

# The colours are the same by day and by night, as of a printed map.
INK, LINE, GROUND, LANDS, PIN = "#33343B", "#8F9099", "#DCE3E6", "#FBFAF8", "#B3261E"


def map_picture(drawing: Drawing, pin: tuple[float, float] | None = None) -> str:
    """Write a map as the picture that people tap. pin: latitude and longitude."""
    view, edge = drawing.view, drawing.view.size * FINE
    if pin is not None:
        x, y = view.pixel(*pin)
        drawing = drawing.without([(x, y), (x, y - 2 * HIGH)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{view.size}" height="{view.size}" '
        f'viewBox="0 0 {edge} {edge}"><path fill="{GROUND}" d="M0 0h{edge}v{edge}H0z"/>',
        f'<path fill="{LANDS}" d="{drawing.land}"/>',
    ]
    for n, path in enumerate(drawing.borders):
        width = 6 if n == 0 else 3
        parts.append(f'<path fill="none" stroke="{LINE}" stroke-width="{width}" d="{path}"/>')
    parts.append(
        f'<g font-family="system-ui,Roboto,sans-serif" font-size="{11 * FINE}" fill="{INK}" '
        f'stroke="{LANDS}" stroke-width="12" stroke-linejoin="round" paint-order="stroke" '
        'text-anchor="middle">'
    )
    for label in drawing.labels:
        bold = ' font-weight="700"' if label.strong else ""
        x, y = round(label.x * FINE), round((label.y + 4) * FINE)
        parts.append(f'<text x="{x}" y="{y}"{bold}>{escape(label.text)}</text>')
    parts += _furniture(drawing, edge)
    if pin is not None:
        parts.append(_pin(*view.pixel(*pin)))
    return "".join(parts) + "</svg>"


def _furniture(drawing: Drawing, edge: int) -> Iterator[str]:
    """Yield the scale bar and the cross in the middle, and end the group of texts."""
    pixels, shown = drawing.bar
    left, low, length = 10 * FINE, edge - 12 * FINE, round(pixels * FINE)
    yield f'<text x="{left}" y="{low - 16}" text-anchor="start">{shown}</text></g>'
    yield f'<path d="M{left} {low}v12h{length}v-12" fill="none" stroke="{INK}" stroke-width="6"/>'
    middle = edge // 2
    yield (
        f'<path d="M{middle - 24} {middle}h48M{middle} {middle - 24}v48" '
        f'stroke="{INK}" stroke-width="4" opacity=".55"/>'
    )


def _pin(x: float, y: float) -> str:
    """Draw the pin; its point stands on the place."""
    shape = "M0 0c-44-60-64-92-64-124a64 64 0 0 1 128 0c0 32-20 64-64 124z"
    return (
        f'<g transform="translate({round(x * FINE)} {round(y * FINE)})">'
        f'<path d="{shape}" fill="{PIN}" stroke="#fff" stroke-width="8"/>'
        '<circle cy="-124" r="24" fill="#fff"/></g>'
    )
