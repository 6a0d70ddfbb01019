"""The table: notes that people left, and what became of them."""

import datetime

from civicapp import Instant, service_metadata
from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

metadata = service_metadata("parks")


class Base(DeclarativeBase):
    """Base of these tables."""

    metadata = metadata


class Note(Base):
    """A note about a place; who left it is not known.

    area, agency: those of the place on that day; they decide whose officers read it. state: `new`,
    then `seen` or, with an answer, `answered`: only that is public. version: counts the changes.
    """

    __tablename__ = "parks_note"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'seen', 'answered')", "state"),
        Index(None, "state", "left_at"),
        Index(None, "place", "closed_at"),
        Index(None, "left_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[str] = mapped_column(String(64))
    area: Mapped[str | None] = mapped_column(String(64))
    agency: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    answer: Mapped[str | None] = mapped_column(Text)
    left_at: Mapped[datetime.datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    version: Mapped[int]
