"""Permissions: services declare them, roles grant them by patterns; the check that both meet."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from civicapp.problems import Problem, Severity, did_you_mean, nearest
from civicapp.service import N_, Permission, Service

if TYPE_CHECKING:
    from civicapp.region import Region, Role
    from civicapp.service import Router

KERNEL = "core"
MANAGE_ACCOUNTS = "core.account.manage"
READ_AUDIT = "core.audit.read"
KERNEL_PERMISSIONS = (
    Permission(MANAGE_ACCOUNTS, N_("Manage accounts")),
    Permission(READ_AUDIT, N_("Read the record of actions")),
)
_FORM = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2,}")


@lru_cache(maxsize=4096)
def matches(pattern: str, permission: str) -> bool:
    """Tell whether a pattern covers a permission.

    `*` stands for one step, at the end for one or more: `complaints.*` covers
    `complaints.report.read`.
    """
    wanted, steps = pattern.split("."), permission.split(".")
    if wanted[-1] == "*" and len(steps) > len(wanted):
        steps = steps[: len(wanted)]
    return len(wanted) == len(steps) and all(
        w in ("*", s) for w, s in zip(wanted, steps, strict=True)
    )


def role_allows(role: "Role", permission: str) -> bool:
    """Tell whether a role grants a permission and does not itself deny it."""
    return any(matches(p, permission) for p in role.grants) and not role_denies(role, permission)


def role_denies(role: "Role", permission: str) -> bool:
    """Tell whether a role denies a permission; that holds against every other role of a person."""
    return any(matches(p, permission) for p in role.denies)


def all_permissions(services: Iterable[Service]) -> dict[str, Permission]:
    """Return every permission of the kernel and the services, by id."""
    declared = [*KERNEL_PERMISSIONS, *(p for s in services for p in s.permissions)]
    return {permission.id: permission for permission in declared}


def permission_faults(service: Service) -> Iterator[tuple[str, str]]:
    """Find faults of a service's permissions and desk entries: pairs of message and hint."""
    ids = [permission.id for permission in service.permissions]
    for id in dict.fromkeys(ids):
        if not _FORM.fullmatch(id) or not id.startswith(f"{service.id}."):
            yield (
                f"permission `{id}` has another form than {service.id}.<thing>.<verb>",
                f"such as {service.id}.report.read: small letters, digits and _",
            )
        if ids.count(id) > 1:
            yield f"permission `{id}` stands twice", "declare it once"
    for item in service.desk_menu:
        if item.permission not in ids:
            yield (
                f"desk entry `{item.key}` asks for `{item.permission}`, which is not declared",
                did_you_mean(item.permission, ids, what="declared"),
            )
    if service.desk_menu and not service.desk:
        yield "there are desk entries, but no desk", "give `desk`, a reference to a router"


def router_faults(service: Service, place: str, router: "Router") -> Iterator[tuple[str, str]]:
    """Find routes that ask for an undeclared permission, and desk routes that ask for none.

    A route asks by a dependency `require("…")`, its own or its router's.
    """
    known = [permission.id for permission in service.permissions]
    for route, asked in _routes(router):
        for permission in asked:
            if permission not in known:
                yield (
                    f"{place}: route `{route}` asks for `{permission}`, which is not declared",
                    did_you_mean(permission, known, what="declared"),
                )
        if place == "desk" and not asked:
            yield (
                f"desk: route `{route}` asks for no permission",
                'add dependencies=[Depends(require("…"))] of civicapp.web',
            )


def _routes(router: "Router") -> Iterator[tuple[str, list[str]]]:
    from fastapi.routing import iter_route_contexts

    for context in iter_route_contexts(router.routes):
        dependant = getattr(context, "dependant", None)
        methods = sorted(set(context.methods or ()) - {"HEAD"})
        name = f"{'/'.join(methods)} {context.path}".strip()
        yield name, list(_asked(dependant)) if dependant is not None else []


def _asked(dependant: object) -> Iterator[str]:
    for below in getattr(dependant, "dependencies", ()):
        permission = getattr(below.call, "permission", None)
        if isinstance(permission, str):
            yield permission
        yield from _asked(below)


@dataclass(frozen=True, slots=True)
class _Known:
    """What exists: permissions, the kernel and the enabled services, the installed plugins."""

    permissions: list[str]
    owners: Collection[str]
    installed: Collection[str]


def check_roles(
    region: "Region", services: Mapping[str, Service], installed: Collection[str]
) -> Iterator[Problem]:
    """Check that the patterns of a pack's roles cover permissions that exist.

    services: the enabled ones, by id. installed: ids of all plugins; what a role grants of one that
    is not enabled has no effect.
    """
    permissions = all_permissions(services.values())
    known = _Known(list(permissions), {KERNEL, *services}, installed)
    for role in region.roles.values():
        for key, patterns in (("grants", role.grants), ("denies", role.denies)):
            for n, pattern in enumerate(patterns):
                if not any(matches(pattern, id) for id in permissions):
                    yield from _unknown(region, f"roles/{role.id}/{key}/{n}", pattern, known)
        for permission in permissions.values():
            if permission.identity and role_allows(role, permission.id) and not role.sees_identity:
                yield region.problem(
                    f"roles/{role.id}",
                    "wrong-value",
                    f"role {role.id} may `{permission.id}`, which shows who residents are",
                    "write `sees_identity: true`: then a second factor is asked at sign-in",
                )


def _unknown(region: "Region", place: str, pattern: str, known: _Known) -> Iterator[Problem]:
    owner = pattern.partition(".")[0]
    if owner not in known.owners and owner in (*known.installed, *region.plugins):
        return
    if owner not in (*known.owners, "*") and not nearest(owner, [*known.owners, *known.installed]):
        what = f"`{pattern}` has no effect: no plugin `{owner}` is installed"
        hint = "install it, or take the line out"
        yield region.problem(place, "unknown-plugin", what, hint, Severity.WARNING)
        return
    hint = did_you_mean(pattern, known.permissions) or "`civicapp plugins REGION` lists them"
    yield region.problem(place, "unknown-permission", f"there is no permission `{pattern}`", hint)
