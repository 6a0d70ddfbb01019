"""A client of the whole app in this process: a guest's browser, an officer's, or a program."""

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from civicapp.backing import Backing
from civicapp.identity import sessions
from civicapp.identity.accounts import Wish, by_email, check_wish, create, grant, load_person
from civicapp.identity.audit import Act
from civicapp.identity.person import Person
from civicapp.identity.refusal import Refusal
from civicapp.identity.tokens import create_token
from civicapp.region import Region, Role
from civicapp.serving import Served
from civicapp.web import create_app

BROWSER = {"accept": "text/html,*/*;q=0.8", "sec-fetch-site": "same-origin"}


class Client(TestClient):
    """A browser on the app, a guest's until `as_officer` makes an officer's.

    It follows no redirect by itself (`follow` does), and what a route raises is raised here.
    """

    def __init__(self, app: Any, backing: Backing, *, raises: bool = True) -> None:
        super().__init__(app, raise_server_exceptions=raises, follow_redirects=False)
        self.headers.update(BROWSER)
        self.backing, self.raises = backing, raises
        self.person: Person | None = None
        """The officer who is signed in, None for a guest."""
        self._page: _Forms | None = None
        self._form_token = ""
        self._token = ""

    def speak(self, language: str) -> "Client":
        """Choose the language of the pages; return this client."""
        self.cookies.set("language", language)
        return self

    def request(self, method: str, url: Any, **more: Any) -> Any:
        """Send a request, as TestClient does; remember the forms of a page that comes back."""
        answer = super().request(method, url, **more)
        if answer.headers.get("content-type", "").startswith("text/html"):
            self._page = _Forms(str(answer.url), answer.text)
            self._form_token = self._page.token or self._form_token
        return answer

    def submit(
        self, path: str, data: Mapping[str, Any] | None = None, *, method: str = "POST", **more: Any
    ) -> Any:
        """Send the form of the page read last that leads to `path`, with its hidden fields.

        data: what is typed; it also replaces hidden fields. Where the page has no such form only
        `data` and the token of forms go.
        """
        fields = {"form_token": self._form_token} if self._form_token else {}
        if self._page is not None:
            fields |= self._page.hidden(path)
        return self.request(method, path, data={**fields, **(data or {})}, **more)

    def follow(self, answer: Any) -> Any:
        """Open the page that a form leads to; AssertionError with its text if it leads nowhere."""
        if answer.status_code not in (302, 303, 307, 308):
            raise AssertionError(
                f"{answer.request.method} {answer.request.url.path} answers {answer.status_code},"
                f" no redirect: {self.text(answer)[:800]}"
            )
        return self.get(answer.headers["location"])

    @staticmethod
    def text(answer: Any) -> str:
        """Return what a page says, without tags, on one line."""
        body = re.sub(r"(?s)<(script|style|svg|head)\b.*?</\1>", " ", answer.text)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

    def as_officer(self, role: str, agency: str | None = None, area: str | None = None) -> "Client":
        """Return another client, signed in as an officer with a role of the pack.

        agency, area: whose rows; where the role needs an agency and none is given, the first that
        fits is taken. The account is made when it is first asked for; a second factor counts as
        given. LookupError for a role that the pack does not have, ValueError when the three do not
        fit together.
        """
        region = self.backing.kernel.region
        wish = _wish(region, role, agency, area)
        account, secret = self.backing.database.write_now(_sign_in, region, wish)
        other = Client(self.app, self.backing, raises=self.raises)
        other.portal = self.portal  # one event loop for all: the database belongs to it
        for name in ("language", "area"):
            if value := self.cookies.get(name):
                other.cookies.set(name, value)
        other.cookies.set("session", secret)
        other.person = account
        return other

    @property
    def token(self) -> str:
        """Return a bearer token of this officer; RuntimeError for a guest."""
        person = self.person
        if person is None:
            raise RuntimeError("a guest has no token: client.as_officer(role).token")
        if not self._token:
            self._token = self.backing.database.write_now(
                lambda s: create_token(s, person.id, "tests", 1, Act(person.id))
            )
        return self._token

    def api(self, method: str, path: str, **more: Any) -> Any:
        """Send a request as a program does: no cookies, an officer's with the bearer token."""
        headers = {"accept": "application/json", **dict(more.pop("headers", None) or {})}
        if self.person is not None:
            headers.setdefault("authorization", f"Bearer {self.token}")
        program = TestClient(self.app, raise_server_exceptions=self.raises, follow_redirects=False)
        program.portal = self.portal
        return program.request(method, path, headers=headers, **more)


def make_client(backing: Backing, *, raises: bool = True) -> Client:
    """Make a guest's client of the real app; use it with `with`, which starts and ends the app."""
    app = create_app(backing.kernel, database=backing.database, cipher=backing.cipher)
    return Client(Served(app, backing, None), backing, raises=raises)


def _wish(region: Region, id: str, agency: str | None, area: str | None) -> Wish:
    role = region.roles.get(id)
    if role is None:
        known = ", ".join(sorted(region.roles)) or "none"
        raise LookupError(f"there is no role `{id}` in {region.id}; roles: {known}")
    if role.rows == "own_agency" and agency is None:
        agency, area = _office(region, role, area)
    wish = Wish(id, agency, area)
    try:
        check_wish(wish, region)
    except Refusal as e:
        raise ValueError(f"role {id}, agency {agency}, area {area}: {e}") from e
    return wish


def _office(region: Region, role: Role, area: str | None) -> tuple[str | None, str | None]:
    """Choose the first office for a role of an agency, in the area if one is given."""
    wanted = [area] if area else [a.code for a in region.areas.values()]
    for place in filter(region.areas.own, wanted):
        for agency in region.agencies.values():
            if agency.scope == region.areas[place].level:
                return agency.code, place
    for agency in region.agencies.values():
        if agency.scope is None:
            return agency.code, area
    raise ValueError(f"role {role.id} needs an agency, and {region.id} has none")


def _sign_in(session: Session, region: Region, wish: Wish) -> tuple[Person, str]:
    act = Act()
    name = "-".join(filter(None, (wish.role, wish.agency, wish.area))).lower()
    email = f"{name}@office.example"
    account = by_email(session, email)
    if account is None:
        account = create(session, email, f"Officer {name}"[:120], act)
        grant(session, account, wish, region, act)
        session.flush()
    secret = sessions.start(session, account, "full", "tests", act.at)
    return load_person(session, account, region, "session"), secret


class _Forms(HTMLParser):
    """The forms of a page: where each leads, and its hidden fields."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self._url = url
        self._forms: list[tuple[str, dict[str, str]]] = []
        self._inside = False
        self.token = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form or a hidden field."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = True
            self._forms.append((self._path(given.get("action", "")), {}))
        elif tag == "input" and given.get("type") == "hidden" and "name" in given:
            if given["name"] == "form_token":
                self.token = given.get("value", "")
            if self._inside:
                self._forms[-1][1][given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a form."""
        self._inside = self._inside and tag != "form"

    def hidden(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the first form that leads to a path."""
        wanted = self._path(path)
        return next((dict(fields) for action, fields in self._forms if action == wanted), {})

    def _path(self, action: str) -> str:
        return urlsplit(urljoin(self._url, action)).path
