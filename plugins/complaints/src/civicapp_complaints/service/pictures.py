"""Encode a photo anew: turned upright, at most 1600 pixels wide or high, and nothing but pixels."""

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from civicapp_complaints.service.photos import FORMATS

if TYPE_CHECKING:
    from PIL import Image

LARGE_SIDE, SMALL_SIDE = 1600, 480
QUALITY = 80
PAPER = (255, 255, 255)


class BrokenPhoto(Exception):
    """A photo that cannot be unpacked; trying again does not help."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Two WebP files of a photo, and the size of the large one."""

    large: bytes
    small: bytes
    width: int
    height: int


def encode(content: bytes, megapixels: int) -> Encoded:
    """Unpack a photo and encode it anew; raise BrokenPhoto.

    Of the original only pixels remain: no place, time, camera, thumbnail or text that it carried.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
                if image.width * image.height > megapixels * 1_000_000:
                    raise BrokenPhoto
                image.draft("RGB", (LARGE_SIDE, LARGE_SIDE))  # JPEG unpacks small at once
                upright = ImageOps.exif_transpose(image)
                flat = _flat(upright)
    except BrokenPhoto:
        raise
    except Exception as e:
        raise BrokenPhoto from e
    flat.thumbnail((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS)
    small = flat.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    return Encoded(_webp(flat), _webp(small), flat.width, flat.height)


def _flat(image: "Image.Image") -> "Image.Image":
    """Copy the pixels onto white paper, into a picture that carries nothing else."""
    from PIL import Image

    paper = Image.new("RGB", image.size, PAPER)
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        paper.paste(clear, mask=clear.getchannel("A"))
    else:
        paper.paste(image.convert("RGB"))
    return paper


def _webp(image: "Image.Image") -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
