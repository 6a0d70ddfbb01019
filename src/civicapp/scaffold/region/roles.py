"""organisation/roles.yaml of a new root pack: who may do what the enabled services allow."""

from collections.abc import Iterable, Sequence

from civicapp.identity.permissions import KERNEL_PERMISSIONS
from civicapp.service import Permission, Service

HEAD = """\
# What officers may do. `grants` and `denies` are patterns of permissions; what one role of a person
# denies, no other role grants. `rows` says whose rows: own_agency, own_area, own_level or all.
# `sees_identity` asks for a second factor at sign-in. `civicapp plugins {id}` lists permissions.
# These roles are made of what the services declare: divide them as the offices divide their work.
"""


def roles(id: str, services: Iterable[Service]) -> str:
    """Write a role for who manages accounts, and two for each service that has permissions.

    An officer works on the rows of the own office; who leads also sees all rows, and who residents
    are.
    """
    parts = [_role("admin", "Administrator", KERNEL_PERMISSIONS, "all", sees=True)]
    for service in services:
        title = service.id.capitalize()
        plain = [p for p in service.permissions if not p.identity]
        if plain:
            parts.append(_role(f"{service.id}_officer", f"{title}: officer", plain, "own_agency"))
        if service.permissions:
            sees = len(plain) < len(service.permissions)
            about = service.permissions
            parts.append(_role(f"{service.id}_lead", f"{title}: lead", about, "all", sees=sees))
    return "\n".join([HEAD.format(id=id), *parts])


def _role(
    id: str, name: str, permissions: Sequence[Permission], rows: str, *, sees: bool = False
) -> str:
    lines = [f"{id}:", f'  name: {{en: "{name}"}}', "  grants:"]
    lines += [f"    - {permission.id}" for permission in permissions]
    lines.append(f"  rows: {rows}")
    if sees:
        lines.append("  sees_identity: true")
    return "\n".join(lines) + "\n"
