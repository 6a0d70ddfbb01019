"""Plugins: discovery by entry points, and a typed facade over pluggy."""

import graphlib
import importlib
import importlib.resources
import inspect
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import pluggy

from civicapp import hookspecs
from civicapp.problems import did_you_mean, nearest

GROUP = "civicapp.plugins"
SOURCE_TREE = "source tree"
TOLD = 2000  # characters of a value in the log of hooks
P = ParamSpec("P")
T = TypeVar("T")


class PluginError(Exception):
    """Say what is wrong with a plugin; the message is for the deployer and the author."""

    def __init__(self, plugin: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.plugin, self.message, self.hint = plugin, message, hint


def article(found: object) -> str:
    """Name an object in a message by its type."""
    name = type(found).__name__
    return "nothing" if found is None else f"an {name}" if name[:1] in "AEIOUaeiou" else f"a {name}"


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin that is installed, seen without importing it."""

    id: str
    distribution: str
    version: str
    module: str
    origin: str

    def load(self) -> object:
        """Import the plugin's module; raise PluginError with the reason if that fails."""
        try:
            return EntryPoint(self.id, self.module, GROUP).load()
        except (Exception, SystemExit) as e:
            raise PluginError(
                self.id,
                f"{self.module} cannot be imported: {reason(e)}",
                f"reinstall {self.distribution} {self.version}, or take {self.id} out of `plugins`",
            ) from e


def reason(error: BaseException) -> str:
    """Write an exception on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def discover() -> dict[str, list[Installed]]:
    """List the installed plugins by id; more than one under an id is a clash."""
    found: dict[str, list[Installed]] = {}
    # Of a distribution that lies on the path twice the first counts, as it does for imports.
    for point in entry_points(group=GROUP):
        if point.dist is not None:
            found.setdefault(point.name, []).append(_installed(point, point.dist))
    return dict(sorted(found.items()))


def _installed(point: EntryPoint, distribution: Distribution) -> Installed:
    folder = Path(str(distribution.locate_file(""))).name
    return Installed(
        point.name,
        distribution.metadata["Name"],
        distribution.version,
        point.value,
        SOURCE_TREE if is_editable(distribution) else folder,
    )


def is_editable(distribution: Distribution) -> bool:
    """Tell whether a distribution is used where its sources lie, so that edits count at once."""
    try:
        url = json.loads(distribution.read_text("direct_url.json") or "{}")
        return bool(url["dir_info"]["editable"])
    except (ValueError, KeyError, TypeError):
        return False


class Plugins:
    """The enabled plugins of one kernel, in their order, and their hooks.

    trace: log each call of a hook, with its answer.
    """

    def __init__(self, *, trace: bool = False) -> None:
        self._trace = trace
        self._manager = pluggy.PluginManager("civicapp")
        self._manager.add_hookspecs(hookspecs)
        self._openers = dict.fromkeys(self._specs(hookspecs), "the kernel")
        self._order: list[str] = []
        self._modules: dict[str, object] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids in the order in which hooks are called."""
        return tuple(self._order)

    def implementing(self, spec: Callable[..., object]) -> tuple[str, ...]:
        """Return the ids of the plugins that implement a hook, in their order."""
        caller = getattr(self._manager.hook, spec.__name__)
        found = {impl.plugin_name for impl in caller.get_hookimpls()}
        return tuple(id for id in self._order if id in found)

    def module(self, id: str) -> object:
        """Return a registered plugin's module or object."""
        return self._modules[id]

    def register(self, id: str, module: object) -> None:
        """Add a plugin; raise PluginError when its hooks do not fit the specs."""
        if other := next((o for o, m in self._modules.items() if m is module), None):
            raise PluginError(id, f"its module is that of {other} too", "give it one of its own")
        for name in dir(module):
            self._check_hook(id, module, name)
        try:
            self._manager.register(module, name=id)
        except (pluggy.PluginValidationError, ValueError) as e:
            raise PluginError(id, reason(e), "compare with docs/hooks.md") from e
        self._modules[id] = module
        self._order = sorted(self._modules)

    def _check_hook(self, id: str, module: object, name: str) -> None:
        options = self._manager.parse_hookimpl_opts(module, name)
        if options is None:
            if name in self._openers and inspect.isfunction(getattr(module, name, None)):
                what = f"function `{name}` is named like a hook, but is not marked with @hookimpl"
                raise PluginError(id, what, "write @hookimpl above it, or give it another name")
            return
        hook = options.get("specname") or name
        if options.get("wrapper") or options.get("hookwrapper"):
            what = f"hook `{hook}` is a wrapper, which is never called"
            raise PluginError(id, what, "write @hookimpl without `wrapper`")
        if hook in self._openers:
            _check_arguments(id, hook, vars(hookspecs)[hook], getattr(module, name))

    def _specs(self, module: ModuleType) -> list[str]:
        """List the hooks that a module specifies."""
        names = dir(module)
        return [n for n in names if self._manager.parse_hookspec_opts(module, n) is not None]

    def unregister(self, id: str) -> None:
        """Leave out a plugin that turned out to be unsound."""
        if self._manager.has_plugin(id):
            self._manager.unregister(name=id)
        self._modules.pop(id, None)
        self._order = [o for o in self._order if o != id]

    def open_hooks(self, owner: str, module: ModuleType) -> list[PluginError]:
        """Add the hooks that a service opens to other plugins; return the faults of these.

        Raises PluginError for a fault of the service itself.
        """
        names = self._specs(module)
        if not names:
            hint = 'mark each with @hookspec, made by pluggy.HookspecMarker("civicapp")'
            raise PluginError(owner, f"hookspecs `{module.__name__}` holds no hook", hint)
        for name in names:
            if name in self._openers:
                what = f"hook `{name}` is opened by {self._openers[name]} too"
                raise PluginError(owner, what, "give it another name")
        faults = [fault for name in names for fault in self._misfits(name, vars(module)[name])]
        for fault in faults:
            self.unregister(fault.plugin)
        self._manager.add_hookspecs(module)
        self._openers |= dict.fromkeys(names, owner)
        return faults

    def _misfits(self, hook: str, spec: Callable[..., object]) -> list[PluginError]:
        caller = getattr(self._manager.hook, hook, None)
        faults = []
        for impl in caller.get_hookimpls() if caller else ():
            try:
                _check_arguments(impl.plugin_name, hook, spec, impl.function)
            except PluginError as e:
                faults.append(e)
        return faults

    def check_pending(self) -> list[tuple[PluginError, bool]]:
        """Find hooks that no spec knows; tell of each whether its name seems misspelt."""
        errors = []
        for id, module in self._modules.items():
            for caller in self._manager.get_hookcallers(module) or ():
                impls = [i for i in caller.get_hookimpls() if i.plugin_name == id]
                if caller.has_spec() or all(i.optionalhook for i in impls):
                    continue
                match = nearest(caller.name, list(self._openers))
                hint = f"did you mean `{match}`?"
                if match is None:
                    hint = "write @hookimpl(optionalhook=True) if its plugin may be off"
                error = PluginError(id, f"there is no hook `{caller.name}`", hint)
                errors.append((error, match is not None))
        return errors

    def sort(self, needs: Mapping[str, Iterable[str]]) -> None:
        """Order the plugins: what one needs comes before it, else by id."""
        sorter = graphlib.TopologicalSorter({id: sorted(needs.get(id, ())) for id in sorted(needs)})
        try:
            sorter.prepare()
        except graphlib.CycleError as e:
            what = f"plugins need one another in a circle: {' → '.join(e.args[1])}"
            hint = "one of them must do without the other"
            raise PluginError(e.args[1][0], what, hint) from e
        order: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            order += [id for id in ready if id in self._modules]
            sorter.done(*ready)
        self._order = order + [id for id in sorted(self._modules) if id not in order]

    def each(
        self, spec: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Iterator[tuple[str, T]]:
        """Call a hook plugin by plugin, in their order; yield each id with its answer but None.

        The spec function itself types the call. Arguments go by keyword. Raises PluginError.
        """
        for id in self._order:
            answer = self.ask(id, spec, *args, **kwargs)
            if answer is not None:
                yield id, answer

    def ask(self, id: str, spec: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Call one plugin's implementation of a hook; None when it has none. Raises PluginError."""
        if args:
            raise TypeError("the arguments of a hook go by keyword")
        caller = getattr(self._manager.hook, spec.__name__)
        found = {impl.plugin_name: impl for impl in caller.get_hookimpls()}
        if id not in found:
            return None
        call = _traced if self._trace else _call
        answer: T | None = call(id, spec.__name__, found[id], kwargs)
        return answer


def _check_arguments(
    id: str, hook: str, spec: Callable[..., object], function: Callable[..., object]
) -> None:
    """Find arguments that a hook is never given; one with a default is the plugin's own affair."""
    given = list(inspect.signature(spec).parameters)
    for name, parameter in inspect.signature(function).parameters.items():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if named and parameter.default is parameter.empty and name not in given:
            hint = did_you_mean(name, given, what="arguments") or f"`{hook}` has no arguments"
            raise PluginError(id, f"hook `{hook}` has no argument `{name}`", hint)


def _call(id: str, name: str, impl: Any, kwargs: Mapping[str, object]) -> Any:
    # An iterator is drained here, so that an exception inside a generator is still the plugin's.
    try:
        answer = impl.function(*(kwargs[argument] for argument in impl.argnames))
        return tuple(answer) if isinstance(answer, Iterator) else answer
    except (Exception, SystemExit) as e:
        what = f"hook `{name}` failed: {reason(e)}"
        raise PluginError(id, what, "this is a fault of the plugin; tell its authors") from e


def _traced(id: str, name: str, impl: Any, kwargs: Mapping[str, object]) -> Any:
    """Call a hook and log what it was given, what it answered and how long it took."""
    import structlog

    log = structlog.get_logger("civicapp.hooks").bind(hook=name, plugin=id)
    given = {argument: _told(kwargs[argument]) for argument in impl.argnames}
    began = time.perf_counter()
    try:
        answer = _call(id, name, impl, kwargs)
    except PluginError as e:
        log.info("hook_failed", **given, error=e.message, ms=_since(began))
        raise
    log.info("hook", **given, answer=_told(answer), ms=_since(began))
    return answer


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


def _told(value: object) -> str:
    """Write a value for the log: a region or a context by its name, the rest as it is written."""
    name = getattr(value, "id", None)
    if hasattr(value, "region") or (hasattr(value, "areas") and isinstance(name, str)):
        return f"<{type(value).__name__} {getattr(value, 'service', name)}>"
    try:
        text = repr(value)
    except Exception as e:  # the plugin's own class may not even be shown
        text = f"<{type(value).__name__}: {reason(e)}>"
    return text if len(text) <= TOLD else f"{text[:TOLD]}…"


def resolve(plugin: str, reference: str, what: str) -> Any:
    """Import what a reference `module:name` points to; raise PluginError if there is nothing."""
    module_name, _, name = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as e:
        message = f"{what} `{reference}`: the module cannot be imported: {reason(e)}"
        raise PluginError(plugin, message, "write it as `package.module:name`") from e
    if not name:
        return module
    if not hasattr(module, name):
        choices = [n for n in dir(module) if not n.startswith("_")]
        hint = did_you_mean(name, choices, what="it has") or "mend the reference"
        raise PluginError(plugin, f"{what} `{reference}`: the module has no `{name}`", hint)
    return getattr(module, name)


def resolve_folder(plugin: str, reference: str, what: str, hint: str) -> Path:
    """Find the folder that a reference `package:folder` points to; raise PluginError."""
    package, _, name = reference.partition(":")
    resolve(plugin, package, what)
    folder = importlib.resources.files(package) / name
    if not name or not isinstance(folder, Path) or not folder.is_dir():
        message = f"{what} `{reference}`: the package `{package}` has no folder `{name}`"
        raise PluginError(plugin, message, hint)
    return folder
