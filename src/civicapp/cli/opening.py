"""What commands of plugins use: the region that is typed, and what it keeps its data in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from civicapp.cli.words import DatabaseOption, DataOption, RegionArgument, examples
from civicapp.context import Context

if TYPE_CHECKING:
    from civicapp.jobs.outbox import Outbox
    from civicapp.storage.database import Database
    from civicapp.storage.files import FileStore

__all__ = [
    "CommandContext",
    "DataOption",
    "DatabaseOption",
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


def read_context(region: str, service: str) -> Context:
    """Load a region for a command that needs no database.

    A region with errors is reported and ends the command with exit code 2, and so does one that
    does not enable the service.
    """
    from civicapp.cli.loading import usable

    kernel = usable(region).boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    if service not in kernel.ids:
        typer.echo(f"{kernel.region.id} does not enable {service}: add it to `plugins`", err=True)
        raise typer.Exit(2)
    return kernel.context(service, kernel.region.languages[0])


@contextmanager
def open_context(
    region: str, service: str, data: Path | None, database: str | None
) -> Iterator[CommandContext]:
    """Load a region and open its database and files for a command; they are closed at its end.

    What stands in the way is reported as `civicapp serve` reports it, with exit code 2.
    """
    from civicapp.cli.loading import ready, usable

    loaded = usable(region)
    kernel = loaded.boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    if service not in kernel.ids:
        typer.echo(f"{loaded.id} does not enable {service}: add it to `plugins`", err=True)
        raise typer.Exit(2)
    backing = ready(loaded, data, database)
    context = replace(kernel.context(service, kernel.region.languages[0]), _cipher=backing.cipher)
    given = {f.name: getattr(context, f.name) for f in fields(Context)}
    try:
        yield CommandContext(
            **given, db=backing.database, files=backing.files, outbox=backing.outbox
        )
    finally:
        backing.database.close_now()
