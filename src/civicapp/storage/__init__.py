"""Storage: databases, tables, migrations, files. Only here is it known how a database is run."""

from civicapp.storage.changes import touch
from civicapp.storage.database import BadUrl, Database, open_database
from civicapp.storage.errors import DatabaseBusy, DatabaseFull, DatabaseGone
from civicapp.storage.metadata import Instant, Json, service_metadata

__all__ = [
    "BadUrl",
    "Database",
    "DatabaseBusy",
    "DatabaseFull",
    "DatabaseGone",
    "Instant",
    "Json",
    "open_database",
    "service_metadata",
    "touch",
]
