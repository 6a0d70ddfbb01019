"""What a route gets: a Context with the request behind it, as a FastAPI dependency."""

import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import quote

from fastapi import Depends, Request
from markupsafe import Markup
from starlette.requests import HTTPConnection

from civicapp.context import Context
from civicapp.region import Area
from civicapp.web.public import keep_private

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from civicapp.backing import Backing
    from civicapp.identity.audit import Act
    from civicapp.jobs.outbox import Outbox
    from civicapp.jobs.queue import JobQueue
    from civicapp.kernel import Kernel
    from civicapp.storage import Database
    from civicapp.storage.files import FileStore
    from civicapp.web.portal import Portal

LANGUAGE_COOKIE = "language"
AREA_COOKIE = "area"
FORM_KEY = "form_key"
PERSON, FORM_TOKEN = "civicapp.person", "civicapp.form_token"  # in the state of a request
YEAR = 365 * 24 * 3600
HEADER_LENGTH = 500  # characters of an Accept-Language that are read


class NoDatabase(RuntimeError):
    """Say that an app has no database; parts of its pages that read one are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext(Context):
    """A Context of a web request; pages render with it."""

    request: Request
    kernel: "Kernel"
    portal: "Portal"

    @property
    def db(self) -> "Database":
        """Return the database; raise NoDatabase in an app that was made without one."""
        if self.request.app.state.database is None:
            raise NoDatabase("create_app was given no database")
        return cast("Database", self.request.app.state.database)

    @property
    def files(self) -> "FileStore":
        """Return where uploads are kept; raise RuntimeError in an app without backing."""
        return self._backing.files

    @property
    def jobs(self) -> "JobQueue":
        """Return what takes jobs; raise RuntimeError in an app without backing."""
        return self._backing.queue

    @property
    def outbox(self) -> "Outbox":
        """Return what sends with a commit: jobs, events, notices; RuntimeError without backing."""
        return self._backing.outbox

    @property
    def _backing(self) -> "Backing":
        backing = self.request.scope.get("state", {}).get("backing")
        if backing is None:
            raise RuntimeError("this app is served without a backing")
        return cast("Backing", backing)

    @property
    def act(self) -> "Act":
        """Return who acts in this request, and when: what `audit` writes down."""
        from civicapp.identity.audit import Act

        number = self.request.scope.get("state", {}).get("request_id", "")
        return Act(self.person.id if self.person else None, number)

    @property
    def has_desk(self) -> bool:
        """Tell whether officers can sign in to this app."""
        return getattr(self.request.app.state, "people", None) is not None

    @property
    def form_field(self) -> Markup:
        """Return the hidden field that a form of a signed-in person carries; empty for a guest."""
        token = self.request.scope.get("state", {}).get(FORM_TOKEN)
        field = '<input type="hidden" name="form_token" value="{}">'
        return Markup(field).format(token) if token else Markup()  # noqa: S704 - it escapes

    @property
    def form_key(self) -> Markup:
        """Return a hidden field with a new key: a form with it that is sent twice counts once."""
        keep_private(self.request)  # two visitors must never get one key
        field = '<input type="hidden" name="{}" value="{}">'
        return Markup(field).format(FORM_KEY, secrets.token_urlsafe(24))  # noqa: S704 - escaped

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
        person=request.scope.get("state", {}).get(PERSON),
        _cipher=getattr(request.app.state, "cipher", None),
        _hooks=kernel.hooks(language),
        portal=request.app.state.portal,
    )


def bind(service: str) -> "Callable[[Request], Awaitable[None]]":
    """Make a dependency that says whose routes these are; it runs before the route's own."""

    async def bind_service(request: Request) -> None:  # async: else it costs a thread per request
        request.state.service = service

    return bind_service


async def _context(request: Request) -> WebContext:
    return make_context(request, getattr(request.state, "service", ""))


Ctx = Annotated[WebContext, Depends(_context)]
"""The context of a request, for a route's parameter: `async def page(ctx: Ctx)`."""


def language_of(request: HTTPConnection, kernel: "Kernel") -> str:
    """Choose the language: the visitor's cookie, the browser's wish, the region's first."""
    languages = kernel.region.languages
    if (chosen := request.cookies.get(LANGUAGE_COOKIE)) in languages:
        return str(chosen)
    return best_language(request.headers.get("accept-language", ""), languages)


def best_language(header: str, languages: tuple[str, ...]) -> str:
    """Choose the language that an Accept-Language header asks for, else the first."""
    return next((wish for wish in _wishes(header) if wish in languages), languages[0])


def _wishes(header: str) -> list[str]:
    """List the primary languages of an Accept-Language header, the most wanted first."""
    found: list[tuple[float, int, str]] = []
    for n, part in enumerate(header[:HEADER_LENGTH].split(",")):
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
