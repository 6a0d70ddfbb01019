"""BundleFacts: what the files for the host are rendered from, and nothing else.

No path, host name, time or secret is among them, so that the same pack gives the same bundle
wherever and whenever it is built.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from civicapp.resource import EnvVar, Process, Resource, Route, Secret, Volume

R = TypeVar("R", EnvVar, Process, Route, Secret, Volume)


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """An enabled plugin, and the distribution that brings it."""

    id: str
    distribution: str
    version: str


@dataclass(frozen=True, slots=True)
class SecretFacts:
    """A secret of the bundle: one file, mode 0600, in a folder outside.

    name: the file's. variable: holds the file's path. owner: id of the plugin that asks for it, ""
    for the kernel. generate: `civicapp build` writes it once. optional: the app runs without it.
    """

    name: str
    variable: str
    help: str
    owner: str = ""
    generate: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """What a bundle holds.

    names: the region's, by language. languages: the region's own first. python: of the image, such
    as `3.11`. plugins: in the order of their hooks. resources: by plugin, those with any. secrets:
    the kernel's, then the plugins'. wheels: file names in `wheels/` of civicapp and the plugins,
    civicapp first; what `requirements.lock` names stands beside them only when `offline`, and is
    then for `architecture` (such as `x86_64`) alone. The database is PostgreSQL.
    """

    region: str
    names: Mapping[str, str]
    languages: tuple[str, ...]
    timezone: str
    civicapp: str
    python: str
    plugins: tuple[PluginFacts, ...]
    resources: Mapping[str, tuple[Resource, ...]]
    secrets: tuple[SecretFacts, ...]
    wheels: tuple[str, ...]
    offline: bool = False
    architecture: str = ""

    def name(self, language: str) -> str:
        """Return the region's name in a language, else in its first, else its id."""
        known = (self.names.get(code) for code in (language, *self.languages))
        return next((name for name in known if name), self.region)

    def resources_of(self, kind: type[R]) -> Iterator[tuple[str, R]]:
        """List the resources of a kind with the plugins that ask for them."""
        for plugin, resources in self.resources.items():
            yield from ((plugin, each) for each in resources if isinstance(each, kind))


KERNEL_SECRETS = (
    SecretFacts(
        "secret_key",
        "CIVICAPP_SECRET_KEY_FILE",
        "encrypts what is personal and signs forms; without it a backup cannot be read",
        generate=True,
    ),
    SecretFacts(
        "database_password",
        "CIVICAPP_DATABASE_PASSWORD_FILE",
        "of the database role `civicapp`",
        generate=True,
    ),
    SecretFacts(
        "smtp_password",
        "CIVICAPP_SMTP_PASSWORD_FILE",
        "of the mail server, if it wants one",
        optional=True,
    ),
)
