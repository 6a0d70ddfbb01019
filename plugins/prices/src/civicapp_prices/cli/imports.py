"""`civicapp prices import`: take a file of prices in."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from civicapp import Act, DatabaseOption, DataOption, RegionArgument, open_context
from civicapp_prices.domain.formats import FORMATS, Reject, Unreadable
from civicapp_prices.service.imports import Job, Outcome, digest_of, run
from civicapp_prices.service.site import Site

HEADER = ("row", "column", "value", "reason")
SHOWN = 10  # rejects that are printed when no file takes them


def import_file(  # noqa: PLR0913, PLR0917 - each is an option of the command
    region: RegionArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    format: Annotated[
        Literal["pihps-wide", "pihps-grid", "wfp", "csv"],
        typer.Option(
            "--format",
            help="pihps-wide: a row per day, a column per commodity; pihps-grid: the JSON of its"
            " page; wfp: the table of HDX; csv: date,market|area,commodity,price,unit[,n].",
            show_default=False,
        ),
    ],
    area: Annotated[
        str | None,
        typer.Option(help="Area of rows that name none; else the region's.", show_default=False),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="CSV file for what is not taken: row,column,value,reason.", show_default=False
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Name of the series; else that of the format.", show_default=False),
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take a file of prices in.

    A price that differs from the one on file supersedes it; its history stays. The same file again
    changes nothing. Exit code 0, or 2 when a row was rejected or the file cannot be read.
    """
    with open_context(region, "prices", data, database) as context:
        site = Site(region=context.region, enqueue=context.outbox.enqueue, emit=context.outbox.emit)
        code = area or (context.region.area.code if context.region.area else "")
        if not code or not context.region.areas.own(code):
            what = f"no area has the code `{code}`" if code else "this region is no single area"
            raise typer.BadParameter(f"{what}: give --area", param_hint="--area")
        name = source or FORMATS[format][0]
        if name not in site.config.sources:
            known = ", ".join(site.config.sources)
            what = f"`{name}` is no source of the pack: {known}; add it to services/prices"
            raise typer.BadParameter(what, param_hint="--source")
        try:
            job = Job(file, format, code, name, digest_of(file))
            with Rejects(rejects) as refused, _progress(file) as progress:
                outcome = run(context.db, site, job, Act(), refused.take, progress)
        except Unreadable as e:
            typer.echo(f"{file}: {e.message}; {e.hint}", err=True)
            raise typer.Exit(2) from e
        except OSError as e:
            said = (e.strerror or "the system refuses it").lower()
            typer.echo(f"{e.filename or file}: {said}", err=True)
            raise typer.Exit(2) from e
    for line in _summary(file, outcome):
        typer.echo(line)
    for line in refused.told():
        typer.echo(line, err=True)
    if outcome.rejected:
        raise typer.Exit(2)


class Rejects:
    """Write what is not taken to a file as it comes; keep the first few to print."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.first: list[Reject] = []
        self.count = 0
        self._stack = ExitStack()
        self._write: Callable[[Sequence[object]], object] | None = None

    def __enter__(self) -> "Rejects":
        """Open the file."""
        if self.path is not None:
            file = self._stack.enter_context(self.path.open("w", encoding="utf-8", newline=""))
            self._write = csv.writer(file, lineterminator="\n").writerow
            self._write(HEADER)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stack.close()

    def take(self, reject: Reject) -> None:
        """Take a reject."""
        self.count += 1
        if self._write is not None:
            self._write((reject.row, reject.column, _safe(reject.value), reject.reason))
        if len(self.first) < SHOWN:
            self.first.append(reject)

    def told(self) -> Iterator[str]:
        """Say what was not taken, and where the rest stands."""
        for reject in self.first:
            place = f"row {reject.row}" + (f", {reject.column}" if reject.column else "")
            yield f"{place}: `{visible(reject.value)}` {reject.reason}"
        if self.path is not None and self.count:
            yield f"all {self.count:,} are in {self.path}"
        elif self.count > SHOWN:
            yield f"and {self.count - SHOWN:,} more: --rejects FILE writes them all"


def _safe(value: str) -> str:
    """Keep a spreadsheet from running what a file holds."""
    return f"'{value}" if value.startswith(("=", "+", "@", "\t")) else value


def visible(value: str) -> str:
    """Show control characters instead of sending them to the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in value)


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """Show how far a file is read, on a terminal alone."""
    if not sys.stderr.isatty():
        yield lambda _row: None
        return
    with file.open("rb") as content:
        lines = sum(block.count(b"\n") for block in iter(lambda: content.read(1024 * 1024), b""))
    with typer.progressbar(length=max(lines, 1), label=file.name, file=sys.stderr) as bar:

        def show(row: int) -> None:
            bar.update(max(0, row - bar.pos))

        yield show


def _summary(file: Path, outcome: Outcome) -> Iterator[str]:
    counts = [
        f"{outcome.new:,} new",
        f"{outcome.changed:,} corrected",
        f"{outcome.same:,} as before",
        f"{outcome.rejected:,} rejected",
    ]
    yield f"{file.name}: {', '.join(counts)}"
    if outcome.outside:
        yield f"{outcome.outside:,} rows are of other regions"
    if outcome.again:
        yield "this very file was taken before"
