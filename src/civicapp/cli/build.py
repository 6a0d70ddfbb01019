"""`civicapp build`: write all that a host needs to run a region."""

from pathlib import Path
from typing import Annotated

import typer

from civicapp.cli.words import FormatOption, RegionArgument, examples

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp build REGION --out dist/REGION", "a folder to copy to the host"),
        ("civicapp build REGION --out dist/REGION --offline", "for a host without an index"),
        ("civicapp build REGION --out dist/REGION --plan", "what would change, file by file"),
        ("civicapp build REGION --out dist/REGION --check", "for CI: is it current?"),
    )
)
def build(  # noqa: PLR0913, PLR0917 - each is an option of the command
    region: RegionArgument,
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder of the bundle: new, empty, or an older bundle."),
    ],
    secrets: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the secrets; `<out>-secrets` beside the bundle when left out.",
            show_default=False,
        ),
    ] = None,
    wheelhouse: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with wheels, asked before a source tree or an index.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Add every wheel: the host asks no index.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 2 if the bundle is stale.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Write nothing; exit code 2 if something would change.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Write all that a host needs to run a region: a bundle.

    The same pack and the same packages give the same bytes, wherever they are built. What is in DIR
    is written by this command alone: a file that was changed is refused, not overwritten. Only
    `.env` and `overrides/` are the operator's, and stay as they are. Secrets are made once, outside
    of the bundle, and never touched again. Give --check and --plan the options of the build. Exit
    code 0, or 2 with what stands in the way.
    """
    from civicapp.cli.building import Mode, Request, run

    if check and plan:
        raise typer.BadParameter("give one of --check and --plan", param_hint="--plan")
    mode: Mode = "check" if check else "plan" if plan else "build"
    request = Request(region, out, secrets, wheelhouse, offline, mode, format)
    raise typer.Exit(run(request))
