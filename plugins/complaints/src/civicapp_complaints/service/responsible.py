"""Who is responsible, and by when: the answer that residents see before they send a report."""

import datetime

from sqlalchemy.orm import Session

from civicapp import Area, Rows, staffed_rows
from civicapp_complaints.config import Category, Rule
from civicapp_complaints.domain.deadline import Deadline, deadline
from civicapp_complaints.domain.routing import Route, Unrouted, resolve, routes_at_once
from civicapp_complaints.permissions import ACCEPT
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import OfficeView, Responsible


def responsible(
    session: Session,
    site: Site,
    category: Category,
    area: Area | None,
    answer: str | None,
    now: datetime.datetime,
) -> Responsible:
    """Find the responsible office for a category at a place.

    answer: code of an answer to the category's question; None counts as not known.
    """
    found = route(site, category, area, answer)
    due = due_of(site, category, area, now)
    agency = found.agency if isinstance(found, Route) else None
    rule = _rule(found)
    staffed = agency is not None and is_staffed(session, site, agency, area)
    office = office_of(site, agency, area)
    return Responsible(
        area=area,
        office=office,
        level=office.level if office else None,
        rule=rule.id if rule else None,
        alternative=office_of(site, rule.alternative if rule else None, area),
        assumed=isinstance(found, Route) and found.assumed,
        at_once=routes_at_once(category, found),
        at_desk=not staffed,
        desk=desk_of(site, area),
        reason=found.reason if isinstance(found, Unrouted) else "",
        due_at=due.at if due else None,
        estimated=due.estimated if due else False,
    )


def route(
    site: Site, category: Category, area: Area | None, answer: str | None
) -> Route | Unrouted:
    """Find the rule of routes.csv that counts."""
    given = site.catalog.answer(category, answer) if answer else None
    code = area.code if area else None
    return resolve(
        site.config.routes,
        category,
        area.path if area else (),
        given,
        lambda agency: (
            agency in site.region.agencies and site.region.agencies.office(agency, code) is not None
        ),
    )


def _rule(found: Route | Unrouted) -> Rule | None:
    if isinstance(found, Route):
        return found.rule
    return found.candidates[0] if found.candidates else None


def due_of(
    site: Site, category: Category, area: Area | None, start: datetime.datetime
) -> Deadline | None:
    """Return by when a report that comes now is due, None where nothing is promised."""
    zone = site.zone(area.code if area else None)
    return deadline(site.catalog.sla(category), start, site.region.calendar, zone)


def office_of(site: Site, agency: str | None, area: Area | None) -> OfficeView | None:
    """Describe the office that an agency code means at a place."""
    if agency is None:
        return None
    known = site.region.agencies.get(agency)
    if known is None:
        return OfficeView(code=agency, name=agency, level=None)
    office = site.region.agencies.office(agency, area.code if area else None)
    shown = office.agency if office else known
    return OfficeView(
        code=agency,
        name=office.name if office else known.short_name,
        level=shown.level or known.level,
        phone=shown.phone,
        website=shown.website,
    )


def desk_of(site: Site, area: Area | None) -> OfficeView | None:
    """Describe the regional desk."""
    return office_of(site, site.config.desk_agency, area or site.region.area)


def queue_of(session: Session, site: Site, agency: str | None, area: Area | None) -> str | None:
    """Say in whose queue a report waits: the agency's, or the desk's while that has no officer."""
    if agency is None or is_staffed(session, site, agency, area):
        return agency
    return site.config.desk_agency


def is_staffed(session: Session, site: Site, agency: str, area: Area | None) -> bool:
    """Tell whether an agency has an active officer who may accept reports of this place."""
    return staff_of(session, site).allow(agency, area.code if area else None)


def staff_of(session: Session, site: Site) -> Rows:
    """Say which queues have an officer; read once per session."""
    found = session.info.get(_STAFF)
    if found is None:
        found = session.info[_STAFF] = staffed_rows(session, site.region, ACCEPT)
    return found


_STAFF = "complaints.staff"
