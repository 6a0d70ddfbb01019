"""Series, points, entries, quotes, imports, averages, alarms, bulk files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from civicapp import Instant, append_only

revision = "0001"
down_revision = None

CODE = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
SCOPE = sa.String(80).with_variant(sa.String(80, collation="C"), "postgresql")
CURRENT = sa.text("state IN ('submitted', 'flagged', 'confirmed')")


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "prices_bulk",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "parts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", "digest", name=op.f("pk_prices_bulk")),
    )
    op.create_table(
        "prices_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("market", CODE, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("officer", sa.String(length=16), nullable=True),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("captured_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices_entry")),
    )
    with op.batch_alter_table("prices_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prices_entry_market_date"), ["market", "date"])

    op.create_table(
        "prices_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(length=16), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices_import")),
    )
    with op.batch_alter_table("prices_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prices_import_digest"), ["digest"])

    op.create_table(
        "prices_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("scope", SCOPE, nullable=False),
        sa.Column("commodity", CODE, nullable=False),
        sa.Column("step", sa.String(length=5), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices_series")),
        sa.UniqueConstraint("scope", "commodity", "source", "step", name="uq_prices_series_name"),
    )
    op.create_table(
        "prices_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("class", sa.String(length=16), nullable=True),
        sa.Column("inputs", sa.Integer(), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("code_version", sa.String(length=16), nullable=False),
        sa.Column("computed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series"], ["prices_series.id"], name=op.f("fk_prices_alarm_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices_alarm")),
    )
    with op.batch_alter_table("prices_alarm", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prices_alarm_month_kind_id"), ["month", "kind", "id"])
        batch_op.create_index(
            batch_op.f("ix_prices_alarm_series_kind_mode_month_id"),
            ["series", "kind", "mode", "month", "id"],
        )

    op.create_table(
        "prices_average",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("revision_of", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["prices_import.id"], name=op.f("fk_prices_average_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["series"], ["prices_series.id"], name=op.f("fk_prices_average_series")
        ),
        sa.ForeignKeyConstraint(
            ["revision_of"], ["prices_average.id"], name=op.f("fk_prices_average_revision_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices_average")),
    )
    with op.batch_alter_table("prices_average", schema=None) as batch_op:
        batch_op.create_index(
            "uq_prices_average_current",
            ["series", "date"],
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )

    op.create_table(
        "prices_point",
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("markets", sa.Integer(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series"], ["prices_series.id"], name=op.f("fk_prices_point_series")
        ),
        sa.PrimaryKeyConstraint("series", "date", name=op.f("pk_prices_point")),
    )
    op.create_table(
        "prices_quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(length=36), nullable=False),
        sa.Column("market", CODE, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("commodity", CODE, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("unit", CODE, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column(
            "reasons",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.String(length=16), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("revision_of", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["prices_entry.id"], name=op.f("fk_prices_quote_entry")),
        sa.ForeignKeyConstraint(
            ["revision_of"], ["prices_quote.id"], name=op.f("fk_prices_quote_revision_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices_quote")),
    )
    with op.batch_alter_table("prices_quote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prices_quote_entry"), ["entry"])
        batch_op.create_index(
            "ix_prices_quote_flagged",
            ["market", "date", "id"],
            sqlite_where=sa.text("state = 'flagged'"),
            postgresql_where=sa.text("state = 'flagged'"),
        )
        batch_op.create_index(
            batch_op.f("ix_prices_quote_market_commodity_slot_date"),
            ["market", "commodity", "slot", "date"],
        )
        batch_op.create_index(
            "uq_prices_quote_current",
            ["market", "commodity", "date", "slot"],
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        )

    append_only(op, "prices_alarm")
