"""What Alembic runs for each lineage; the connection and all options come from the caller."""

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], **given["options"])
with context.begin_transaction():
    context.run_migrations()
