"""Lampung with prices, on a database of each kind; and the island's simplest case."""

import datetime
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import civicapp_prices
import pytest
from civicapp_prices.models import Entry, Quote, metadata
from civicapp_prices.service.site import Refs, Site
from sqlalchemy.orm import Session

from civicapp import Act, Database, Person
from civicapp.identity.accounts import Wish, by_email, create, grant, load_person
from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings
from civicapp.storage.database import open_database
from civicapp.storage.lineage import Lineage

NOW = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)  # Tuesday, 10:00 in the region
TODAY = datetime.date(2026, 11, 24)
LINEAGE = Lineage("prices", Path(str(civicapp_prices.__file__)).parent / "migrations", metadata)
REGION = """\
format: 1
id: pasar
extends: lampung
area: "18"
name: {id: Lampung}
plugins: [prices]
"""


@pytest.fixture(scope="session")
def pasar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of Lampung with prices as its only service."""
    folder = tmp_path_factory.mktemp("packs") / "pasar"
    folder.mkdir()
    (folder / "region.yaml").write_text(REGION, "utf-8")
    return folder


@pytest.fixture(scope="session")
def prices_kernel(pasar: Path) -> Kernel:
    """Boot it."""
    found = boot(pasar, settings=Settings())
    assert found.kernel is not None, found.problems
    return found.kernel


@dataclass
class World:
    """A database with a region; jobs and events are written down instead of done."""

    kernel: Kernel
    db: Database
    site: Site
    jobs: list[tuple[str, str, Refs]] = field(default_factory=list)
    events: list[tuple[str, str, Refs]] = field(default_factory=list)

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Run a service function that writes."""
        return self.db.write_now(lambda s: fn(s, self.site, *args))

    def read(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Run a service function that only reads."""
        return self.db.read_now(lambda s: fn(s, self.site, *args))

    def rows(self, model: Any) -> list[Any]:
        """Return all rows of a table."""
        from sqlalchemy import select

        return self.db.read_now(lambda s: list(s.scalars(select(model))))

    def officer(self, role: str = "price_officer", area: str | None = None) -> Person:
        """Make an officer of an area, or return the one made before."""
        email = f"{role}-{area}@pasar.example"

        def make(session: Session) -> Person:
            account = by_email(session, email)
            if account is None:
                account = create(session, email, f"{role} {area}", Act())
                grant(session, account, Wish(role, None, area), self.kernel.region, Act())
                session.flush()
            return load_person(session, account, self.kernel.region, "session")

        return self.db.write_now(make)

    def quote(
        self,
        market: str,
        price: int | None,
        commodity: str = "beras-medium-1",
        date: datetime.date = TODAY,
        slot: int = 1,
        state: str = "submitted",
    ) -> None:
        """Put a quote into the tables, as if it had been entered; points are not derived."""

        def put(session: Session) -> None:
            entry = Entry(
                id=str(uuid.uuid4()),
                body="0" * 64,
                market=market,
                date=date,
                officer=None,
                method="import",
                captured_at=None,
                received_at=NOW,
                late=False,
            )
            session.add(entry)
            session.flush()
            session.add(
                Quote(
                    entry=entry.id,
                    market=market,
                    slot=slot,
                    commodity=commodity,
                    date=date,
                    outcome="not_sold" if price is None else "price",
                    price=price,
                    unit="kg",
                    state=state,
                    reasons=[],
                    version=1,
                )
            )

        self.db.write_now(put)


@pytest.fixture
def world(prices_kernel: Kernel, make_database: Any) -> Iterator[World]:
    """Return the region with an empty database."""
    db = open_database(make_database([LINEAGE]))
    jobs: list[tuple[str, str, Refs]] = []
    events: list[tuple[str, str, Refs]] = []

    def enqueue(session: Session, job: str, key: str, refs: Refs = {}) -> bool:  # noqa: B006
        new = all((job, key) != known[:2] for known in jobs)
        jobs.append((job, key, refs))
        return new

    def emit(session: Session, name: str, subject: str, data: Refs) -> None:
        events.append((name, subject, data))

    site = Site(region=prices_kernel.region, enqueue=enqueue, emit=emit)
    yield World(prices_kernel, db, site, jobs, events)
    db.close_now()


def exact(text: str) -> Decimal:
    """Make a decimal."""
    return Decimal(text)
