"""The tuned peer: what a good team writes with FastAPI and SQLAlchemy when speed is all it wants.

`async def` routes, the ORM on the event loop, response models, one SQLite file with WAL and
synchronous=FULL, keyset pages without counts. Offices, polygons and holidays lie in dictionaries
that were worked out before. It has neither cache nor languages, roles, encryption, sealed history,
limits, log nor security headers: civicapp has to pay for those out of what it saves elsewhere.
"""

import base64
import datetime
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import shapely
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Engine, ForeignKey, Index, create_engine, event, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import JSON

When = datetime.datetime
LIVE = text("published_at IS NOT NULL")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Base(DeclarativeBase):
    """Base of the tables."""

    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012 - as SQLAlchemy declares it


class Report(Base):
    """A report."""

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_public", "created_at", "id", sqlite_where=LIVE),
        Index("ix_category", "category", "created_at", "id", sqlite_where=LIVE),
        Index("ix_area", "area", "created_at", "id", sqlite_where=LIVE),
        Index("ix_queue", "queue", "due_at", "id", sqlite_where=text("closed_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str]
    description: Mapped[str]
    visibility: Mapped[str]
    review: Mapped[str]
    public_text: Mapped[str | None]
    published_at: Mapped[When | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    area: Mapped[str | None]
    landmark: Mapped[str | None]
    state: Mapped[str]
    outcome: Mapped[str | None]
    agency: Mapped[str | None]
    queue: Mapped[str | None]
    assumed: Mapped[bool]
    channel: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[When]
    updated_at: Mapped[When]
    closed_at: Mapped[When | None]
    due_at: Mapped[When | None]


class Event(Base):
    """Something that happened to a report."""

    __tablename__ = "event"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str]
    at: Mapped[When]
    data: Mapped[dict[str, Any]]


class Party(Base):
    """Who sent a report."""

    __tablename__ = "party"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]


class Clock(Base):
    """A deadline."""

    __tablename__ = "clock"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    started_at: Mapped[When]
    due_at: Mapped[When | None]


class Secret(Base):
    """The digest of what opens a report."""

    __tablename__ = "secret"

    digest: Mapped[str] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(ForeignKey(Report.id), index=True)
    created_at: Mapped[When]


class Notice(Base):
    """A message to send."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(ForeignKey(Report.id), index=True)
    state: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[When]


class Media(Base):
    """A photo."""

    __tablename__ = "media"

    id: Mapped[str] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(ForeignKey(Report.id), index=True)
    review: Mapped[str]
    created_at: Mapped[When]


class Officer(Base):
    """An officer of an agency at a place."""

    __tablename__ = "officer"
    __table_args__ = (Index("ix_officer", "agency", "area"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str]
    area: Mapped[str | None]
    active: Mapped[bool]


class AreaOut(BaseModel):
    """An area."""

    code: str
    name: str


class OfficeOut(BaseModel):
    """An office."""

    code: str
    name: str


class ContactIn(BaseModel):
    """How to reach the reporter."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class ReportIn(BaseModel):
    """A new report."""

    category: str = Field(max_length=32)
    description: str = Field(min_length=10, max_length=4000)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    landmark: str | None = Field(default=None, max_length=200)
    contact: ContactIn | None = None
    visibility: Literal["private", "public"] = "private"


class ReceiptOut(BaseModel):
    """A report that was received."""

    id: str
    secret: str
    state: str
    visibility: str
    area: AreaOut | None
    agency: OfficeOut | None
    at_desk: bool
    assumed: bool
    created_at: When
    due_at: When | None


class ResolvedOut(BaseModel):
    """Who would be responsible."""

    area: AreaOut | None
    agency: OfficeOut | None
    level: str | None
    at_desk: bool
    desk: OfficeOut | None
    assumed: bool
    due_at: When | None


class ItemOut(BaseModel):
    """A public report."""

    id: str
    category: str
    state: str
    outcome: str | None
    text: str
    area: AreaOut | None
    lat: float | None
    lon: float | None
    agency: OfficeOut | None
    created_at: When
    updated_at: When
    due_at: When | None
    closed_at: When | None
    photo: str | None


class ReportList(BaseModel):
    """Public reports."""

    items: list[ItemOut]
    next: str | None


class World:
    """The region, in memory."""

    def __init__(self, file: Path) -> None:
        given = json.loads(file.read_text("utf-8"))
        self.zone = ZoneInfo(given["zone"])
        self.prefix: str = given["prefix"]
        self.areas = {code: AreaOut(code=code, name=n) for code, n in given["areas"].items()}
        self.codes = list(given["shapes"])
        self.tree = shapely.STRtree([shapely.from_wkb(shape) for shape in given["shapes"].values()])
        self.offices: dict[str, dict[str, Any]] = given["offices"]
        self.names: dict[str, dict[str, str]] = given["names"]
        self.desk = OfficeOut(code=given["desk"][0], name=given["desk"][1])
        self.sla: dict[str, tuple[str, int] | None] = given["sla"]
        self.exact = frozenset(given["exact"])
        self.holidays = frozenset(map(datetime.date.fromisoformat, given["holidays"]))
        self.closing = {
            int(day): datetime.time.fromisoformat(at) for day, at in given["closing"].items()
        }

    def locate(self, lat: float, lon: float) -> str | None:
        """Find the narrowest area of a point."""
        found = self.tree.query(shapely.Point(lon, lat), predicate="intersects")
        return self.codes[min(found)] if len(found) else None

    def _works(self, day: datetime.date) -> bool:
        return day.weekday() in self.closing and day not in self.holidays

    def due(self, category: str, start: When) -> When | None:
        """Say by when a report is due."""
        sla = self.sla[category]
        if sla is None:
            return None
        unit, target = sla
        if unit == "hours":
            return start + datetime.timedelta(hours=target)
        day, left = start.date(), target
        if not self._works(day) or start.time() >= self.closing[day.weekday()]:
            left += 1
        while left:
            day += datetime.timedelta(days=1)
            left -= self._works(day)
        return When.combine(day, self.closing[day.weekday()], self.zone)

    def local(self, at: When) -> When:
        """Write a stored instant with the offset of the place."""
        return at.replace(tzinfo=datetime.UTC).astimezone(self.zone)

    def when(self, at: When | None) -> When | None:
        """Write a stored instant with the offset of the place, if there is one."""
        return self.local(at) if at else None

    def office(self, agency: str | None, area: str | None) -> OfficeOut | None:
        """Describe an office at a place."""
        if agency is None:
            return None
        return OfficeOut(code=agency, name=self.names[agency].get(area or "", agency))

    def shown(self, number: str) -> str:
        """Write a number as people see it."""
        return f"{self.prefix}-{number[:4]}-{number[4:8]}-{number[8:]}"

    def item(self, row: Report, photo: str | None) -> ItemOut:
        """Show a report in a list."""
        lat, lon = row.lat, row.lon
        if row.category not in self.exact and lat is not None and lon is not None:
            lat, lon = round(lat, 3), round(lon, 3)
        shown = self.shown(row.number)
        return ItemOut(
            id=shown,
            category=row.category,
            state=row.state,
            outcome=row.outcome,
            text=row.public_text or "",
            area=self.areas.get(row.area or ""),
            lat=lat,
            lon=lon,
            agency=self.office(row.agency, row.area),
            created_at=self.local(row.created_at),
            updated_at=self.local(row.updated_at),
            due_at=self.when(row.due_at),
            closed_at=self.when(row.closed_at),
            photo=f"/api/v1/complaints/reports/{shown}/media/{photo}" if photo else None,
        )


def make_engine(file: str) -> Engine:
    """Open the database."""
    engine = create_engine(f"sqlite:///{file}")

    def connect(dbapi: Any, _record: object) -> None:
        for pragma in PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "connect", connect)
    return engine


async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


async def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


Db = Annotated[Engine, Depends(_engine)]
Here = Annotated[World, Depends(_world)]
router = APIRouter(prefix="/api/v1/complaints")


def _known(world: World, category: str) -> dict[str, Any]:
    if category not in world.offices:
        raise HTTPException(422, "no such category")
    return world.offices[category]


def _at_desk(session: Session, office: list[Any] | None) -> bool:
    if office is None:
        return True
    held = select(Officer.id).where(
        Officer.agency == office[0], Officer.area == office[3], Officer.active
    )
    return session.scalar(held.limit(1)) is None


@router.get("/resolve")
async def resolve(db: Db, world: Here, lat: float, lon: float, category: str) -> ResolvedOut:
    """Say who is responsible for a category at a point, and by when."""
    area = world.locate(lat, lon)
    office = _known(world, category).get(area or "")
    with Session(db) as session:
        at_desk = _at_desk(session, office)
    return ResolvedOut(
        area=world.areas[area] if area else None,
        agency=OfficeOut(code=office[0], name=office[1]) if office else None,
        level=office[2] if office else None,
        at_desk=at_desk,
        desk=world.desk,
        assumed=bool(office and office[4]),
        due_at=world.due(category, When.now(world.zone)),
    )


@router.get("/reports")
async def reports(
    db: Db,
    world: Here,
    category: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReportList:
    """List public reports, the newest first."""
    query = select(Report).where(Report.published_at.is_not(None))
    if category:
        query = query.where(Report.category == category)
    if cursor:
        at, id = json.loads(base64.urlsafe_b64decode(cursor))
        since = When.fromisoformat(at)
        rest = (Report.created_at < since) | ((Report.created_at == since) & (Report.id < id))
        query = query.where(Report.created_at <= since, rest)
    query = query.order_by(Report.created_at.desc(), Report.id.desc()).limit(limit + 1)
    with Session(db) as session:
        found = list(session.scalars(query))
        more, found = len(found) > limit, found[:limit]
        photos = select(Media.report, Media.id).where(
            Media.report.in_([row.id for row in found]), Media.review == "approved"
        )
        first = dict(session.execute(photos).tuples().all())
        items = [world.item(row, first.get(row.id)) for row in found]
    end = [found[-1].created_at.isoformat(), found[-1].id] if more else None
    return ReportList(
        items=items,
        next=base64.urlsafe_b64encode(json.dumps(end).encode()).decode() if end else None,
    )


def _rows(report: Report, given: ReportIn, secret: str) -> Iterator[Base]:
    at = report.created_at
    yield Event(report=report.id, seq=1, action="submit", at=at, data={"category": given.category})
    if report.agency:
        yield Event(report=report.id, seq=2, action="route", at=at, data={"agency": report.agency})
    if given.contact:
        c = given.contact
        yield Party(report=report.id, name=c.name, email=c.email, phone=c.phone)
    yield Clock(report=report.id, started_at=at, due_at=report.due_at)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    yield Secret(digest=digest, report=report.id, created_at=at)
    yield Notice(report=report.id, state="waiting", created_at=at)


@router.post("/reports", status_code=201)
async def submit(db: Db, world: Here, given: ReportIn) -> ReceiptOut:
    """Keep a report; it is on the disk when the answer leaves."""
    area = world.locate(given.lat, given.lon)
    office = _known(world, given.category).get(area or "")
    now = When.now(datetime.UTC)
    due, secret = world.due(given.category, now.astimezone(world.zone)), secrets.token_urlsafe(16)
    with Session(db, expire_on_commit=False) as session:
        at_desk = _at_desk(session, office)
        report = Report(
            id=secrets.token_hex(16),
            number="".join(secrets.choice(ALPHABET) for _ in range(9)),
            category=given.category,
            description=given.description,
            visibility=given.visibility,
            review="pending",
            lat=given.lat,
            lon=given.lon,
            area=area,
            landmark=given.landmark,
            state="routed" if office else "received",
            agency=office[0] if office else None,
            queue=world.desk.code if at_desk or not office else office[0],
            assumed=bool(office and office[4]),
            channel="api",
            language="id",
            created_at=now.replace(tzinfo=None),
            updated_at=now.replace(tzinfo=None),
            due_at=due.astimezone(datetime.UTC).replace(tzinfo=None) if due else None,
        )
        session.add(report)
        session.flush()
        session.add_all(_rows(report, given, secret))
        session.commit()
    return ReceiptOut(
        id=world.shown(report.number),
        secret=secret,
        state=report.state,
        visibility=report.visibility,
        area=world.areas[area] if area else None,
        agency=OfficeOut(code=office[0], name=office[1]) if office else None,
        at_desk=at_desk,
        assumed=report.assumed,
        created_at=now.astimezone(world.zone),
        due_at=due,
    )


def create() -> FastAPI:
    """Make the app; database and region come from the environment."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = World(Path(os.environ["PEER_WORLD"]))
    app.state.engine = make_engine(os.environ["PEER_DATABASE"])
    app.include_router(router)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
