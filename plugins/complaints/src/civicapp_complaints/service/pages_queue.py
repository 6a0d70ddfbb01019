"""What the desk's pages ask beside a queue: counts, neighbours, what may be done with many."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp import Person
from civicapp_complaints.domain.states import Action
from civicapp_complaints.models import Report
from civicapp_complaints.permissions import READ, REVIEW
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.lists import Box, Cursor, QueueFilter, in_box, order_of, queue
from civicapp_complaints.service.read import officers_actions, suggested
from civicapp_complaints.service.rows import load_for, seen_where
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import OfficeView, QueuePage

MOST = 100  # a count of all is dear, and nobody works through more


def counts(
    session: Session, site: Site, person: Person, boxes: Iterable[Box], now: datetime.datetime
) -> Mapping[str, int]:
    """Count what is in an officer's boxes, each up to a limit."""
    found: dict[str, int] = {}
    for box in boxes:
        permission = REVIEW if box == "review" else READ
        if not person.may(permission):
            continue
        wanted = QueueFilter(box=box)
        rows = select(Report.id).where(
            seen_where(site, person, permission), *in_box(wanted, person, now)
        )
        at = order_of(wanted).at
        few = rows.order_by(at, Report.id).limit(MOST).subquery()
        found[box] = session.scalar(select(func.count()).select_from(few)) or 0
    return found


@dataclass(frozen=True, slots=True)
class Beside:
    """Numbers of the reports before and after one in a queue, None at the ends."""

    before: str | None
    after: str | None


def beside(
    session: Session,
    site: Site,
    person: Person,
    wanted: QueueFilter,
    number: str,
    now: datetime.datetime,
) -> Beside:
    """Find what stands before and after a report in a queue, also when it has left that queue."""
    report = load_for(session, site, person, number)
    at = getattr(report, order_of(wanted).at.key) or report.updated_at
    here = Cursor(at, report.id)
    found: list[QueuePage] = [
        queue(session, site, person, wanted, now, cursor, 1)
        for cursor in (replace(here, back=True), here)
    ]
    before, after = (page.items[0].number if page.items else None for page in found)
    return Beside(before, after)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that was ticked for an action. office: where `route` would send it."""

    number: str
    category: str
    version: int
    allowed: bool
    office: OfficeView | None


def candidates(
    session: Session, site: Site, person: Person, numbers: Sequence[str], action: Action
) -> tuple[Candidate, ...]:
    """Say of each report whether this officer may do an action now; unknown ones are out."""
    found = []
    for number in numbers[:MOST]:
        try:
            report = load_for(session, site, person, number)
        except Unknown:
            continue
        office = suggested(site, report) if action is Action.ROUTE else None
        allowed = any(a.action == action for a in officers_actions(site, person, report))
        fits = allowed and (action is not Action.ROUTE or office is not None)
        found.append(Candidate(report.number, report.category, report.version, fits, office))
    return tuple(found)
