"""Make the tables of complaints."""

import sqlalchemy as sa
from alembic import op

from civicapp import Instant, Json, append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

area = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    """Change the schema."""
    _draft()
    _report()
    _party()
    _history()
    _media()
    _secret()
    _clock()
    _handover()


def _of_report(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_complaints_{table}_report")
    return sa.ForeignKeyConstraint(["report"], ["complaints_report.id"], name=name)


def _draft() -> None:
    op.create_table(
        "complaints_draft",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints_draft")),
        sa.UniqueConstraint("digest", name=op.f("uq_complaints_draft_digest")),
    )
    op.create_index(op.f("ix_complaints_draft_expires_at"), "complaints_draft", ["expires_at"])


def _report() -> None:
    op.create_table(
        "complaints_report",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(9), nullable=False),
        sa.Column("request", sa.String(64), nullable=True),
        sa.Column("body", sa.String(64), nullable=True),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(32), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("visibility", sa.String(8), nullable=False),
        sa.Column("review", sa.String(8), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("review_since", Instant(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("area", area, nullable=True),
        sa.Column("landmark", sa.String(200), nullable=True),
        *_standing(),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("due_estimated", sa.Boolean(), nullable=False),
        sa.Column("rank_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints_report")),
        sa.UniqueConstraint("number", name=op.f("uq_complaints_report_number")),
        sa.UniqueConstraint("request", name=op.f("uq_complaints_report_request")),
    )
    name = op.f("ix_complaints_report_duplicate_of")
    op.create_index(name, "complaints_report", ["duplicate_of"])
    _index("queue", "closed_at IS NULL", "queue", "rank_at", "id")
    _index("open", "closed_at IS NULL", "rank_at", "id")
    _index("closed", "closed_at IS NOT NULL", "closed_at", "id")
    _index("public", "published_at IS NOT NULL", "created_at", "id")
    _index("category", "published_at IS NOT NULL", "category", "created_at", "id")
    _index("area", "published_at IS NOT NULL", "area", "created_at", "id")
    _index("review", "review_since IS NOT NULL", "review_since", "id")


def _standing() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("resume", sa.String(20), nullable=True),
        sa.Column("agency", sa.String(40), nullable=True),
        sa.Column("queue", sa.String(40), nullable=True),
        sa.Column("rule", sa.String(64), nullable=True),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("officer", sa.String(16), nullable=True),
        sa.Column("resolved_by", sa.String(16), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("duplicate_of", sa.String(32), nullable=True),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("appealed", sa.Boolean(), nullable=False),
    )


def _index(name: str, where: str, *columns: str) -> None:
    only = sa.text(where)
    full = op.f(f"ix_complaints_report_{name}")
    op.create_index(
        full, "complaints_report", list(columns), sqlite_where=only, postgresql_where=only
    )


def _party() -> None:
    op.create_table(
        "complaints_party",
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("share", sa.Boolean(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        _of_report("party"),
        sa.PrimaryKeyConstraint("report", name=op.f("pk_complaints_party")),
    )


def _history() -> None:
    op.create_table(
        "complaints_event",
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(16), nullable=True),
        sa.Column("agency", sa.String(40), nullable=True),
        sa.Column("from_state", sa.String(20), nullable=True),
        sa.Column("to_state", sa.String(20), nullable=True),
        sa.Column("public_digest", sa.String(64), nullable=True),
        sa.Column("internal_digest", sa.String(64), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        _of_report("event"),
        sa.PrimaryKeyConstraint("report", "seq", name=op.f("pk_complaints_event")),
    )
    append_only(op, "complaints_event")
    op.create_table(
        "complaints_words",
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        _of_report("words"),
        sa.PrimaryKeyConstraint("report", "seq", "audience", name=op.f("pk_complaints_words")),
    )


def _media() -> None:
    op.create_table(
        "complaints_media",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("report", sa.String(32), nullable=True),
        sa.Column("draft", sa.String(32), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("review", sa.String(8), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mime", sa.String(20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(16), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft"], ["complaints_draft.id"], name=op.f("fk_complaints_media_draft")
        ),
        _of_report("media"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints_media")),
    )
    for column in ("draft", "report"):
        op.create_index(op.f(f"ix_complaints_media_{column}"), "complaints_media", [column])


def _secret() -> None:
    op.create_table(
        "complaints_secret",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("issued_by", sa.String(16), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        _of_report("secret"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_complaints_secret")),
    )
    op.create_index(op.f("ix_complaints_secret_report"), "complaints_secret", ["report"])


def _clock() -> None:
    op.create_table(
        "complaints_clock",
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("cycle", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        _of_report("clock"),
        sa.PrimaryKeyConstraint("report", "kind", "cycle", name=op.f("pk_complaints_clock")),
    )


def _handover() -> None:
    op.create_table(
        "complaints_handover",
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("contact_shared", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        _of_report("handover"),
        sa.PrimaryKeyConstraint("report", "seq", name=op.f("pk_complaints_handover")),
    )
