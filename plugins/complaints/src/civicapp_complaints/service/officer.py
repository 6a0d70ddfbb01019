"""What officers do with a report. Every function checks permission and rows, and is on record."""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import N_, Act, Person, audit
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.moves import SHORTEST_NOTE, NotYours, Step
from civicapp_complaints.domain.number import parse
from civicapp_complaints.domain.states import Action, Actor, Edge, Outcome, State, edge
from civicapp_complaints.domain.text import clean, read_description
from civicapp_complaints.models import Media, Report
from civicapp_complaints.permissions import REPLY, REVEAL
from civicapp_complaints.service.act import carry_out, standing_of
from civicapp_complaints.service.effects import REPLY as REPLIED
from civicapp_complaints.service.effects import follow
from civicapp_complaints.service.errors import Fault, Forbidden, Invalid, fault_of
from civicapp_complaints.service.handover import keep_handover, read_handover
from civicapp_complaints.service.history import Deed, append, check_version
from civicapp_complaints.service.party import open_contact
from civicapp_complaints.service.photos import Upload, add_to_report
from civicapp_complaints.service.rows import load_for, may, parts_of, permission_of
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import Contacted, PhotoView

LONGEST_TEXT = 4000
NAMES = ("reason", "note", "question", "public_text", "text")
REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an officer wants done. version: of the report as the officer saw it; None: any.

    carried: what comes with it, by the names of the table of states, as text: `agency`, `reason`,
    `note`, `question`, `body`, `channel`, `contact_shared`, `email`, `duplicate_of`, `outcome`,
    `promised_on` as 2026-11-24, `public_text`.
    """

    action: str
    version: int | None = None
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A text of an officer: for reporter and public, or internal. version: as seen; None: any."""

    text: str
    internal: bool = False
    version: int | None = None


def act(
    session: Session, site: Site, person: Person, report_id: str, order: Order, by: Act
) -> Report:
    """Do an action of the table of states; return the report as it stands then.

    Raise Unknown, Outdated, NotPossible, NotYours, Invalid or TooLate, in this order.
    """
    report = load_for(session, site, person, report_id)
    check_version(report, order.version)
    action = _action(order.action)
    standing = standing_of(report)
    found = edge(standing.state, action, standing.outcome)
    actor = _actor(site, person, report, found)
    carried = _carried(session, site, report, found, order.carried)
    before = _shown(report)
    step = Step(action, actor, by.at, person.id, carried)
    seq = carry_out(session, site, report, step, acting=_office(person, report))
    if action is Action.HAND_OVER:
        keep_handover(session, site, report, seq, carried)
    subject = f"complaints.report:{report.number}"
    audit(session, by, permission_of(action), subject, before=before, after=_shown(report))
    return report


def _action(name: str) -> Action:
    try:
        return Action(name)
    except ValueError:
        message = N_("There is no such action.")
        raise Invalid([Fault("action", "action-unknown", message)]) from None


def _actor(site: Site, person: Person, report: Report, found: Edge) -> Actor:
    """Choose the part in which the person does this; NotYours if there is none."""
    parts = parts_of(site, person, report) & found.who
    officers = [a for a in Actor if a in found.who]
    if not parts or not may(site, person, permission_of(found.action), report):
        raise NotYours(found.action, officers[0])
    return next(a for a in Actor if a in parts)


def _office(person: Person, report: Report) -> str | None:
    """Return the agency for which an officer acts on this report."""
    codes = [g.agency for g in person.grants if g.agency]
    if report.agency in codes or not codes:
        return report.agency if report.agency in codes else None
    return codes[0]


def _carried(
    session: Session, site: Site, report: Report, found: Edge, given: Mapping[str, str]
) -> dict[str, object]:
    """Read what comes with an action; raise Invalid with all faults."""
    read: dict[str, object] = {k: v.strip() for k, v in given.items() if v.strip()}
    faults = list(missing(found, read))
    for name in NAMES:
        if name in read:
            read[name] = _text(name, str(read[name]), faults)
    if found.action in (Action.ROUTE, Action.REASSIGN, Action.TAKE_BACK):
        faults += _agency(site, report, read)
    if found.action is Action.MERGE:
        faults += _other(session, site, report, read)
    if found.action is Action.SCHEDULE:
        faults += _date(read)
    if found.action is Action.HAND_OVER:
        faults += read_handover(site, report, read)
    if found.action is Action.REJECT and not REASON.fullmatch(str(read.get("reason", "x"))):
        faults.append(Fault("reason", "choice", N_("Choose a reason from the list.")))
    if len(found.closes) > 1:
        category = site.catalog.categories.get(report.category)
        answered = category is not None and category.kind == "information"
        read["outcome"] = Outcome.ANSWERED if answered else Outcome.FIXED
    if found.action is Action.RESOLVE:
        faults += _evidence(session, site, report)
    if faults:
        raise Invalid(faults)
    return read


def missing(found: Edge, read: Mapping[str, object]) -> Iterator[Fault]:
    """Find what must come with an action and did not; a rule or outcome is filled in by us."""
    for names in found.carries:
        first, *others = names.split("/")
        given = [n for n in (first, *others) if n in read]
        if not given and names not in ("rule", "contact_shared"):
            yield Fault(first, "incomplete", N_("Fill in this field."))
    note = str(read.get("note", ""))
    if "note" in found.carries and note and len(note) < SHORTEST_NOTE:
        message = N_("Write at least %(n)s letters.")
        yield Fault("note", "incomplete", message, {"n": SHORTEST_NOTE})


def _text(name: str, text: str, faults: list[Fault]) -> str:
    try:
        return read_description(text, limit=LONGEST_TEXT)
    except Refusal as refusal:
        fault = fault_of(refusal)
        faults.append(Fault(name, fault.code, fault.message, fault.words))
        return ""


def _agency(site: Site, report: Report, read: dict[str, object]) -> list[Fault]:
    read.setdefault("rule", "manual")
    code = str(read.get("agency", ""))
    if not code:
        return []  # the table says that it is missing
    known = code in site.region.agencies
    if not known or site.region.agencies.office(code, report.area) is None:
        return [Fault("agency", "agency-unknown", N_("Choose an office from the list."))]
    if code == report.agency and report.state != State.HANDED_OVER:
        return [Fault("agency", "agency-same", N_("The report is with this office already."))]
    return []


def _other(session: Session, site: Site, report: Report, read: dict[str, object]) -> list[Fault]:
    """Find the report that this one repeats; of a repeated one, the first."""
    number = parse(str(read.get("duplicate_of", "")), site.config.number_prefix)
    if "duplicate_of" not in read:
        return []
    other = session.scalar(select(Report).where(Report.number == number)) if number else None
    while other is not None and other.duplicate_of is not None:
        other = session.get(Report, other.duplicate_of)
    if other is None or other.id == report.id:
        message = N_("There is no other report with this number.")
        return [Fault("duplicate_of", "report-unknown", message)]
    read["duplicate_of"] = other.id
    return []


def _date(read: dict[str, object]) -> list[Fault]:
    if "promised_on" not in read:
        return []
    try:
        read["promised_on"] = datetime.date.fromisoformat(str(read["promised_on"]))
    except ValueError:
        return [Fault("promised_on", "bad-date", N_("Write the date as 2026-12-31."))]
    return []


def _evidence(session: Session, site: Site, report: Report) -> list[Fault]:
    category = site.catalog.categories.get(report.category)
    if not site.config.after_photo or category is None or category.evidence != "photo":
        return []
    after = select(Media.id).where(Media.report == report.id, Media.kind == "after")
    if session.scalar(after.limit(1)) is None:
        return [Fault("photo", "photo-missing", N_("Add a photo that shows the finished work."))]
    return []


def _shown(report: Report) -> dict[str, object]:
    """Say for the record where a report stands; nothing of its reporter."""
    return {
        "state": report.state,
        "outcome": report.outcome,
        "agency": report.agency,
        "version": report.version,
    }


def reply(
    session: Session,
    site: Site,
    person: Person,
    report_id: str,
    given: Reply,
    by: Act,
) -> Report:
    """Write to the reporter and the public, or a note that only officers see."""
    report = load_for(session, site, person, report_id)
    check_version(report, given.version)
    if not may(site, person, REPLY, report):
        raise Forbidden
    faults: list[Fault] = []
    internal, text = given.internal, _text("text", given.text, faults)
    if not text and not faults:
        faults.append(Fault("text", "incomplete", N_("Fill in this field.")))
    if faults:
        raise Invalid(faults)
    parts = parts_of(site, person, report)
    actor = next((a for a in Actor if a in parts), Actor.HANDLER)
    name = "note" if internal else REPLIED
    deed = Deed(
        name,
        actor,
        by.at,
        person.id,
        _office(person, report),
        text,
        "internal" if internal else "public",
    )
    before = _shown(report)
    append(session, report, deed, report.state)
    follow(session, site, report, name, hidden=internal)
    subject = f"complaints.report:{report.number}"
    action = "complaints.report.note" if internal else REPLY
    audit(session, by, action, subject, before=before, after=_shown(report))
    return report


def reveal(
    session: Session, site: Site, person: Person, report_id: str, reason: str, by: Act
) -> Contacted:
    """Open a reporter's contact data; the reason and the opening are on record."""
    report = load_for(session, site, person, report_id)
    if not may(site, person, REVEAL, report):
        raise Forbidden
    if len(clean(reason)) < 5:
        raise Invalid([Fault("reason", "incomplete", N_("Say why you need it."))])
    contact = open_contact(session, site, report.id)
    append(session, report, Deed("reveal", Actor.DESK, by.at, person.id), report.state)
    subject = f"complaints.report:{report.number}"
    audit(session, by, REVEAL, subject, reason=clean(reason)[:500])
    return Contacted(contact.name, contact.email, contact.phone)


def add_after_photo(
    session: Session,
    site: Site,
    person: Person,
    report_id: str,
    upload: Upload,
    by: Act,
    version: int | None = None,
) -> PhotoView:
    """Keep a photo that shows the finished work; its file has been put already."""
    report = load_for(session, site, person, report_id)
    if not may(site, person, permission_of(Action.RESOLVE), report):
        raise Forbidden
    photo = add_to_report(session, site, report, upload, by.at, person.id, version)
    subject = f"complaints.report:{report.number}"
    audit(session, by, "complaints.report.add_photo", subject, after={"media": photo.id})
    return photo
