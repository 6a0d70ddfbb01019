"""Words that the commands share: the argument REGION, formats, examples, counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

import civicapp


def examples(*lines: tuple[str, str]) -> str:
    """Write commands with what they do as the last part of a help text."""
    width = max(len(command) for command, _ in lines)
    rows = (f"  {command:{width}}  {what}".rstrip() for command, what in lines)
    return "\n".join(["\b", "Examples:", *rows])  # \b: the lines are not wrapped


def counted(n: int, one: str, many: str = "") -> str:
    """Write a number with its noun: `1 error`, `2,896 areas`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def pack_names() -> list[str]:
    """List the packs that have a name; nothing is read or imported."""
    return sorted(set(_names()))


def _names() -> Iterator[str]:
    for shelf in (Path("regions"), Path(civicapp.__file__).parent / "regions"):
        try:
            yield from (p.name for p in shelf.iterdir() if (p / "region.yaml").is_file())
        except OSError:
            continue


def complete_region(incomplete: str) -> list[str]:
    """Complete a pack's name; a path is left to the shell."""
    return [name for name in pack_names() if name.startswith(incomplete)]


RegionArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="REGION",
        help="Name of a pack, or path of its folder or of a bundle.",
        autocompletion=complete_region,
        show_default=False,
    ),
]
DataOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="Folder of the data; .civicapp/<region> when left out.", show_default=False),
]
DatabaseOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Address of a database such as postgresql://user@host/name; else CIVICAPP_DATABASE,"
        " else a SQLite file in the data folder.",
        show_default=False,
    ),
]
Format: TypeAlias = Literal["text", "json"]
FormatOption: TypeAlias = Annotated[
    Format, typer.Option("--format", help="For people, or for programs.")
]
TraceOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--trace-hooks", help="Log each call of a plugin's hook with its answer, on standard error."
    ),
]
