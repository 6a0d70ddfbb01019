"""Show one report to the public, to its reporter, or to an officer."""

import datetime
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Area, Person, officer_names
from civicapp_complaints.domain.moves import possible
from civicapp_complaints.domain.number import parse
from civicapp_complaints.domain.publish import is_public, public_point, told_area
from civicapp_complaints.domain.states import Action, Actor, Edge, State
from civicapp_complaints.domain.text import mask
from civicapp_complaints.models import Report
from civicapp_complaints.permissions import REPLY, REVEAL, REVIEW
from civicapp_complaints.service.act import standing_of
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.links import opened_by
from civicapp_complaints.service.party import known_ways
from civicapp_complaints.service.reporter import ACTIONS
from civicapp_complaints.service.responsible import desk_of, office_of, route
from civicapp_complaints.service.rows import load_for, may, parts_of, permission_of
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.timeline import photos_for, timeline
from civicapp_complaints.service.views import (
    ActionChoice,
    Audience,
    OfficeView,
    ReportView,
)
from civicapp_complaints.service.words import TO_DO


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at a report. actions: what may be done; exact: the place is told exactly."""

    audience: Audience
    actions: tuple[ActionChoice, ...] = ()
    exact: bool = False
    reviews: bool = False


def public_report(session: Session, site: Site, number: str, now: datetime.datetime) -> ReportView:
    """Return a report as everyone may see it; raise Unknown for all others alike."""
    wanted = parse(number, site.config.number_prefix)
    report = session.scalar(select(Report).where(Report.number == wanted)) if wanted else None
    if report is None or not is_published(site, report):
        raise Unknown
    return _view(session, site, report, Looking("public"), now)


def is_published(site: Site, report: Report) -> bool:
    """Tell whether everyone may see a report now, by what the pack says now."""
    category = site.catalog.categories.get(report.category)
    return report.published_at is not None and is_public(report, category)


def reporters_report(
    session: Session, site: Site, secret: str, now: datetime.datetime, number: str | None = None
) -> ReportView:
    """Return a report to its reporter; raise Unknown if the secret opens none, or another."""
    report = opened_by(session, secret)
    if number is not None and report.number != parse(number, site.config.number_prefix):
        raise Unknown
    return view_for_reporter(session, site, report, now)


def view_for_reporter(
    session: Session, site: Site, report: Report, now: datetime.datetime
) -> ReportView:
    """Return a report as its reporter sees it; whoever calls this has checked the secret."""
    looking = Looking("reporter", _reporters_actions(site, report), exact=True)
    return _view(session, site, report, looking, now)


def officers_report(
    session: Session, site: Site, person: Person, id: str, now: datetime.datetime
) -> ReportView:
    """Return a report to an officer who may see it; raise Unknown for all others alike."""
    return view_for_officer(session, site, person, load_for(session, site, person, id), now)


def view_for_officer(
    session: Session, site: Site, person: Person, report: Report, now: datetime.datetime
) -> ReportView:
    """Return a report as this officer sees it; whoever calls this has checked the rows."""
    looking = Looking(
        "officer",
        officers_actions(site, person, report),
        exact=_exact_for(site, person, report),
        reviews=may(site, person, REVIEW, report),
    )
    return _view(session, site, report, looking, now)


def _exact_for(site: Site, person: Person, report: Report) -> bool:
    """Tell whether an officer learns the exact place: of a sensitive report with identity alone."""
    category = site.catalog.categories.get(report.category)
    if category is not None and not category.sensitive:
        return True
    return may(site, person, REVEAL, report)


def _reporters_actions(site: Site, report: Report) -> tuple[ActionChoice, ...]:
    found = [
        _choice(e)
        for e in possible(standing_of(report), frozenset((Actor.REPORTER,)))
        if e.action in ACTIONS
    ]
    if report.state != State.CLOSED:
        found.append(ActionChoice("add_photo", TO_DO["add_photo"], ("file",), ("file",)))
    category = site.catalog.categories.get(report.category)
    may_publish = category is not None and not category.sensitive and report.review == "pending"
    if report.visibility == "public" or may_publish:
        found.append(ActionChoice("visibility", TO_DO["visibility"], ("visibility",)))
    return tuple(found)


def officers_actions(site: Site, person: Person, report: Report) -> tuple[ActionChoice, ...]:
    """List what an officer may do with a report now; counts and times are looked at when done."""
    parts = parts_of(site, person, report)
    found = [
        _choice(e)
        for e in possible(standing_of(report), parts)
        if may(site, person, permission_of(e.action), report)
    ]
    if may(site, person, REPLY, report):
        found.append(ActionChoice("reply", TO_DO["reply"], ("text",), ("text",)))
        found.append(ActionChoice("note", TO_DO["note"], ("text",), ("text",)))
    return tuple(found)


def _choice(found: Edge) -> ActionChoice:
    needs = tuple(c for c in found.carries if c not in ("rule", "media"))
    asks = {Action.HAND_OVER: ("email", "note"), Action.WITHDRAW: ("reason",)}
    more = asks.get(found.action, ())
    return ActionChoice(found.action.value, TO_DO[found.action], needs, (*needs, *more))


def _view(
    session: Session, site: Site, report: Report, looking: Looking, now: datetime.datetime
) -> ReportView:
    view = _common(session, site, report, looking, now)
    if looking.audience == "public":
        return view
    view = replace(
        view,
        text=report.description,
        public_text=report.public_text,
        landmark=report.landmark if looking.exact else None,
        language=report.language,
        answer=report.answer,
        contact=known_ways(session, report.id),
        assumed=report.assumed,
        accuracy_m=report.accuracy_m if looking.exact else None,
        reopened=report.reopened,
    )
    return _for_officer(session, site, report, looking, view) if _is_officer(looking) else view


def _is_officer(looking: Looking) -> bool:
    return looking.audience == "officer"


def _common(
    session: Session, site: Site, report: Report, looking: Looking, now: datetime.datetime
) -> ReportView:
    area = place_for(site, report, exact=looking.exact)
    office = office_of(site, report.agency, site.area(report.area))
    photos = photos_for(session, report, looking.audience)
    lat, lon = _point(site, report, looking)
    return ReportView(
        audience=looking.audience,
        id=report.id if looking.audience == "officer" else "",
        number=report.number,
        shown=site.shown(report.number),
        version=report.version,
        category=report.category,
        state=report.state,
        outcome=report.outcome,
        text=report.public_text or "",
        public_text=report.public_text,
        visibility=report.visibility,
        review=report.review,
        published=report.published_at is not None,
        area=area,
        lat=lat,
        lon=lon,
        office=office,
        level=office.level if office else None,
        at_desk=report.closed_at is None and _at_desk(report),
        desk=desk_of(site, area),
        due_at=report.due_at,
        estimated=report.due_estimated,
        overdue=is_overdue(report, now),
        promised_on=report.promised_on,
        created_at=report.created_at,
        updated_at=report.updated_at,
        closed_at=report.closed_at,
        timeline=timeline(session, site, report, looking.audience, photos),
        photos=photos,
        actions=looking.actions,
    )


def _at_desk(report: Report) -> bool:
    return report.agency is None or report.queue != report.agency


def _for_officer(
    session: Session, site: Site, report: Report, looking: Looking, view: ReportView
) -> ReportView:
    masked = mask(report.description, site.mask_rules) if looking.reviews else None
    names = officer_names(session, [report.officer])
    other = session.get(Report, report.duplicate_of) if report.duplicate_of else None
    return replace(
        view,
        channel=report.channel,
        alternative=suggested(site, report),
        proposal=masked.text if masked else None,
        masked=masked.found if masked else (),
        officer=names.get(report.officer or ""),
        duplicate_of=site.shown(other.number) if other else None,
        bounces=report.bounces,
    )


def suggested(site: Site, report: Report) -> OfficeView | None:
    """Suggest an office when a report is sent on: the alternative of its rule, else its agency."""
    category = site.catalog.categories.get(report.category)
    rules = {r.id: r for r in site.config.routes}
    rule = rules.get(report.rule or "")
    area = site.area(report.area)
    if rule is None and category is not None:
        found = route(site, category, area, report.answer)
        rule = getattr(found, "rule", None)
    for code in (rule.alternative, rule.agency) if rule else ():
        if code and code != report.agency:
            return office_of(site, code, area)
    return None


def is_overdue(report: Report, now: datetime.datetime) -> bool:
    """Tell whether a report is late: neither done nor closed when it was due."""
    open_ = report.closed_at is None and report.state != State.RESOLVED
    return open_ and report.due_at is not None and report.due_at < now


def place_for(site: Site, report: Report, *, exact: bool) -> Area | None:
    """Return the area of a report that may be told; of a sensitive one no narrower than allowed."""
    category = site.catalog.categories.get(report.category)
    area = site.area(report.area)
    if area is None or exact or (category is not None and not category.sensitive):
        return area
    above = site.region.areas.above(area.code)
    return site.area(told_area(above, list(site.region.levels), site.config.sensitive_level))


def _point(site: Site, report: Report, looking: Looking) -> tuple[float | None, float | None]:
    category = site.catalog.categories.get(report.category)
    if looking.exact:
        return report.lat, report.lon
    if category is None or category.sensitive:
        return None, None
    return public_point(report.lat, report.lon, exact=category.public_asset)
