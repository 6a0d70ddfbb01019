"""The invented island: a region pack for tests, with the enabled plugins and what they start with.

Its roles are made for the plugins: one per kind of rows, `officer` and `admin`.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from civicapp.enable import Enabled, enable
from civicapp.problems import Origin
from civicapp.service import Permission, Service
from civicapp.wiring import Wired

ID = "island"
PACK = Path(__file__).parent / ID
ROWS = {
    "handler": ("own_agency", "Agency officer", "Petugas instansi"),
    "desk": ("own_area", "Desk of an area", "Meja wilayah"),
    "supervisor": ("own_level", "Supervisor", "Pengawas"),
    "officer": ("all", "Officer", "Petugas"),
}
ADMIN = """\
admin:
  name: {en: Administrator, id: Pengelola}
  grants: [core.account.manage, core.audit.read]
  rows: all
  sees_identity: true
"""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What goes into the island. plugins: ids, with those that they need."""

    plugins: tuple[str, ...]
    services: tuple[Service, ...]
    wired: tuple[Wired, ...]

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Return the permissions of the plugins."""
        return tuple(p for service in self.services for p in service.permissions)


def gather(plugins: Iterable[str]) -> Ingredients:
    """Look up plugins and those that they need; what is wrong with them, booting will say."""
    ids = tuple(dict.fromkeys(plugins))
    while True:
        found = _enable(ids)
        needed = [need for service in found.services.values() for need in service.needs]
        missing = [need for need in dict.fromkeys(needed) if need not in ids]
        if not missing:
            return Ingredients(ids, tuple(found.services.values()), found.wired)
        ids += tuple(missing)


def _enable(ids: Sequence[str]) -> Enabled:
    place = Origin("region.yaml")
    return enable([(id, place) for id in ids], {}, place)


def write_island(folder: Path, plugins: Iterable[str], files: Mapping[str, str]) -> Path:
    """Write the island's pack into `folder`/island and return that folder.

    files: texts by path that are added, or take the place of the island's own.
    """
    pack, ingredients = folder / ID, gather(plugins)
    shutil.copytree(PACK, pack)
    with (pack / "region.yaml").open("a", encoding="utf-8") as file:
        file.write(f"plugins: [{', '.join(ingredients.plugins)}]\n")
    (pack / "organisation/roles.yaml").write_text(roles(ingredients.permissions), "utf-8")
    for wired in ingredients.wired:
        if wired.starter is not None:
            shutil.copytree(wired.starter, pack / "services" / wired.id, dirs_exist_ok=True)
    for name, text in files.items():
        path = pack / name
        if not path.resolve().is_relative_to(pack.resolve()):
            raise ValueError(f"pack_files: {name!r} lies outside the pack")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return pack


def roles(permissions: Iterable[Permission]) -> str:
    """Write organisation/roles.yaml: every role may do everything that the plugins allow.

    What shows who residents are is for `officer` alone. A role must grant something: without
    permissions of plugins all grant to read the record of actions.
    """
    known = tuple(permissions)
    parts = []
    for id, (rows, english, second) in ROWS.items():
        sees = id == "officer" and any(p.identity for p in known)
        granted = [p.id for p in known if sees or not p.identity] or ["core.audit.read"]
        parts.append(
            f"{id}:\n  name: {{en: {english}, id: {second}}}\n"
            f"  grants: [{', '.join(granted)}]\n  rows: {rows}\n"
            + ("  sees_identity: true\n" if sees else "")
        )
    return "\n".join([*parts, ADMIN])
