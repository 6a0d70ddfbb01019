"""The tables of procrastinate on PostgreSQL: made and brought forward by its own SQL files.

It ships the whole schema and one file per change, but no record of what was applied: that is kept
in the comment of its main table.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

ID = "procrastinate"
MAIN = "procrastinate_jobs"


def queue_version(connection: Connection) -> str | None:
    """Return the last change that was applied, None if there are no tables yet."""
    query = text(f"SELECT obj_description(to_regclass('{MAIN}'), 'pg_class')")
    found: str | None = connection.execute(query).scalar_one()
    return found


def queue_pending(version: str | None) -> tuple[str, ...]:
    """Return the changes to come, the next one first."""
    return tuple(step for step in _changes() if version is None or step > version)


def upgrade_queue(connection: Connection) -> None:
    """Make the tables, or apply the changes since."""
    version, changes = queue_version(connection), _changes()
    if version is None:
        _run(connection, _schema())
    else:
        for step in queue_pending(version):
            _run(connection, changes[step].read_text("utf-8"))
    if version != (last := max(changes)):
        _run(connection, f"COMMENT ON TABLE {MAIN} IS '{last}'")


def _schema() -> str:
    from procrastinate.schema import SchemaManager

    return SchemaManager.get_schema()


def _changes() -> dict[str, Path]:
    from procrastinate.schema import SchemaManager

    folder = Path(SchemaManager.get_migrations_path())
    return {path.stem: path for path in sorted(folder.glob("*.sql"))}


def _run(connection: Connection, script: str) -> None:
    # The driver itself: a script of many statements, in which % and : have no meaning.
    driver: Any = connection.connection.driver_connection
    driver.execute(script)
