"""Who asks: the session of a cookie or the owner of a bearer token, found before any route runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicapp.identity import sessions, tokens
from civicapp.identity.secret import utc_now
from civicapp.identity.sessions import Visit
from civicapp.storage.errors import DatabaseBusy, DatabaseGone
from civicapp.web.context import FORM_TOKEN, PERSON
from civicapp.web.errors import NotFound, error_response

if TYPE_CHECKING:
    from civicapp.identity.crypto import Cipher
    from civicapp.identity.passwords import Hasher
    from civicapp.identity.person import Person
    from civicapp.region import Region
    from civicapp.settings import Settings
    from civicapp.storage.database import Database

VISIT = "civicapp.visit"  # in the state of a request
BEARER = "bearer "
NEVER_SIGNED_IN = ("/static/", "/healthz", "/readyz")
PRIVATE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class People:
    """What signing in needs at run time. demo: demo accounts count."""

    database: "Database"
    cipher: "Cipher"
    hasher: "Hasher"
    region: "Region"
    settings: "Settings"

    @property
    def demo(self) -> bool:
        """Tell whether demo accounts count."""
        return self.settings.demo


def people_of(request: HTTPConnection) -> People:
    """Return what signing in needs; raise NotFound where nobody can sign in."""
    people = getattr(request.app.state, "people", None)
    if people is None:
        raise NotFound
    return cast("People", people)


def person_of(request: HTTPConnection) -> "Person | None":
    """Return who asks, None for a guest."""
    return cast("Person | None", request.scope.get("state", {}).get(PERSON))


def visit_of(request: HTTPConnection) -> Visit | None:
    """Return the session of this request, also one that still waits for a code."""
    return cast("Visit | None", request.scope.get("state", {}).get(VISIT))


def is_secure(request: HTTPConnection) -> bool:
    """Tell whether the browser came by https."""
    return request.url.scheme == "https" or request.app.state.kernel.settings.https


def cookie_name(name: str, secure: bool) -> str:
    """Return a cookie's name; with __Host- no other host of the domain can set it."""
    return f"__Host-{name}" if secure else name


def read_cookie(request: HTTPConnection, name: str) -> str | None:
    """Return a cookie that `keep_cookie` set."""
    return request.cookies.get(cookie_name(name, is_secure(request)))


def keep_cookie(
    request: HTTPConnection, answer: Response, name: str, value: str, seconds: int | None = None
) -> None:
    """Set a cookie that no script reads and no other site sends along with a form."""
    secure = is_secure(request)
    answer.set_cookie(
        cookie_name(name, secure), value, seconds, httponly=True, samesite="lax", secure=secure
    )


def drop_cookie(request: HTTPConnection, answer: Response, name: str) -> None:
    """Remove a cookie."""
    secure = is_secure(request)
    answer.delete_cookie(cookie_name(name, secure), httponly=True, samesite="lax", secure=secure)


class Identified:
    """Find out who asks, and let no cache keep what a person is shown.

    A session whose rights have changed gets a new id with the next page.
    """

    def __init__(self, app: ASGIApp, people: People) -> None:
        self.app, self.people = app, people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["path"].startswith(NEVER_SIGNED_IN):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        authorization = Headers(scope=scope).get("authorization", "")
        bearer = authorization[: len(BEARER)].lower() == BEARER
        secret = read_cookie(connection, "session")
        if secret is None and not bearer:
            await self.app(scope, receive, send)
            return
        carried = Response()  # holds the cookies to add
        try:
            if bearer:
                await self._bearer(connection, authorization[len(BEARER) :].strip())
            else:
                await self._session(connection, str(secret), carried)
        except (DatabaseBusy, DatabaseGone):
            answer = error_response(Request(scope, receive), 503, headers={"retry-after": "10"})
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, _private(send, carried))

    async def _bearer(self, connection: HTTPConnection, text: str) -> None:
        people, now = self.people, utc_now()
        found = await people.database.read(
            tokens.authenticate, text, people.region, people.demo, now
        )
        if found is None:
            return
        if found.touch:
            await people.database.write(tokens.touch, found.token, now)
        connection.scope.setdefault("state", {})[PERSON] = found.person

    async def _session(self, connection: HTTPConnection, secret: str, carried: Response) -> None:
        people, now = self.people, utc_now()
        visit = await people.database.read(sessions.find, secret, people.region, people.demo, now)
        if visit is None:
            drop_cookie(connection, carried, "session")
            return
        state = connection.scope.setdefault("state", {})
        state[VISIT], state[PERSON] = visit, visit.person
        state[FORM_TOKEN] = people.cipher.sign(visit.session, "form")
        if visit.touch:
            await people.database.write(sessions.touch, visit.session, now)
        if visit.rotate and connection.scope["method"] == "GET":
            fresh = await people.database.write(sessions.rotate, visit.session, secret, now)
            if fresh is not None:
                keep_cookie(connection, carried, "session", fresh)


def _private(send: Send, carried: Response) -> Send:
    cookies = carried.headers.getlist("set-cookie")

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["cache-control"] = "no-store"
            given = {value.partition("=")[0] for value in headers.getlist("set-cookie")}
            for value in cookies:
                if value.partition("=")[0] not in given:  # else the route knows better: a sign-in
                    headers.append("set-cookie", value)
        await send(message)

    return sending
