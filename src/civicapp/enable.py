"""Enable the plugins that a pack names: load, register, describe, order, wire them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from civicapp import hookspecs
from civicapp.config import say
from civicapp.plugins import Installed, PluginError, Plugins, article, discover, resolve
from civicapp.problems import Origin, Problem, did_you_mean
from civicapp.service import Service
from civicapp.wiring import Wired, clashes, misfits, misnamed, wire


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

    def report(self, code: str, message: str, hint: str, origin: Origin) -> None:
        """Note a problem of the list of plugins itself."""
        self.problems.append(Problem(code, message, hint, origin))

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
    wanted: Sequence[tuple[str, Origin]],
    given: Mapping[str, object],
    fallback: Origin,
    *,
    trace: bool = False,
) -> Enabled:
    """Enable plugins by id; each stage leaves out what is unsound and goes on with the rest.

    Only the modules of plugins that are wanted are imported. trace: log each call of a hook.
    """
    enabled = Enabled({}, fallback, plugins=Plugins(trace=trace))
    found = discover()
    enabled.installed = {id: installed[0] for id, installed in found.items()}
    for id in given:
        enabled.installed[id] = Installed(id, "(given)", "", "", "given by the program")
    enabled.origins = _wanted(wanted, enabled)
    for id, module in _load(found, given, enabled).items():
        try:
            enabled.plugins.register(id, module)
        except PluginError as e:
            enabled.drop(e)
    _describe(enabled)
    _open_hooks(enabled)
    _check_pending(enabled)
    _order(enabled)
    _wire(enabled)
    return enabled


def _wanted(wanted: Sequence[tuple[str, Origin]], enabled: Enabled) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    for id, origin in wanted:
        if id in origins:
            what = f"plugin {say(id)} is named twice"
            enabled.report("duplicate-key", what, "keep one of them", origin)
        elif id not in enabled.installed:
            hint = did_you_mean(id, list(enabled.installed), what="installed")
            what = f"no plugin {say(id)} is installed"
            enabled.report("unknown-plugin", what, hint or "install it, or take it out", origin)
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
            if fault := misnamed(id):
                raise fault
            if id in given:
                modules[id] = given[id]
            elif len(found[id]) > 1:
                names = " and ".join(sorted(i.distribution for i in found[id]))
                what = f"two distributions bring it: {names}"
                raise PluginError(id, what, "uninstall one of them")
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
                what = f"hook `service` returned {article(service)}"
                raise PluginError(id, what, "return a civicapp.Service")
            if service.id != id:
                what = f"its service calls itself `{service.id}`"
                raise PluginError(id, what, "the entry point's name and Service.id are the same")
        except PluginError as e:
            enabled.drop(e)
            continue
        faults = misfits(service)
        for fault in faults:
            enabled.drop(fault)
        if not faults:
            enabled.services[id] = service


def _open_hooks(enabled: Enabled) -> None:
    for id, service in list(enabled.services.items()):
        if not service.hookspecs or id not in enabled.services:
            continue
        try:
            module = resolve(id, service.hookspecs, "hookspecs")
            faults = enabled.plugins.open_hooks(id, module)
        except PluginError as e:
            faults = [e]
        for fault in faults:
            enabled.drop(fault)


def _check_pending(enabled: Enabled) -> None:
    """Report hooks that no one opens, unless a plugin that was left out may open them."""
    incomplete = bool(enabled.skipped)
    for fault, misspelt in enabled.plugins.check_pending():
        if misspelt or not incomplete:
            enabled.drop(fault)
        else:
            hook = fault.message.removeprefix("there is no ")
            what = f"{hook} of {fault.plugin}: the plugin that opens it may be the faulty one"
            enabled.skipped.append(what)


def _order(enabled: Enabled) -> None:
    """Order the plugins by what they need; one whose need is not met is checked all the same."""
    for id, service in enabled.services.items():
        for need in service.needs:
            if need not in enabled.origins:
                what = f"it needs the plugin `{need}`, which is not enabled"
                hint = f"add `{need}` to `plugins`"
                enabled.problems.append(enabled.problem(PluginError(id, what, hint)))
    try:
        enabled.plugins.sort({id: s.needs for id, s in enabled.services.items()})
    except PluginError as e:
        enabled.problems.append(enabled.problem(e))


def _wire(enabled: Enabled) -> None:
    wired = []
    for id in enabled.plugins.ids:
        if id not in enabled.services:
            continue  # a plugin with hooks only
        ready, faults = wire(enabled.services[id], enabled.plugins.module(id))
        enabled.problems += [enabled.problem(e) for e in faults]
        wired += [ready] if ready else []
    enabled.wired = tuple(wired)
    enabled.problems += [enabled.problem(e) for e in clashes(wired)]
