"""Channels of a host: those that are built in, those of plugins, and which of them can be used."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from civicapp import hookspecs
from civicapp.notify.channel import Channel
from civicapp.plugins import PluginError, Plugins, article, resolve
from civicapp.problems import did_you_mean

if TYPE_CHECKING:
    from civicapp.settings import Settings

BUILT_IN = {  # references: none is imported before it is used
    "console": "civicapp.notify.console:ConsoleChannel",
    "email": "civicapp.notify.email:EmailChannel",
    "webhook": "civicapp.notify.webhook:WebhookChannel",
}


class UnknownChannel(LookupError):
    """Neither the kernel nor a plugin brings a channel of this name."""


def gather_channels(plugins: Plugins) -> tuple[dict[str, type[Channel]], list[PluginError]]:
    """Collect the channels of the plugins, and what is wrong with them."""
    found: dict[str, type[Channel]] = {}
    errors: list[PluginError] = []
    owners = dict.fromkeys(BUILT_IN, "the kernel")
    for id, answer in _answers(plugins):
        if isinstance(answer, PluginError):
            errors.append(answer)
            continue
        for name, kind in answer.items():
            if not _is_channel(kind):
                what = f"channel `{name}` is {article(kind)}, wants a class made from Channel"
                errors.append(PluginError(id, what, "return the class, no object of it"))
            elif name in owners:
                hint = "one of the two must give way"
                errors.append(PluginError(id, f"channel `{name}` belongs to {owners[name]}", hint))
            else:
                found[name], owners[name] = kind, id
    return found, errors


def _answers(plugins: Plugins) -> Iterator[tuple[str, Mapping[str, type[Channel]] | PluginError]]:
    for id in plugins.ids:
        try:
            answer: object = plugins.ask(id, hookspecs.notification_channels)
        except PluginError as e:
            yield id, e
            continue
        if isinstance(answer, Mapping):
            yield id, answer
        elif answer is not None:
            what = f"hook `notification_channels` returned {article(answer)}"
            yield id, PluginError(id, what, "return a mapping of names to Channel classes")


def _is_channel(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Channel)


class Channels:
    """The channels of one process. kinds: those of plugins.

    In a demonstration, and on a developer's computer without an SMTP server, e-mail is printed.
    """

    def __init__(self, kinds: Mapping[str, type[Channel]], settings: "Settings") -> None:
        self._settings = settings
        printed = settings.demo or (settings.env == "development" and not settings.smtp_host)
        self._kinds: dict[str, type[Channel] | str] = {**BUILT_IN, **kinds}
        if printed:
            self._kinds["email"] = BUILT_IN["console"]
        self._made: dict[str, Channel] = {}

    def __getitem__(self, name: str) -> Channel:
        """Return a channel; raise UnknownChannel."""
        if name not in self._kinds:
            hint = did_you_mean(name, sorted(self._kinds), what="channels")
            raise UnknownChannel(f"there is no channel `{name}`; {hint}")
        if name not in self._made:
            kind = self._kinds[name]
            made = resolve("core", kind, f"channel {name}") if isinstance(kind, str) else kind
            self._made[name] = made(self._settings)
        return self._made[name]

    def missing(self, name: str) -> str | None:
        """Say which setting the host lacks for a channel, None if it can be used."""
        return self[name].missing()
