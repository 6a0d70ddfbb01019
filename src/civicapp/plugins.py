"""Plugins: discovery by entry points, and a typed facade over pluggy."""

import graphlib
import importlib
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import pluggy

from civicapp import hookspecs
from civicapp.problems import did_you_mean

GROUP = "civicapp.plugins"
SOURCE_TREE = "source tree"
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
        except Exception as e:
            raise PluginError(
                self.id,
                f"{self.module} cannot be imported: {type(e).__name__}: {e}",
                f"reinstall {self.distribution} {self.version}, or take {self.id} out of `plugins`",
            ) from e


def discover() -> dict[str, list[Installed]]:
    """List the installed plugins by id; more than one under an id is a clash."""
    found: dict[str, list[Installed]] = {}
    seen: set[str] = set()
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name is None or name in seen:
            continue  # an older copy further down the path
        seen.add(name)
        for point in distribution.entry_points.select(group=GROUP):
            found.setdefault(point.name, []).append(_installed(point, distribution))
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
    """The enabled plugins of one kernel, in their order, and their hooks."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("civicapp")
        self._manager.add_hookspecs(hookspecs)
        self._order: list[str] = []
        self._modules: dict[str, object] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids in the order in which hooks are called."""
        return tuple(self._order)

    def register(self, id: str, module: object) -> None:
        """Add a plugin; raise PluginError when its hooks do not fit the specs."""
        try:
            self._manager.register(module, name=id)
        except pluggy.PluginValidationError as e:
            raise PluginError(id, " ".join(str(e).split()), "compare with docs/hooks.md") from e
        self._modules[id] = module
        self._order = sorted(self._modules)
        names = {
            name for name in vars(hookspecs) if hasattr(vars(hookspecs)[name], "civicapp_spec")
        }
        for name in sorted(names):
            function = getattr(module, name, None)
            if inspect.isfunction(function) and not hasattr(function, "civicapp_impl"):
                raise PluginError(
                    id,
                    f"function `{name}` is named like a hook, but is not marked with @hookimpl",
                    "write @hookimpl above it, or give it another name",
                )

    def unregister(self, id: str) -> None:
        """Leave out a plugin that turned out to be unsound."""
        if self._manager.has_plugin(id):
            self._manager.unregister(name=id)
        self._modules.pop(id, None)
        self._order = [o for o in self._order if o != id]

    def open_hooks(self, module: ModuleType) -> None:
        """Add the hooks that a service opens to other plugins."""
        self._manager.add_hookspecs(module)

    def check_pending(self) -> list[PluginError]:
        """Find hooks that no spec knows: most often a name is misspelt."""
        errors = []
        for id, module in list(self._modules.items()):
            known = [n for n in dir(self._manager.hook) if not n.startswith("_")]
            for caller in self._manager.get_hookcallers(module) or ():
                if caller.has_spec():
                    continue
                if all(i.optionalhook for i in caller.get_hookimpls()):
                    continue
                names = [n for n in known if n != caller.name]
                errors.append(
                    PluginError(
                        id,
                        f"there is no hook `{caller.name}`",
                        did_you_mean(caller.name, names, what="hooks"),
                    )
                )
        return errors

    def sort(self, needs: Mapping[str, Iterable[str]]) -> None:
        """Order the plugins: what one needs comes before it, else by id."""
        sorter = graphlib.TopologicalSorter({id: sorted(needs.get(id, ())) for id in sorted(needs)})
        try:
            sorter.prepare()
        except graphlib.CycleError as e:
            circle = " → ".join(e.args[1])
            raise PluginError(
                e.args[1][0], f"plugins need one another in a circle: {circle}"
            ) from e
        order: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            order += [id for id in ready if id in self._modules]
            sorter.done(*ready)
        self._order = order + [id for id in sorted(self._modules) if id not in order]

    def module(self, id: str) -> object:
        """Return a registered plugin's module or object."""
        return self._modules[id]

    def each(
        self, spec: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Iterator[tuple[str, T]]:
        """Call a hook plugin by plugin, in their order; yield each id with its answer, None left out.

        The spec function itself types the call. Arguments go by keyword. Raises PluginError.
        """
        for id in self._order:
            answer = self.ask(id, spec, *args, **kwargs)
            if answer is not None:
                yield id, answer

    def ask(self, id: str, spec: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Call one plugin's implementation of a hook; None when it has none. Raises PluginError."""
        caller = getattr(self._manager.hook, spec.__name__)
        found = {impl.plugin_name: impl for impl in caller.get_hookimpls()}
        if id not in found:
            return None
        answer: T | None = self._call(id, spec.__name__, found[id], kwargs)
        return answer

    def _call(self, id: str, name: str, impl: Any, kwargs: Mapping[str, object]) -> Any:
        # An iterator is drained here, so that an exception inside a generator is still the plugin's.
        try:
            answer = impl.function(*(kwargs[argument] for argument in impl.argnames))
            return tuple(answer) if isinstance(answer, Iterator) else answer
        except Exception as e:
            raise PluginError(
                id,
                f"hook `{name}` failed: {type(e).__name__}: {e}",
                "this is a fault of the plugin",
            ) from e


def resolve(plugin: str, reference: str, what: str) -> Any:
    """Import what a reference `module:name` points to; raise PluginError if there is nothing."""
    module_name, _, name = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as e:
        raise PluginError(
            plugin, f"{what} `{reference}`: the module cannot be imported: {type(e).__name__}: {e}"
        ) from e
    if not name:
        return module
    if not hasattr(module, name):
        hint = did_you_mean(name, [n for n in dir(module) if not n.startswith("_")])
        raise PluginError(plugin, f"{what} `{reference}`: the module has no `{name}`", hint)
    return getattr(module, name)
