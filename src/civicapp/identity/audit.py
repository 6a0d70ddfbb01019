"""The record: who did what to what, with before and after. Rows are only added."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from civicapp.identity.secret import utc_now
from civicapp.storage.people import Account, AuditRow

# A value under such a name would be kept for ever and shown to auditors.
_SECRET_NAMES = ("password", "secret", "token", "code", "hash", "cookie")


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts: an account, or None for a command and the system; in which request, and when."""

    actor: str | None = None
    request: str = ""
    at: datetime.datetime = field(default_factory=utc_now)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record as it is read; `actor_name` is today's name of the account."""

    id: int
    at: datetime.datetime
    actor: str | None
    actor_name: str | None
    action: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str
    request: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines to read: newest first, those older than the line `before`; None: any."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    before: int | None = None


def audit(
    session: Session,
    act: Act,
    action: str,
    subject: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a line to the record, in the transaction of what it tells.

    action: as a permission, `complaints.report.route`. subject: `<kind>:<id>`, such as
    `complaints.report:7K3Q9XW2W`. before, after: what changed, as JSON; never a secret, and nothing
    of a resident: the record is kept when personal data are erased.
    """
    for values in (before, after):
        for name in values or ():
            if any(word in name for word in _SECRET_NAMES):
                raise ValueError(f"`{name}` does not belong in the record")
    session.add(
        AuditRow(
            at=act.at,
            actor=act.actor,
            action=action,
            subject=subject,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
            reason=reason,
            request=act.request,
        )
    )


def read_audit(session: Session, wanted: Wanted, limit: int = 50) -> list[Entry]:
    """Read lines of the record, the newest first."""
    query = select(AuditRow, Account.name).outerjoin(Account, Account.id == AuditRow.actor)
    newest = query.where(*_wanted(wanted)).order_by(AuditRow.id.desc()).limit(limit)
    return [
        Entry(
            row.id,
            row.at,
            row.actor,
            name,
            row.action,
            row.subject,
            row.before,
            row.after,
            row.reason,
            row.request,
        )
        for row, name in session.execute(newest)
    ]


def _wanted(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.actor is not None:
        yield AuditRow.actor == wanted.actor
    if wanted.action is not None:
        yield AuditRow.action.startswith(wanted.action, autoescape=True)
    if wanted.subject is not None:
        yield AuditRow.subject == wanted.subject
    if wanted.since is not None:
        yield AuditRow.at >= wanted.since
    if wanted.until is not None:
        yield AuditRow.at < wanted.until
    if wanted.before is not None:
        yield AuditRow.id < wanted.before
