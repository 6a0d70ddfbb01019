"""Notices: what a reporter is told of an event, as data for a template."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from civicapp_complaints.models import EventRow, Report, Words
from civicapp_complaints.service.links import derived_secret, keep_secret
from civicapp_complaints.service.party import open_contact
from civicapp_complaints.service.read import place_for
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.words import HAPPENED

LINK = "/complaints/s/"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to a reporter. target: the address, never to be logged. data: for the template.

    what: a message of the gettext domain, what happened. secret: opens the report, made for this
    message alone.
    """

    channel: str
    target: str = field(repr=False)
    language: str
    number: str
    what: str
    secret: str = field(repr=False)
    due_at: datetime.datetime | None
    area: str | None
    data: Mapping[str, object] = field(repr=False)


def notice_of(session: Session, site: Site, report_id: str, seq: int) -> Notice | None:
    """Compose what a reporter is told of an event; None if there is no way to reach them.

    The link has a secret of its own, so that no secret is kept in clear.
    """
    report, row = session.get(Report, report_id), session.get(EventRow, (report_id, seq))
    if report is None or row is None:
        return None
    way = way_to(session, site, report)
    if way is None:
        return None
    secret = derived_secret(site, f"notice:{report_id}:{seq}")
    keep_secret(session, report, secret, "notice", row.at)
    return Notice(
        channel=way[0],
        target=way[1],
        language=report.language or site.region.languages[0],
        number=site.shown(report.number),
        what=HAPPENED[row.action],
        secret=secret,
        due_at=report.due_at if row.action in ("submit", "accept") else None,
        area=report.area,
        data={
            "text": _text(session, report_id, seq),
            "ask": row.action == "ask",
            "confirm": row.action == "resolve",
            **about(site, report),
        },
    )


def about(site: Site, report: Report) -> dict[str, object]:
    """Say in the reporter's language what a report is about, where, and who is responsible."""
    languages = (report.language, *site.region.languages)
    category = site.catalog.categories.get(report.category)
    area = place_for(site, report, exact=False)
    return {
        "category": category.name.text(*languages) if category else report.category,
        "place": area.title.text(*languages) if area else "",
        "office": site.office_name(report.agency, report.area) or "",
    }


def way_to(session: Session, site: Site, report: Report) -> tuple[str, str] | None:
    """Return channel and address by which a reporter can be reached, e-mail first."""
    contact, config = open_contact(session, site, report.id), site.config
    if contact.email and config.email_channel:
        return config.email_channel, contact.email
    if contact.phone and config.phone_channel:
        return config.phone_channel, contact.phone
    return None


def _text(session: Session, report_id: str, seq: int) -> str:
    for audience in ("public", "reporter"):
        if words := session.get(Words, (report_id, seq, audience)):
            return words.text
    return ""
