"""`civicapp new-plugin`: start a service of your own."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from civicapp.cli.words import examples

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        ("civicapp new-plugin parks", "a service in ./plugins/parks"),
        ('civicapp new-plugin parks --title "City parks"', "what its menu entry says"),
        ("civicapp new-plugin parks --dir ..", "in the folder ../parks"),
    )
)
def new_plugin(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Id of the plugin: small letters and digits.", show_default=False
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--dir", metavar="FOLDER", help="Where its own folder is made.")
    ] = Path("plugins"),
    title: Annotated[
        str | None,
        typer.Option(help="What people read in the menu; else the id.", show_default=False),
    ] = None,
) -> None:
    """Write a small service that works as it is: places of a region, and notes about them.

    It has a table and settings for packs, a database table, an API, pages for everybody and for
    officers, a job, an event, a translation and tests. docs/plugins.md goes through it. Nothing is
    written where something is already. Exit code 0, or 2 if it cannot be written.
    """
    from civicapp.plugins import discover
    from civicapp.problems import visible
    from civicapp.scaffold.plugin import names
    from civicapp.scaffold.plugin.files import plugin_files
    from civicapp.scaffold.tree import Unwritable, staged, write_files

    taken = {id: " and ".join(i.distribution for i in found) for id, found in discover().items()}
    wanted = names.title_of(name) if title is None else names.tidy(title)
    try:
        names.check_id(name, taken)
        names.check_title(wanted)
        with staged(folder / name) as stage:
            write_files(stage, plugin_files(name, wanted))
    except (names.BadName, Unwritable) as e:
        typer.echo(visible(str(e)), err=True)
        if e.hint:
            typer.echo(f"    hint: {visible(e.hint)}", err=True)
        raise typer.Exit(2) from e
    for line in _next(name, folder / name):
        typer.echo(visible(line))


def _next(id: str, made: Path) -> Iterator[str]:
    """Write what to type next, and how a region comes to show the service."""
    starter = made / "src" / f"civicapp_{id}" / "starter"
    yield f"{made}: a service that works as it is. Next:"
    yield ""
    yield f"  pip install -e {shlex.quote(f'{made}[test]')}"
    yield "  civicapp plugins"
    yield f"  pytest {shlex.quote(str(made))}"
    yield ""
    yield f"A region shows it once its pack, {_pack()}, has"
    rows = {
        "region.yaml": f"{id} in the list `plugins`",
        "organisation/roles.yaml": f"{id}.* in the `grants` of a role",
        f"services/{id}/": f"files such as those of {starter}",
    }
    width = max(map(len, rows))
    yield from (f"  {file:{width}}  {what}" for file, what in rows.items())
    yield "`civicapp new-region NAME --bare` starts one that has all this."


def _pack() -> str:
    """Name the pack to enable it in: the only one in ./regions, else any."""
    try:
        packs = [p.name for p in Path("regions").iterdir() if (p / "region.yaml").is_file()]
    except OSError:
        packs = []
    return f"regions/{packs[0] if len(packs) == 1 else 'REGION'}"
