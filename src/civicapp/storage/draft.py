"""Draft a migration: what the models of a service have that its migrations do not make yet."""

import re
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata

from civicapp.storage.database import sqlite_url
from civicapp.storage.lineage import CORE, Lineage
from civicapp.storage.migrate import opened, upgrade


class NothingToDo(Exception):
    """The migrations make what the models say already."""


def write(lineage: Lineage, message: str) -> Path:
    """Write the next version file of a service; raise NothingToDo."""
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "draft.sqlite3")
        upgrade(url, [] if lineage.id == CORE.id else [lineage])
        with opened(url) as engine, engine.connect() as connection:
            if not compare_metadata(lineage.context(connection), lineage.metadata):
                raise NothingToDo(f"{lineage.id}: the migrations make what the models say")
            number = f"{len(list(lineage.versions.glob('[0-9]*.py'))) + 1:04}"
            words = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:40]
            config = lineage.config(connection)
            config.set_main_option("file_template", f"{number}_{words}")
            made = command.revision(config, message.rstrip("."), autogenerate=True, rev_id=number)
    # One revision comes back, as one was asked for.
    return Path(str(getattr(made, "path", "")))
