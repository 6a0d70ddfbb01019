"""Wired services: descriptors with every reference resolved, and the clashes between them."""

import importlib.resources
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicapp.identity.permissions import faults, router_faults
from civicapp.jobs.wired import WiredJob, wire_jobs
from civicapp.plugins import PluginError, resolve
from civicapp.problems import did_you_mean
from civicapp.service import ICONS, ID, RESERVED, Block, DeskItem, MenuItem, Service
from civicapp.storage.wired import table_faults, wire_lineage

if TYPE_CHECKING:
    from civicapp.context import Context
    from civicapp.service import DeskCount, Router
    from civicapp.storage.lineage import Lineage


@dataclass(frozen=True, slots=True)
class WiredItem:
    """A menu item with its live fact."""

    service: str
    item: MenuItem
    fact: "Callable[[Context], str | None] | None"

    @property
    def path(self) -> str:
        """Return the path of the page that it opens."""
        return "/" + "/".join(filter(None, (self.service, self.item.path.strip("/"))))


@dataclass(frozen=True, slots=True)
class WiredDesk:
    """An entry of the officers' start page with what counts the waiting things."""

    service: str
    item: DeskItem
    count: "DeskCount | None"

    @property
    def path(self) -> str:
        """Return the path of the page that it opens."""
        return "/desk/" + "/".join(filter(None, (self.service, self.item.path.strip("/"))))


@dataclass(frozen=True, slots=True)
class Wired:
    """A service ready to serve. `folder` is its package: templates/, locale/, static/ lie in it."""

    service: Service
    folder: Path | None
    api: "Router | None"
    pages: "Router | None"
    desk: "Router | None"
    home: "Callable[[Context], Block | None] | None"
    area: "Callable[[Context], Block | None] | None"
    footer: "Callable[[Context], Block | None] | None"
    menu: tuple[WiredItem, ...]
    desk_menu: tuple[WiredDesk, ...]
    lineage: "Lineage | None"
    jobs: tuple[WiredJob, ...]

    @property
    def id(self) -> str:
        """Return the service's id."""
        return self.service.id


def package_folder(module: object) -> Path | None:
    """Return the folder of the package that a plugin's module lies in."""
    name = getattr(module, "__package__", None) or getattr(module, "__name__", None)
    if not isinstance(name, str) or not name:
        return None
    try:
        folder = importlib.resources.files(name)
    except (AttributeError, ImportError, TypeError, ValueError):  # no package on disk
        return None
    return folder if isinstance(folder, Path) else None


def wire(service: Service, module: object) -> Wired:
    """Resolve a service's references and check what they point to; raise PluginError."""
    _check_id(service)
    if service.commands:
        resolve_checked(service.id, service.commands, "commands", _is_typer, "a typer.Typer")
    router = ("an APIRouter of fastapi", _is_router)
    return Wired(
        service=service,
        folder=package_folder(module),
        api=_optional(service, "api", *router),
        pages=_optional(service, "pages", *router),
        desk=_optional(service, "desk", *router),
        home=_optional(service, "home", "a function of a Context", callable),
        area=_optional(service, "area", "a function of a Context", callable),
        footer=_optional(service, "footer", "a function of a Context", callable),
        menu=tuple(_item(service, item) for item in service.menu),
        desk_menu=tuple(_desk_item(service, item) for item in service.desk_menu),
        lineage=wire_lineage(service),
        jobs=wire_jobs(service.id, service.jobs),
    )


def _check_id(service: Service) -> None:
    if not ID.fullmatch(service.id):
        raise PluginError(
            service.id,
            f"`{service.id}` is no plugin id",
            "small letters and digits, 2 to 21 characters, a letter first",
        )
    if service.id in RESERVED:
        raise PluginError(
            service.id, f"the id `{service.id}` is the kernel's own", "choose another"
        )


def _check_icon(service: Service, what: str, item: MenuItem | DeskItem) -> None:
    if item.icon not in ICONS:
        raise PluginError(
            service.id,
            f"{what} `{item.key}`: there is no icon `{item.icon}`",
            did_you_mean(item.icon, sorted(ICONS), what="icons"),
        )


def _desk_item(service: Service, item: DeskItem) -> WiredDesk:
    _check_icon(service, "desk entry", item)
    what, wanted = f"count of desk entry {item.key}", "a function of a Session and a Person"
    count = item.count and resolve_checked(service.id, item.count, what, callable, wanted)
    return WiredDesk(service.id, item, count or None)


def _item(service: Service, item: MenuItem) -> WiredItem:
    _check_icon(service, "menu item", item)
    fact = item.fact and resolve_checked(
        service.id, item.fact, f"fact of menu item {item.key}", callable, "a function of a Context"
    )
    return WiredItem(service.id, item, fact or None)


def _optional(service: Service, name: str, wanted: str, check: Callable[[Any], bool]) -> Any:
    reference = getattr(service, name)
    return reference and resolve_checked(service.id, reference, name, check, wanted)


def resolve_checked(
    plugin: str, reference: str, what: str, check: Callable[[Any], bool], wanted: str
) -> Any:
    """Resolve a reference and check what it points to; raise PluginError."""
    found = resolve(plugin, reference, what)
    if not check(found):
        raise PluginError(
            plugin, f"{what} `{reference}` is a {type(found).__name__}, wants {wanted}"
        )
    return found


def _is_router(found: object) -> bool:
    from fastapi import APIRouter

    return isinstance(found, APIRouter)


def _is_typer(found: object) -> bool:
    from typer import Typer

    return isinstance(found, Typer)


def clashes(services: Iterable[Wired]) -> list[PluginError]:
    """Find what two services, or one service twice, lay claim to; both owners are named."""
    owners: dict[tuple[str, str], str] = {}
    errors = []
    services = tuple(services)
    prefixes = {f"{id}_": id for id in ("core", *(wired.id for wired in services))}
    for wired in services:
        for kind, name in _claims(wired):
            if (first := owners.setdefault((kind, name), wired.id)) != wired.id:
                errors.append(
                    PluginError(
                        wired.id,
                        f"{kind} `{name}` belongs to {first} too",
                        "one of the two must give way",
                    )
                )
        errors += _repeats(wired)
        errors += [PluginError(wired.id, *fault) for fault in _permission_faults(wired)]
        if wired.lineage:
            found = table_faults(wired.lineage, prefixes)
            errors += [PluginError(wired.id, *fault) for fault in found]
    return errors


def _claims(wired: Wired) -> Iterable[tuple[str, str]]:
    yield from {("menu item", w.item.key) for w in wired.menu}
    yield from {("desk entry", w.item.key) for w in wired.desk_menu}
    if wired.service.commands:
        yield "command group", wired.id


def _repeats(wired: Wired) -> list[PluginError]:
    """Find routes that a router has twice, and routes of several methods.

    FastAPI serves the first of two silently; a route with several methods gets an operation id that
    changes from run to run.
    """
    errors = []
    for name, router in _routers(wired):
        seen: set[tuple[str, str]] = set()
        for route in router.routes:
            methods = sorted(set(getattr(route, "methods", None) or ()) - {"HEAD"})
            path = str(getattr(route, "path", ""))
            if len(methods) > 1:
                errors.append(
                    PluginError(
                        wired.id,
                        f"{name}: route `{path}` has several methods",
                        "write one function per method",
                    )
                )
            for method in methods:
                if (method, path) in seen:
                    errors.append(
                        PluginError(wired.id, f"{name}: route `{method} {path}` stands twice")
                    )
                seen.add((method, path))
    for what, menu in (("menu item", wired.menu), ("desk entry", wired.desk_menu)):
        keys = [w.item.key for w in menu]
        for key in {k for k in keys if keys.count(k) > 1}:
            errors.append(PluginError(wired.id, f"{what} `{key}` stands twice"))
    return errors


def _routers(wired: Wired) -> list[tuple[str, "Router"]]:
    found = (("api", wired.api), ("pages", wired.pages), ("desk", wired.desk))
    return [(name, router) for name, router in found if router is not None]


def _permission_faults(wired: Wired) -> Iterable[tuple[str, str]]:
    yield from faults(wired.service)
    for name, router in _routers(wired):
        yield from router_faults(wired.service, name, router)
