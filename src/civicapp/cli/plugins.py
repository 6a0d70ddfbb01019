"""`civicapp plugins`: what is installed, what a region enables, and what that contributes."""

import json
from typing import Annotated

import typer

from civicapp.cli.words import FormatOption, complete_region, examples

app = typer.Typer(add_completion=False)

TITLES = ["id", "version", "origin", "state", "contributions"]


@app.command(
    epilog=examples(
        ("civicapp plugins", "what is installed"),
        ("civicapp plugins REGION", "what it enables, and what that brings"),
        ("civicapp plugins REGION --format json", "a list for programs"),
    )
)
def plugins(
    region: Annotated[
        str | None,
        typer.Argument(
            help="Name of a pack, or path of its folder or of a bundle; left out: list what is"
            " installed.",
            autocompletion=complete_region,
            show_default=False,
        ),
    ] = None,
    format: FormatOption = "text",
) -> None:
    """List plugins: id, version, origin, state, and what each contributes.

    Without REGION nothing is imported. With it the states are enabled, installed (but not
    enabled), missing (named by the pack, not installed) and fault. Exit code 0, or 2 if a plugin
    that the pack names is missing or has a fault.
    """
    from civicapp.cli.listing import enabled_by, installed
    from civicapp.cli.tree import aligned
    from civicapp.problems import render_text

    rows, problems = (installed(), []) if region is None else enabled_by(region)
    if format == "json":
        typer.echo(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2))
    elif rows:
        for line in aligned([TITLES, *(row.cells() for row in rows)]):
            typer.echo(line)
    elif not problems:
        typer.echo("no plugin is installed")
    if problems:
        typer.echo(render_text(problems), err=format == "json")
        raise typer.Exit(2)
