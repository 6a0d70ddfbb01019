"""What commands of plugins use: the region that is typed, and what it keeps its data in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from civicapp.cli.words import DatabaseOption, DataOption, RegionArgument, examples
from civicapp.context import Context

if TYPE_CHECKING:
    from civicapp.cli.loading import Loaded
    from civicapp.jobs.outbox import Outbox
    from civicapp.kernel import Kernel
    from civicapp.storage.database import Database
    from civicapp.storage.files import FileStore

__all__ = [
    "CommandContext",
    "DataOption",
    "DatabaseOption",
    "ReadContext",
    "RegionArgument",
    "examples",
    "open_context",
    "read_context",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext(Context):
    """A Context of a command: read and write by `db.read_now` and `db.write_now`."""

    db: "Database"
    files: "FileStore"
    outbox: "Outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext(Context):
    """A Context of a command that opens no database. base_url: of this host, None if not set."""

    base_url: str | None
    _place: "Callable[[], str | Path]"

    @property
    def files(self) -> "FileStore | None":
        """Return what the host keeps its files in; None where there is no such folder yet."""
        from civicapp.storage.files import open_files

        place = str(self._place())
        return open_files(place) if "://" in place or Path(place).is_dir() else None


def read_context(region: str, service: str, data: Path | None = None) -> ReadContext:
    """Load a region for a command that needs no database.

    A region with errors is reported and ends the command with exit code 2, and so does one that
    does not enable the service.
    """
    kernel = _enabled(region, service)[1]
    context = kernel.context(service, kernel.region.languages[0])
    given = {f.name: getattr(context, f.name) for f in fields(Context)}

    def place() -> str | Path:
        from civicapp.backing import files_place

        return files_place(kernel, data)

    return ReadContext(**given, base_url=kernel.settings.base_url, _place=place)


def _enabled(region: str, service: str) -> "tuple[Loaded, Kernel]":
    from civicapp.cli.loading import usable

    loaded = usable(region)
    kernel = loaded.boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    if service not in kernel.ids:
        typer.echo(f"{loaded.id} does not enable {service}: add it to `plugins`", err=True)
        raise typer.Exit(2)
    return loaded, kernel


@contextmanager
def open_context(
    region: str, service: str, data: Path | None, database: str | None
) -> Iterator[CommandContext]:
    """Load a region and open its database and files for a command; they are closed at its end.

    What stands in the way is reported as `civicapp serve` reports it, with exit code 2; so is a
    database that is busy, full or gone in the middle.
    """
    from civicapp.cli.loading import ready, refuse
    from civicapp.problems import Problem
    from civicapp.storage.errors import DatabaseBusy, DatabaseFull, DatabaseGone
    from civicapp.storage.faults import CODE

    loaded, kernel = _enabled(region, service)
    backing = ready(loaded, data, database)
    context = replace(kernel.context(service, kernel.region.languages[0]), _cipher=backing.cipher)
    given = {f.name: getattr(context, f.name) for f in fields(Context)}
    try:
        yield CommandContext(
            **given, db=backing.database, files=backing.files, outbox=backing.outbox
        )
    except (DatabaseBusy, DatabaseFull, DatabaseGone) as e:
        words = str(e).splitlines()[0] if str(e) else "it does not answer"
        refuse([Problem(CODE, f"the database gave up: {words}", "see to it, then run this again")])
    finally:
        backing.database.close_now()
