"""Make the table of notes."""

import sqlalchemy as sa
from alembic import op
from civicapp import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "parks_note",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("area", sa.String(64), nullable=True),
        sa.Column("agency", sa.String(40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("left_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'seen', 'answered')",
            name=op.f("ck_parks_note_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parks_note")),
    )
    for columns in (["left_at"], ["place", "closed_at"], ["state", "left_at"]):
        name = "_".join(["ix_parks_note", *columns])
        op.create_index(op.f(name), "parks_note", columns)
