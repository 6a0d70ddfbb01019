"""A plugin as the contract suite studies it: found, described, wired, each with its faults."""

from functools import cached_property

from civicapp import hookspecs
from civicapp.identity.permissions import permission_faults, router_faults
from civicapp.plugins import Installed, PluginError, Plugins, article, discover, reason
from civicapp.service import Service
from civicapp.storage.wired import table_faults
from civicapp.wiring import Wired, clashes, misfits, misnamed, wire


def said(error: PluginError) -> str:
    """Write a fault on one line."""
    return f"{error.message}; {error.hint}" if error.hint else error.message


class Study:
    """A plugin under test, looked at step by step; what a step lacks, the steps before tell."""

    def __init__(self, id: str) -> None:
        self.id = id
        self._plugins = Plugins()

    @cached_property
    def _found(self) -> tuple[Installed | None, list[str]]:
        found = discover().get(self.id, [])
        if len(found) == 1:
            return found[0], []
        if found:
            names = " and ".join(sorted(i.distribution for i in found))
            return None, [f"two distributions bring it: {names}; uninstall one"]
        hint = "install it, `pip install -e .`, or mend the entry point's name"
        group = "in the group civicapp.plugins"
        return None, [f"no installed package has an entry point `{self.id}` {group}; {hint}"]

    @property
    def installed(self) -> Installed | None:
        """Return where the plugin is installed; None if it is not, or twice."""
        return self._found[0]

    @cached_property
    def _described(self) -> tuple[Service | None, list[str]]:
        installed, faults = self._found
        if installed is None:
            return None, faults
        try:
            if error := misnamed(self.id):
                raise error
            self._plugins.register(self.id, installed.load())
            found: object = self._plugins.ask(self.id, hookspecs.service)
        except PluginError as e:
            return None, [said(e)]
        if found is None:
            return None, []
        if not isinstance(found, Service):
            return None, [f"hook `service` returns {article(found)}, wants a Service"]
        if found.id != self.id:
            return None, [f"its service calls itself `{found.id}`, not `{self.id}`"]
        faults = [said(e) for e in misfits(found)]
        return (None if faults else found), faults

    @property
    def service(self) -> Service | None:
        """Return the plugin's descriptor; None when there is none, or none that can be used."""
        return self._described[0]

    @property
    def description_faults(self) -> list[str]:
        """List why the plugin has no descriptor that can be used."""
        return self._described[1]

    @cached_property
    def _wired(self) -> tuple[Wired | None, list[str]]:
        if self.service is None:
            return None, []
        wired, faults = wire(self.service, self._plugins.module(self.id))
        return wired, [said(e) for e in faults]

    @property
    def wired(self) -> Wired | None:
        """Return the service with its references resolved; None when one leads nowhere."""
        return self._wired[0]

    @property
    def reference_faults(self) -> list[str]:
        """List references that lead nowhere, and jobs and events that are named wrongly."""
        return self._wired[1]

    @property
    def permission_faults(self) -> list[str]:
        """List undeclared permissions, and desk routes that ask for none."""
        if self.wired is None:
            return []
        service = self.wired.service
        faults = list(permission_faults(service))
        routers = {"api": self.wired.api, "pages": self.wired.pages, "desk": self.wired.desk}
        for place, router in routers.items():
            if router is not None:
                faults += router_faults(service, place, router)
        return [said(PluginError(self.id, *fault)) for fault in faults]

    @property
    def table_faults(self) -> list[str]:
        """List tables that do not carry the plugin's name."""
        if self.wired is None or self.wired.lineage is None:
            return []
        found = table_faults(self.wired.lineage, {"core_": "core", f"{self.id}_": self.id})
        return [message for message, _ in found]

    @cached_property
    def line_faults(self) -> list[str]:
        """List why the version files make no line: unreadable, several ends, none at all."""
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        if self.wired is None or self.wired.lineage is None:
            return []
        lineage = self.wired.lineage
        try:
            heads = ScriptDirectory.from_config(lineage.config()).get_heads()
        except (CommandError, SyntaxError, ImportError) as e:
            return [f"the version files cannot be read: {reason(e)}"]
        if len(heads) > 1:
            found = ", ".join(sorted(heads))
            hint = "let the `down_revision` of one be the other"
            return [f"there are several newest revisions: {found}; {hint}"]
        if not heads and lineage.metadata.tables:
            hint = f"`civicapp db draft REGION {self.id} …` writes the first"
            return [f"{lineage.versions} holds no version file; {hint}"]
        return []

    @property
    def claim_faults(self) -> list[str]:
        """List routes, menu items and desk entries that stand twice."""
        if self.wired is None:
            return []
        others = {*self.permission_faults, *self.table_faults}
        found = [e for e in clashes([self.wired]) if not {said(e), e.message} & others]
        return [said(e) for e in found]
