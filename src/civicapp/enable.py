"""Enable the plugins that a pack names: load, register, describe, order, wire; report every fault."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from civicapp import hookspecs
from civicapp.plugins import Installed, PluginError, Plugins, discover
from civicapp.problems import Origin, Problem, did_you_mean
from civicapp.service import Service
from civicapp.wiring import Wired, clashes, wire


@dataclass(slots=True)
class Enabled:
    """The enabled plugins, and what is wrong with those that are not."""

    origins: Mapping[str, Origin]
    fallback: Origin
    installed: dict[str, Installed] = field(default_factory=dict)
    plugins: Plugins = field(default_factory=Plugins)
    services: dict[str, Service] = field(default_factory=dict)
    wired: tuple[Wired, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def ids(self) -> tuple[str, ...]:
        """List every plugin that the pack names, sound or not."""
        return tuple(self.origins)

    def folders(self, name: str) -> dict[str, Path | None]:
        """Return a folder of each service's package, if it has one."""
        return {w.id: w.folder / name if w.folder else None for w in self.wired}

    def problem(self, error: PluginError) -> Problem:
        """Place a plugin's fault at the line that enables the plugin."""
        origin = self.origins.get(error.plugin, self.fallback)
        return Problem(
            "plugin-error", f"plugin {error.plugin}: {error.message}", error.hint, origin
        )

    def drop(self, error: PluginError) -> None:
        """Leave out an unsound plugin, and name what can then not be checked."""
        self.problems.append(self.problem(error))
        if error.plugin in self.plugins.ids:
            self.plugins.unregister(error.plugin)
        if self.services.pop(error.plugin, None) or error.plugin in self.origins:
            rules = f"config and rules of {error.plugin}: the plugin has a fault"
            if rules not in self.skipped:
                self.skipped.append(rules)


def enable(
    wanted: Sequence[tuple[str, Origin]], given: Mapping[str, object], fallback: Origin
) -> Enabled:
    """Enable plugins by id; each stage leaves out what is unsound and goes on with the rest."""
    enabled = Enabled({}, fallback)
    found = discover()
    enabled.installed = {id: installed[0] for id, installed in found.items()}
    for id in given:
        enabled.installed[id] = Installed(id, "(given)", "", "", "given by the program")
    enabled.origins = _wanted(wanted, enabled)
    modules = _load(found, given, enabled)
    for id, module in modules.items():
        try:
            enabled.plugins.register(id, module)
        except PluginError as e:
            enabled.drop(e)
    _describe(enabled)
    _open_hooks(enabled)
    for error in enabled.plugins.check_pending():
        enabled.drop(error)
    _order(enabled)
    _wire(enabled)
    return enabled


def _wanted(wanted: Sequence[tuple[str, Origin]], enabled: Enabled) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    for id, origin in wanted:
        if id in origins:
            enabled.problems.append(
                Problem(
                    "duplicate-key", f"plugin `{id}` is named twice", "keep one of them", origin
                )
            )
        elif id not in enabled.installed:
            known = list(enabled.installed)
            hint = did_you_mean(id, known, what="installed") or f"install it, or take {id} out"
            enabled.problems.append(
                Problem("unknown-plugin", f"no plugin `{id}` is installed", hint, origin)
            )
            enabled.skipped.append(f"config and rules of {id}: it is not installed")
        else:
            origins[id] = origin
    return origins


def _load(
    found: Mapping[str, list[Installed]], given: Mapping[str, object], enabled: Enabled
) -> dict[str, object]:
    modules: dict[str, object] = {}
    for id in enabled.origins:
        try:
            if id in given:
                modules[id] = given[id]
            elif len(found[id]) > 1:
                names = " and ".join(i.distribution for i in found[id])
                raise PluginError(
                    id, f"two distributions bring it: {names}", "uninstall one of them"
                )
            else:
                modules[id] = found[id][0].load()
        except PluginError as e:
            enabled.drop(e)
    return modules


def _describe(enabled: Enabled) -> None:
    """Ask each plugin for its service, one by one, so that one fault hides no other."""
    for id in enabled.plugins.ids:
        try:
            service: object = enabled.plugins.ask(id, hookspecs.service)
            if service is None:
                continue  # a plugin with hooks only
            if not isinstance(service, Service):
                raise PluginError(
                    id,
                    f"hook `service` returned a {type(service).__name__}",
                    "return a civicapp.Service",
                )
            if service.id != id:
                raise PluginError(
                    id,
                    f"its service calls itself `{service.id}`",
                    "the entry point's name and Service.id are the same",
                )
            enabled.services[id] = service
        except PluginError as e:
            enabled.drop(e)


def _open_hooks(enabled: Enabled) -> None:
    for id, service in list(enabled.services.items()):
        if not service.hookspecs:
            continue
        try:
            module = importlib.import_module(service.hookspecs)
            enabled.plugins.open_hooks(module)
        except Exception as e:  # noqa: BLE001 - whatever a plugin's module raises is its fault
            enabled.drop(
                PluginError(id, f"hookspecs `{service.hookspecs}`: {type(e).__name__}: {e}")
            )


def _order(enabled: Enabled) -> None:
    for id, service in list(enabled.services.items()):
        for need in service.needs:
            if need not in enabled.plugins.ids:
                hint = f"add `{need}` to `plugins`"
                enabled.drop(
                    PluginError(id, f"it needs the plugin `{need}`, which is not enabled", hint)
                )
                break
    try:
        enabled.plugins.sort({id: s.needs for id, s in enabled.services.items()})
    except PluginError as e:
        enabled.drop(e)


def _wire(enabled: Enabled) -> None:
    wired = []
    for id in enabled.plugins.ids:
        if id not in enabled.services:
            continue  # a plugin with hooks only
        try:
            wired.append(wire(enabled.services[id], enabled.plugins.module(id)))
        except PluginError as e:
            enabled.problems.append(enabled.problem(e))
    enabled.wired = tuple(wired)
    enabled.problems += [enabled.problem(e) for e in clashes(wired)]
