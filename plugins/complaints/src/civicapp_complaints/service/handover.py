"""Hand a report over to another body: by e-mail or by a letter that is printed."""

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import N_
from civicapp_complaints.domain.contact import read_email
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.models import Handover, Party, Report
from civicapp_complaints.service.errors import Fault, Unknown, fault_of
from civicapp_complaints.service.party import open_contact
from civicapp_complaints.service.site import Refs, Site
from civicapp_complaints.service.views import Letter

FORWARD = "complaints.forward"
CHANNELS = ("email", "letter")
YES = ("true", "on", "1", "yes")

Translate = Callable[[str], str]


def read_handover(site: Site, report: Report, read: dict[str, object]) -> Iterator[Fault]:
    """Check body, channel and address of a hand-over, and write them as they are kept."""
    body = str(read.get("body", ""))
    if body and (body not in site.region.agencies or body == report.agency):
        yield Fault("body", "agency-unknown", N_("Choose an office from the list."))
    channel = str(read.get("channel", ""))
    if channel and channel not in CHANNELS:
        yield Fault("channel", "choice", N_("Choose e-mail or letter."))
    read["contact_shared"] = str(read.get("contact_shared", "")).lower() in YES
    if channel == "email":
        try:
            read["email"] = read_email(str(read.get("email", "")))
        except Refusal as refusal:
            yield fault_of(refusal)


def keep_handover(
    session: Session, site: Site, report: Report, seq: int, carried: dict[str, object]
) -> None:
    """Keep a hand-over; a job sends the e-mail. Contact goes along only if the reporter agreed."""
    party = session.get(Party, report.id)
    shared = bool(carried["contact_shared"]) and party is not None and party.share
    session.add(
        Handover(
            report=report.id,
            seq=seq,
            body=str(carried["body"]),
            channel=str(carried["channel"]),
            email=str(carried["email"]) if carried["channel"] == "email" else None,
            contact_shared=shared,
            language=site.region.languages[0],
            sent_at=None,
        )
    )
    if carried["channel"] == "email":
        refs: Refs = {"report": report.id, "seq": seq}
        site.enqueue(session, FORWARD, f"{report.id}:{seq}", refs)


def letter_of(session: Session, site: Site, report: Report, gettext: Translate) -> Letter:
    """Write the letter of the newest hand-over; raise Unknown if there was none."""
    newest = select(Handover).where(Handover.report == report.id).order_by(Handover.seq.desc())
    handover = session.scalar(newest.limit(1))
    if handover is None:
        raise Unknown
    return write_letter(session, site, report, handover, gettext)


def write_letter(
    session: Session, site: Site, report: Report, handover: Handover, gettext: Translate
) -> Letter:
    """Write the letter of a hand-over: what it is about, where, and how to answer."""
    languages = (handover.language, *site.region.languages)
    category = site.catalog.categories.get(report.category)
    name = category.name.text(*languages) if category else report.category
    shown = site.shown(report.number)
    lines = [
        gettext(N_("To: %(office)s"))
        % {"office": site.office_name(handover.body, report.area) or handover.body},
        "",
        gettext(N_("A resident has reported a problem that lies with your office.")),
        gettext(N_("Number: %(number)s")) % {"number": shown},
        gettext(N_("Category: %(category)s")) % {"category": name},
        gettext(N_("Received: %(date)s")) % {"date": _day(site, report)},
        *_where(site, report, languages, gettext),
        "",
        report.description or gettext(N_("(The photos show it.)")),
        "",
        *(_contact(session, site, report, gettext) if handover.contact_shared else ()),
        gettext(N_("Please answer under this number. The resident follows it with us.")),
    ]
    subject = gettext(N_("Report %(number)s: %(category)s")) % {"number": shown, "category": name}
    return Letter(subject, "\n".join(lines))


def _day(site: Site, report: Report) -> str:
    return site.local(report.created_at, report.area).strftime("%Y-%m-%d %H:%M")


def _where(
    site: Site, report: Report, languages: tuple[str, ...], gettext: Translate
) -> Iterator[str]:
    if report.area in site.region.areas and report.area:
        titles = [a.title.text(*languages) for a in site.region.areas.above(report.area)]
        yield gettext(N_("Place: %(place)s")) % {"place": ", ".join(titles)}
    if report.landmark:
        yield gettext(N_("Landmark: %(landmark)s")) % {"landmark": report.landmark}
    if report.lat is not None:
        yield gettext(N_("Point: %(lat)s, %(lon)s")) % {"lat": report.lat, "lon": report.lon}


def _contact(session: Session, site: Site, report: Report, gettext: Translate) -> Iterator[str]:
    contact = open_contact(session, site, report.id)
    known = ", ".join(filter(None, (contact.name, contact.phone, contact.email)))
    if known:
        yield gettext(N_("Reporter: %(contact)s")) % {"contact": known}
        yield ""
