"""A plugin as the contract suite studies it: installed, loaded, described, each with its faults."""

from functools import cached_property

from civicapp import hookspecs
from civicapp.plugins import Installed, PluginError, Plugins, article, discover
from civicapp.service import Service
from civicapp.wiring import misfits, misnamed


def said(error: PluginError) -> str:
    """Write a fault on one line."""
    return f"{error.message}; {error.hint}" if error.hint else error.message


class Study:
    """A plugin under test. faults: why it cannot be used, once `service` was asked for."""

    def __init__(self, id: str) -> None:
        self.id = id
        self._faults: list[str] = []

    @cached_property
    def installed(self) -> Installed | None:
        """Return where the plugin is installed; None if it is not, or twice."""
        found = discover().get(self.id, [])
        if len(found) == 1:
            return found[0]
        if not found:
            self._faults.append(
                f"no installed package has an entry point `{self.id}` in the group"
                " civicapp.plugins; install the plugin (`pip install -e .`)"
            )
        else:
            names = " and ".join(sorted(i.distribution for i in found))
            self._faults.append(f"two distributions bring it: {names}; uninstall one")
        return None

    @cached_property
    def service(self) -> Service | None:
        """Return the plugin's descriptor; None when there is none that can be used."""
        if self.installed is None:
            return None
        plugins = Plugins()
        try:
            if error := misnamed(self.id):
                raise error
            plugins.register(self.id, self.installed.load())
            found: object = plugins.ask(self.id, hookspecs.service)
        except PluginError as e:
            self._faults.append(said(e))
            return None
        if not isinstance(found, Service):
            self._faults.append(f"hook `service` returns {article(found)}, wants a Service")
            return None
        if found.id != self.id:
            self._faults.append(f"its service calls itself `{found.id}`, not `{self.id}`")
            return None
        self._faults += [said(e) for e in misfits(found)]
        return None if self._faults else found

    @property
    def faults(self) -> list[str]:
        """List why the plugin cannot be used; empty when it can."""
        _ = self.service
        return list(self._faults)
