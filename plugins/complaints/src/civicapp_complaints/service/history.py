"""Write the history: one sealed event per change, and its texts beside it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.orm import Session

from civicapp_complaints.domain.events import Event, Value, digest_text, new_salt, seal
from civicapp_complaints.models import EventRow, Report, Words
from civicapp_complaints.service.errors import Outdated

TextFor = Literal["public", "reporter", "internal"]


@dataclass(frozen=True, slots=True)
class Deed:
    """What someone did. by: account of an officer. agency: the acting one.

    text: what was written with it, and for whom: `public` for everyone once the report is public,
    `reporter` for the reporter and officers, `internal` for officers. data: codes and numbers.
    """

    action: str
    actor: str
    at: datetime.datetime
    by: str | None = None
    agency: str | None = None
    text: str = ""
    text_for: TextFor = "public"
    data: Mapping[str, Value] = field(default_factory=dict)


def append(session: Session, report: Report, deed: Deed, from_state: str | None) -> int:
    """Add an event to a report that has its new state already; return the event's number.

    It makes the report's version one higher: whoever saw an older one has to look again.
    """
    session.add_all(sealed(report, deed, from_state))
    return report.seq


def sealed(report: Report, deed: Deed, from_state: str | None) -> tuple[EventRow | Words, ...]:
    """Make the rows of an event, and note it on the report; nothing is added to a session."""
    salt = new_salt() if deed.text else ""
    digest = digest_text(deed.text, salt) if deed.text else None
    internal = deed.text_for == "internal"
    event = seal(
        Event(
            report=report.id,
            seq=report.seq + 1,
            action=deed.action,
            at=deed.at,
            actor_kind=deed.actor,
            actor=deed.by,
            agency=deed.agency,
            from_state=from_state,
            to_state=report.state,
            public_digest=None if internal else digest,
            internal_digest=digest if internal else None,
            data=deed.data,
        ),
        _newest(report),
    )
    report.seq, report.head = event.seq, event.hash
    report.updated_at = max(deed.at, report.updated_at)
    report.version += 1
    if not deed.text:
        return (row_of(event),)
    words = Words(
        report=report.id, seq=event.seq, audience=deed.text_for, text=deed.text, salt=salt
    )
    return row_of(event), words


def _newest(report: Report) -> Event | None:
    """Return of the newest event what the next one is sealed with."""
    if report.seq == 0:
        return None
    return Event(report.id, report.seq, "", report.updated_at, "", hash=report.head)


def row_of(event: Event) -> EventRow:
    """Write an event as a row."""
    return EventRow(
        report=event.report,
        seq=event.seq,
        action=event.action,
        at=event.at,
        actor_kind=event.actor_kind,
        actor=event.actor,
        agency=event.agency,
        from_state=event.from_state,
        to_state=event.to_state,
        public_digest=event.public_digest,
        internal_digest=event.internal_digest,
        data=dict(event.data),
        prev_hash=event.prev_hash,
        hash=event.hash,
    )


def event_of(row: EventRow) -> Event:
    """Read an event from its row, as `verify` wants it."""
    return Event(
        report=row.report,
        seq=row.seq,
        action=row.action,
        at=row.at,
        actor_kind=row.actor_kind,
        actor=row.actor,
        agency=row.agency,
        from_state=row.from_state,
        to_state=row.to_state,
        public_digest=row.public_digest,
        internal_digest=row.internal_digest,
        data=dict(row.data),
        prev_hash=row.prev_hash,
        hash=row.hash,
    )


def check_version(report: Report, version: int | None) -> None:
    """Raise Outdated unless the report has this version; None: any."""
    if version is not None and report.version != version:
        raise Outdated(report.version)
