"""Secret links: what opens a report for its reporter, and what happens when it is lost.

Only digests are kept. A secret that must be made again (for a repeated request, in a mail that a
job writes) is derived from the host's key and a ticket, so that it stands nowhere in clear.
"""

import base64
import datetime
import secrets
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civicapp import N_, Act, Person, audit
from civicapp_complaints.domain.contact import read_email, read_name, read_phone
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.number import digest_of, parse
from civicapp_complaints.models import Report, SecretRow
from civicapp_complaints.permissions import ISSUE
from civicapp_complaints.service.errors import Fault, Forbidden, Invalid, Unknown, fault_of
from civicapp_complaints.service.party import open_contact, same
from civicapp_complaints.service.rows import load_for, may
from civicapp_complaints.service.site import Site

RESEND = "complaints.resend"
RESENDS_A_DAY = 3
SECRET_BYTES = 16
LONGEST_SECRET = 64


def derived_secret(site: Site, ticket: str) -> str:
    """Make the secret of a ticket: 128 bits that only this host can make, the same each time."""
    signed = bytes.fromhex(site.cipher.sign(ticket, "complaints.link"))
    return base64.urlsafe_b64encode(signed[:SECRET_BYTES]).decode().rstrip("=")


def keep_secret(
    session: Session,
    report: Report,
    secret: str,
    origin: str,
    now: datetime.datetime,
    by: str | None = None,
) -> None:
    """Let a secret open a report from now on; nothing happens if it does already."""
    row = secret_row(report, secret, origin, now, by)
    if session.get(SecretRow, row.digest) is None:
        session.add(row)


def secret_row(
    report: Report, secret: str, origin: str, now: datetime.datetime, by: str | None = None
) -> SecretRow:
    """Make the row of a secret that opens a report."""
    return SecretRow(
        digest=digest_of(secret).hex(),
        report=report.id,
        origin=origin,
        issued_by=by,
        created_at=now,
        revoked_at=None,
    )


def opened_by(session: Session, secret: str) -> Report:
    """Return the report that a secret opens; raise Unknown."""
    if not 0 < len(secret) <= LONGEST_SECRET:
        raise Unknown
    report = session.scalar(
        select(Report)
        .join(SecretRow, SecretRow.report == Report.id)
        .where(SecretRow.digest == digest_of(secret).hex(), SecretRow.revoked_at.is_(None))
    )
    if report is None:
        raise Unknown
    return report


def opened(session: Session, site: Site, number: str, secret: str) -> Report:
    """Return the report of a number if the secret opens just that one; raise Unknown."""
    report = opened_by(session, secret)
    if report.number != parse(number, site.config.number_prefix):
        raise Unknown
    return report


def resend(session: Session, site: Site, number: str, email: str, now: datetime.datetime) -> None:
    """Send a new link to the address that was given with a report.

    Returns the same whether number and address fit or not; nobody learns who reported what. At most
    three a day. Raise Invalid only for what cannot be a number or an address.
    """
    faults = []
    if (wanted := parse(number, site.config.number_prefix)) is None:
        message = N_("This is no tracking number. Copy it from your receipt.")
        faults.append(Fault("number", "bad-number", message))
    try:
        email = read_email(email)
    except Refusal as refusal:
        faults.append(fault_of(refusal))
    if faults:
        raise Invalid(faults)
    report = session.scalar(select(Report).where(Report.number == wanted))
    if report is None or not same(open_contact(session, site, report.id).email, email):
        return
    day = now - datetime.timedelta(days=1)
    recent = session.scalar(
        select(func.count())
        .select_from(SecretRow)
        .where(
            SecretRow.report == report.id,
            SecretRow.origin == "mail",
            SecretRow.created_at > day,
        )
    )
    if (recent or 0) < RESENDS_A_DAY:
        ticket = secrets.token_hex(16)
        keep_secret(session, report, derived_secret(site, f"mail:{ticket}"), "mail", now)
        site.enqueue(session, RESEND, ticket, {"report": report.id, "ticket": ticket})


@dataclass(frozen=True, slots=True)
class Matching:
    """What someone at the desk says of a report that they sent."""

    name: str = ""
    email: str = ""
    phone: str = ""


def reissue(
    session: Session,
    site: Site,
    person: Person,
    report_id: str,
    told: Matching,
    act: Act,
) -> str:
    """Give a reporter who stands at the desk a new link; all earlier ones stop working.

    What is told must agree with an address or a number that was given with the report, else raise
    Invalid; the officer learns only that. A report without either has no second link.
    """
    report = load_for(session, site, person, report_id)
    if not may(site, person, ISSUE, report):
        raise Forbidden
    matched = _matched(session, site, report, told)
    live = update(SecretRow).where(SecretRow.report == report.id, SecretRow.revoked_at.is_(None))
    session.execute(live.values(revoked_at=act.at))
    secret = derived_secret(site, f"desk:{secrets.token_hex(16)}")
    keep_secret(session, report, secret, "desk", act.at, person.id)
    subject = f"complaints.report:{report.number}"
    audit(session, act, ISSUE, subject, after={"matched": ",".join(matched)})
    return secret


def _matched(session: Session, site: Site, report: Report, told: Matching) -> tuple[str, ...]:
    kept = open_contact(session, site, report.id)
    readers = {
        "email": (told.email, read_email),
        "phone": (told.phone, lambda text: read_phone(text, site.dialling)),
        "name": (told.name, read_name),
    }
    found = []
    for field, (text, read) in readers.items():
        try:
            if text.strip() and same(read(text), getattr(kept, field)):
                found.append(field)
        except Refusal:
            continue
    if "email" not in found and "phone" not in found:
        message = N_("This does not agree with what was given with the report.")
        raise Invalid([Fault("phone" if told.phone else "email", "no-match", message)])
    return tuple(found)
