"""`civicapp check`: every problem of a region pack, in one run."""

from typing import Annotated, Literal

import typer

from civicapp.cli.words import RegionArgument, TraceOption, examples

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp check REGION", "a pack by its name"),
        ("civicapp check ./regions/REGION", "a pack by its folder"),
        ("civicapp check REGION --format github", "mark the lines of a pull request"),
        ("civicapp check REGION --format json", "a list for programs"),
        ("civicapp check REGION --trace-hooks", "what each plugin was asked, and what it answered"),
    )
)
def check(
    region: RegionArgument,
    format: Annotated[
        Literal["text", "json", "github"],
        typer.Option("--format", help="For people, for programs, for GitHub Actions."),
    ] = "text",
    trace_hooks: TraceOption = False,
) -> None:
    """Find every problem of a region pack and of the plugins that it enables.

    The pack is read exactly as `civicapp serve` reads it, so both always agree. Each problem names
    file, line and column, and how to mend it. Exit code 0: no error, perhaps warnings; 2: errors.
    """
    from civicapp.cli.loading import load, report

    loaded = load(region, **({"trace_hooks": True} if trace_hooks else {}))
    report(loaded, format)
    if loaded.unsound:
        raise typer.Exit(2)
