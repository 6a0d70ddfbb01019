"""The command `civicapp` itself: its help, and the options before a command's name."""

from typing import Annotated

import typer

from civicapp.cli.lazy import LazyGroup
from civicapp.cli.words import examples
from civicapp.version import VERSION

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog=examples(
        ("civicapp serve REGION", "open http://127.0.0.1:8000"),
        ("civicapp check ./regions/REGION", "before you commit a change of a pack"),
        ("civicapp explain REGION timezone", "which file says so"),
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"civicapp {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Make a public-service app of a region pack and plugins.

    REGION is the name of a pack in ./regions, the name of one that comes with civicapp, or the
    path of a folder, which has a slash in it or is `.`: a pack's, or that of a bundle.
    """
