"""Lineage: the migrations of one service, with a version table of its own.

With one table for all, removing a plugin would block every later migration.
"""

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData

from civicapp.storage.ledgers import metadata as core_metadata
from civicapp.storage.metadata import Instant

if TYPE_CHECKING:
    # Alembic is imported where it is used: most processes never migrate.
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

TABLE = "alembic_version_"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Lineage:
    """A service's version files and the tables that they make together."""

    id: str
    versions: Path
    metadata: MetaData

    def options(self) -> Mapping[str, Any]:
        """Return how Alembic sees this service: only its own tables."""
        prefix = f"{self.id}_"
        return {
            "target_metadata": self.metadata,
            "version_table": TABLE + self.id,
            "include_name": lambda name, kind, _: kind != "table" or name.startswith(prefix),
            "render_as_batch": True,
            "render_item": _render,
            "transactional_ddl": True,
            "compare_type": True,
            "compare_server_default": True,
        }

    def config(self, connection: Connection | None = None, **more: Any) -> "Config":
        """Return Alembic's configuration: our environment, the service's version files."""
        from alembic.config import Config

        config = Config(cmd_opts=Namespace(quiet=True))
        given = {
            "script_location": HERE / "environment",
            "path_separator": "newline",
            "version_locations": self.versions,
        }
        for name, value in given.items():
            config.set_main_option(name, str(value).replace("%", "%%"))
        config.attributes.update(connection=connection, options={**self.options(), **more})
        return config

    def context(self, connection: Connection) -> "MigrationContext":
        """Return Alembic's view of a database."""
        from alembic.runtime.migration import MigrationContext

        return MigrationContext.configure(connection, opts=dict(self.options()))

    def current(self, connection: Connection) -> str | None:
        """Return the revision that a database is at, None before the first."""
        return ", ".join(sorted(self.context(connection).get_current_heads())) or None

    def pending(self, current: str | None, to: str = "head") -> tuple[str, ...]:
        """Return the revisions to come, the next first; an unknown one raises."""
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory.from_config(self.config())
        steps = [s.revision for s in scripts.iterate_revisions(to, current or "base")]
        return tuple(reversed(steps))

    def leads(self, current: str | None, to: str) -> bool:
        """Tell whether these migrations lead from one revision to another."""
        from alembic.script.revision import RevisionError
        from alembic.util import CommandError

        try:
            self.pending(current, to)
        except (CommandError, RevisionError):
            return False
        return True

    def upgrade(
        self, connection: Connection, applied: Callable[[], None], to: str = "head"
    ) -> None:
        """Run what is pending, inside the connection's transaction; call `applied` after each."""
        from alembic import command

        config = self.config(connection, on_version_apply=lambda **_: applied())
        command.upgrade(config, to)


def _render(kind: str, item: object, context: Any) -> str | bool:
    """Write our own column types as a plugin imports them; False leaves the rest to Alembic."""
    if kind == "type" and isinstance(item, Instant):
        context.imports.add("from civicapp import Instant")
        return "Instant()"
    return False


CORE = Lineage("core", HERE / "migrations", core_metadata)
