"""Static files under names that hold their hash: cached for ever, and new at once when they change."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from civicapp.web.theme import theme_css

if TYPE_CHECKING:
    from civicapp.kernel import Kernel

FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, ready to send."""

    url: str
    body: bytes
    media_type: str


class Assets:
    """The static files of one kernel: the kit's, the theme's, the plugins'."""

    def __init__(self, kernel: "Kernel") -> None:
        self._by_name: dict[str, Asset] = {}
        self._by_url: dict[str, Asset] = {}
        static = files("civicapp.web") / "static"
        kit = (static / "portal.css").read_text("utf-8")
        self._add("portal.css", (theme_css(kernel.region.theme) + kit).encode())
        self._add("portal.js", (static / "portal.js").read_bytes())
        if logo := kernel.region.theme.logo:
            self._add("logo.svg", logo.encode())
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
        if kind.startswith("text/") or kind.endswith(("javascript", "json", "xml")):
            kind += "; charset=utf-8"
        self._by_name[name] = self._by_url[url] = Asset(url, body, kind)


def _app_icon(kernel: "Kernel") -> str:
    """Draw the icon of the browser tab: the region's initial on its brand colour."""
    theme = kernel.region.theme
    name = theme.name or kernel.region.name
    initial = name.text(*kernel.region.languages).split()[-1][:1].upper()
    initial = initial if initial.isalnum() else "•"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="12" fill="{theme.light["brand"]}"/>'
        f'<text x="32" y="45" font-family="sans-serif" font-size="38" font-weight="700" '
        f'text-anchor="middle" fill="{theme.light["accent"]}">{initial}</text></svg>'
    )
