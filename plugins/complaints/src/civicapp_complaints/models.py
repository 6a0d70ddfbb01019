"""The tables of complaints: reports, who sent them, their history, photos, links, drafts."""

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from civicapp import APPEND_ONLY, Instant, Json, service_metadata

metadata = service_metadata("complaints")

ID = String(32)
# Compared byte by byte everywhere, so that an index serves `LIKE '18.71.%'` on PostgreSQL too.
AREA = String(64).with_variant(String(64, collation="C"), "postgresql")
AGENCY, CATEGORY, CODE = String(40), String(32), String(20)
ACCOUNT = String(16)
DIGEST = String(64)


class Base(DeclarativeBase):
    """Base of these tables."""

    metadata = metadata


def _index(name: str, where: str, *columns: str) -> Index:
    """Index only the rows that a list can hold; the query has to say so in the same words."""
    only = text(where)
    full = f"ix_complaints_report_{name}"
    return Index(full, *columns, sqlite_where=only, postgresql_where=only)


class Report(Base):
    """A report as it stands now. Its history is in `EventRow`, its contact data in `Party`.

    number: the tracking number. queue: the agency in whose queue it waits: the responsible one, or
    the desk while that has no officer; None: the desk has to find one. rule: of routes.csv, or
    `manual` when an officer chose. answer: to the category's question. rank_at: queues are sorted
    by it. published_at: since when everyone may see it; review_since: since when it waits for a
    reviewer.
    seq, head: number and hash of the newest event. request, body: digests of the key under which it
    was sent, and of what was sent.
    """

    __tablename__ = "complaints_report"
    __table_args__ = (
        _index("queue", "closed_at IS NULL", "queue", "rank_at", "id"),
        _index("open", "closed_at IS NULL", "rank_at", "id"),
        _index("closed", "closed_at IS NOT NULL", "closed_at", "id"),
        _index("public", "published_at IS NOT NULL", "created_at", "id"),
        _index("category", "published_at IS NOT NULL", "category", "created_at", "id"),
        _index("area", "published_at IS NOT NULL", "area", "created_at", "id"),
        _index("review", "review_since IS NOT NULL", "review_since", "id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(9), unique=True)
    request: Mapped[str | None] = mapped_column(DIGEST, unique=True)
    body: Mapped[str | None] = mapped_column(DIGEST)
    category: Mapped[str] = mapped_column(CATEGORY)
    answer: Mapped[str | None] = mapped_column(String(32))
    description: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(String(8))
    review: Mapped[str] = mapped_column(String(8))
    public_text: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    review_since: Mapped[datetime.datetime | None] = mapped_column(Instant)

    lat: Mapped[float | None]
    lon: Mapped[float | None]
    accuracy_m: Mapped[int | None]
    area: Mapped[str | None] = mapped_column(AREA)
    landmark: Mapped[str | None] = mapped_column(String(200))

    state: Mapped[str] = mapped_column(CODE)
    outcome: Mapped[str | None] = mapped_column(CODE)
    resume: Mapped[str | None] = mapped_column(CODE)
    agency: Mapped[str | None] = mapped_column(AGENCY)
    queue: Mapped[str | None] = mapped_column(AGENCY)
    rule: Mapped[str | None] = mapped_column(String(64))
    assumed: Mapped[bool]
    officer: Mapped[str | None] = mapped_column(ACCOUNT)
    resolved_by: Mapped[str | None] = mapped_column(ACCOUNT)
    promised_on: Mapped[datetime.date | None]
    duplicate_of: Mapped[str | None] = mapped_column(ID, index=True)
    bounces: Mapped[int]
    changes: Mapped[int]
    reopened: Mapped[int]
    appealed: Mapped[bool]

    channel: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime.datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    due_estimated: Mapped[bool]
    rank_at: Mapped[datetime.datetime] = mapped_column(Instant)

    version: Mapped[int]
    seq: Mapped[int]
    head: Mapped[str] = mapped_column(DIGEST)


class Party(Base):
    """How the reporter can be reached, encrypted. share: other bodies may be told too."""

    __tablename__ = "complaints_party"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    share: Mapped[bool]
    erased_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class EventRow(Base):
    """Something that happened to a report; append-only, sealed by a hash. Its texts are Words."""

    __tablename__ = "complaints_event"
    __table_args__ = ({"info": APPEND_ONLY},)

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(CODE)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(CODE)
    actor: Mapped[str | None] = mapped_column(ACCOUNT)
    agency: Mapped[str | None] = mapped_column(AGENCY)
    from_state: Mapped[str | None] = mapped_column(CODE)
    to_state: Mapped[str | None] = mapped_column(CODE)
    public_digest: Mapped[str | None] = mapped_column(DIGEST)
    internal_digest: Mapped[str | None] = mapped_column(DIGEST)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    prev_hash: Mapped[str] = mapped_column(DIGEST)
    hash: Mapped[str] = mapped_column(DIGEST)


class Words(Base):
    """A text of an event with the salt of its digest; it can be erased, and the chain still holds.

    audience: `public` is for everyone once the report is public; `reporter` for the reporter and
    officers; `internal` for officers.
    """

    __tablename__ = "complaints_words"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32))


class Draft(Base):
    """A report that is being written, encrypted; found by the digest of a cookie's secret."""

    __tablename__ = "complaints_draft"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime.datetime] = mapped_column(Instant, index=True)


class Media(Base):
    """A photo of a report or of a draft.

    kind: `before` of the reporter, `after` of an officer. state: `new`; `ready` when it is encoded
    anew; `broken` when that cannot be done. The files are named by `photos.py` of the domain.
    """

    __tablename__ = "complaints_media"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    report: Mapped[str | None] = mapped_column(ForeignKey(Report.id), index=True)
    draft: Mapped[str | None] = mapped_column(ForeignKey(Draft.id), index=True)
    seq: Mapped[int | None]
    place: Mapped[int]
    kind: Mapped[str] = mapped_column(CODE)
    state: Mapped[str] = mapped_column(CODE)
    review: Mapped[str] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(DIGEST)
    mime: Mapped[str] = mapped_column(CODE)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    officer: Mapped[str | None] = mapped_column(ACCOUNT)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)


class SecretRow(Base):
    """The SHA-256 of a secret that opens a report for its reporter.

    origin: `receipt`, `mail`, or `desk`. issued_by: the officer who gave it out.
    """

    __tablename__ = "complaints_secret"

    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    report: Mapped[str] = mapped_column(ForeignKey(Report.id), index=True)
    origin: Mapped[str] = mapped_column(String(8))
    issued_by: Mapped[str | None] = mapped_column(ACCOUNT)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Clock(Base):
    """A deadline of a report; it starts anew, with the next cycle, when the reporter objects."""

    __tablename__ = "complaints_clock"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime.datetime] = mapped_column(Instant)
    due_at: Mapped[datetime.datetime] = mapped_column(Instant)
    estimated: Mapped[bool]
    stopped_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Handover(Base):
    """A hand-over to another body. channel: `email` or `letter`; email: address of an office."""

    __tablename__ = "complaints_handover"

    report: Mapped[str] = mapped_column(ForeignKey(Report.id), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(AGENCY)
    channel: Mapped[str] = mapped_column(CODE)
    email: Mapped[str | None] = mapped_column(String(254))
    contact_shared: Mapped[bool]
    language: Mapped[str] = mapped_column(String(8))
    sent_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
