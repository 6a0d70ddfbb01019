"""The hooks of prices: what other plugins may bring to it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    from civicapp import Context

hookspec = pluggy.HookspecMarker("civicapp")


class Source(Protocol):
    """Where prices come from. label: what people call it.

    Any object of this shape will do, so that a plugin need not import prices. One that can be
    fetched has `fetch` too, as in Fetched.
    """

    @property
    def label(self) -> str:
        """Return what people call it."""
        ...

    def read(self, path: Path) -> Iterable[Mapping[str, object]]:
        """Read a file row by row, as `date`, `commodity`, `price`, `unit`, …; raise ValueError."""
        ...


class Fetched(Source, Protocol):
    """A source that is fetched by a job."""

    def fetch(self, folder: Path) -> Path | None:
        """Write a file into a folder and return where it is; None when there is nothing new."""
        ...


@hookspec
def sources(context: "Context") -> "Mapping[str, Source]":
    """Bring sources of prices: files of another form, or what is fetched from elsewhere.

    Called by `civicapp prices import` and every hour by the job `prices.fetch`. The id of a source
    is its `--format` and the name of its series: 2 to 16 small letters, digits and `-`. The pack
    lists it in `sources` of services/prices/config.yaml, and says in names.csv what it calls the
    commodities. `read(path)` yields a mapping of texts per row: `date` (a day, or a month as
    `YYYY-MM`), `commodity`, `price`, `unit` (a code of units.csv) and, where they are known,
    `market` or `area`, `n` (quotes) and `row` (its place in the file). Every row is checked as one
    of our own CSV is; one that the source itself refuses it yields as `row`, `column`, `value` and
    `reason`. A ValueError says that the file is of another form. A source with `fetch(folder)`
    is asked by the job, which retries it: it writes a file into the folder and returns its path, or
    None when there is nothing new.

    context: the plugin's own: its config, its secrets, the region.

    Returns: sources by id, each with `label` and `read`, and where it is fetched with `fetch`.
    """
    raise NotImplementedError
