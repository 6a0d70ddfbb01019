"""Copy: put tables into an empty database in one transaction, compare, and let their jobs run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, text

from civicapp.backing import failed
from civicapp.backup.carry import carry_jobs
from civicapp.problems import Problem
from civicapp.storage.layout import Refused, TableLayout
from civicapp.storage.lineage import Lineage
from civicapp.storage.migrate import LOCK, MigrationFailed, opened, upgrade
from civicapp.storage.transfer import Progress, Tally, count, load, loading
from civicapp.storage.vacancy import check_empty, make_ready, vacate

Tables = Iterable[tuple[TableLayout, Iterable[str]]]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a database holds now: each table as it was read back, and how many jobs are to run."""

    tables: Mapping[str, Tally]
    jobs: int


def prepare_copy(url: URL, services: Sequence[Lineage], heads: Mapping[str, str]) -> None:
    """Bring an empty database to the revisions of what is to come; raise Refused."""
    try:
        make_ready(url, services, heads)
    except MigrationFailed as e:
        raise Refused(failed(e, url)) from e


def copy(
    url: URL,
    services: Sequence[Lineage],
    layouts: Sequence[TableLayout],
    tables: Tables,
    expected: Callable[[TableLayout], Tally],
    progress: Progress,
    meanwhile: Callable[[], None] = lambda: None,
) -> Copied:
    """Load tables, all or none; raise Refused.

    expected: what a table must be found to hold afterwards. meanwhile: called when all is loaded
    and compared, before the commit.
    """
    with opened(url) as engine, engine.begin() as connection:
        with _alone(connection), loading(connection, layouts):
            check_empty(connection, services, url)
            for table, lines in tables:
                kept = vacate(connection, table, services)
                load(connection, table, (x for x in lines if x not in kept), progress)
        found = {table.name: count(connection, table, progress) for table in layouts}
        for table in layouts:
            if found[table.name] != expected(table):
                what = f"table {table.name} came out other than it was; nothing was kept"
                raise Refused(Problem("transfer-failed", what, "tell the authors of civicapp"))
        jobs = carry_jobs(connection, url)
        meanwhile()
    return Copied(found, jobs)


def complete(url: URL, services: Sequence[Lineage]) -> None:
    """Bring what was copied to the newest state; raise Refused."""
    try:
        upgrade(url, services)
    except MigrationFailed as e:
        what = (
            f"what was copied is there, whole; but then the migration of {e.id} failed: {e.reason}"
        )
        hint = "mend the cause, then `civicapp db upgrade`"
        raise Refused(Problem("migration-failed", what, hint)) from e


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    yield
