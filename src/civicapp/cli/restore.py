"""`civicapp restore`: put a backup into an empty database and an empty file store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from civicapp.cli.words import DatabaseOption, DataOption, complete_region, counted, examples

if TYPE_CHECKING:
    from civicapp.backup.manifest import Manifest
    from civicapp.backup.restore import Restored

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp restore REGION.tar.gz", "the region that it is of"),
        ("civicapp restore REGION.tar.gz ./dist/REGION", "into the database of a bundle"),
        ("civicapp restore REGION.tar.gz --data ./drill", "an exercise, beside the real one"),
    )
)
def restore(
    file: Annotated[Path, typer.Argument(help="What `civicapp backup` wrote.", show_default=False)],
    region: Annotated[
        str | None,
        typer.Argument(
            help="Bundle or region; this folder if it is a bundle, else what the backup is of.",
            autocompletion=complete_region,
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Put a backup into an empty database and an empty file store.

    All of it is verified before anything is written; then it is all or nothing. Refused are a
    damaged file, another region, a newer version, a database that holds rows, and a host that lacks
    the secret key. Stop server and worker before; a restore that was cut off is just started again.
    """
    from civicapp.backup.archive import Archive
    from civicapp.backup.restore import restore as put_back
    from civicapp.cli.ending import ended_in_good_order
    from civicapp.cli.loading import refuse, usable
    from civicapp.cli.progress import ticking
    from civicapp.region.thaw import is_bundle
    from civicapp.storage.layout import Refused

    archive = Archive(file)
    try:
        with ended_in_good_order(), ticking() as progress:
            manifest = archive.verify(progress)
            name = region or ("." if is_bundle(Path()) else manifest.region)
            kernel = usable(name).boot.kernel
            assert kernel is not None  # noqa: S101 - an unsound region was refused before
            restored = put_back(kernel, archive, manifest, data, database, progress)
    except Refused as e:
        refuse(e.problems)
    _report(name, manifest, restored)


def _report(name: str, manifest: "Manifest", restored: "Restored") -> None:
    from civicapp.cli.loading import command
    from civicapp.cli.tree import aligned
    from civicapp.problems import visible

    rows = [[name, counted(t.rows, "row"), t.sha256] for name, t in restored.copied.tables.items()]
    for line in aligned(rows):
        typer.echo(line)
    made = f"made {manifest.created_at} by civicapp {manifest.civicapp}"
    typer.echo(f"{manifest.region} is restored, {visible(made)}: every digest is as it was")
    typer.echo(f"database: {restored.url}")
    typer.echo(f"files: {len(manifest.files):,} in {restored.files}")
    if manifest.missing:
        gone = counted(len(manifest.missing), "file was", "files were")
        typer.echo(f"{gone} missing when it was made:")
        for path in manifest.missing[:10]:
            typer.echo(f"  {path}")
    for key in restored.lacking:
        typer.echo(f"the host of the backup had a secret that this one lacks: {key}")
    if restored.copied.jobs:
        typer.echo(f"{counted(restored.copied.jobs, 'job')} to run, when a server or worker starts")
    typer.echo("officers sign in again; what was revoked since then is to be revoked again")
    typer.echo(f"next: {command('serve', name)}")
