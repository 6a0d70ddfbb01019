"""The table of commands: our own, and those that installed plugins bring, found as text.

Nothing is imported here: `civicapp --help` and shell completion read entry points as plain text,
since importlib.metadata would make them a third slower.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from civicapp.problems import visible

GROUP = "civicapp.commands"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: `where` is `module:app`, `plugin` the distribution that brings it, "" if ours."""

    where: str
    help: str
    plugin: str = ""


OWN: Mapping[str, Entry] = {
    "account": Entry("civicapp.cli.account:app", "Make and mend accounts of officers."),
    "backup": Entry("civicapp.cli.backup:app", "Write a region's database and files to one file."),
    "build": Entry("civicapp.cli.build:app", "Write all that a host needs to run a region."),
    "check": Entry("civicapp.cli.check:app", "Find every problem of a region pack."),
    "db": Entry("civicapp.cli.db:app", "Migrate a region's database; see where it stands."),
    "doctor": Entry("civicapp.cli.doctor:app", "Examine the host that runs a bundle."),
    "explain": Entry("civicapp.cli.explain:app", "Show where a value comes from."),
    "new-plugin": Entry("civicapp.cli.new_plugin:app", "Start a service of your own."),
    "new-region": Entry("civicapp.cli.new_region:app", "Start the pack of a new region."),
    "plugins": Entry("civicapp.cli.plugins:app", "List plugins and what they contribute."),
    "restore": Entry("civicapp.cli.restore:app", "Put a backup into an empty database."),
    "schema": Entry("civicapp.cli.schema:app", "Write JSON Schemas of a pack, for editors."),
    "serve": Entry("civicapp.cli.serve:app", "Run a region's app on this computer."),
    "worker": Entry("civicapp.cli.worker:app", "Run a region's jobs, and nothing else."),
}


def known() -> dict[str, Entry]:
    """Return every command by name; none of a plugin replaces one of ours."""
    return {**brought(sys.path), **OWN}


def brought(path: Iterable[str]) -> dict[str, Entry]:
    """Find the commands of installed plugins, in the order of their names."""
    found: dict[str, Entry] = {}
    seen: set[str] = set()
    for folder in path:
        for info in _distributions(folder or os.curdir):
            name = os.path.basename(info).removesuffix(".dist-info").rsplit("-", 1)[0].lower()
            if name in seen:
                continue  # an older copy further down the path
            seen.add(name)
            for command, where in _entries(_read(info, "entry_points.txt")):
                summary = visible(_summary(_read(info, "METADATA")))
                found.setdefault(command, Entry(where, summary, name))
    return dict(sorted(found.items()))


def _distributions(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(e.path for e in entries if e.name.endswith(".dist-info"))
    except OSError:
        return []  # a zip file, or a folder that is not there


def _read(info: str, name: str) -> str:
    try:
        with open(os.path.join(info, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _entries(text: str) -> Iterator[tuple[str, str]]:
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, where = line.partition("=")
            yield name.strip(), where.partition("[")[0].strip()


def _summary(metadata: str) -> str:
    for line in metadata.splitlines():
        if not line.strip():
            break  # the headers end here
        if line.lower().startswith("summary:"):
            return line.partition(":")[2].strip()
    return ""
