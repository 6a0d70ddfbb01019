"""The sources that other plugins bring, checked: what they read goes through our own rules."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from civicapp import Hooks, PluginError
from civicapp_prices import hookspecs
from civicapp_prices.config import SURVEY
from civicapp_prices.domain.formats import FORMATS, Format, Known, Read, Unreadable
from civicapp_prices.domain.formats.given import BadRow, read_given

ID = re.compile(r"[a-z][a-z0-9-]{1,15}")
TAKEN = frozenset({SURVEY, *FORMATS, *(format.source for format in FORMATS.values())})


@dataclass(frozen=True, slots=True)
class Brought:
    """A source of a plugin. fetch: writes a file into a folder; None where it is not fetched."""

    id: str
    plugin: str
    label: str
    format: Format
    fetch: Callable[[Path], Path | None] | None


def brought(hooks: Hooks) -> tuple[Mapping[str, Brought], tuple[PluginError, ...]]:
    """Ask every plugin for its sources; return them by id, and the faults of plugins."""
    found: dict[str, Brought] = {}
    faults = []
    for plugin in hooks.plugins(hookspecs.sources):
        try:
            for source in _of(hooks, plugin):
                if source.id in found:
                    what = f"source `{source.id}` is brought by {found[source.id].plugin} too"
                    raise PluginError(plugin, what, "give it another id")
                found[source.id] = source
        except PluginError as e:
            faults.append(e)
    return found, tuple(faults)


def _of(hooks: Hooks, plugin: str) -> Iterator[Brought]:
    answer: object = hooks.ask(plugin, hookspecs.sources)
    if not isinstance(answer, Mapping):
        what = f"hook `sources` returned a {type(answer).__name__}"
        raise PluginError(plugin, what, "return sources by id")
    for id, source in answer.items():
        if not isinstance(id, str) or not ID.fullmatch(id) or id in TAKEN:
            what = f"`{id}` is no id of a source, or is taken"
            raise PluginError(plugin, what, "2 to 16 small letters, digits and `-`")
        label, read, fetch = (getattr(source, n, None) for n in ("label", "read", "fetch"))
        if not isinstance(label, str) or not callable(read):
            what = f"source `{id}` lacks a `label` or a function `read`"
            raise PluginError(plugin, what, "see `sources` in docs/hooks.md")
        if fetch is not None and not callable(fetch):
            raise PluginError(plugin, f"`fetch` of source `{id}` is no function", "make it one")
        yield Brought(id, plugin, label, _format(plugin, id, read), fetch)


def _format(plugin: str, id: str, read: Callable[[Path], object]) -> Format:
    def guarded(path: Path, known: Known) -> Iterator[Read]:
        with path.open("rb"):
            pass  # a file that is not there, or not ours to read, is no fault of the plugin
        try:
            rows = read(path)
            if not hasattr(rows, "__iter__"):
                raise BadRow(f"`read` returned a {type(rows).__name__}, wants rows")
            yield from read_given(id, rows, known)
        except ValueError as e:
            raise Unreadable(str(e) or "its form is another", f"is it a file of {id}?") from e
        except Exception as e:
            what = f"source `{id}` of plugin {plugin} failed: {type(e).__name__}: {e}"
            raise Unreadable(what, "this is a fault of the plugin; tell its authors") from e

    def check(path: Path, known: Known) -> int:
        return max((found.row for found in guarded(path, known)), default=0)

    return Format(id, guarded, check)
