"""Make the kernel's first tables: changes of cache tags, and jobs."""

import sqlalchemy as sa
from alembic import op

from civicapp.storage.metadata import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "core_change",
        sa.Column("id", number, nullable=False),
        sa.Column("tag", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_change")),
    )
    op.create_index(op.f("ix_core_change_tag_id"), "core_change", ["tag", "id"])
    op.create_table(
        "core_job",
        sa.Column("id", number, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("refs", Json, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("run_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_core_job_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job")),
        sa.UniqueConstraint("name", "key", name=op.f("uq_core_job_name_key")),
    )
    op.create_index(op.f("ix_core_job_state_run_at"), "core_job", ["state", "run_at"])
