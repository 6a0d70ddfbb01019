"""Draw sample photos: plain pictures of a problem, so that nobody's photo is used."""

import io
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw

WIDTH, HEIGHT = 960, 720
HORIZON = 300
Draw = Callable[["ImageDraw.ImageDraw", random.Random], None]


def draw_photo(kind: str, seed: int) -> bytes:
    """Draw a picture as a JPEG, the same each time. kind: `hole`, `lamp`, `waste` …"""
    from PIL import Image, ImageDraw

    chance = random.Random(f"{kind} {seed}")  # noqa: S311 - the same picture every time
    night = kind == "lamp"
    image = Image.new("RGB", (WIDTH, HEIGHT), (26, 32, 58) if night else (176, 204, 226))
    pen = ImageDraw.Draw(image)
    _street(pen, chance, night=night)
    KINDS[kind](pen, chance)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _street(pen: "ImageDraw.ImageDraw", chance: random.Random, *, night: bool) -> None:
    """Draw houses, a verge and a road that narrows."""
    walls = [(196, 178, 150), (172, 190, 170), (205, 196, 180), (150, 166, 186)]
    x = -40
    while x < WIDTH:
        width, height = chance.randrange(120, 220), chance.randrange(90, 190)
        wall = chance.choice(walls)
        shade = tuple(c // 4 for c in wall) if night else wall
        pen.rectangle((x, HORIZON - height, x + width, HORIZON), fill=shade)
        roof = (58, 34, 30) if night else (158, 84, 66)
        top = HORIZON - height
        pen.polygon([(x - 12, top), (x + width + 12, top), (x + width // 2, top - 60)], fill=roof)
        x += width + chance.randrange(10, 60)
    pen.rectangle((0, HORIZON, WIDTH, HEIGHT), fill=(30, 44, 34) if night else (124, 152, 98))
    road = (40, 42, 48) if night else (112, 114, 118)
    pen.polygon([(400, HORIZON), (560, HORIZON), (900, HEIGHT), (60, HEIGHT)], fill=road)
    for n in range(5):
        y = HORIZON + 30 + n * n * 18
        pen.rectangle((476 - n * 2, y, 484 + n * 2, y + 14 + n * 8), fill=(222, 222, 214))


def _hole(pen: "ImageDraw.ImageDraw", chance: random.Random) -> None:
    for _ in range(chance.randrange(1, 4)):
        x, y = chance.randrange(280, 640), chance.randrange(440, 640)
        width, height = chance.randrange(90, 210), chance.randrange(34, 74)
        pen.ellipse((x, y, x + width, y + height), fill=(66, 62, 58))
        pen.ellipse((x + 12, y + 10, x + width - 8, y + height - 4), fill=(92, 82, 68))


def _lamp(pen: "ImageDraw.ImageDraw", chance: random.Random) -> None:
    for n in range(3):
        x = 150 + n * 70 + chance.randrange(0, 30)
        foot, top = 520 - n * 60, 190 + n * 20
        pen.rectangle((x, top, x + 8 - n, foot), fill=(90, 94, 100))
        pen.rectangle((x, top, x + 60 - n * 8, top + 8), fill=(90, 94, 100))
        pen.ellipse((x + 44 - n * 8, top + 4, x + 70 - n * 8, top + 20), fill=(54, 56, 60))


def _waste(pen: "ImageDraw.ImageDraw", chance: random.Random) -> None:
    colours = [(40, 44, 52), (214, 214, 208), (60, 110, 170), (178, 62, 52), (92, 128, 64)]
    for _ in range(46):
        x, y = chance.gauss(250, 90), chance.gauss(560, 46)
        size = chance.randrange(22, 64)
        pen.ellipse((x, y, x + size, y + size * 0.7), fill=chance.choice(colours))


def _water(pen: "ImageDraw.ImageDraw", chance: random.Random) -> None:
    pen.polygon([(330, 430), (640, 430), (860, 700), (120, 700)], fill=(126, 122, 96))
    for _ in range(24):
        x, y = chance.randrange(220, 720), chance.randrange(450, 690)
        pen.line((x, y, x + chance.randrange(30, 90), y), fill=(164, 160, 132), width=3)


def _tree(pen: "ImageDraw.ImageDraw", chance: random.Random) -> None:
    pen.line((90, 620, 760, 480), fill=(96, 70, 46), width=34)
    for _ in range(60):
        x, y = chance.gauss(660, 90), chance.gauss(480, 60)
        size = chance.randrange(30, 80)
        green = chance.randrange(90, 150)
        pen.ellipse((x, y, x + size, y + size * 0.8), fill=(50, green, 46))


KINDS: Mapping[str, Draw] = MappingProxyType(
    {"hole": _hole, "lamp": _lamp, "waste": _waste, "water": _water, "tree": _tree}
)
