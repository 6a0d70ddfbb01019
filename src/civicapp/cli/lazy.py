"""LazyGroup: a group that imports the command that is run, and lists the others by their text."""

from functools import cached_property
from importlib import import_module
from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from civicapp.cli.commands import OWN, Entry, known
from civicapp.problems import nearest


class _Unusable(Exception):
    """Say why a command cannot be run."""


class LazyGroup(TyperGroup):
    """List commands without importing them; use as `typer.Typer(cls=LazyGroup)`."""

    @cached_property
    def known(self) -> dict[str, Entry]:
        """Return the commands that there are, by name."""
        return known()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """List our own commands, then the plugins'."""
        return [*OWN, *(name for name in self.known if name not in OWN)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - likewise
        """Return a stand-in that knows name and help: enough for listings and completion."""
        entry = self.known.get(cmd_name)
        return TyperCommand(cmd_name, help=entry.help) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is run; say which one was meant if there is none."""
        name, rest = args[0], args[1:]
        try:
            return name, self._load(name), rest
        except _Unusable as e:
            if ctx.resilient_parsing:  # a shell asks for completions
                return None, None, rest
            return ctx.fail(str(e))

    def _load(self, name: str) -> Any:
        entry = self.known.get(name)
        if entry is None:
            match = nearest(name, self.known)
            hint = f"Did you mean '{match}'?" if match else f"There are {', '.join(self.known)}."
            raise _Unusable(f"No such command {name!r}. {hint}")
        try:
            return _load(name, entry)
        except Exception as e:
            if not entry.plugin:
                raise
            where = f"The commands of {entry.plugin} ({entry.where}) cannot be loaded"
            raise _Unusable(f"{where}: {type(e).__name__}: {e}") from e

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write our own commands and the plugins' in two lists."""
        titles = {"Commands": False, "Commands of plugins": True}
        for title, plugins in titles.items():
            names = [n for n in self.list_commands(ctx) if bool(self.known[n].plugin) is plugins]
            if names:
                with formatter.section(title):
                    formatter.write_dl([(name, self.known[name].help) for name in names])


def _load(name: str, entry: Entry) -> Any:
    module, _, attribute = entry.where.partition(":")
    app = getattr(import_module(module), attribute)
    if not isinstance(app, Typer):
        raise TypeError(f"wants a typer.Typer, got a {type(app).__name__}")
    # Else typer draws boxes with rich, which it finds installed.
    app.rich_markup_mode = None
    # A plugin's app with a single command is a group all the same.
    command: Any = get_group(app) if entry.plugin else get_command(app)
    command.name = name
    return command
