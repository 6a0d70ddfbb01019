"""`civicapp backup`: write a region's database and files to one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from civicapp.cli.words import DatabaseOption, DataOption, RegionArgument, counted, examples

if TYPE_CHECKING:
    from civicapp.backup.take import Taken

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp backup REGION --to REGION.tar.gz", "while it serves"),
        ("civicapp backup ./dist/REGION --to /backups/$(date +%F).tar.gz", "of a bundle"),
    )
)
def backup(
    region: RegionArgument,
    to: Annotated[
        Path, typer.Option("--to", help="File to write; it must not exist.", show_default=False)
    ],
    without: Annotated[
        list[str] | None,
        typer.Option(help="Leave out a plugin that is not enabled, or a table of nobody."),
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write a region's database and files to one file, while it serves.

    Rows are read in one state of the database. The file is read back and its digests are compared
    before it gets its name. It restores into SQLite and PostgreSQL alike. It holds no key: keep
    those apart. Exit code 2 also when rows name files that are not there: the backup is written,
    without these.
    """
    from civicapp.backup.take import find_source, take
    from civicapp.cli.ending import ended_in_good_order
    from civicapp.cli.loading import refuse, usable
    from civicapp.cli.progress import ticking
    from civicapp.problems import has_errors, render_text
    from civicapp.storage.layout import Refused

    kernel = usable(region).boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    try:
        with ended_in_good_order(), ticking() as progress:
            taken = take(find_source(kernel, data, database), to, without or (), progress)
    except Refused as e:
        refuse(e.problems)
    _report(to, taken)
    if taken.problems:
        typer.echo(render_text(taken.problems), err=True)
    if has_errors(taken.problems):
        raise typer.Exit(2)


def _report(path: Path, taken: "Taken") -> None:
    manifest = taken.manifest
    tables = counted(len(manifest.tables), "table")
    size = sum(entry.size for entry in manifest.files.values())
    rows = f"{tables} with {counted(manifest.rows, 'row')}"
    typer.echo(f"{rows}, {counted(len(manifest.files), 'file')} of {size:,} bytes")
    for name, why in manifest.left_out.items():
        typer.echo(f"not in it: {name} ({why})")
    typer.echo(f"{path}: {taken.size:,} bytes, sha256 {taken.sha256}")
    typer.echo("this backup holds no keys: keep these apart")
    for key in taken.keys:
        mark = f" (fingerprint {key.entry.fingerprint})" if key.entry.fingerprint else ""
        rest = "" if key.needed else "; another host has its own"
        typer.echo(f"  {key.entry.name}{mark} at {key.place}{rest}")
