"""`civicapp db`: bring a region's database to the newest state, and see where it stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from civicapp.cli.words import DatabaseOption, DataOption, RegionArgument, counted, examples

if TYPE_CHECKING:
    from sqlalchemy import URL

    from civicapp.backup.move import Moved
    from civicapp.kernel import Kernel
    from civicapp.storage.migrate import State

SHOWN = 16  # digits of a digest

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Bring a region's database to the newest state, and see where it stands.",
    epilog=examples(
        ("civicapp db status REGION", "what is to come"),
        ("civicapp db upgrade REGION", "run it; `civicapp serve` does so itself on SQLite"),
        ("civicapp db move REGION --to postgresql://civicapp@localhost/civicapp", "and compare"),
    ),
)


@app.command()
def upgrade(
    region: RegionArgument, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Run the migrations to come, each service's in one transaction.

    One that fails leaves nothing of itself. If another process migrates, this one waits for it.
    """
    from civicapp.backing import failed, make_folder
    from civicapp.cli.loading import refuse
    from civicapp.storage.migrate import MigrationFailed
    from civicapp.storage.migrate import upgrade as run

    kernel, url = _find(region, data, database)
    if url.drivername == "sqlite" and (problem := make_folder(Path(str(url.database)).parent)):
        refuse([problem])
    _check_use(url)
    try:
        for state in run(url, kernel.lineages):
            typer.echo(_done(state))
    except MigrationFailed as e:
        refuse([failed(e, url)])


@app.command()
def status(
    region: RegionArgument, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Tell where the database stands. Exit code 0, or 2 when there is something to migrate."""
    from civicapp.storage.migrate import status as find

    kernel, url = _find(region, data, database)
    if url.drivername != "sqlite" or Path(str(url.database)).exists():
        _check_use(url)
    found = find(url, kernel.lineages)
    typer.echo(str(url))
    for state in found.states:
        typer.echo(_standing(state))
    for id in found.orphans:
        typer.echo(f"{id}: not enabled; its tables are kept")
    if found.pending or found.unknown:
        raise typer.Exit(2)


@app.command()
def check(region: RegionArgument, data: DataOption = None, database: DatabaseOption = None) -> None:
    """Compare the tables with the models. Exit code 0, or 2 when they differ."""
    from civicapp.backing import unmigrated
    from civicapp.cli.loading import refuse
    from civicapp.storage.migrate import drift
    from civicapp.storage.migrate import status as find

    kernel, url = _find(region, data, database)
    _check_use(url)
    if problem := unmigrated(find(url, kernel.lineages), region, given=bool(database)):
        refuse([problem])
    found = drift(url, kernel.lineages)
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(2)
    typer.echo(f"{url}: as the models say")


@app.command()
def move(
    region: RegionArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="Address of an empty database, such as postgresql://user@host/name.",
            show_default=False,
        ),
    ],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Copy the database to another one, from SQLite to PostgreSQL or any other way.

    Server and worker must be stopped: a SQLite file that is open elsewhere is refused, and locked
    until all is done. All is copied or nothing, read back, and compared. The database that is moved
    stays as it is; so do the uploaded files.
    """
    from civicapp.backup.move import move as run
    from civicapp.backup.take import find_source
    from civicapp.cli.ending import ended_in_good_order
    from civicapp.cli.loading import refuse, usable
    from civicapp.cli.progress import ticking
    from civicapp.storage.database import BadUrl, read_url
    from civicapp.storage.layout import Refused

    kernel = usable(region).boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    try:
        target = read_url(kernel.settings.address(to) or to)
    except BadUrl as e:
        raise typer.BadParameter(str(e), param_hint="--to") from e
    try:
        with ended_in_good_order(), ticking() as progress:
            source = find_source(kernel, data, database)
            moved = run(source, target, progress)
    except Refused as e:
        refuse(e.problems)
    _show_moved(moved)
    files = kernel.settings.files or source.folder / "files"
    typer.echo(f"from {source.url}, which stays as it is")
    typer.echo(f"uploaded files were not moved: they stay in {files}")
    if moved.jobs:
        typer.echo(f"{counted(moved.jobs, 'job')} to run, when a server or worker starts")
    typer.echo("next, for server and worker, with the password in its place:")
    typer.echo(f"  CIVICAPP_DATABASE={_shown(target)}")


@app.command()
def draft(
    region: RegionArgument,
    service: Annotated[str, typer.Argument(help="Whose tables changed.", show_default=False)],
    message: Annotated[str, typer.Argument(help='"Add a price\'s source".', show_default=False)],
) -> None:
    """Write a migration from the difference between a service's models and its migrations.

    For authors of plugins. Read it before you keep it: it knows nothing of what the data mean.
    """
    from civicapp.cli.loading import usable
    from civicapp.storage.draft import NothingToDo, write
    from civicapp.storage.lineage import CORE

    kernel = usable(region).boot.kernel
    known = {lineage.id: lineage for lineage in (CORE, *(kernel.lineages if kernel else ()))}
    if service not in known:
        raise typer.BadParameter(f"tables have {', '.join(known)}", param_hint="SERVICE")
    try:
        typer.echo(write(known[service], message))
    except NothingToDo as e:
        typer.echo(str(e), err=True)
        raise typer.Exit(2) from e


def _find(region: str, data: Path | None, database: str | None) -> "tuple[Kernel, URL]":
    from civicapp.backing import database_url
    from civicapp.cli.loading import usable
    from civicapp.storage.database import BadUrl

    kernel = usable(region).boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    try:
        return kernel, database_url(kernel, data, database)
    except BadUrl as e:
        raise typer.BadParameter(str(e), param_hint="--database") from e


def _check_use(url: "URL") -> None:
    from civicapp.cli.loading import refuse
    from civicapp.storage.faults import probe

    if problem := probe(url):
        refuse([problem])


def _show_moved(moved: "Moved") -> None:
    from civicapp.cli.tree import aligned

    rows = [["table", "rows before", "after", "sha256 before", "after"]]
    for name, before in moved.before.items():
        after = moved.after[name]
        counts = [f"{before.rows:,}", f"{after.rows:,}"]
        rows.append([name, *counts, before.sha256[:SHOWN], after.sha256[:SHOWN]])
    for line in aligned(rows):
        typer.echo(line)


def _shown(url: "URL") -> str:
    """Write an address as CIVICAPP_DATABASE takes it; the password is masked."""
    return str(url.set(drivername=url.drivername.partition("+")[0]))


def _done(state: "State") -> str:
    if not state.pending:
        return f"{state.id}: up to date at {state.current}"
    return f"{state.id}: ran {', '.join(state.pending)}"


def _standing(state: "State") -> str:
    if state.unknown:
        return f"{state.id}: at {state.current}, which a newer version of the program made"
    at = f"at {state.current}" if state.current else "has no tables yet"
    return f"{state.id}: {at}" + (f"; to come: {', '.join(state.pending)}" if state.pending else "")
