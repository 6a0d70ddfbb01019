"""The ledger of deliveries, core_delivery: kept with a transaction, then sent, then forgotten.

What officers and auditors see names no address; target and text stand encrypted beside it and are
removed as soon as they are sent.
"""

import datetime
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civicapp.notify.channel import Message, Outgoing
from civicapp.storage.ledgers import ABOUT_LENGTH, DeliveryRow
from civicapp.storage.models import KEY_LENGTH

KEEP = datetime.timedelta(days=365)
KEEP_UNSENT = datetime.timedelta(days=14)  # what could not be sent may be tried again so long
ERROR_LENGTH = 500


class Sealer(Protocol):
    """Encrypt and decrypt what is personal: `civicapp.Cipher`."""

    def encrypt(self, text: str, purpose: str) -> bytes:
        """Encrypt a text for one place."""
        ...

    def decrypt(self, data: bytes, purpose: str) -> str:
        """Return the text."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What officers see of a delivery. can_retry: it failed, and its text is still there."""

    id: str
    channel: str
    about: str
    state: str
    attempts: int
    last_error: str | None
    created_at: datetime.datetime
    sent_at: datetime.datetime | None
    can_retry: bool


def keep(
    session: Session,
    sealer: Sealer,
    channel: str,
    target: str,
    message: Message,
    key: str,
    about: str,
) -> str | None:
    """Keep a message to send; return its id, None if there was one of this key."""
    if not 0 < len(key) <= KEY_LENGTH or len(about) > ABOUT_LENGTH:
        raise ValueError(f"a key has 1 to {KEY_LENGTH} characters, `about` up to {ABOUT_LENGTH}")
    id, now = secrets.token_hex(16), _now()
    content = json.dumps([target, message.subject, message.text, dict(message.data)])
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "id": id,
        "key": key,
        "channel": channel,
        "target_ref": about,
        "state": "waiting",
        "attempts": 0,
        "created_at": now,
        "changed_at": now,
        "sealed": sealer.encrypt(content, _purpose(id)),
    }
    statement = insert(DeliveryRow).values(**values).on_conflict_do_nothing(index_elements=["key"])
    found: str | None = session.execute(statement.returning(DeliveryRow.id)).scalar_one_or_none()
    return found


def begin(session: Session, id: str, repeatable: Callable[[str], bool]) -> DeliveryRow | None:
    """Count a try of a delivery that is not sent yet; None if there is nothing to send.

    One that stands as `sending` was on its way when its process ended: it may have arrived. It is
    sent again only where `repeatable` says of its channel that receivers know a repetition; else
    it is listed as failed, so that a person decides.
    """
    row = session.get(DeliveryRow, id)
    if row is None or row.state not in ("waiting", "sending") or row.sealed is None:
        return None
    row.changed_at = _now()
    if row.state == "sending" and not repeatable(row.channel):
        row.state, row.last_error = "failed", "the process ended while sending: it may have arrived"
        return None
    row.state = "sending"
    row.attempts += 1
    return row


def opened(row: DeliveryRow, sealer: Sealer) -> Outgoing:
    """Decrypt a delivery."""
    content = json.loads(sealer.decrypt(row.sealed or b"", _purpose(row.id)))
    target, subject, text, data = content
    return Outgoing(row.id, target, Message(subject, text, data), row.target_ref, row.created_at)


def sent(session: Session, id: str) -> None:
    """Note that the receiver said yes; target and text are forgotten."""
    now = _now()
    _update(session, id, state="sent", sent_at=now, changed_at=now, last_error=None, sealed=None)


def not_sent(session: Session, id: str, error: str, *, last: bool) -> None:
    """Note why a try failed. last: there will be no other."""
    state = "failed" if last else "waiting"
    _update(session, id, state=state, changed_at=_now(), last_error=error[:ERROR_LENGTH])


def _update(session: Session, id: str, **values: Any) -> None:
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def failed_deliveries(session: Session, limit: int = 50) -> list[Delivery]:
    """List the deliveries that were given up, the newest first."""
    query = select(DeliveryRow).where(DeliveryRow.state == "failed")
    return _read(session, query, limit)


def deliveries_about(session: Session, about: str, limit: int = 50) -> list[Delivery]:
    """List what was sent about something, the newest first."""
    return _read(session, select(DeliveryRow).where(DeliveryRow.target_ref == about), limit)


def _read(session: Session, query: Select[Any], limit: int) -> list[Delivery]:
    query = query.order_by(DeliveryRow.created_at.desc(), DeliveryRow.id).limit(limit)
    rows: Sequence[DeliveryRow] = session.scalars(query).all()
    return [
        Delivery(
            row.id,
            row.channel,
            row.target_ref,
            row.state,
            row.attempts,
            row.last_error,
            row.created_at,
            row.sent_at,
            row.state == "failed" and row.sealed is not None,
        )
        for row in rows
    ]


def again(session: Session, id: str) -> int | None:
    """Let a failed delivery be tried again; return its tries so far, None if it cannot be."""
    row = session.get(DeliveryRow, id)
    if row is None or row.state != "failed" or row.sealed is None:
        return None
    row.state, row.changed_at = "waiting", _now()
    return row.attempts


def forget(session: Session, now: datetime.datetime) -> None:
    """Remove texts that could not be sent for two weeks, and rows of a year ago."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.sealed.is_not(None), DeliveryRow.changed_at < now - KEEP_UNSENT)
        .values(sealed=None, state="failed")
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(DeliveryRow).where(DeliveryRow.created_at < now - KEEP))


def _purpose(id: str) -> str:
    return f"core_delivery.sealed:{id}"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
