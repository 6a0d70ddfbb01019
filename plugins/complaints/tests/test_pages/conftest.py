"""Lampung with a database and officers, and a visitor who reads its pages in this process."""

import html
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from civicapp_complaints.context import site_of
from civicapp_complaints.models import Report
from civicapp_complaints.service import officer
from civicapp_complaints.service.officer import Order
from civicapp_complaints.service.review import Review, review
from civicapp_complaints.service.submit import Submission, submit
from civicapp_complaints.service.views import Receipt
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import select

from civicapp import Act, Person
from civicapp.backing import Backing, prepare
from civicapp.identity.accounts import by_email, load_person
from civicapp.identity.demo import demo_password, seed_demo_accounts
from civicapp.kernel import Kernel, boot
from civicapp.serving import Served
from civicapp.settings import Settings
from civicapp.web import create_app
from civicapp.web.logs import configure_logging

VILLAGE = "18.71.13.1005"  # Sumber Agung, in Kemiling, in Bandar Lampung
AREAS = ["18.71", "18.71.13", VILLAGE]
LAT, LON = -5.4095, 105.19
TEXT = "Ada lubang besar di tengah jalan. Sudah dua minggu."
SCOPES = {"handler": ("K_PUPR", "18.71"), "supervisor": ("K_PUPR", "18.71")}


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> Iterator[None]:
    """Write tracebacks plainly: with all local variables they take minutes."""
    configure_logging(Settings(log_level="error"))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    """Return the kernel of Lampung as a demonstration."""
    found = boot("lampung", settings=Settings(demo=True))
    assert found.kernel is not None, found.problems
    return found.kernel


def photo(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    """Make a photo."""
    content = io.BytesIO()
    Image.new("RGB", (width, height), (120, 110, 100)).save(content, kind)
    return content.getvalue()


class Visitor:
    """Someone with a browser that follows no redirect by itself."""

    def __init__(self, app: Any, language: str = "id") -> None:
        self.client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        self.client.headers.update({"accept": "text/html", "sec-fetch-site": "same-origin"})
        self.client.cookies.set("language", language)
        self.token = ""

    def get(self, path: str, **more: Any) -> Any:
        """Open a page."""
        answer = self.client.get(path, **more)
        if found := re.search(r'name="form_token" value="([^"]+)"', answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send a form."""
        sent = {**({"form_token": self.token} if self.token else {}), **(data or {})}
        return self.client.post(path, data=sent, **more)

    def follow(self, answer: Any) -> Any:
        """Go where a form leads."""
        assert answer.status_code == 303, (answer.status_code, text_of(answer)[:800])
        return self.get(answer.headers["location"])


def text_of(answer: Any) -> str:
    """Return what a page says."""
    body = re.sub(r"(?s)<(script|style|svg).*?</\1>", " ", answer.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


class World:
    """The app, its backing, and short ways to reports and officers."""

    def __init__(self, kernel: Kernel, backing: Backing) -> None:
        self.kernel, self.backing, self.db = kernel, backing, backing.database
        self.app = create_app(kernel, database=self.db, cipher=backing.cipher)
        self.served = Served(self.app, backing, None)
        self.site = site_of(self)  # type: ignore[arg-type]
        self._seeded = False

    # What `site_of` asks of a web context.
    @property
    def request(self) -> Any:
        inner: Any = self.app
        while not hasattr(inner, "state"):
            inner = inner.app
        return type("Request", (), {"app": inner})

    @property
    def region(self) -> Any:
        return self.kernel.region

    @property
    def cipher(self) -> Any:
        return self.backing.cipher

    @property
    def jobs(self) -> Any:
        return self.backing.queue

    @property
    def outbox(self) -> Any:
        return self.backing.outbox

    def visitor(self, language: str = "id") -> Visitor:
        return Visitor(self.served, language)

    def seed(self) -> None:
        if not self._seeded:
            self.db.write_now(
                lambda s: seed_demo_accounts(s, self.region, self.backing.cipher, SCOPES)
            )
            self._seeded = True

    def person(self, role: str) -> Person:
        self.seed()

        def load(session: Any) -> Person:
            account = by_email(session, f"{role}@demo.invalid")
            assert account is not None
            return load_person(session, account, self.region, "session")

        return self.db.read_now(load)

    def officer(self, role: str = "handler", language: str = "id") -> Visitor:
        """Return an officer who is signed in."""
        self.seed()
        visitor = self.visitor(language)
        visitor.get("/account/sign-in")
        typed = {
            "email": f"{role}@demo.invalid",
            "password": demo_password(self.backing.cipher),
            "next": "/desk",
        }
        answer = visitor.post("/account/sign-in", typed)
        assert answer.status_code == 303, text_of(answer)[:500]
        visitor.get("/desk")
        return visitor

    def submit(self, **given: Any) -> Receipt:
        sound: dict[str, Any] = {
            "category": "road.pothole",
            "answer": "regency",
            "description": TEXT,
            "lat": LAT,
            "lon": LON,
            "language": "id",
        }
        made = Submission(**{**sound, **given})
        return self.db.write_now(lambda s: submit(s, self.site, made, Act().at))

    def publish(self, receipt: Receipt, text: str = TEXT) -> None:
        person = self.person("reviewer")
        given = Review(approve=True, text=text)
        self.db.write_now(review, self.site, person, receipt.id, given, Act(person.id))

    def act(self, role: str, receipt: Receipt, action: str, **carried: str) -> None:
        person = self.person(role)
        order = Order(action=action, carried=carried)
        self.db.write_now(officer.act, self.site, person, receipt.id, order, Act(person.id))

    def report(self, number: str) -> Report:
        found = self.db.read_now(lambda s: s.scalar(select(Report).where(Report.number == number)))
        assert found is not None
        return found

    def reports(self) -> list[Report]:
        return self.db.read_now(lambda s: list(s.scalars(select(Report))))


@pytest.fixture
def world(kernel: Kernel, tmp_path: Path) -> Iterator[World]:
    backing = prepare(kernel, tmp_path / "data")
    assert isinstance(backing, Backing), backing
    yield World(kernel, backing)
    backing.database.close_now()


@pytest.fixture
def visitor(world: World) -> Visitor:
    return world.visitor()


@pytest.fixture
def say() -> Callable[[Any], str]:
    return text_of


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return photo
