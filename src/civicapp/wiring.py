"""Wired services: descriptors with every reference resolved, and the clashes between them."""

import importlib.resources
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicapp.config import ServiceConfig
from civicapp.event import NAME as EVENT_NAME
from civicapp.event import NAME_LENGTH as EVENT_LENGTH
from civicapp.identity.permissions import permission_faults, router_faults
from civicapp.jobs.wired import WiredJob, wire_jobs
from civicapp.plugins import PluginError, article, resolve, resolve_folder
from civicapp.problems import did_you_mean
from civicapp.service import ICONS, ID, RESERVED, DeskItem, Job, MenuItem, Service
from civicapp.storage.wired import table_faults, wire_lineage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from civicapp.seeding import SeedContext
    from civicapp.service import AreaBlock, DeskCount, Fact, FooterBlock, HomeBlock, Router
    from civicapp.storage.lineage import Lineage


@dataclass(frozen=True, slots=True)
class WiredItem:
    """A menu item with its live fact."""

    service: str
    item: MenuItem
    fact: "Fact | None"

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
    home: "HomeBlock | None"
    area: "AreaBlock | None"
    footer: "FooterBlock | None"
    menu: tuple[WiredItem, ...]
    desk_menu: tuple[WiredDesk, ...]
    lineage: "Lineage | None"
    jobs: tuple[WiredJob, ...]
    seed: "Callable[[SeedContext], None] | None"
    starter: Path | None = None
    files: "Callable[[Session], Iterable[str]] | None" = None

    @property
    def id(self) -> str:
        """Return the service's id."""
        return self.service.id

    @property
    def has_parts(self) -> bool:
        """Tell whether it shows something on pages of others."""
        facts = any(item.fact for item in self.menu)
        return bool(self.home or self.area or self.footer or facts)


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


def wire(service: Service, module: object) -> tuple[Wired | None, list[PluginError]]:
    """Resolve a service's references and check what they point to; return every fault."""
    faults: list[PluginError] = []

    def found(name: str, check: Callable[[Any], bool], wanted: str) -> Any:
        reference = getattr(service, name)
        return reference and _checked(faults, service.id, reference, name, check, wanted)

    function = (callable, "a function of a Context")
    router = (_is_router, "an APIRouter of fastapi")
    found("commands", _is_typer, "a typer.Typer")
    parts = {name: found(name, *router) for name in ("api", "pages", "desk")}
    parts |= {name: found(name, *function) for name in ("home", "area", "seed")}
    parts["footer"] = found("footer", _is_plain, "a plain function of a Context: no page waits")
    parts["files"] = found("files", callable, "a function of a Session")
    parts["menu"] = tuple(_item(faults, service, item) for item in service.menu)
    parts["desk_menu"] = tuple(_desk_item(faults, service, item) for item in service.desk_menu)
    faults += [PluginError(service.id, *fault) for fault in _event_faults(service)]
    parts["jobs"], wrong = wire_jobs(service.id, service.jobs)
    faults += wrong
    try:
        parts["lineage"] = wire_lineage(service)
    except PluginError as e:
        faults.append(e)
    try:
        parts["starter"] = _starter(service)
    except PluginError as e:
        faults.append(e)
    if faults:
        return None, faults
    return Wired(service=service, folder=package_folder(module), **parts), faults


def _starter(service: Service) -> Path | None:
    if service.starter is None:
        return None
    hint = "`<package>:<folder>`, and the folder holds what `services/<id>/` of a pack does"
    return resolve_folder(service.id, service.starter, "starter", hint)


def _event_faults(service: Service) -> Iterable[tuple[str, str]]:
    for name in service.events:
        if not EVENT_NAME.fullmatch(name) or not name.startswith(f"{service.id}."):
            what = f"event `{name}` has another form than {service.id}.<thing>.<what happened>"
            yield what, f"such as {service.id}.report.accepted: small letters, digits and _"
        if len(name) > EVENT_LENGTH:
            yield f"event `{name}` has more than {EVENT_LENGTH} characters", "shorten it"
        if service.events.count(name) > 1:
            yield f"event `{name}` stands twice", "declare it once"


def _checked(
    faults: list[PluginError],
    plugin: str,
    reference: str,
    what: str,
    check: Callable[[Any], bool],
    wanted: str,
) -> Any:
    try:
        found = resolve(plugin, reference, what)
    except PluginError as e:
        faults.append(e)
        return None
    if not check(found):
        message = f"{what} `{reference}` is {article(found)}, wants {wanted}"
        faults.append(PluginError(plugin, message, "point it at that"))
    return found


def _check_icon(
    faults: list[PluginError], service: Service, what: str, item: MenuItem | DeskItem
) -> None:
    if item.icon not in ICONS:
        message = f"{what} `{item.key}`: there is no icon `{item.icon}`"
        hint = did_you_mean(item.icon, ICONS) or f"icons: {', '.join(sorted(ICONS))}"
        faults.append(PluginError(service.id, message, hint))


def _desk_item(faults: list[PluginError], service: Service, item: DeskItem) -> WiredDesk:
    _check_icon(faults, service, "desk entry", item)
    what, wanted = f"count of desk entry {item.key}", "a function of a Session and a Person"
    count = item.count and _checked(faults, service.id, item.count, what, callable, wanted)
    return WiredDesk(service.id, item, count or None)


def _item(faults: list[PluginError], service: Service, item: MenuItem) -> WiredItem:
    _check_icon(faults, service, "menu item", item)
    what = f"fact of menu item {item.key}"
    fact = item.fact and _checked(
        faults, service.id, item.fact, what, callable, "a function of a Context"
    )
    return WiredItem(service.id, item, fact or None)


def misfits(service: Service) -> list[PluginError]:
    """Find fields of a descriptor that hold something else than they declare.

    A dataclass checks nothing: `needs="prices"` would ask for a plugin per letter.
    """
    config = service.config
    is_model = isinstance(config, type) and issubclass(config, ServiceConfig)
    checks = [("config", config is None or is_model, "a class made from ServiceConfig")]
    routers, parts = ("api", "pages", "desk"), ("home", "area", "footer", "seed")
    places = ("metadata", "migrations", "files", "starter", "hookspecs", "commands")
    for name in (*routers, *parts, *places):
        value = getattr(service, name)
        fits = value is None or (isinstance(value, str) and bool(value))
        checks.append((name, fits, 'a reference such as "package.module:name"'))
    checks.append(("needs", _are(service.needs, str), 'a tuple of ids, such as ("prices",)'))
    checks.append(("events", _are(service.events, str), 'a tuple of names, "prices.quote.new"'))
    tags = service.part_tags
    checks.append(("part_tags", tags is None or _are(tags, str), "a tuple of cache tags"))
    checks.append(("jobs", _are(service.jobs, Job), "a tuple of Job"))
    checks.append(("menu", _are(service.menu, MenuItem), "a tuple of MenuItem"))
    if checks[-1][1]:
        checks += [
            (f"menu item {m.key!r}", _is_item(m), "texts, and a number as weight")
            for m in service.menu
        ]
    return [
        PluginError(service.id, f"Service.{name} wants {wanted}", "compare with civicapp.Service")
        for name, fits, wanted in checks
        if not fits
    ]


def _are(values: object, kind: type) -> bool:
    return isinstance(values, tuple) and all(isinstance(v, kind) for v in values)


def _is_item(item: Any) -> bool:
    texts = (item.key, item.label, item.summary, item.path, item.icon, item.fact or "")
    return (
        all(isinstance(t, str) for t in texts) and isinstance(item.weight, int) and item.key != ""
    )


def misnamed(id: str) -> PluginError | None:
    """Say why an id cannot be a plugin's, or None."""
    if not ID.fullmatch(id):
        hint = "small letters and digits, 2 to 21 characters, a letter first"
        return PluginError(id, f"`{id}` is no plugin id", hint)
    if id in RESERVED:
        return PluginError(id, f"the id `{id}` is the kernel's own", "choose another")
    return None


def _is_plain(found: object) -> bool:
    return callable(found) and not inspect.iscoroutinefunction(found)


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
                what = f"{kind} `{name}` belongs to {first} too"
                errors.append(PluginError(wired.id, what, "one of the two must give way"))
        errors += _repeats(wired)
        errors += [PluginError(wired.id, *fault) for fault in _permission_faults(wired)]
        if wired.lineage:
            found = table_faults(wired.lineage, prefixes)
            errors += [PluginError(wired.id, *fault) for fault in found]
    return errors


def _claims(wired: Wired) -> Iterable[tuple[str, str]]:
    yield from {("menu item", w.item.key): None for w in wired.menu}
    yield from {("desk entry", w.item.key): None for w in wired.desk_menu}
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
        for methods, path in _routes(router):
            if len(methods) > 1:
                what = f"{name}: route `{path}` has several methods: {', '.join(methods)}"
                errors.append(PluginError(wired.id, what, "write one function per method"))
            # Two paths that differ in a parameter's name alone are one path.
            shape = re.sub(r"\{\w+", "{", path)
            for method in methods:
                if (method, shape) in seen:
                    what = f"{name}: route `{method} {path}` stands twice"
                    errors.append(PluginError(wired.id, what, "only the first would be served"))
                seen.add((method, shape))
    keys = [("menu item", w.item.key) for w in wired.menu]
    keys += [("desk entry", w.item.key) for w in wired.desk_menu]
    for (what, key), times in Counter(keys).items():
        if times > 1:
            message = f"{what} `{key}` stands twice"
            errors.append(PluginError(wired.id, message, "give each its own key"))
    return errors


def _routers(wired: Wired) -> list[tuple[str, "Router"]]:
    found = (("api", wired.api), ("pages", wired.pages), ("desk", wired.desk))
    return [(name, router) for name, router in found if router is not None]


def _permission_faults(wired: Wired) -> Iterable[tuple[str, str]]:
    yield from permission_faults(wired.service)
    for name, router in _routers(wired):
        yield from router_faults(wired.service, name, router)


def _routes(router: "Router") -> Iterable[tuple[list[str], str]]:
    """List the methods and path of each route, also of included routers."""
    from fastapi.routing import iter_route_contexts

    for route in iter_route_contexts(router.routes):
        methods = sorted(set(getattr(route, "methods", None) or ()) - {"HEAD"})
        yield methods, str(getattr(route, "path", ""))
