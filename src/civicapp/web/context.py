"""What a route gets: a Context with the request behind it, as a FastAPI dependency."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from civicapp.context import Context
from civicapp.region import Area

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicapp.kernel import Kernel
    from civicapp.web.portal import Portal

LANGUAGE_COOKIE = "language"
AREA_COOKIE = "area"
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext(Context):
    """A Context of a web request; pages render with it."""

    request: Request
    kernel: "Kernel"
    portal: "Portal"

    @property
    def here(self) -> str:
        """Return the path and query of this page, for links that come back to it."""
        url = self.request.url
        return local_path(url.path + (f"?{url.query}" if url.query else ""))

    def of(self, service: str) -> "WebContext":
        """Return the same context for another service's code."""
        translations = self.kernel.catalogs.get(service, self.language)
        return replace(self, service=service, translations=translations)

    def about(self, area: Area) -> "WebContext":
        """Return the same context for another area than the visitor's."""
        return replace(self, area=area)


def make_context(request: Request, service: str) -> WebContext:
    """Build the context of a request for one service's code, "" for the kernel's own."""
    kernel = cast("Kernel", request.app.state.kernel)
    language = language_of(request, kernel)
    return WebContext(
        region=kernel.region,
        service=service,
        language=language,
        translations=kernel.catalogs.get(service, language),
        area=area_of(request, kernel),
        request=request,
        kernel=kernel,
        portal=request.app.state.portal,
    )


def bind(service: str) -> "Callable[[Request], None]":
    """Make a dependency that says whose routes these are; it runs before the route's own."""

    def bind_service(request: Request) -> None:
        request.state.service = service

    return bind_service


def _context(request: Request) -> WebContext:
    return make_context(request, getattr(request.state, "service", ""))


Ctx = Annotated[WebContext, Depends(_context)]
"""The context of a request, for a route's parameter: `async def page(ctx: Ctx)`."""


def language_of(request: HTTPConnection, kernel: "Kernel") -> str:
    """Choose the language: the visitor's cookie, the browser's wish, the region's first."""
    languages = kernel.region.languages
    if (chosen := request.cookies.get(LANGUAGE_COOKIE)) in languages:
        return str(chosen)
    for wish in _wishes(request.headers.get("accept-language", "")):
        if wish in languages:
            return wish
    return languages[0]


def _wishes(header: str) -> list[str]:
    """List the primary languages of an Accept-Language header, the most wanted first."""
    found: list[tuple[float, int, str]] = []
    for n, part in enumerate(header[:500].split(",")):
        match = re.fullmatch(
            r"\s*([A-Za-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d+)?))?\s*", part
        )
        if match and (weight := float(match[2] or 1)) > 0:
            found.append((-weight, n, match[1].lower()))
    return [language for *_, language in sorted(found)]


def area_of(request: HTTPConnection, kernel: "Kernel") -> Area | None:
    """Return the area of the visitor: `?area=` of this page, else the cookie; own areas only."""
    areas = kernel.region.areas
    for code in (request.query_params.get("area"), request.cookies.get(AREA_COOKIE)):
        if code and areas.own(code):
            return areas[code]
    return None


def local_path(path: str) -> str:
    """Return a path of this site; anything that could lead elsewhere becomes `/`."""
    safe = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return quote(path, safe="/?&=%:,;+@~.-_") if safe and "\\" not in path else "/"
