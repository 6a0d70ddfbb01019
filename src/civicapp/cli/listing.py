"""What `civicapp plugins` lists: each plugin with its state and its contributions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from civicapp import hookspecs
from civicapp.config import tables_of
from civicapp.enable import Enabled, enable
from civicapp.plugins import Installed, discover
from civicapp.problems import Problem
from civicapp.region.files import Reader
from civicapp.region.read import read_pack
from civicapp.wiring import Wired


@dataclass(frozen=True, slots=True)
class Row:
    """One plugin; `faults` say what is wrong with it."""

    id: str
    state: str
    installed: Installed | None = None
    contributions: Mapping[str, object] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def cells(self) -> list[str]:
        """Write the row for a person."""
        found = self.installed
        place = [found.version or "-", found.origin] if found else ["-", "-"]
        return [self.id, *place, self.state, "; ".join(map(_worded, self.contributions.items()))]

    def as_json(self) -> dict[str, object]:
        """Write the row for a program."""
        found = self.installed
        return {
            "id": self.id,
            "distribution": found.distribution if found else None,
            "version": found.version if found else None,
            "origin": found.origin if found else None,
            "state": self.state,
            "faults": list(self.faults),
            "contributions": dict(self.contributions),
        }


def _worded(item: tuple[str, object]) -> str:
    name, what = item
    if what is True:
        return name
    return f"{name} {', '.join(what) if isinstance(what, list) else what}"


def installed() -> list[Row]:
    """List the installed plugins without importing them."""
    return [
        Row(id, "installed" if len(found) == 1 else "fault", one, faults=_twice(found))
        for id, found in discover().items()
        for one in found
    ]


def _twice(found: list[Installed]) -> tuple[str, ...]:
    names = " and ".join(one.distribution for one in found)
    return (f"two distributions bring it: {names}",) if len(found) > 1 else ()


def enabled_by(region: str) -> tuple[list[Row], list[Problem]]:
    """List the plugins that a region names, then the others; and what is wrong with the named."""
    reader = Reader()
    pack = read_pack(region, reader)
    if pack is None:
        return [], reader.problems
    named = dict.fromkeys(id for id, _ in pack.plugins)
    enabled = enable(pack.plugins, {}, pack.config.keys.get("plugins", pack.config.origin))
    rows = [_row(id, enabled) for id in named]
    rows += [Row(id, "installed", one) for id, one in enabled.installed.items() if id not in named]
    return rows, enabled.problems


def _row(id: str, enabled: Enabled) -> Row:
    one = enabled.installed.get(id)
    if one is None:
        return Row(id, "missing", faults=("it is not installed",))
    mark = f"plugin {id}: "
    faults = tuple(
        p.message.removeprefix(mark) for p in enabled.problems if p.message.startswith(mark)
    )
    if faults:
        return Row(id, "fault", one, faults=faults)
    wired = {w.id: w for w in enabled.wired}
    return Row(id, "enabled", one, _contributions(wired.get(id), enabled.plugins.module(id)))


def _contributions(wired: Wired | None, module: object) -> dict[str, object]:
    found: dict[str, object] = _service(wired) if wired else {}
    if hooks := sorted(_hooks(module)):
        found["hooks"] = hooks
    return found


def _service(wired: Wired) -> dict[str, object]:
    service = wired.service
    found: dict[str, object] = {
        "api": wired.api and f"/api/v1/{wired.id}",
        "pages": wired.pages and f"/{wired.id}",
        "desk": wired.desk and f"/desk/{wired.id}",
        "menu": [item.item.key for item in wired.menu],
        "home": wired.home is not None,
        "area": wired.area is not None,
        "footer": wired.footer is not None,
        "config": _files(wired),
        "permissions": [permission.id for permission in service.permissions],
        "needs": list(service.needs),
        "hookspecs": service.hookspecs,
        "commands": service.commands and f"civicapp {wired.id}",
    }
    return {name: what for name, what in found.items() if what}


def _files(wired: Wired) -> list[str]:
    model = wired.service.config
    if model is None:
        return []
    tables = list(tables_of(model))
    settings = ["config.yaml"] if set(model.model_fields) - set(tables) else []
    return [*settings, *(f"{name}.csv" for name in tables)]


def _hooks(module: object) -> Iterable[str]:
    """Name the hooks that a plugin implements, `service` left out: each service has it."""
    for name in dir(module):
        marked = getattr(
            getattr(module, name, None), f"{hookspecs.hookimpl.project_name}_impl", None
        )
        if marked is not None and (hook := marked["specname"] or name) != "service":
            yield hook
