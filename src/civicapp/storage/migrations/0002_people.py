"""Make the tables of people: accounts, grants, sessions, links, tokens, attempts, the record."""

import sqlalchemy as sa
from alembic import op

from civicapp.storage.guard import append_only
from civicapp.storage.metadata import Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "core_account",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(250), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", number, nullable=True),
        sa.Column("recovery_codes", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("signed_in_at", Instant(), nullable=True),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_core_account_email_key")),
    )
    op.create_table(
        "core_grant",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("account", sa.String(16), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("agency", sa.String(40), nullable=True),
        sa.Column("area", sa.String(64), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grant")),
        _of_account("core_grant"),
    )
    op.create_index(op.f("ix_core_grant_account"), "core_grant", ["account"])
    op.create_index(op.f("ix_core_grant_role_agency"), "core_grant", ["role", "agency"])
    op.create_table(
        "core_session",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("account", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("agent", sa.String(80), nullable=False),
        sa.Column("rotate", sa.Boolean(), nullable=False),
        sa.Column("rotated_at", Instant(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_core_session_digest")),
        _of_account("core_session"),
    )
    for column in ("account", "expires_at", "previous"):
        op.create_index(op.f(f"ix_core_session_{column}"), "core_session", [column])
    op.create_table(
        "core_ticket",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_core_ticket")),
        _of_account("core_ticket"),
    )
    op.create_index(op.f("ix_core_ticket_account"), "core_ticket", ["account"])
    op.create_table(
        "core_token",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_core_token_digest")),
        _of_account("core_token"),
    )
    op.create_index(op.f("ix_core_token_account"), "core_token", ["account"])
    op.create_table(
        "core_attempt",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_attempt")),
    )
    op.create_index(op.f("ix_core_attempt_at"), "core_attempt", ["at"])
    op.create_table(
        "core_audit",
        sa.Column("id", number, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(16), nullable=True),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.Column("after", Json, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_audit")),
    )
    op.create_index(op.f("ix_core_audit_at"), "core_audit", ["at"])
    for column in ("action", "actor", "subject"):
        op.create_index(op.f(f"ix_core_audit_{column}_id"), "core_audit", [column, "id"])
    append_only(op, "core_audit")


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account")
    return sa.ForeignKeyConstraint(["account"], ["core_account.id"], name=name)
