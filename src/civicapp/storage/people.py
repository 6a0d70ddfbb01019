"""The tables of people: accounts, what they may do, sessions, links, tokens, attempts, the record.

Only hashes stand here: of passwords, of session ids, of the secrets in links and tokens.
"""

import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from civicapp.storage.guard import APPEND_ONLY
from civicapp.storage.metadata import Instant, Json
from civicapp.storage.models import Core, Number, metadata

ID = String(16)
DIGEST = String(64)
GRANTS = "core.grants"  # cache tag of who holds which role: grants, and whether accounts are open

__all__ = [
    "GRANTS",
    "Account",
    "Attempt",
    "AuditRow",
    "GrantRow",
    "SessionRow",
    "Ticket",
    "Token",
    "metadata",
]


class Account(Core):
    """An officer. `email_key` is the folded address, by which one signs in."""

    __tablename__ = "core_account"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    demo: Mapped[bool]
    password_hash: Mapped[str | None] = mapped_column(String(250))
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int | None] = mapped_column(Number)
    recovery_codes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    signed_in_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    disabled_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class GrantRow(Core):
    """A role of an account, for an agency and an area."""

    __tablename__ = "core_grant"
    __table_args__ = (Index(None, "role", "agency"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey(Account.id), index=True)
    role: Mapped[str] = mapped_column(String(30))
    agency: Mapped[str | None] = mapped_column(String(40))
    area: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)


class SessionRow(Core):
    """A sign-in on one device. `digest` is the SHA-256 of the id in the cookie.

    stage: `code`, a one-time code is still asked; `setup`, a second factor must be set up; `full`.
    previous: the digest before the last rotation, good for requests that were under way. rotate:
    the next page gets a new id. secret: of a second factor that is being set up, encrypted.
    """

    __tablename__ = "core_session"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    previous: Mapped[str | None] = mapped_column(DIGEST, index=True)
    account: Mapped[str] = mapped_column(ForeignKey(Account.id), index=True)
    stage: Mapped[str] = mapped_column(String(8))
    agent: Mapped[str] = mapped_column(String(80))
    rotate: Mapped[bool]
    rotated_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime.datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime.datetime] = mapped_column(Instant, index=True)
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Ticket(Core):
    """A link that works once: an invitation, or a new start for who cannot sign in."""

    __tablename__ = "core_ticket"

    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey(Account.id), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime.datetime] = mapped_column(Instant)
    used_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Token(Core):
    """A bearer token of an account, for programs."""

    __tablename__ = "core_token"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    account: Mapped[str] = mapped_column(ForeignKey(Account.id), index=True)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime.datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Attempt(Core):
    """How full the bucket of a throttle is. `key` is signed: it tells no address and no e-mail."""

    __tablename__ = "core_attempt"

    key: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    level: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime.datetime] = mapped_column(Instant, index=True)


class AuditRow(Core):
    """What was done: append-only. `actor` is an account, None for a command or the system."""

    __tablename__ = "core_audit"
    __table_args__ = (
        Index(None, "subject", "id"),
        Index(None, "actor", "id"),
        Index(None, "action", "id"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(Instant, index=True)
    actor: Mapped[str | None] = mapped_column(ID)
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    request: Mapped[str] = mapped_column(String(64))
