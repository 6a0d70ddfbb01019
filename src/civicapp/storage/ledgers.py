"""Tables of what went out: deliveries to people and programs, answers to requests with a key."""

import datetime

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, String, Text, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from civicapp.storage.metadata import Instant
from civicapp.storage.models import KEY_LENGTH, Core
from civicapp.storage.people import metadata

DELIVERY_STATES = ("waiting", "sending", "sent", "failed")
ABOUT_LENGTH = 120
KEEP_ANSWERS = datetime.timedelta(hours=24)

__all__ = ["AnswerRow", "DeliveryRow", "metadata"]


class DeliveryRow(Core):
    """A message to one target by one channel; `key` makes it once.

    target_ref: what it is about, such as `complaints.report:7K3Q9XW2W`; never an address. sealed:
    target and text, encrypted; gone as soon as they are not needed.
    """

    __tablename__ = "core_delivery"
    __table_args__ = (
        CheckConstraint(f"state IN {DELIVERY_STATES}", "state"),
        Index(None, "state", "created_at"),
        Index(None, "target_ref", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), unique=True)
    channel: Mapped[str] = mapped_column(String(40))
    target_ref: Mapped[str] = mapped_column(String(ABOUT_LENGTH))
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime.datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class AnswerRow(Core):
    """The answer to a request with an Idempotency-Key, encrypted with that key.

    id: digest of route, caller and key. body: digest of what was sent.
    """

    __tablename__ = "core_idempotency"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant, index=True)


def find_answer(session: Session, id: str) -> AnswerRow | None:
    """Return the answer to a request that came before, None if there is none or it is too old."""
    row = session.get(AnswerRow, id)
    if row is None or row.created_at < datetime.datetime.now(datetime.UTC) - KEEP_ANSWERS:
        return None
    return row


def keep_answer(session: Session, row: AnswerRow) -> None:
    """Keep the answer to a request, in the place of one that is too old."""
    session.execute(delete(AnswerRow).where(AnswerRow.id == row.id))
    session.add(row)


def forget_answers(session: Session, now: datetime.datetime) -> None:
    """Remove the answers that nobody may ask for again."""
    session.execute(delete(AnswerRow).where(AnswerRow.created_at < now - KEEP_ANSWERS))
