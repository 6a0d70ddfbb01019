"""Submit a report: check it, find who is responsible, keep it, give a receipt."""

import datetime
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Area
from civicapp_complaints.domain.moves import Step, submitted
from civicapp_complaints.domain.number import new_number
from civicapp_complaints.domain.states import Action, Actor, State
from civicapp_complaints.models import Clock, EventRow, Party, Report, Words
from civicapp_complaints.service.checking import Checked, Submission, check
from civicapp_complaints.service.effects import tell
from civicapp_complaints.service.history import Deed, sealed
from civicapp_complaints.service.links import derived_secret, secret_row
from civicapp_complaints.service.party import seal_contact
from civicapp_complaints.service.photos import adopt, count_of_draft
from civicapp_complaints.service.responsible import office_of, responsible
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import Receipt, Responsible

__all__ = ["KeyReused", "Submission", "check", "preview", "submit"]


class KeyReused(Exception):
    """The same key came with another report before (422)."""


def preview(session: Session, site: Site, given: Submission, now: datetime.datetime) -> Responsible:
    """Check a submission and say who is responsible, before it is sent; raise Invalid."""
    checked = check(site, given, count_of_draft(session, given.draft))
    return _responsible(session, site, checked, now)


def _responsible(
    session: Session, site: Site, checked: Checked, now: datetime.datetime
) -> Responsible:
    return responsible(session, site, checked.category, checked.spot.area, checked.answer, now)


def submit(
    session: Session,
    site: Site,
    given: Submission,
    now: datetime.datetime,
    key: str | None = None,
    by: str | None = None,
) -> Receipt:
    """Keep a report, and return number and secret; raise Invalid, or KeyReused.

    key: the same key and submission give the same receipt again, with the same secret. by: account
    of the officer who reports on behalf of someone.
    """
    request, body = _digests(site, given, key)
    if request and (known := _known(session, request)) is not None:
        if known.body != body:
            raise KeyReused
        party = session.get(Party, known.id)
        return _receipt(site, known, party, derived_secret(site, f"submit:{request}"))
    checked = check(site, given, count_of_draft(session, given.draft))
    found = _responsible(session, site, checked, now)
    report = _report(site, given, checked, found, now)
    report.request, report.body = request, body
    step = Step(Action.SUBMIT, Actor.DESK if by else Actor.REPORTER, now, by, _carried(report))
    submitted(step)
    events = _first_events(report, step)
    session.add(report)
    session.flush()  # once, in its final form; the rows that follow name it
    session.add_all(events)
    party = seal_contact(site, report.id, checked.contact, share=given.share_contact)
    _keep_rest(session, given, report, party)
    secret = derived_secret(site, f"submit:{request or secrets.token_hex(16)}")
    session.add(secret_row(report, secret, "receipt", now, by))
    tell(session, site, report, Action.SUBMIT, 1, notice=party is not None)
    return _receipt(site, report, party, secret, fresh=True)


def _digests(site: Site, given: Submission, key: str | None) -> tuple[str | None, str | None]:
    """Digest key and submission: with one key, another submission is not taken for the first.

    Signed, since a plain digest would let a reader of the database guess the telephone number.
    """
    if not key:
        return None, None
    body = json.dumps(asdict(given), sort_keys=True)
    return site.cipher.sign(key, "complaints.key"), site.cipher.sign(body, "complaints.body")


def _known(session: Session, request: str) -> Report | None:
    return session.scalar(select(Report).where(Report.request == request))


# What no report has when it is new.
NEW: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "public_text",
                "published_at",
                "outcome",
                "resume",
                "officer",
                "resolved_by",
                "promised_on",
                "duplicate_of",
                "closed_at",
            )
        ),
        **dict.fromkeys(("bounces", "changes", "reopened", "version", "seq"), 0),
        "review": "pending",
        "appealed": False,
        "state": State.RECEIVED.value,
        "head": "",
    }
)


def _report(
    site: Site, given: Submission, checked: Checked, found: Responsible, now: datetime.datetime
) -> Report:
    spot = checked.spot
    routed = found.at_once and found.office is not None
    agency = found.office.code if routed and found.office else None
    return Report(
        **NEW,
        id=secrets.token_hex(16),
        number=new_number(),
        category=checked.category.code,
        answer=checked.answer,
        description=checked.description,
        visibility=checked.visibility,
        review_since=now if checked.visibility == "public" else None,
        lat=spot.lat,
        lon=spot.lon,
        accuracy_m=round(given.accuracy_m) if given.accuracy_m is not None and spot.lat else None,
        area=spot.area.code if spot.area else None,
        landmark=checked.landmark,
        agency=agency,
        queue=site.config.desk_agency if agency and found.at_desk else agency,
        rule=found.rule if routed else None,
        assumed=found.assumed,
        channel=given.channel,
        language=given.language,
        created_at=now,
        updated_at=now,
        due_at=found.due_at,
        due_estimated=found.estimated,
        rank_at=found.due_at or now,
    )


def _carried(report: Report) -> dict[str, object]:
    return {"category": report.category}


def _keep_rest(session: Session, given: Submission, report: Report, party: Party | None) -> None:
    """Keep contact data, deadline and photos of a new report."""
    if party is not None:
        session.add(party)
    if report.due_at is not None:
        session.add(
            Clock(
                report=report.id,
                kind="resolve",
                cycle=0,
                started_at=report.created_at,
                due_at=report.due_at,
                estimated=report.due_estimated,
                stopped_at=None,
            )
        )
    if given.draft:
        adopt(session, given.draft, report)


def _first_events(report: Report, step: Step) -> list[EventRow | Words]:
    """Tell the history that it came, and that it was sent on if it was; the report moves along."""
    data = {"category": report.category, "channel": report.channel}
    events = [*sealed(report, Deed("submit", step.actor, step.at, step.by, data=data), None)]
    if report.agency is not None:
        report.state = State.ROUTED.value
        routed = {"agency": report.agency, "rule": report.rule, "assumed": report.assumed}
        deed = Deed("route", Actor.SYSTEM, step.at, data=routed)
        events += sealed(report, deed, State.RECEIVED)
    return events


def _receipt(
    site: Site, report: Report, party: Party | None, secret: str, *, fresh: bool = False
) -> Receipt:
    area: Area | None = site.area(report.area)
    ways = []
    if party is not None:
        ways = [(party.email, site.config.email_channel), (party.phone, site.config.phone_channel)]
    reachable = any(known and channel and site.reaches(channel) for known, channel in ways)
    return Receipt(
        id=report.id,
        number=report.number,
        shown=site.shown(report.number),
        secret=secret,
        state=report.state,
        category=report.category,
        visibility=report.visibility,
        area=area,
        office=office_of(site, report.agency, area),
        at_desk=report.agency is None or report.queue != report.agency,
        assumed=report.assumed,
        created_at=report.created_at,
        due_at=report.due_at,
        estimated=report.due_estimated,
        reachable=reachable,
        version=report.version,
        repeated=not fresh,
    )
