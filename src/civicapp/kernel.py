"""Kernel: one Region plus its enabled plugins, wired. `boot` is the one door to it."""

import datetime
import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from civicapp import hookspecs
from civicapp.config import Checks
from civicapp.context import Context, Hooks
from civicapp.enable import Enabled, enable
from civicapp.i18n import Catalogs
from civicapp.identity.permissions import all_permissions, check_roles
from civicapp.jobs.core import CORE_JOBS
from civicapp.jobs.listening import listener_jobs
from civicapp.jobs.wired import wire_jobs
from civicapp.notify.channels import gather_channels
from civicapp.plugins import Installed, PluginError, Plugins, article
from civicapp.problems import Problem, has_errors, in_order, is_sound
from civicapp.region import Region
from civicapp.region.build import build_region
from civicapp.region.build_services import Models
from civicapp.region.draft import Draft
from civicapp.region.files import Reader
from civicapp.region.pack import names_bundle
from civicapp.region.read import open_pack
from civicapp.region.references import environment_names
from civicapp.region.syntax import check_syntax
from civicapp.settings import Settings, read_settings, unknown_variables
from civicapp.wiring import Wired

if TYPE_CHECKING:
    from civicapp.jobs.wired import WiredJob
    from civicapp.notify.channel import Channel
    from civicapp.region import Area
    from civicapp.service import Permission
    from civicapp.storage.lineage import Lineage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Boot:
    """What booting found: a kernel when nothing is wrong, every problem, and the rules not run.

    texts: of a bundle's files by their places, for reports that show lines.
    """

    kernel: "Kernel | None"
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...] = ()
    region: Region | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A region's app, wired: what create_app, build and the worker start from.

    services: in the order of their plugins. channels: those that plugins bring. failures: how often
    a plugin's code failed at run time, by plugin and place; it is isolated and shown in /readyz.
    """

    region: Region
    services: tuple[Wired, ...]
    plugins: Plugins
    installed: Mapping[str, Installed]
    catalogs: Catalogs
    settings: Settings
    channels: "Mapping[str, type[Channel]]" = field(default_factory=dict)
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
        own = (*wire_jobs("", CORE_JOBS)[0], *listener_jobs(self.plugins))
        return {job.name: job for job in (*own, *(j for s in self.services for j in s.jobs))}

    @property
    def events(self) -> frozenset[str]:
        """Return the names of the events that services may emit."""
        return frozenset(name for s in self.services for name in s.service.events)

    @property
    def part_tags(self) -> frozenset[str] | None:
        """Return the cache tags of pages with parts of services; None when one is unknown."""
        return _tags(s for s in self.services if s.has_parts)

    @property
    def footer_tags(self) -> frozenset[str] | None:
        """Return the cache tags of the foot of every page; None when one is unknown."""
        return _tags(s for s in self.services if s.footer)

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
            _hooks=self.hooks(language),
        )

    def hooks(self, language: str) -> Hooks:
        """Return what asks plugins by the hooks of services; their contexts are in a language."""
        return Hooks(self.plugins, lambda plugin: self.context(plugin, language))

    def guarded(self, plugin: str, place: str, function: Callable[[], T]) -> T | None:
        """Run a plugin's code; on an exception log it, count it, and return None."""
        with self.isolated(plugin, place):
            return function()
        return None

    @contextmanager
    def isolated(self, plugin: str, place: str) -> Iterator[None]:
        """Keep an exception of a plugin's code inside; it is logged and counted."""
        try:
            yield
        except Exception:
            import structlog

            self.failures[plugin, place] += 1
            structlog.get_logger().exception("plugin_failed", plugin=plugin, place=place)


def boot(
    region: str | Path,
    *,
    settings: Settings | None = None,
    plugins: Mapping[str, object] | None = None,
    today: datetime.date | None = None,
) -> Boot:
    """Load a region and its plugins; the one door of check, serve, build and explain.

    region: an id, or the path of a pack or of a bundle. settings: by default those of the
    environment. plugins: modules or objects to use beside the installed ones, by id;
    for tests and for apps that embed civicapp. today: the day that decides which
    years the calendar must cover, by default the region's own.
    """
    reader = Reader()
    pack = open_pack(region, reader)
    if pack is None:
        skipped = "everything" if names_bundle(region) else "everything but region.yaml"
        return Boot(None, tuple(in_order(reader.problems)), (skipped,))
    hosted = settings or settings_for(region)
    enabled = enable(
        pack.plugins,
        plugins or {},
        pack.config.keys.get("plugins", pack.config.origin),
        trace=isinstance(hosted, Settings) and hosted.trace_hooks,
    )
    reader.problems += enabled.problems
    draft = Draft(pack, reader, Checks(languages=pack.languages, problems=reader.problems))
    draft.skipped += enabled.skipped
    with _without_collection():
        if pack.whole:
            return _build(draft, enabled, hosted, today)
        check_syntax(draft)
    return Boot(None, tuple(in_order(reader.problems)), tuple(draft.skipped), texts=pack.texts)


def settings_for(region: str | Path, **given: object) -> Settings | list[Problem]:
    """Read the settings of the host that runs a region; `given` ones win over the environment.

    A bundle runs in production, unless the environment says otherwise or it is a demonstration.
    """
    settings = read_settings(**given)
    demo = settings.demo if isinstance(settings, Settings) else bool(given.get("demo"))
    named = any(value for name, value in os.environ.items() if name.upper() == "CIVICAPP_ENV")
    if demo or named or "env" in given or not names_bundle(region):
        return settings
    return read_settings(**given, env="production")


def _build(
    draft: Draft,
    enabled: Enabled,
    hosted: Settings | list[Problem],
    today: datetime.date | None,
) -> Boot:
    """Build the Region and run all rules on it; wire the Kernel when nothing is wrong."""
    region, sound = build_region(draft, _models(enabled), enabled.installed, today)
    catalogs = Catalogs(region.languages, enabled.folders("locale"), region.messages)
    problems = draft.reader.problems
    problems += catalogs.problems
    problems += check_roles(region, enabled.services, enabled.installed)
    draft.skipped += _check_rules(region, enabled, problems)
    channels, faults = gather_channels(enabled.plugins)
    problems += [enabled.problem(fault) for fault in faults]
    if not isinstance(hosted, Settings):
        problems += hosted
    elif hosted.others and not has_errors(problems):  # else we know not all that the pack names
        problems += unknown_variables(hosted, enabled.installed, environment_names(region))
    found, skipped, texts = tuple(in_order(problems)), tuple(draft.skipped), draft.pack.texts
    if has_errors(found) or not isinstance(hosted, Settings):
        return Boot(None, found, skipped, region if sound else None, texts)
    kernel = Kernel(
        region=region,
        services=enabled.wired,
        plugins=enabled.plugins,
        installed=enabled.installed,
        catalogs=catalogs,
        settings=hosted,
        channels=channels,
    )
    return Boot(kernel, found, skipped, region, texts)


def _tags(services: Iterable[Wired]) -> frozenset[str] | None:
    tags = [wired.service.part_tags for wired in services]
    return None if None in tags else frozenset(tag for own in tags for tag in own or ())


@contextmanager
def _without_collection() -> Iterator[None]:
    """Look for no garbage: a pack of thousands of rows leaves little, and much to look through."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _models(enabled: Enabled) -> Models:
    """Return the config model of each sound plugin; None if it has no config."""
    services = enabled.services
    return {id: services[id].config if id in services else None for id in enabled.plugins.ids}


def _check_rules(region: Region, enabled: Enabled, problems: list[Problem]) -> list[str]:
    """Run the plugins' own rules; return those that could not be run.

    Not those of a plugin whose config is unsound. And where the pack has errors, a rule may stumble
    over what is missing: that is no fault of the plugin.
    """
    unsound, skipped = has_errors(problems), []
    for id in enabled.plugins.ids:
        service = enabled.services.get(id)
        if service and service.config is not None and id not in region.services:
            continue
        try:
            problems += _findings(enabled.plugins, id, region)
        except PluginError as e:
            if unsound:
                skipped.append(f"rules of {id}: they need a pack without errors")
            else:
                problems.append(enabled.problem(e))
    return skipped


def _findings(plugins: Plugins, id: str, region: Region) -> list[Problem]:
    answer: object = plugins.ask(id, hookspecs.check_region, region=region)
    if answer is None:
        return []
    if not isinstance(answer, list | tuple):
        what = f"hook `check_region` returned {article(answer)}"
        raise PluginError(id, what, "return a list of Problem, or yield them")
    for problem in answer:
        if not is_sound(problem):
            what = f"hook `check_region` gave {article(problem)}"
            raise PluginError(id, what, "build each with `region.problem(…)`")
    return list(answer)
