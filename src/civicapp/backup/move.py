"""Move: copy a database to another, of the same kind or the other, while nobody works on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from civicapp.backup.copy import complete, copy, prepare_copy
from civicapp.backup.take import Source
from civicapp.problems import Problem
from civicapp.storage.faults import CODE, probe
from civicapp.storage.layout import Refused, lay_out
from civicapp.storage.snapshot import undisturbed
from civicapp.storage.transfer import Progress, Tally, count, read_lines, silent


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied: each table as it was in the source, and as it is in the target."""

    before: Mapping[str, Tally]
    after: Mapping[str, Tally]
    jobs: int


def move(source: Source, to: URL, progress: Progress = silent) -> Moved:
    """Copy all tables of a database; raise Refused. The source stays as it is.

    Unlike a backup it takes everything along, sessions too: it is the same app that goes on.
    """
    services = source.kernel.lineages
    if _place(to) == _place(source.url):
        raise Refused(Problem(CODE, f"{to} is the database to move", "name another"))
    if problem := probe(to):
        raise Refused(problem)
    with undisturbed(source.url) as connection:
        layout = lay_out(connection, services)
        before = {table.name: count(connection, table, progress) for table in layout.tables}
        prepare_copy(to, services, layout.heads)
        copied = copy(
            to,
            services,
            layout.tables,
            ((table, read_lines(connection, table)) for table in layout.tables),
            lambda table: before[table.name],
            progress,
        )
    complete(to, services)
    return Moved(before, copied.tables, copied.jobs)


def _place(url: URL) -> object:
    """Return what tells two databases apart, as far as addresses can."""
    if url.drivername == "sqlite":
        return Path(str(url.database)).resolve()
    return url.host, url.port or 5432, url.database, url.query.get("host")
