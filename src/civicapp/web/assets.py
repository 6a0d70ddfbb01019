"""Static files under names that hold their hash: cached for ever, new at once when changed."""

import base64
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import Response

from civicapp.web.theme import theme_css

if TYPE_CHECKING:
    from civicapp.kernel import Kernel

FOREVER = "public, max-age=31536000, immutable"
WORTH_IT = 1024  # bytes; less fits into a packet or two as it is


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, ready to send; `gzip` is its body compressed, if that is worth it."""

    url: str
    body: bytes
    media_type: str
    gzip: bytes | None = None

    def response(self, accepted: str) -> Response:
        """Answer with the file, compressed when the `Accept-Encoding` header takes gzip."""
        headers = {"cache-control": FOREVER, "vary": "Accept-Encoding"}
        if self.gzip is None or not re.search(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))", accepted):
            return Response(self.body, media_type=self.media_type, headers=headers)
        headers["content-encoding"] = "gzip"
        return Response(self.gzip, media_type=self.media_type, headers=headers)


class Assets:
    """The static files of one kernel: the kit's, the theme's, the plugins'."""

    def __init__(self, kernel: "Kernel") -> None:
        self._by_name: dict[str, Asset] = {}
        self._by_url: dict[str, Asset] = {}
        self.logo_ratio = 1.0
        static = files("civicapp.web") / "static"
        kit = (static / "portal.css").read_text("utf-8")
        self._add("portal.css", (theme_css(kernel.region.theme) + kit).encode())
        self._add("desk.css", (static / "desk.css").read_bytes())
        self._add("portal.js", (static / "portal.js").read_bytes())
        if logo := kernel.region.theme.logo:
            self._add("logo.svg", logo.encode())
            self.logo_ratio = _ratio(logo)
        self._add("icon.svg", _app_icon(kernel).encode())
        for wired in kernel.services:
            folder = wired.folder / "static" if wired.folder else None
            for path in sorted(folder.rglob("*")) if folder and folder.is_dir() else ():
                if path.is_file():
                    name = f"{wired.id}/{path.relative_to(folder or path).as_posix()}"
                    self._add(name, path.read_bytes())

    @property
    def by_url(self) -> Mapping[str, Asset]:
        """Return the files by their URL."""
        return self._by_url

    def url(self, name: str) -> str:
        """Return a file's URL: `portal.css`, or `<plugin id>/map.js`."""
        return self._by_name[name].url

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a file of this name."""
        return name in self._by_name

    def _add(self, name: str, body: bytes) -> None:
        stem, dot, suffix = name.rpartition(".")
        digest = hashlib.sha256(body).hexdigest()[:12]
        url = f"/static/{stem}.{digest}{dot}{suffix}"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        packed = None
        if kind.startswith("text/") or kind.endswith(("javascript", "json", "xml")):
            kind += "; charset=utf-8"
            packed = gzip.compress(body, mtime=0) if len(body) > WORTH_IT else None
        self._by_name[name] = self._by_url[url] = Asset(url, body, kind, packed)


def _ratio(svg: str) -> float:
    """Return how much wider than high a drawing is, so that its place is kept while it loads."""
    box = re.search(r'viewBox="[^"\s,]+[\s,]+[^"\s,]+[\s,]+([0-9.]+)[\s,]+([0-9.]+)', svg)
    width, height = (float(box[1]), float(box[2])) if box else (1.0, 1.0)
    return min(4.0, width / height) if width and height else 1.0


def _app_icon(kernel: "Kernel") -> str:
    """Draw the icon of the browser tab: the logo, else the name's initial, on the brand colour."""
    theme = kernel.region.theme
    square = f'<rect width="64" height="64" rx="12" fill="{theme.light["brand"]}"/>'
    if theme.logo:
        data = base64.b64encode(theme.logo.encode()).decode()
        mark = (
            f'<image x="9" y="9" width="46" height="46" href="data:image/svg+xml;base64,{data}"/>'
        )
    else:
        name = (theme.name or kernel.region.name).text(*kernel.region.languages)
        initial = name.split()[-1][:1].upper()
        mark = (
            f'<text x="32" y="45" font-family="sans-serif" font-size="38" font-weight="700" '
            f'text-anchor="middle" fill="{theme.light["accent"]}">'
            f"{initial if initial.isalnum() else '•'}</text>"
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{square}{mark}</svg>'
