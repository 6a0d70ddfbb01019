"""The island with land, offices, officers and a database, for the tests of what is stored."""

import datetime
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import civicapp_complaints
import pytest
import structlog
from civicapp_complaints.models import Report, metadata
from civicapp_complaints.service.site import NO_REFS, Refs, Site
from civicapp_complaints.service.submit import Submission, submit
from civicapp_complaints.service.views import Receipt
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Act, Cipher, Database, Person
from civicapp.backing import Backing, connect
from civicapp.identity.accounts import Wish, by_email, create, grant, load_person
from civicapp.identity.tokens import create_token
from civicapp.kernel import Kernel, boot
from civicapp.serving import Served
from civicapp.settings import Settings
from civicapp.storage.database import open_database
from civicapp.storage.files import open_files
from civicapp.storage.lineage import Lineage
from civicapp.testing import WatchedOutbox
from civicapp.testing.watching import watch
from civicapp.web import create_app
from civicapp.web.logs import configure_logging

TODAY = datetime.date(2026, 11, 24)
NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)  # Tuesday 09:00 at the place
ROLES = Path(__file__).parents[4] / "regions" / "indonesia" / "organisation" / "roles.yaml"
SQUARE = (
    '{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon",'
    '"coordinates":[[[101,{low}],[102,{low}],[102,{high}],[101,{high}],[101,{low}]]]}}}}'
)
CATEGORIES = """\
code,group,name_en,name_id,sla,emergency,call,sensitive,public_asset,question,kind,location,evidence
road.hole,road,Pothole,Jalan berlubang,simple,,,,true,owner,,,photo
road.light,road,Street light,Lampu jalan,simple,,,,,,,,
road.sign,road,Sign,Rambu,simple,,,,,,,optional,
order.crime,order,Crime,Kejahatan,urgent,,110,true,,,,,
order.fire,order,Fire,Kebakaran,,true,113,,,,,,
order.hours,order,Opening hours,Jam buka,simple,,,,,,information,none,
"""
LINEAGE = Lineage(
    "complaints", Path(str(civicapp_complaints.__file__)).parent / "migrations", metadata
)


def make_kernel(isle: Any) -> Kernel:
    """Boot the island with land, roles and a few more categories."""
    squares = [SQUARE.format(code=c, low=a, high=b) for c, a, b in (("7.1", 2, 3), ("7.2", 0, 2))]
    shapes = '{"type":"FeatureCollection","features":[' + ",".join(squares) + "]}"
    isle.write("areas/boundaries.geojson", shapes)
    isle.write("organisation/roles.yaml", ROLES.read_text("utf-8"))
    isle.write("services/complaints/categories.csv", CATEGORIES)
    found = boot(isle.folder, today=TODAY)
    assert found.kernel is not None, [p for p in found.problems if p.severity == "error"]
    return found.kernel


@dataclass
class World:
    """A database with a region; jobs and events are written down instead of done."""

    kernel: Kernel
    db: Database
    site: Site
    jobs: list[tuple[str, str, Refs]] = field(default_factory=list)
    events: list[tuple[str, str, Refs]] = field(default_factory=list)
    _names: Iterator[int] = field(default_factory=itertools.count)

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Run a service function that writes."""
        return self.db.write_now(lambda s: fn(s, self.site, *args))

    def read(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Run a service function that only reads."""
        return self.db.read_now(lambda s: fn(s, self.site, *args))

    def submit(self, now: datetime.datetime = NOW, **given: Any) -> Receipt:
        """Send a report; a sound one unless something else is given."""
        found = self.write(submit, submission(**given), now)
        assert isinstance(found, Receipt)
        return found

    def officer(self, role: str, agency: str | None = None, area: str | None = None) -> Person:
        """Make an officer, or return the one made before."""
        email = f"{role}-{agency}-{area}@isle.example".lower()

        def make(session: Session) -> Person:
            account = by_email(session, email)
            if account is None:
                account = create(session, email, f"Officer {next(self._names)}", Act())
                grant(session, account, Wish(role, agency, area), self.kernel.region, Act())
                session.flush()
            return load_person(session, account, self.kernel.region, "session")

        return self.db.write_now(make)

    def report(self, number: str) -> Report:
        """Return the row of a report."""
        found = self.db.read_now(lambda s: s.scalar(select(Report).where(Report.number == number)))
        assert found is not None
        return found

    def rows(self, model: Any) -> list[Any]:
        """Return all rows of a table."""
        return self.db.read_now(lambda s: list(s.scalars(select(model))))


def submission(**given: Any) -> Submission:
    """Make a submission in which everything is right."""
    sound: Mapping[str, Any] = {
        "category": "road.light",
        "description": "The lamp in front of the market has been out for a week.",
        "lat": 2.5,
        "lon": 101.5,
        "language": "en",
    }
    return Submission(**{**sound, **given})


def act(person: Person | None = None, minutes: float = 0) -> Act:
    """Say who acts, some minutes later."""
    at = NOW + datetime.timedelta(minutes=minutes)
    return Act(person.id if person else None, "", at)


@pytest.fixture
def kernel(isle: Any) -> Kernel:
    """Return the kernel of the island."""
    return make_kernel(isle)


@pytest.fixture
def world(kernel: Kernel, make_database: Any) -> Iterator[World]:
    """Return the island with a database."""
    db = open_database(make_database([LINEAGE]))
    jobs: list[tuple[str, str, Refs]] = []
    events: list[tuple[str, str, Refs]] = []

    def enqueue(session: Session, job: str, key: str, refs: Refs = NO_REFS) -> None:
        jobs.append((job, key, refs))

    def emit(session: Session, name: str, subject: str, data: Refs) -> None:
        events.append((name, subject, data))

    site = Site(region=kernel.region, cipher=Cipher([bytes(range(32))]), enqueue=enqueue, emit=emit)
    yield World(kernel, db, site, jobs, events)
    db.close_now()


@dataclass
class Api:
    """The island's API in this process, beside its World."""

    client: TestClient
    world: World
    outbox: WatchedOutbox

    @property
    def backing(self) -> Backing:
        """Return what the app works with."""
        return self.outbox.backing

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Send a request below /api/v1/complaints."""
        return self.client.request(method, f"/api/v1/complaints{path}", **more)

    def get(self, path: str, **more: Any) -> Any:
        """Get."""
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        """Post JSON."""
        return self.call("POST", path, json=json, **more)

    def send(self, **given: Any) -> Any:
        """Send a report; a sound one unless something else is given."""
        sound = {
            "category": "road.light",
            "description": "The lamp in front of the market is out.",
            "lat": 2.5,
            "lon": 101.5,
        }
        answer = self.post("/reports", {**sound, **given})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def token(self, person: Person) -> dict[str, str]:
        """Return the header with a bearer token of an officer."""
        secret = self.world.db.write_now(
            lambda s: create_token(s, person.id, "tests", 1, Act(person.id))
        )
        return {"authorization": f"Bearer {secret}"}


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> Iterator[None]:
    """Write tracebacks plainly: with all local variables they take minutes."""
    configure_logging(Settings())
    yield
    structlog.reset_defaults()


@pytest.fixture
def api(kernel: Kernel, world: World, tmp_path: Path) -> Iterator[Api]:
    """Serve the island."""
    url = world.db.url
    files = open_files(tmp_path / "files")
    outbox = watch(connect(kernel, url, files, world.site.cipher))
    app = create_app(kernel, database=outbox.backing.database, cipher=world.site.cipher)
    with TestClient(Served(app, outbox.backing, None), raise_server_exceptions=False) as client:
        yield Api(client, world, outbox)
