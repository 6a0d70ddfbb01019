"""Resources: what a plugin adds to a bundle, so that a host brings what its service needs.

Each names itself; two plugins that name the same thing clash, and `civicapp build` says so.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class EnvVar:
    """Ask the operator for a setting: a line of `.env.example`, passed to every process.

    name: `CIVICAPP_<PLUGIN>_…`. help: what it is and what to write. default: what holds when it is
    left empty, as text for people.
    """

    name: str
    help: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """Ask for a secret: a file of mode 0600 outside the bundle, passed to every process.

    name: the file's, such as `tax_signing_key`. variable: the environment variable that holds the
    file's path, `CIVICAPP_<PLUGIN>_…_FILE`. generate: write 64 random hex digits when it is not
    there; else the operator writes what a third party gave out.
    """

    name: str
    variable: str
    help: str
    generate: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """Run a process of its own beside the server and the worker, from the same installation.

    command: the arguments after `civicapp`, such as `("tax", "sandbox", "{bundle}")`; an argument
    `{bundle}` becomes the path of the bundle, `{listen}` the address at which to listen. port:
    where it listens, None if it does not.
    """

    name: str
    command: tuple[str, ...]
    help: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Let the proxy pass a path and all below it to a process of the same plugin."""

    path: str
    process: str


@dataclass(frozen=True, slots=True)
class Volume:
    """Keep a folder beyond restarts. variable: the environment variable that holds its path."""

    name: str
    variable: str
    help: str


Resource: TypeAlias = EnvVar | Secret | Process | Route | Volume
