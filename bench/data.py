"""The same region and the same reports for both: drawn from the pack, written to both databases."""

import datetime
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicapp_complaints.domain.events import Event, seal
from civicapp_complaints.domain.number import digest_of, new_number
from civicapp_complaints.models import Clock, Report, SecretRow
from civicapp_complaints.permissions import ACCEPT
from civicapp_complaints.service.history import row_of
from civicapp_complaints.service.responsible import due_of, office_of, route
from civicapp_complaints.service.site import Site
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench import peer
from civicapp import Area, Region
from civicapp.backing import prepare
from civicapp.identity.accounts import Wish, create, grant
from civicapp.identity.audit import Act
from civicapp.identity.crypto import Cipher
from civicapp.identity.permissions import role_allows
from civicapp.kernel import Kernel

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SEED = 20_261_124
PLACES = 2_000  # points that reports are at
CATEGORIES = 20
BULK = 1_000  # rows a statement
DAY = datetime.timedelta(days=1)
TEXT = (
    "Lubang besar di depan pasar, sudah dua minggu dan makin dalam sejak hujan. Motor sering jatuh "
    "pada malam hari karena lampu jalan juga mati. Mohon segera ditambal sebelum ada korban lagi. "
)
STATES = ("routed", "routed", "in_progress", "resolved", "closed", "closed", "closed")


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the region's land."""

    lat: float
    lon: float
    area: Area


class World:
    """What both work on: categories, points, offices."""

    def __init__(self, region: Region, cipher: Cipher) -> None:
        self.region, self.draw = region, random.Random(SEED)
        self.site = Site(region=region, cipher=cipher)
        usual = [
            c
            for c in self.site.config.categories
            if not c.sensitive and not c.emergency and c.active and c.location == "required"
        ]
        self.categories = usual[:CATEGORIES]
        self.shapes = dict(self._shapes())
        self.spots = [self.spot() for _ in range(PLACES)]
        self.staffed = self._offices()

    def _shapes(self) -> "Iterator[tuple[str, BaseGeometry]]":
        """Yield the region's polygons, the narrowest first."""
        boundaries, areas = self.region.boundaries, self.region.areas
        own = [code for code in areas if code in boundaries]
        for code in sorted(own, key=lambda c: (-len(areas[c].path), c)):
            shape = boundaries.shape(code)
            assert shape is not None
            yield code, shape

    def spot(self) -> Spot:
        """Draw a point on land, every area as often as the others."""
        finest = max(len(self.region.areas[code].path) for code in self.shapes)
        codes = [code for code in self.shapes if len(self.region.areas[code].path) == finest]
        while True:
            west, south, east, north = self.shapes[self.draw.choice(codes)].bounds
            lat, lon = self._between(south, north), self._between(west, east)
            found = self.region.boundaries.locate(lat, lon)
            if found.reason == "inside" and found.area is not None:
                return Spot(lat, lon, found.area)

    def _between(self, low: float, high: float) -> float:
        """Draw a number with six decimals, the last one odd: nobody rounds it another way."""
        return (int(self.draw.uniform(low, high) * 1e6) | 1) / 1e6

    def _offices(self) -> list[tuple[str, str | None]]:
        """List agencies with the place of their office, of which half have an officer."""
        found: dict[tuple[str, str | None], None] = {}
        for spot in self.spots:
            for category in self.categories:
                found_route = route(self.site, category, spot.area, None)
                agency = getattr(found_route, "agency", None)
                known = self.region.agencies.get(agency or "")
                if known is None:
                    continue
                place = known.scope and self.region.areas.at_level(spot.area.code, known.scope)
                found[known.code, place.code if place else None] = None
        return sorted(found, key=str)[::2]

    def export(self) -> dict[str, Any]:
        """Write down what the peer keeps in memory."""
        site, areas = self.site, self.region.areas
        offices: dict[str, dict[str, Any]] = {}
        for category in self.categories:
            of = offices.setdefault(category.code, {})
            for code in self.shapes:
                found = route(site, category, areas[code], None)
                agency = getattr(found, "agency", None)
                office = office_of(site, agency, areas[code])
                of[code] = None
                if office is not None:
                    known = self.region.agencies[office.code]
                    place = known.scope and areas.at_level(code, known.scope)
                    of[code] = [
                        *(office.code, office.name, office.level),
                        *(place.code if place else None, bool(getattr(found, "assumed", False))),
                    ]
        today = datetime.datetime.now(datetime.UTC).date()
        years = range(today.year, today.year + 2)
        desk = office_of(site, site.config.desk_agency, self.region.area)
        language = self.region.languages[0]
        return {
            "zone": self.region.timezone,
            "prefix": site.config.number_prefix,
            "areas": {code: areas[code].title.text(language) for code in self.shapes},
            "shapes": {code: shape.wkb_hex for code, shape in self.shapes.items()},
            "offices": offices,
            "desk": [desk.code, desk.name] if desk else None,
            "sla": {c.code: self._sla(c.code) for c in self.categories},
            "exact": [c.code for c in self.categories if c.public_asset],
            "names": self._names(),
            "holidays": [str(d) for year in years for d in self.region.calendar.days(year)],
            "closing": self._closing(today),
        }

    def _names(self) -> dict[str, dict[str, str]]:
        """Name each agency of the reports at each of their areas."""
        site, areas = self.site, self.region.areas
        codes = {route_.agency for route_ in site.config.routes}
        return {
            agency: {
                code: office.name
                for code in self.shapes
                if (office := office_of(site, agency, areas[code])) is not None
            }
            for agency in codes
        }

    def _sla(self, code: str) -> list[Any] | None:
        sla = self.site.catalog.sla(self.site.catalog.categories[code])
        return [sla.unit, sla.target] if sla else None

    def _closing(self, today: datetime.date) -> dict[str, str]:
        """Return when offices close, by weekday; free weekdays are missing."""
        found: dict[str, str] = {}
        for n in range(370):
            day = today + n * DAY
            if hours := self.region.calendar.hours(day):
                found.setdefault(str(day.weekday()), hours[-1].close.isoformat())
        return found

    def reports(self, n: int) -> Iterator[dict[str, Any]]:
        """Draw reports as they stand; two of three are public."""
        now = datetime.datetime.now(datetime.UTC)
        for number in range(n):
            spot, category = self.draw.choice(self.spots), self.draw.choice(self.categories)
            at = now - datetime.timedelta(seconds=(n - number) * 600 + self.draw.randrange(500))
            found = route(self.site, category, spot.area, None)
            agency = getattr(found, "agency", None)
            due = due_of(self.site, category, spot.area, at)
            state = self.draw.choice(STATES) if agency else "received"
            public, closed = self.draw.random() < 2 / 3, state == "closed"
            text = TEXT[: self.draw.randrange(90, len(TEXT))]
            yield {
                "id": f"{self.draw.getrandbits(128):032x}",
                "number": new_number(),
                "category": category.code,
                "description": text,
                "visibility": "public" if public else "private",
                "review": "approved" if public else "pending",
                "public_text": text if public else None,
                "published_at": at if public else None,
                "lat": spot.lat,
                "lon": spot.lon,
                "area": spot.area.code,
                "landmark": "depan pasar",
                "state": state,
                "outcome": "fixed" if closed else None,
                "agency": agency,
                "queue": agency or self.site.config.desk_agency,
                "assumed": bool(getattr(found, "assumed", False)),
                "channel": "api",
                "language": "id",
                "created_at": at,
                "updated_at": at,
                "closed_at": min(at + 3 * DAY, now) if closed else None,
                "due_at": due.at if due else None,
            }

    def posts(self, n: int) -> list[str]:
        """Write bodies of new reports; every second one says how to reach the reporter."""
        found = []
        for number in range(n):
            spot, category = self.spot(), self.draw.choice(self.categories)
            body: dict[str, Any] = {
                "category": category.code,
                "description": f"{TEXT[: self.draw.randrange(90, len(TEXT))]} ########",
                "lat": spot.lat,
                "lon": spot.lon,
                "landmark": "depan pasar",
                "visibility": "public" if number % 3 else "private",
            }
            if number % 2:
                body["contact"] = {"name": "A resident", "phone": "081234567890"}
            found.append(json.dumps(body))
        return found

    def questions(self, n: int) -> list[str]:
        """Write queries that ask who is responsible, each for another point."""
        spots = ((self.spot(), self.draw.choice(self.categories)) for _ in range(n))
        return [f"lat={s.lat}&lon={s.lon}&category={c.code}" for s, c in spots]


def chunks(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Divide rows into statements."""
    left = iter(rows)
    while part := list(islice(left, BULK)):
        yield part


def fill_civicapp(kernel: Kernel, world: World, rows: Sequence[dict[str, Any]], data: Path) -> None:
    """Make civicapp's database and write the reports into it, with history, deadline and secret."""
    backing = prepare(kernel, data)
    if isinstance(backing, list):
        raise SystemExit("\n".join(str(problem) for problem in backing))
    try:
        for part in chunks(rows):
            backing.database.write_now(_write, part)
        backing.database.write_now(_officers, world)
    finally:
        backing.database.close_now()


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    reports, events = [], []
    for row in rows:
        submitted = _event(row, "submit", "received")
        routed = _event(row, "route", row["state"], submitted)
        reports.append({**REST, **row, "rank_at": row["due_at"], "seq": 2, "head": routed.hash})
        events += [row_of(submitted), row_of(routed)]
    session.execute(insert(Report), reports)
    session.add_all(events)
    session.flush()
    clocks = [
        {
            "report": row["id"],
            "kind": "resolve",
            "cycle": 0,
            "started_at": row["created_at"],
            "due_at": row["due_at"],
            "estimated": False,
            "stopped_at": row["closed_at"],
        }
        for row in rows
    ]
    session.execute(insert(Clock), clocks)
    secrets = [
        {
            "digest": digest_of(row["id"]).hex(),
            "report": row["id"],
            "origin": "receipt",
            "issued_by": None,
            "created_at": row["created_at"],
            "revoked_at": None,
        }
        for row in rows
    ]
    session.execute(insert(SecretRow), secrets)


REST: dict[str, Any] = {
    **dict.fromkeys(("request", "body", "answer", "review_since", "accuracy_m", "resume", "rule")),
    **dict.fromkeys(("officer", "resolved_by", "promised_on", "duplicate_of")),
    **dict.fromkeys(("bounces", "changes", "reopened"), 0),
    "appealed": False,
    "due_estimated": False,
    "version": 2,
}


def _event(row: dict[str, Any], action: str, to: str, last: Event | None = None) -> Event:
    event = Event(
        report=row["id"],
        seq=last.seq + 1 if last else 1,
        action=action,
        at=row["created_at"],
        actor_kind="system" if last else "reporter",
        from_state=last.to_state if last else None,
        to_state=to,
        data={"agency": row["agency"]} if last else {},
    )
    return seal(event, last)


def _officers(session: Session, world: World) -> None:
    """Give half of the offices somebody who may take reports on."""
    role = next(
        role.id
        for role in world.region.roles.values()
        if role.rows == "own_agency" and role_allows(role, ACCEPT)
    )
    act = Act()
    for n, (agency, area) in enumerate(world.staffed):
        account = create(session, f"officer{n}@example.invalid", f"Officer {n}", act)
        grant(session, account, Wish(role, agency, area), world.region, act)


def fill_peer(world: World, rows: Sequence[dict[str, Any]], database: Path) -> None:
    """Make the peer's database and write the same reports into it."""
    engine = peer.make_engine(str(database))
    peer.Base.metadata.create_all(engine)
    with Session(engine) as session:
        for part in chunks(rows):
            session.execute(insert(peer.Report), [_naive(row) for row in part])
            session.execute(insert(peer.Event), list(_events(part)))
            session.execute(insert(peer.Clock), [_clock(row) for row in part])
            session.execute(insert(peer.Secret), [_secret(row) for row in part])
            session.commit()
        officers = [{"agency": a, "area": area, "active": True} for a, area in world.staffed]
        session.execute(insert(peer.Officer), officers)
        session.commit()
    engine.dispose()


def _naive(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).replace(tzinfo=None)
    return value


def _events(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        for seq, action in ((1, "submit"), (2, "route")):
            yield {
                "report": row["id"],
                "seq": seq,
                "action": action,
                "at": _plain(row["created_at"]),
                "data": {"agency": row["agency"]},
            }


def _clock(row: dict[str, Any]) -> dict[str, Any]:
    due = _plain(row["due_at"])
    return {"report": row["id"], "started_at": _plain(row["created_at"]), "due_at": due}


def _secret(row: dict[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256(row["id"].encode()).hexdigest()
    return {"digest": digest, "report": row["id"], "created_at": _plain(row["created_at"])}
