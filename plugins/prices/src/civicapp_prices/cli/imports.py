"""`civicapp prices import`: take a file of prices in."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from civicapp import (
    Act,
    CommandContext,
    DatabaseOption,
    DataOption,
    RegionArgument,
    examples,
    open_context,
)
from civicapp_prices.config import SURVEY
from civicapp_prices.domain.csvtext import RUN, writer
from civicapp_prices.domain.formats import FORMATS, Format, Reject, Unreadable
from civicapp_prices.service.imports import Job, Outcome, look_at, run
from civicapp_prices.service.site import Site
from civicapp_prices.service.sources import brought

HEADER = ("row", "column", "value", "reason")
SHOWN = 10  # rejects, and places of other regions, that are printed
NUMBER = re.compile(r"-?[0-9.,]+")
EXAMPLES = examples(
    ("civicapp prices import REGION survey.csv --format csv", "date,market,commodity,price,unit"),
    ("civicapp prices import REGION all.csv --format wfp --rejects odd.csv", "keep what is odd"),
)


def import_file(  # noqa: PLR0913, PLR0917 - each is an option of the command
    region: RegionArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            help="pihps-wide: a row per day, a column per commodity; pihps-grid: the JSON of its"
            " page; wfp: the table of HDX; csv: date,market|area,commodity,price,unit[,n]; or the"
            " id of a source that a plugin brings.",
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
        typer.Option(
            help="Name of the series, one of `sources` in the pack; else that of the format.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take a file of prices in.

    A price that differs from the one on file supersedes it; its history stays. The same file again
    changes nothing, and neither does one that cannot be read. Exit code 0, or 2 when a row was
    rejected or the file cannot be read.
    """
    with open_context(region, "prices", data, database) as context:
        site = Site(region=context.region, enqueue=context.outbox.enqueue, emit=context.outbox.emit)
        form, act = _format(context, format), Act()
        code, name = _area(site, area), _source(site, source or form.source)
        with _refusing(file):
            job = look_at(site, file, format, code, act.at, format=form, source=name)
            with Rejects(rejects, file) as refused, _progress(job) as progress:
                outcome = run(context.db, site, job, act, refused.take, progress)
    for line in _summary(file, outcome):
        typer.echo(line)
    for line in (*_astray(site, outcome), *refused.told()):
        typer.echo(line, err=True)
    if outcome.rejected:
        raise typer.Exit(2)


def _format(context: CommandContext, name: str) -> Format:
    """Return a format of ours or of a plugin."""
    if name in FORMATS:
        return FORMATS[name]
    found, faults = brought(context.hooks)
    if name in found:
        return found[name].format
    for fault in faults:
        typer.echo(visible(f"plugin {fault.plugin}: {fault.message}; {fault.hint}"), err=True)
    choices = ", ".join((*FORMATS, *found))
    what = f"there is no format `{name}`: {choices}"
    raise typer.BadParameter(what, param_hint="--format")


def _area(site: Site, area: str | None) -> str:
    own = site.region.area
    code = area or (own.code if own else "")
    if not code or not site.region.areas.own(code):
        what = f"no area has the code `{code}`" if code else "this region is no single area"
        raise typer.BadParameter(f"{what}: name one of the region's", param_hint="--area")
    return code


def _source(site: Site, name: str) -> str:
    """Return the name of the series; that of our own survey is for quotes alone."""
    known = [source for source in site.config.sources if source != SURVEY]
    if name not in known:
        listed = ", ".join(known) or "none"
        what = f"`{name}` is no source of files: {listed}"
        hint = "list it in `sources` of services/prices/config.yaml"
        raise typer.BadParameter(f"{what}; {hint}", param_hint="--source")
    return name


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    """Say which file cannot be used, and end with exit code 2."""
    try:
        yield
    except Unreadable as e:
        typer.echo(visible(f"{file}: {e.message}; {e.hint}"), err=True)
        raise typer.Exit(2) from e
    except OSError as e:
        said = (e.strerror or "the system refuses it").lower()
        typer.echo(visible(f"{e.filename or file}: {said}"), err=True)
        raise typer.Exit(2) from e


class Rejects:
    """Write what is not taken to a file as it comes; keep the first few to print.

    It is opened before anything is imported. read: the file that is read, which it never replaces.
    """

    def __init__(self, path: Path | None, read: Path) -> None:
        self.path, self._read = path, read
        self.first: list[Reject] = []
        self.count = 0
        self._stack = ExitStack()
        self._write: Callable[[Sequence[object]], object] | None = None

    def __enter__(self) -> "Rejects":
        """Open the file."""
        if self.path is not None:
            if self.path.exists() and self.path.samefile(self._read):
                what = "is the file that is read"
                raise typer.BadParameter(f"`{self.path}` {what}", param_hint="--rejects")
            file = self._stack.enter_context(self.path.open("w", encoding="utf-8", newline=""))
            self._write = writer(file).writerow
            with self._named():
                self._write(HEADER)
                file.flush()  # a full disk is told now
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        with self._named():
            self._stack.close()

    def take(self, reject: Reject) -> None:
        """Take a reject."""
        self.count += 1
        if self._write is not None:
            row = (reject.row, _safe(reject.column), _safe(reject.value), _safe(reject.reason))
            with self._named():
                self._write(row)
        if len(self.first) < SHOWN:
            self.first.append(reject)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the file of rejects in an error of writing it, and let go of it."""
        try:
            yield
        except OSError as e:
            e.filename = e.filename or self.path
            with suppress(OSError):
                self._stack.close()
            raise

    def told(self) -> Iterator[str]:
        """Say what was not taken, and where the rest stands."""
        for reject in self.first:
            place = f"row {reject.row}" + (f", {reject.column}" if reject.column else "")
            yield visible(f"{place}: `{reject.value}` {reject.reason}")
        if self.path is not None and self.count:
            yield f"all {self.count:,} are in {self.path}"
        elif self.count > SHOWN:
            yield f"and {self.count - SHOWN:,} more: --rejects FILE writes them all"


def _safe(value: str) -> str:
    """Keep a spreadsheet from running what a file holds."""
    return f"'{value}" if value.startswith(RUN) and not NUMBER.fullmatch(value) else value


def visible(text: str) -> str:
    """Show control characters instead of sending them to the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


@contextmanager
def _progress(job: Job) -> Iterator[Callable[[int], None]]:
    """Show how far a file is read, on a terminal alone."""
    if not job.rows or not sys.stderr.isatty():
        yield lambda _row: None
        return
    with typer.progressbar(length=job.rows, label=job.path.name, file=sys.stderr) as bar:

        def show(row: int) -> None:
            bar.update(max(0, row - bar.pos))

        yield show
        show(job.rows)


def _summary(file: Path, outcome: Outcome) -> Iterator[str]:
    counts = [
        f"{outcome.new:,} new",
        f"{outcome.changed:,} corrected",
        f"{outcome.same:,} as before",
        f"{outcome.rejected:,} rejected",
    ]
    yield visible(f"{file.name}: {', '.join(counts)}")
    if outcome.outside:
        yield f"{outcome.outside:,} rows are of other regions"
    if outcome.again:
        yield "this very file was read before"


def _astray(site: Site, outcome: Outcome) -> Iterator[str]:
    """Say whose rows a file holds when none is of this region: it may be a spelling."""
    if outcome.outside and not outcome.taken:
        own = site.region.area
        name = own.name if own else site.region.id
        places = list(outcome.places)
        more = ", …" if len(places) > SHOWN else ""
        found = ", ".join(sorted(places)[:SHOWN]) + more
        yield visible(f"no row is of {name}; if it is one of these, make it an alias: {found}")
