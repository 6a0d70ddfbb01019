"""Kernel: one Region plus its enabled plugins, wired. `boot` is the one door to it."""

import datetime
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from civicapp import hookspecs
from civicapp.context import Context
from civicapp.enable import Enabled, enable
from civicapp.i18n import Catalogs
from civicapp.identity.permissions import all_permissions, check_roles
from civicapp.jobs.core import CORE_JOBS
from civicapp.jobs.wired import wire_jobs
from civicapp.plugins import Installed, PluginError, Plugins
from civicapp.problems import Problem, has_errors, in_order
from civicapp.region import Region
from civicapp.region.build import Builder
from civicapp.region.files import Reader
from civicapp.region.read import read_pack
from civicapp.settings import Settings
from civicapp.wiring import Wired

if TYPE_CHECKING:
    from civicapp.jobs.wired import WiredJob
    from civicapp.region import Area
    from civicapp.service import Permission
    from civicapp.storage.lineage import Lineage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Boot:
    """What booting found: a kernel when nothing is wrong, every problem, and the rules not run."""

    kernel: "Kernel | None"
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...] = ()
    region: Region | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A region's app, wired: what create_app, build and the worker start from.

    services: in the order of their plugins. failures: how often a plugin's code failed at run time, by
    plugin and place; it is isolated and shown in /readyz.
    """

    region: Region
    services: tuple[Wired, ...]
    plugins: Plugins
    installed: Mapping[str, Installed]
    catalogs: Catalogs
    settings: Settings
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)

    def service(self, id: str) -> Wired:
        """Return an enabled service; KeyError if there is none of this id."""
        return {s.id: s for s in self.services}[id]

    @property
    def ids(self) -> tuple[str, ...]:
        """List the ids of the services."""
        return tuple(s.id for s in self.services)

    @property
    def permissions(self) -> "Mapping[str, Permission]":
        """Return every permission of the kernel and the services, by id."""
        return all_permissions(wired.service for wired in self.services)

    @property
    def jobs(self) -> "Mapping[str, WiredJob]":
        """Return every job of the kernel and the services, by name."""
        own = wire_jobs("", CORE_JOBS)
        return {job.name: job for job in (*own, *(j for s in self.services for j in s.jobs))}

    @property
    def lineages(self) -> "tuple[Lineage, ...]":
        """Return the migrations of the services that have tables, in their order."""
        return tuple(s.lineage for s in self.services if s.lineage)

    def context(self, service: str, language: str, area: "Area | None" = None) -> Context:
        """Build the context in which a service's code runs; "" is the kernel itself."""
        return Context(
            region=self.region,
            service=service,
            language=language,
            translations=self.catalogs.get(service, language),
            area=area,
        )

    def guarded(self, plugin: str, place: str, function: Callable[[], T]) -> T | None:
        """Run a plugin's code; on an exception log it, count it, and return None."""
        try:
            return function()
        except Exception:
            self.failures[plugin, place] += 1
            structlog.get_logger().exception("plugin_failed", plugin=plugin, place=place)
            return None


def boot(
    region: str | Path,
    *,
    settings: Settings | None = None,
    plugins: Mapping[str, object] | None = None,
    today: datetime.date | None = None,
) -> Boot:
    """Load a region and its plugins; the one door of check, serve, build and explain.

    region: an id or a path. plugins: modules or objects to use beside the installed ones, by id; for
    tests and for apps that embed civicapp. today: the day on which the calendar's cover is judged.
    """
    reader = Reader()
    pack = read_pack(region, reader)
    if pack is None:
        return Boot(None, tuple(in_order(reader.problems)), ("everything but region.yaml",))
    enabled = enable(
        pack.plugins, plugins or {}, pack.config.keys.get("plugins", pack.config.origin)
    )
    reader.problems += enabled.problems
    builder = Builder(pack, reader, today or datetime.date.today())
    models = {id: s.config for id, s in enabled.services.items()}
    built = builder.build({id: models.get(id) for id in enabled.ids}, enabled.installed)
    skipped = [*enabled.skipped, *builder.skipped]
    problems = reader.problems
    if built is not None:
        problems += check_roles(built, enabled.services, enabled.installed)
        _check_rules(built, enabled, problems)
        catalogs = Catalogs(built.languages, enabled.folders("locale"), built.messages)
        problems += catalogs.problems
    found = tuple(in_order(problems))
    if built is None or has_errors(found):
        return Boot(None, found, tuple(skipped), built)
    kernel = Kernel(
        region=built,
        services=enabled.wired,
        plugins=enabled.plugins,
        installed=enabled.installed,
        catalogs=catalogs,
        settings=settings or Settings(),
    )
    return Boot(kernel, found, tuple(skipped), built)


def _check_rules(region: Region, enabled: Enabled, problems: list[Problem]) -> None:
    """Run the plugins' own rules, except of those whose config is unsound: those are in `skipped`."""
    for id in enabled.plugins.ids:
        service = enabled.services.get(id)
        if service and service.config is not None and id not in region.services:
            continue
        try:
            problems.extend(enabled.plugins.ask(id, hookspecs.check_region, region=region) or ())
        except PluginError as e:
            problems.append(enabled.problem(e))
