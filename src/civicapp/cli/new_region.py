"""`civicapp new-region`: start the pack of a region."""

import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from civicapp.cli.words import counted, examples
from civicapp.problems import visible

if TYPE_CHECKING:
    from civicapp.scaffold.region.names import Unstartable
    from civicapp.scaffold.region.pack import Wish
    from civicapp.scaffold.region.start import Several, Started
    from civicapp.scaffold.tree import Unwritable

app = typer.Typer(add_completion=False)
ASKED = {
    "currency": "Its currency, three letters of ISO 4217",
    "timezone": "Its time zone, an IANA name such as Africa/Nairobi",
    "language": "Its languages, codes divided by commas, its own first",
}


@app.command(
    epilog=examples(
        ("civicapp new-region NAME", "a region inside a known one, by the name of its area"),
        ("civicapp new-region NAME --code CODE", "when the name fits two areas, or none"),
        ("civicapp new-region NAME --extends PACK", "inside another pack"),
        ("civicapp new-region NAME --bare --areas areas.csv", "a region outside every known one"),
    )
)
def new_region(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the area; the pack's id is made of it.")
    ],
    code: Annotated[
        str | None,
        typer.Option(
            metavar="CODE", help="Code of the area; NAME is then free.", show_default=False
        ),
    ] = None,
    extends: Annotated[
        str | None,
        typer.Option(
            metavar="PACK",
            help="The pack to extend; the narrowest that covers the area when left out.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="FOLDER", help="Folder in which the pack's is made.")
    ] = Path("regions"),
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="TEXT",
            help="What the region is called; en=TEXT in one language. Repeat it.",
            show_default=False,
        ),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="ISO 4217 code.", show_default=False)
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="IANA name.", show_default=False)
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE", help="Its languages, its own first. Repeat it.", show_default=False
        ),
    ] = None,
    plugins: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Plugins to enable. Repeat it.", show_default=False),
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="Start a root pack, which extends no other.")
    ] = False,
    areas: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --bare: CSV with code, name, level, parent.",
            show_default=False,
        ),
    ] = None,
    boundaries: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --bare: GeoJSON with the property code.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start the pack of a region, in ./regions/<id>.

    NAME is looked up among the areas of the pack to extend: case, hyphens and spaces do not count,
    the word for the area's kind may be left out, and of areas at several levels the widest counts.
    What the name leaves open is asked in a terminal; elsewhere the exit code is 2, and nothing is
    written. --bare needs --currency, --timezone and --language; the app then has the services that
    bring starter files, one office and neutral texts in English.
    """
    from civicapp.problems import render_text
    from civicapp.scaffold.region.names import Unstartable
    from civicapp.scaffold.region.write import Unsound
    from civicapp.scaffold.tree import Unwritable

    given = {"currency": currency or "", "timezone": timezone or "", "language": _one(language)}
    try:
        _check_together(bare, {"--code": code, "--extends": extends}, areas, boundaries)
        if bare:
            given = _completed(given)
        wish = _wish(name, names or (), given, plugins)
        if bare:
            started = _start_bare(wish, folder, areas, boundaries)
        else:
            started = _start_thin(wish, folder, extends, code)
    except Unsound as e:
        typer.echo(render_text(e.problems), err=True)
        typer.echo("nothing was written", err=True)
        raise typer.Exit(2) from e
    except (Unstartable, Unwritable) as e:
        typer.echo(_explained(e), err=True)
        raise typer.Exit(2) from e
    _report(started)


def _one(values: Iterable[str] | None) -> str:
    return ",".join(values or ())


def _many(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _check_together(
    bare: bool,
    settled: Mapping[str, str | None],
    areas: Path | None,
    boundaries: Path | None,
) -> None:
    """Refuse options that mean nothing together."""
    from civicapp.scaffold.region.names import Unstartable

    if bare:
        for option, value in settled.items():
            if value is not None:
                raise Unstartable(f"{option} and --bare contradict each other", "leave one out")
    elif areas or boundaries:
        option = "--areas" if areas else "--boundaries"
        raise Unstartable(f"{option} goes with --bare", "a thin pack has the areas of its parent")


def _wish(
    name: str, names: Iterable[str], given: Mapping[str, str], plugins: Iterable[str] | None
) -> "Wish":
    from civicapp.scaffold.region.names import checked, pack_id
    from civicapp.scaffold.region.pack import Wish

    return Wish(
        id=pack_id(name),
        typed=name,
        names=tuple(names),
        currency=given["currency"] and checked("--currency", given["currency"]),
        timezone=given["timezone"] and checked("--timezone", given["timezone"]),
        languages=tuple(checked("--language", x) for x in _many(given["language"])),
        plugins=None if plugins is None else _many(_one(plugins)),
    )


def _completed(given: Mapping[str, str]) -> dict[str, str]:
    """Ask in a terminal for what a root pack cannot do without; elsewhere name it."""
    from civicapp.scaffold.region.names import Unstartable, checked

    missing = [key for key, value in given.items() if not _many(value)]
    if missing and not _in_terminal():
        options = ", ".join(f"--{key}" for key in missing)
        raise Unstartable(f"--bare needs {options}", "they cannot be inherited")
    found = dict(given)
    for key in missing:
        while not found[key]:
            typed = typer.prompt(ASKED[key]).strip()
            try:
                found[key] = _one(checked(f"--{key}", part) for part in _many(typed))
            except Unstartable as e:
                typer.echo(_explained(e), err=True)
    return found


def _in_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _start_bare(
    wish: "Wish", folder: Path, areas: Path | None, boundaries: Path | None
) -> "Started":
    from civicapp.scaffold.region.start import start_bare

    return start_bare(wish, folder, areas, boundaries)


def _start_thin(wish: "Wish", folder: Path, extends: str | None, code: str | None) -> "Started":
    """Start a thin pack; what has to be chosen is asked in a terminal."""
    from civicapp.scaffold.region.start import Several, start_thin

    while True:
        try:
            return start_thin(wish, folder, extends, code)
        except Several as e:
            if not _in_terminal():
                typer.echo(f"{e}:", err=True)
                _list(e, wish)
                raise typer.Exit(2) from e
            chosen = _asked(e)
            extends, code = (chosen, code) if e.option == "--extends" else (extends, chosen)


def _list(several: "Several", wish: "Wish") -> None:
    """Name the choices, and what to type for each."""
    width = max(map(len, several.choices))
    for value, what in several.choices.items():
        typer.echo(f"  {visible(value):{width}}  {visible(what)}", err=True)
    value = next(iter(several.choices))
    again = shlex.join(["civicapp", "new-region", wish.typed, several.option, value])
    typer.echo(f"    hint: {several.option} settles it: {again}", err=True)


def _asked(several: "Several") -> str:
    width = max(map(len, several.choices))
    typer.echo(f"{several}:")
    for value, what in several.choices.items():
        typer.echo(f"  {visible(value):{width}}  {visible(what)}")
    while True:
        typed: str = typer.prompt("Which one").strip()
        if typed in several.choices:
            return typed
        typer.echo(f"type one of {', '.join(several.choices)}", err=True)


def _explained(error: "Unstartable | Unwritable") -> str:
    return f"{error}" + (f"\n    hint: {error.hint}" if error.hint else "")


def _report(started: "Started") -> None:
    """Say what was made, and the commands that come next."""
    from civicapp.region.files import shown

    region = started.written.kernel.region
    typer.echo(f"made {shown(started.target)}: {region.name.text(*region.languages)}")
    typer.echo(f"  {started.about}")
    for note in started.notes:
        typer.echo(f"  note: {note}")
    if found := len(started.written.warnings):
        typer.echo(f"  {counted(found, 'warning')}: check names what is still missing")
    typer.echo("next:")
    region_argument = _typed(started.target)
    for command in (
        ["civicapp", "check", region_argument],
        ["civicapp", "serve", region_argument, "--demo"],
    ):
        typer.echo(f"  {shlex.join(command)}")
    typer.echo(f"  ${{EDITOR:-vi}} {shlex.quote(shown(started.target / 'region.yaml'))}")


def _typed(target: Path) -> str:
    """Write the pack's folder as REGION: by its name where that finds it."""
    from civicapp.region.pack import find_pack

    found = find_pack(target.name)
    if found is not None and found.resolve() == target.resolve():
        return target.name
    text = str(target)
    return text if "/" in text else f"./{text}"
