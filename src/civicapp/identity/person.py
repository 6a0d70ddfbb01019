"""Person: who asks, what that person may do, and on which rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from civicapp.identity.permissions import role_allows, role_denies
from civicapp.identity.rows import Rows, Scope, rows_of, scope_of

if TYPE_CHECKING:
    from civicapp.region import Region, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for an agency and an area, as an account holds it. scope: None, not in force."""

    role: "Role"
    agency: str | None
    area: str | None
    scope: Scope | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who is signed in, or whom a bearer token stands for.

    id: of the account. by: how the person was recognised. Deny wins: what one role denies, no other
    role grants. `may` is true exactly when `rows` holds a scope.
    """

    id: str
    name: str
    email: str
    grants: tuple[Grant, ...]
    by: Literal["session", "token"]
    demo: bool = False
    region: "Region" = field(repr=False, compare=False)

    @property
    def roles(self) -> tuple["Role", ...]:
        """Return the roles, each once."""
        return tuple({g.role.id: g.role for g in self.grants}.values())

    @property
    def sees_identity(self) -> bool:
        """Tell whether one of the roles shows who residents are."""
        return any(role.sees_identity for role in self.roles)

    def may(self, permission: str) -> bool:
        """Tell whether the person may do this on any row at all."""
        return bool(self.rows(permission))

    def may_on(self, permission: str, *, agency: str | None, area: str | None) -> bool:
        """Tell whether the person may do this on the row of this agency in this area."""
        return self.rows(permission).allow(agency, area)

    def rows(self, permission: str) -> Rows:
        """Say on which rows the person may do this."""
        denied = any(role_denies(role, permission) for role in self.roles)
        scopes = [g.scope for g in self.grants if not denied and role_allows(g.role, permission)]
        return rows_of(scopes, self.region.areas)


def grants_of(
    held: Iterable[tuple[str, str | None, str | None]], region: "Region"
) -> tuple[Grant, ...]:
    """Build grants from role, agency and area; a role that the pack no longer has is left out."""
    return tuple(
        Grant(role, agency, area, scope_of(role, agency, area, region))
        for id, agency, area in held
        if (role := region.roles.get(id)) is not None
    )
