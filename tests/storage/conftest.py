"""A service with a counter and entries: what the tests of storage read and write."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from civicapp.storage.database import Database, open_database
from civicapp.storage.lineage import Lineage
from civicapp.storage.metadata import service_metadata
from civicapp.testing.databases import MakeDatabase

FIRST = """\
import sqlalchemy as sa
from alembic import op

from civicapp.storage import Instant
from civicapp.storage.guard import append_only

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "counter_value",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.create_table(
        "counter_entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("text", sa.String(20), nullable=False),
        sa.Column("at", Instant()),
        sa.UniqueConstraint("code", name=op.f("uq_counter_entry_code")),
    )
    op.create_table(
        "counter_audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("text", sa.String(20), nullable=False),
        sa.UniqueConstraint("code", name=op.f("uq_counter_audit_code")),
    )
    append_only(op, "counter_audit")
"""


@pytest.fixture(scope="session")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    """Return the service's migrations."""
    folder = tmp_path_factory.mktemp("counter")
    (folder / "0001_first.py").write_text(FIRST, "utf-8")
    return Lineage("counter", folder, service_metadata("counter"))


@pytest.fixture
def database_url(make_database: MakeDatabase, counter: Lineage) -> URL:
    """Return a database that has the service's tables too."""
    return make_database([counter])


@pytest.fixture
def database(database_url: URL) -> Iterator[Database]:
    """Return that database, open."""
    opened = open_database(database_url)
    yield opened
    opened.close_now()
