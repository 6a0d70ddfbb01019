"""Lists: the public one, an officer's queue, what waits for review."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, load_only

from civicapp import Person, officer_names
from civicapp_complaints.domain.publish import public_point
from civicapp_complaints.domain.states import State
from civicapp_complaints.models import Media, Report
from civicapp_complaints.permissions import READ, REVIEW
from civicapp_complaints.service.paging import PAGE, Cursor, Order, read_cursor, read_page
from civicapp_complaints.service.read import is_overdue, place_for
from civicapp_complaints.service.responsible import office_of
from civicapp_complaints.service.rows import rows_for, seen_where
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import PublicItem, PublicPage, QueueItem, QueuePage

__all__ = [
    "Box",
    "Cursor",
    "Order",
    "PublicFilter",
    "QueueFilter",
    "in_box",
    "order_of",
    "public_list",
    "queue",
    "read_cursor",
    "waiting",
    "waiting_for_review",
]

EXCERPT = 240
Box = Literal["open", "new", "mine", "waiting", "overdue", "closed", "review"]
NEW = (State.RECEIVED, State.ROUTED)
WAITING = (State.WAITING_REPORTER, State.HANDED_OVER, State.RESOLVED)

# What a line of the public list is made of; the rest of a report is not even read.
SHOWN = (
    Report.number,
    Report.category,
    Report.state,
    Report.outcome,
    Report.public_text,
    Report.area,
    Report.lat,
    Report.lon,
    Report.agency,
    Report.created_at,
    Report.updated_at,
    Report.due_at,
    Report.closed_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFilter:
    """Which public reports. area: and all areas in it. state: one state, or `open`."""

    category: str | None = None
    area: str | None = None
    agency: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which reports of an officer's rows.

    box: `open` all that is not closed; `new` what nobody works on yet; `mine` what I accepted;
    `waiting` for reporter, other body or confirmation; `overdue`; `closed`; `review` what a
    reviewer has to look at.
    """

    box: Box = "open"
    state: str | None = None
    category: str | None = None
    area: str | None = None
    agency: str | None = None


def public_list(
    session: Session,
    site: Site,
    wanted: PublicFilter,
    cursor: Cursor | None = None,
    limit: int = PAGE,
) -> PublicPage:
    """Return public reports, the newest first."""
    shown = select(Report).options(load_only(*SHOWN, raiseload=True))
    query = shown.where(Report.published_at.is_not(None), *_public(site, wanted))
    rows, next_, previous = read_page(
        session, query, Order(Report.created_at, falling=True), cursor, limit
    )
    first = _first_photos(session, rows)
    items = tuple(_public_item(site, r, first.get(r.id)) for r in rows)
    return PublicPage(items, next_, previous)


def _public(site: Site, wanted: PublicFilter) -> list[ColumnElement[bool]]:
    codes = site.open_categories & ({wanted.category} if wanted.category else site.open_categories)
    found: list[ColumnElement[bool]] = [Report.category.in_(sorted(codes))]
    return found + _common(site, wanted.area, wanted.agency, wanted.state)


def _common(
    site: Site, area: str | None, agency: str | None, state: str | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if area:
        found.append(_in_area(site, area))
    if agency:
        found.append(Report.agency == agency)
    if state == "open":
        found.append(Report.closed_at.is_(None))
    elif state:
        found.append(Report.state == state)
    return found


def _in_area(site: Site, code: str) -> ColumnElement[bool]:
    if code not in site.region.areas:
        return Report.area.in_([])
    if site.region.area is not None and code == site.region.area.code:
        return Report.area.is_not(None)
    if prefix := site.region.areas.prefix(code):
        return or_(Report.area == code, Report.area.startswith(prefix, autoescape=True))
    return Report.area.in_(sorted(site.region.areas.below(code)))


def _first_photos(session: Session, rows: Sequence[Report]) -> dict[str, str]:
    approved = select(Media.report, Media.id).where(
        Media.report.in_([r.id for r in rows]),
        Media.review == "approved",
        Media.state == "ready",
    )
    found: dict[str, str] = {}
    for report, media in session.execute(approved.order_by(Media.created_at, Media.place)):
        found.setdefault(report or "", media)
    return found


def _public_item(site: Site, report: Report, photo: str | None) -> PublicItem:
    category = site.catalog.categories[report.category]
    lat, lon = public_point(report.lat, report.lon, exact=category.public_asset)
    area = site.area(report.area)
    return PublicItem(
        number=report.number,
        shown=site.shown(report.number),
        category=report.category,
        state=report.state,
        outcome=report.outcome,
        text=report.public_text or "",
        area=area,
        lat=lat,
        lon=lon,
        office=office_of(site, report.agency, area),
        created_at=report.created_at,
        updated_at=report.updated_at,
        due_at=report.due_at,
        closed_at=report.closed_at,
        photo=photo,
    )


def queue(
    session: Session,
    site: Site,
    person: Person,
    wanted: QueueFilter,
    now: datetime.datetime,
    cursor: Cursor | None = None,
    limit: int = PAGE,
) -> QueuePage:
    """Return reports of an officer's queues, the first due first; closed ones, the last first."""
    permission = REVIEW if wanted.box == "review" else READ
    query = select(Report).where(
        seen_where(site, person, permission),
        *_common(site, wanted.area, wanted.agency, wanted.state),
        *in_box(wanted, person, now),
    )
    if wanted.category:
        query = query.where(Report.category == wanted.category)
    rows, next_, previous = read_page(session, query, order_of(wanted), cursor, limit)
    ids = [r.id for r in rows]
    counted = select(Media.report, func.count()).where(Media.report.in_(ids)).group_by(Media.report)
    photos = {report: n for report, n in session.execute(counted) if report}
    names = officer_names(session, [r.officer for r in rows])
    items = tuple(_queue_item(site, r, photos.get(r.id, 0), names, now) for r in rows)
    return QueuePage(items, next_, previous)


def order_of(wanted: QueueFilter) -> Order:
    """Say how a box is sorted."""
    if wanted.box == "closed":
        return Order(Report.closed_at, falling=True)  # type: ignore[arg-type]
    if wanted.box == "review":
        return Order(Report.review_since)  # type: ignore[arg-type]
    return Order(Report.rank_at)


def in_box(
    wanted: QueueFilter, person: Person, now: datetime.datetime
) -> list[ColumnElement[bool]]:
    """Build the conditions of a box."""
    if wanted.box == "closed":
        return [Report.closed_at.is_not(None)]
    if wanted.box == "review":
        return [Report.review_since.is_not(None)]
    found: list[ColumnElement[bool]] = [Report.closed_at.is_(None)]
    if wanted.box == "new":
        found.append(Report.state.in_(NEW))
    if wanted.box == "mine":
        found.append(Report.officer == person.id)
    if wanted.box == "waiting":
        found.append(Report.state.in_(WAITING))
    if wanted.box == "overdue":
        found += [Report.due_at < now, Report.state != State.RESOLVED]
    return found


def _queue_item(
    site: Site, report: Report, photos: int, names: dict[str, str], now: datetime.datetime
) -> QueueItem:
    text = report.description
    return QueueItem(
        id=report.id,
        number=report.number,
        shown=site.shown(report.number),
        version=report.version,
        category=report.category,
        state=report.state,
        outcome=report.outcome,
        text=text if len(text) <= EXCERPT else text[:EXCERPT] + "…",
        area=place_for(site, report, exact=False),
        office=office_of(site, report.agency, site.area(report.area)),
        at_desk=report.agency is None or report.queue != report.agency,
        assumed=report.assumed,
        created_at=report.created_at,
        due_at=report.due_at,
        overdue=is_overdue(report, now),
        photos=photos,
        officer=names.get(report.officer or ""),
    )


def waiting(session: Session, site: Site, person: Person, limit: int = 100) -> int:
    """Count what waits in an officer's queues, up to a limit: a count of all is dear."""
    if not rows_for(site, person, READ):
        return 0
    query = (
        select(Report.id)
        .where(
            seen_where(site, person, READ),
            Report.closed_at.is_(None),
            Report.state.not_in(WAITING),
        )
        .limit(limit)
    )
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def waiting_for_review(session: Session, site: Site, person: Person, limit: int = 100) -> int:
    """Count what waits for a reviewer, up to a limit."""
    query = select(Report.id).where(
        seen_where(site, person, REVIEW), Report.review_since.is_not(None)
    )
    return session.scalar(select(func.count()).select_from(query.limit(limit).subquery())) or 0
