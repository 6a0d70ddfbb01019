"""`civicapp explain`: a value of a pack, where it stands, and what it hides."""

from typing import Annotated

import typer

from civicapp.cli.words import FormatOption, RegionArgument, examples

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp explain REGION", "the keys at the top"),
        ("civicapp explain REGION timezone", "which file says so"),
        ("civicapp explain REGION areas/CODE/name", "a cell of a table"),
        ("civicapp explain REGION branding/light", "a part of the theme"),
        ("civicapp explain REGION services/hotlines/numbers", "a table of a service"),
    )
)
def explain(
    region: RegionArgument,
    key: Annotated[
        str | None,
        typer.Argument(help="Steps divided by `/`; left out: list them.", show_default=False),
    ] = None,
    format: FormatOption = "text",
) -> None:
    """Show a value of a merged pack, the line it comes from, and the values it hides.

    A value that stands in no file is the default of a model, and is named so. What stands in place
    of a secret is never shown. Exit code 0, or 2 if there is no such key.
    """
    from civicapp.cli.defaults import Unknown
    from civicapp.cli.explaining import read
    from civicapp.cli.loading import command

    explained = read(region)
    if explained is None:
        typer.echo(f"the pack cannot be read: `{command('check', region)}` shows why", err=True)
        raise typer.Exit(2)
    if explained.errors:
        note = f"`{command('check', region)}` shows them"
        typer.echo(f"note: the pack has errors: {note}", err=True)
    try:
        for line in explained.lines(key or "", format):
            typer.echo(line)
    except Unknown as e:
        typer.echo(str(e), err=True)
        raise typer.Exit(2) from e
