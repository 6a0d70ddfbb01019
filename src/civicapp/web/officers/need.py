"""What a route asks for: somebody signed in, a permission, a form of our own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from civicapp.identity.passwords import HashingBusy
from civicapp.identity.person import Person
from civicapp.web.context import local_path
from civicapp.web.errors import error_response, wants_page
from civicapp.web.officers.people import PRIVATE, people_of, person_of, read_cookie, visit_of
from civicapp.web.security import UNSAFE

FIELD, HEADER = "form_token", "x-form-token"
GUEST, GUEST_SECONDS = "form", 1800  # the cookie behind the token of a guest's form
SIGN_IN = "/account/sign-in"
bearer = HTTPBearer(auto_error=False, description="A token from `civicapp account token`.")


class SignInNeeded(HTTPException):
    """Ask to sign in: a page leads there, a program gets 401."""

    def __init__(self) -> None:
        super().__init__(401, headers={"www-authenticate": "Bearer"})


class FormRefused(HTTPException):
    """Refuse a form without our token: it may come from another site."""

    def __init__(self) -> None:
        super().__init__(403)


async def check_guest_form(request: Request) -> None:
    """Refuse a guest's form whose browser does not say where it is from, unless it has our token.

    The others were checked at the door.
    """
    headers = request.headers
    if "sec-fetch-site" in headers or "origin" in headers:
        return
    nonce, sent = read_cookie(request, GUEST), (await request.form()).get(FIELD)
    cipher = people_of(request).cipher
    if nonce is None or not isinstance(sent, str) or not cipher.verify(sent, nonce, GUEST):
        raise FormRefused


async def check_form(request: Request) -> None:
    """Refuse a post with a session's cookie that does not carry the session's token.

    A program with a bearer token needs none: no browser sends that by itself.
    """
    visit = visit_of(request)
    if request.method not in UNSAFE or visit is None:
        return
    sent = request.headers.get(HEADER) or (await request.form()).get(FIELD)
    cipher = people_of(request).cipher
    if not isinstance(sent, str) or not cipher.verify(sent, visit.session, "form"):
        raise FormRefused


@dataclass(frozen=True, slots=True, eq=False)
class Required:
    """A dependency that answers with the person; `permission` is None where any officer will do."""

    permission: str | None

    async def __call__(
        self, request: Request, _: Annotated[object, Depends(bearer)] = None
    ) -> Person:
        """Return who asks; raise SignInNeeded, FormRefused, or 403."""
        person = person_of(request)
        if person is None:
            raise SignInNeeded
        if self.permission is not None and not person.may(self.permission):
            raise HTTPException(403)
        await check_form(request)
        return person


def require(permission: str) -> Callable[..., Awaitable[Person]]:
    """Make a dependency that lets only those pass who may do this on some row.

    It is a parameter, `person: Annotated[Person, Depends(require("complaints.report.read"))]`, or
    stands in `dependencies`. A guest is led to the sign-in, a program gets 401; who lacks the
    permission gets 403. Which rows is for the route to ask: `person.rows("…")`. A post with a
    session's cookie must carry the form's token: `{{ ctx.form_field }}` in the template, or header
    `X-Form-Token`.
    """
    return Required(permission)


signed_in = Required(None)
Officer = Annotated[Person, Depends(signed_in)]
"""Whoever is signed in, for a route's parameter."""


def install(app: FastAPI) -> None:
    """Answer the exceptions of this module."""

    async def to_sign_in(request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInNeeded)  # noqa: S101 - registered for it
        if not wants_page(request):
            return error_response(request, 401, headers=error.headers)
        return RedirectResponse(sign_in_path(request), 303, headers=PRIVATE)

    async def busy(request: Request, _: Exception) -> Response:
        return error_response(request, 503, headers={"retry-after": "10"})

    app.add_exception_handler(SignInNeeded, to_sign_in)
    app.add_exception_handler(HashingBusy, busy)


def sign_in_path(request: Request) -> str:
    """Return the path of the page to sign in on, which leads back to this page or its form."""
    path, query = request.url.path, request.url.query
    if request.method in UNSAFE:
        came_from = urlsplit(request.headers.get("referer", ""))
        own = came_from.netloc == request.headers.get("host")
        path, query = (came_from.path, came_from.query) if own else ("/desk", "")
    visit = visit_of(request)
    stages = {"code": "/account/code", "setup": "/account/second-factor"}
    first = stages.get(visit.stage, SIGN_IN) if visit else SIGN_IN
    back = local_path(path + (f"?{query}" if query else ""))
    return f"{first}?{urlencode({'next': back})}"
