"""Staff: which queues have an officer, and what officers are called."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp.identity.permissions import role_allows
from civicapp.identity.rows import Rows, rows_of, scope_of
from civicapp.storage.memory import remembered
from civicapp.storage.people import GRANTS, Account, GrantRow

if TYPE_CHECKING:
    from civicapp.region import Region


def staffed_rows(session: Session, region: "Region", permission: str) -> Rows:
    """Say on which rows some officer of the agency itself may do this.

    Only active accounts count, and only roles with `rows: own_agency`: a desk that sees a whole
    area does not make every agency in it one that has somebody. Asked with every report and every
    question where one would go: kept while no grant and no account has changed.
    """

    def load(session: Session) -> "tuple[Region, Rows]":
        return region, _read_staffed(session, region, permission)

    known, rows = remembered(session, f"core.staffed {permission}", GRANTS, load)
    return rows if known is region else load(session)[1]


def _read_staffed(session: Session, region: "Region", permission: str) -> Rows:
    roles = {
        role.id: role
        for role in region.roles.values()
        if role.rows == "own_agency" and role_allows(role, permission)
    }
    held = session.execute(
        select(GrantRow.role, GrantRow.agency, GrantRow.area)
        .join(Account, Account.id == GrantRow.account)
        .where(GrantRow.role.in_(roles), Account.disabled_at.is_(None))
        .distinct()
    )
    scopes = (scope_of(roles[role], agency, area, region) for role, agency, area in held)
    return rows_of(scopes, region.areas)


def officer_names(session: Session, accounts: Iterable[str | None]) -> dict[str, str]:
    """Return the names of accounts, by id; unknown ones are left out."""
    wanted = sorted({id for id in accounts if id})
    if not wanted:
        return {}
    found = session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: row.name for row in found}
