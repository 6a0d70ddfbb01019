"""What tables are made of: MetaData with named constraints and a prefix, and column types."""

import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Table, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

# A constraint without a name cannot be dropped by a later migration.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# 64-bit integers everywhere: SQLite numbers rows by INTEGER alone, which is 64 bits wide there.
Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value; `jsonb` on PostgreSQL."""


class ServiceMetaData(MetaData):
    """MetaData of one service: all its tables begin with the service's id and `_`."""

    def __init__(self, service: str) -> None:
        super().__init__(naming_convention=NAMES)
        self.prefix = f"{service}_"


def service_metadata(service: str) -> ServiceMetaData:
    """Make the MetaData of a service; a table must be named `<service>_…`, else it is refused.

    A service's models use it: `class Base(DeclarativeBase): metadata = service_metadata("prices")`.
    """
    return ServiceMetaData(service)


@event.listens_for(Table, "after_parent_attach")
def _check_prefix(table: Table, parent: Any) -> None:
    if isinstance(parent, ServiceMetaData) and not table.name.startswith(parent.prefix):
        raise ValueError(f"table `{table.name}` must be named {parent.prefix}…")


class Instant(TypeDecorator[datetime.datetime]):
    """A moment in UTC, with microseconds. A datetime without a time zone is refused.

    `timestamptz` on PostgreSQL; on SQLite text of one width, `2026-11-24T22:41:00.000000Z`, which
    sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(27) if sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> Any:
        """Write a moment; raise ValueError when it has no time zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"an instant wants a time zone, got {value!r}")
        value = value.astimezone(datetime.UTC)
        if dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime.datetime | None:
        """Read a moment as UTC."""
        if value is None:
            return None
        found: datetime.datetime = (
            datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
        )
        return found.astimezone(datetime.UTC)
