"""Whose reports: what an officer may see and do, and in which part of the table of states."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from civicapp import Person, Rows
from civicapp_complaints.domain.number import parse
from civicapp_complaints.domain.states import Actor
from civicapp_complaints.models import Report
from civicapp_complaints.permissions import READ
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.site import Site

# An action that in the table of states only this part may do: who may do it acts in this part.
MARKS: Mapping[Actor, str] = MappingProxyType(
    {
        Actor.HANDLER: "accept",
        Actor.DESK: "reject",
        Actor.SUPERVISOR: "no_action",
        Actor.VERIFIER: "send_back",
    }
)


def permission_of(action: str) -> str:
    """Return the permission for an action."""
    return f"complaints.report.{action}"


def rows_for(site: Site, person: Person, permission: str) -> Rows:
    """Say on which reports a person may do this; the desk's office also has those without one."""
    rows = person.rows(permission)
    desk = site.config.desk_agency
    scopes = tuple(
        replace(s, unassigned=True) if s.agencies is not None and desk in s.agencies else s
        for s in rows.scopes
    )
    return replace(rows, scopes=scopes)


def may(site: Site, person: Person, permission: str, report: Report) -> bool:
    """Tell whether a person may do this to a report: its agency's, or that in whose queue it is."""
    rows = rows_for(site, person, permission)
    return rows.allow(report.agency, report.area) or rows.allow(report.queue, report.area)


def parts_of(site: Site, person: Person, report: Report) -> frozenset[Actor]:
    """Say in which parts a person acts on a report."""
    parts = {part for part, mark in MARKS.items() if may(site, person, permission_of(mark), report)}
    own = person.rows(permission_of(MARKS[Actor.HANDLER]))
    if not own.allow(report.agency, report.area):
        parts.discard(Actor.HANDLER)  # the desk keeps another's report, but does not work on it
    return frozenset(parts)


def seen_where(site: Site, person: Person, permission: str) -> ColumnElement[bool]:
    """Build the condition that a report stands in a queue of the person's.

    By queue alone, for the index. Only who looks after a whole level, hence has no queue alone,
    also sees what waits at the desk for an agency of that level.
    """
    rows = rows_for(site, person, permission)
    condition = rows.where(Report.queue, Report.area)
    if rows.all:
        return condition
    wide = tuple(s for s in rows.scopes if s.unassigned)
    return (
        condition | replace(rows, scopes=wide).where(Report.agency, Report.area)
        if wide
        else condition
    )


def load_for(session: Session, site: Site, person: Person, id: str) -> Report:
    """Return a report that a person may see, by id or number; raise Unknown."""
    number = parse(id, site.config.number_prefix)
    by = Report.number == number if number else Report.id == id[:32]
    report = session.scalar(select(Report).where(by))
    if report is None or not may(site, person, READ, report):
        raise Unknown
    return report
