"""What services bring into a new pack: their starter files, and the names of those they read."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distribution

from civicapp.config import tables_of
from civicapp.enable import Enabled, enable
from civicapp.plugins import discover
from civicapp.problems import Origin, did_you_mean
from civicapp.scaffold.region.names import Unstartable
from civicapp.scaffold.region.pack import Files
from civicapp.wiring import Wired


def files_of(services: Iterable[Wired]) -> str:
    """List the files by which services are changed, as Markdown."""
    lines = []
    for wired in services:
        model = wired.service.config
        if model is None:
            continue
        tables = tables_of(model)
        names = [] if model.model_fields.keys() <= tables.keys() else ["config.yaml"]
        names += [f"{name}.csv" for name in tables]
        lines.append(f"- `services/{wired.id}/`: {', '.join(f'`{n}`' for n in names)}")
    return "\n".join(lines) or "- No enabled service reads files of a pack."


def starter(wired: Wired) -> Files:
    """Return the files that a service begins with, by their path in the pack."""
    if wired.starter is None:
        return {}
    found = sorted(p for p in wired.starter.rglob("*") if p.is_file() and _counts(p.name))
    paths = ((p, p.relative_to(wired.starter).as_posix()) for p in found)
    return {f"services/{wired.id}/{name}": path.read_bytes() for path, name in paths}


def origin(plugin: str) -> dict[str, str]:
    """Say where a plugin's starter files come from, as a row of sources.csv."""
    installed = discover()[plugin][0]
    said = distribution(installed.distribution).metadata
    return {
        "origin": installed.distribution,
        "version": installed.version,
        "licence": next(iter(said.get_all("License-Expression") or ()), "unknown"),
    }


def _counts(name: str) -> bool:
    return not name.startswith((".", "__")) and not name.endswith(".pyc")


def known_plugins(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return ids of plugins that are installed; raise Unstartable for one that is not."""
    installed = list(discover())
    ids = tuple(dict.fromkeys(wanted))
    for id in ids:
        if id not in installed:
            hint = did_you_mean(id, installed, what="installed") or "`civicapp plugins` lists them"
            raise Unstartable(f"no plugin `{id}` is installed", hint)
    return ids


@dataclass(frozen=True, slots=True)
class Brought:
    """What a root pack enables. plugins: ids; those with hooks alone have no service.

    left_out: what is wrong with installed plugins that were looked at, and not taken.
    """

    plugins: tuple[str, ...]
    services: tuple[Wired, ...]
    left_out: tuple[str, ...] = ()


def starting(wanted: tuple[str, ...] | None) -> Brought:
    """Wire the services of a root pack, with those that they need.

    wanted: ids of plugins; None for all that bring starter files.
    """
    ids = dict.fromkeys(discover() if wanted is None else wanted)
    while True:
        found = _wire(ids)
        needed = [n for s in found.services.values() for n in s.needs if n not in ids]
        if not needed:
            break
        ids |= dict.fromkeys(needed)
    faults = tuple(p.message for p in found.problems if p.is_error)
    if wanted is not None:
        return Brought(tuple(ids), found.wired, faults)
    chosen: set[str] = set()
    for wired in reversed(found.wired):  # what one needs comes before it
        if wired.starter is not None or wired.id in chosen:
            chosen |= {wired.id, *wired.service.needs}
    services = tuple(w for w in found.wired if w.id in chosen)
    return Brought(tuple(w.id for w in services), services, faults)


def _wire(ids: Iterable[str]) -> Enabled:
    place = Origin("--plugins")
    return enable([(id, place) for id in ids], {}, place)
