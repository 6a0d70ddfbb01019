"""`civicapp schema`: JSON Schemas of a pack's files, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from civicapp.cli.words import RegionArgument, examples

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp schema REGION --out regions/REGION/.schema", "beside the pack"),
    )
)
def schema(
    region: RegionArgument,
    out: Annotated[Path, typer.Option(help="Folder to write them to.", show_default=False)],
) -> None:
    """Write a JSON Schema (draft 07) per YAML file of a region's pack.

    An editor that is told of them, by a first line such as
    `# yaml-language-server: $schema=.schema/region.schema.json`, completes keys and marks errors.
    They know the plugins, permissions and languages of the region: write them anew when these
    change. Tables are CSV and have none. Files of the same name are replaced.
    """
    from civicapp.cli.loading import usable
    from civicapp.problems import visible
    from civicapp.scaffold.schema import schema_files

    kernel = usable(region).boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    try:
        for name, text in schema_files(kernel).items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            typer.echo(visible(str(path)))
    except OSError as e:
        reason = (e.strerror or "the system refuses it").lower()
        typer.echo(f"{visible(str(e.filename or out))} cannot be written: {reason}", err=True)
        raise typer.Exit(2) from e
