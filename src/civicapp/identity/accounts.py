"""Accounts of officers: made, found, granted roles, disabled."""

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from civicapp.identity.audit import Act, audit
from civicapp.identity.permissions import MANAGE_ACCOUNTS, role_allows
from civicapp.identity.person import Person, grants_of
from civicapp.identity.refusal import Refusal
from civicapp.identity.rows import Scope, scope_of
from civicapp.identity.secret import new_id
from civicapp.identity.tickets import end_sessions
from civicapp.service import N_
from civicapp.storage.changes import touch
from civicapp.storage.people import GRANTS, Account, GrantRow, SessionRow, Ticket, Token

if TYPE_CHECKING:
    from civicapp.region import Region, Role

PAGE = 25
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Held:
    """A role that an account holds; in_force: False when the pack no longer has what it names."""

    id: str
    role: str
    agency: str | None
    area: str | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Officer:
    """An account as lists and pages show it. mine: whether the asking person may change it."""

    id: str
    email: str
    name: str
    demo: bool
    held: tuple[Held, ...]
    has_password: bool
    has_second_factor: bool
    needs_second_factor: bool
    invited: bool
    signed_in_at: datetime.datetime | None
    disabled_at: datetime.datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """A role to grant, for an agency and an area."""

    role: str
    agency: str | None = None
    area: str | None = None


def email_key(email: str) -> str:
    """Fold an e-mail address, so that spellings of one address meet."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def create(session: Session, email: str, name: str, act: Act, *, demo: bool = False) -> Account:
    """Make an account without password and roles; raise Refusal for a bad or known address."""
    email, name = email.strip(), " ".join(name.split())
    if not _EMAIL.fullmatch(email) or len(email_key(email)) > 254 or not email.isprintable():
        raise Refusal(N_("Write an e-mail address such as name@example.org."), "email")
    if not 1 < len(name) <= 120 or not name.isprintable():
        raise Refusal(N_("Write the name in 2 to 120 characters."), "name")
    if by_email(session, email) is not None:
        raise Refusal(N_("There is an account with this address already."), "email")
    account = Account(
        id=new_id(),
        email=email,
        email_key=email_key(email),
        name=name,
        demo=demo,
        password_hash=None,
        totp_secret=None,
        totp_step=None,
        recovery_codes=[],
        created_at=act.at,
        signed_in_at=None,
        disabled_at=None,
    )
    session.add(account)
    session.flush()
    after = {"email": email, "name": name}
    audit(session, act, "core.account.create", f"account:{account.id}", after=after)
    return account


def by_email(session: Session, email: str) -> Account | None:
    """Return the account with an address, however it is spelt."""
    if not email.isprintable():  # PostgreSQL refuses a NUL even in a question
        return None
    return session.scalar(select(Account).where(Account.email_key == email_key(email)))


def need(session: Session, id: str) -> Account:
    """Return an account; raise Refusal if there is none."""
    account = session.get(Account, id)
    if account is None:
        raise Refusal(N_("There is no such account."))
    return account


def check_wish(wish: Wish, region: "Region") -> "Role":
    """Check that a role, an agency and an area fit together; raise Refusal that names the field."""
    role = region.roles.get(wish.role)
    if role is None:
        raise Refusal(N_("Choose a role from the list."), "role")
    if wish.area is not None and not region.areas.own(wish.area):
        raise Refusal(N_("Choose an area from the list."), "area")
    if wish.agency is not None and wish.agency not in region.agencies:
        raise Refusal(N_("Choose an office from the list."), "agency")
    if role.rows == "own_agency" and wish.agency is None:
        raise Refusal(N_("This role needs an office."), "agency")
    if role.rows != "own_agency" and wish.agency is not None:
        raise Refusal(N_("This role works for no single office. Leave it out."), "agency")
    if role.rows == "all" and wish.area is not None:
        raise Refusal(N_("This role works everywhere. Leave the area out."), "area")
    if scope_of(role, wish.agency, wish.area, region) is None:
        raise Refusal(N_("This office is in each area another one: choose the area."), "area")
    return role


def grant(session: Session, account: Account, wish: Wish, region: "Region", act: Act) -> None:
    """Give an account a role; its sessions get new ids. Nothing happens if it has it already."""
    check_wish(wish, region)
    held = session.scalars(select(GrantRow).where(GrantRow.account == account.id)).all()
    if any((h.role, h.agency, h.area) == (wish.role, wish.agency, wish.area) for h in held):
        return
    touch(session, GRANTS)
    session.add(
        GrantRow(
            id=new_id(),
            account=account.id,
            role=wish.role,
            agency=wish.agency,
            area=wish.area,
            created_at=act.at,
        )
    )
    _roles_changed(session, account)
    subject = f"account:{account.id}"
    audit(session, act, "core.account.grant", subject, after=_as_json(wish))


def revoke(
    session: Session,
    account: Account,
    grant_id: str,
    region: "Region",
    act: Act,
) -> None:
    """Take a role from an account; raise Refusal if nobody could manage accounts then."""
    row = session.get(GrantRow, grant_id)
    if row is None or row.account != account.id:
        return
    touch(session, GRANTS)
    with _managed(session, region):
        session.delete(row)
    _roles_changed(session, account)
    before = _as_json(Wish(row.role, row.agency, row.area))
    audit(session, act, "core.account.revoke", f"account:{account.id}", before=before)


def disable(
    session: Session,
    account: Account,
    region: "Region",
    act: Act,
    reason: str = "",
) -> None:
    """Close an account: its sessions, links and tokens end at once. What it did stays on record."""
    if account.disabled_at is not None:
        return
    touch(session, GRANTS)
    with _managed(session, region):
        account.disabled_at = act.at
    end_sessions(session, account.id, act.at)
    live = update(Token).where(Token.account == account.id, Token.revoked_at.is_(None))
    session.execute(live.values(revoked_at=act.at))
    links = update(Ticket).where(Ticket.account == account.id, Ticket.used_at.is_(None))
    session.execute(links.values(used_at=act.at))
    audit(session, act, "core.account.disable", f"account:{account.id}", reason=reason)


def enable(session: Session, account: Account, act: Act) -> None:
    """Open a closed account again; it keeps its password and roles."""
    if account.disabled_at is not None:
        touch(session, GRANTS)
        account.disabled_at = None
        audit(session, act, "core.account.enable", f"account:{account.id}")


def _roles_changed(session: Session, account: Account) -> None:
    session.execute(update(SessionRow).where(SessionRow.account == account.id).values(rotate=True))


def _as_json(wish: Wish) -> dict[str, str | None]:
    return {"role": wish.role, "agency": wish.agency, "area": wish.area}


@contextmanager
def _managed(session: Session, region: "Region") -> Iterator[None]:
    """Refuse a change after which nobody could manage all accounts, if somebody could before."""
    before = _is_managed(session, region)
    yield
    session.flush()
    if before and not _is_managed(session, region):
        message = N_("Nobody could manage accounts then. Make another administrator first.")
        raise Refusal(message)


def _is_managed(session: Session, region: "Region") -> bool:
    roles = [r.id for r in region.roles.values() if role_allows(r, MANAGE_ACCOUNTS)]
    query = (
        select(GrantRow)
        .join(Account, Account.id == GrantRow.account)
        .where(
            GrantRow.role.in_(roles),
            Account.disabled_at.is_(None),
            Account.password_hash.is_not(None),
        )
    )
    held = [(g.role, g.agency, g.area) for g in session.scalars(query)]
    return any(g.scope == Scope() for g in grants_of(held, region))


# What a manager sees and may change


def may_change(person: Person, held: Iterable[tuple[str, str | None, str | None]]) -> bool:
    """Tell whether all roles of an account lie within what a person manages.

    Else the manager of one district could reset the password of an administrator of all.
    """
    rows = person.rows(MANAGE_ACCOUNTS)
    if rows.all:
        return True
    roles = person.region.roles
    return bool(rows) and all(
        (roles[role].rows != "all" if role in roles else True) and rows.allow(agency, area)
        for role, agency, area in held
    )


def officers(
    session: Session, person: Person, search: str = "", after: str = "", limit: int = PAGE
) -> list[Officer]:
    """List accounts that a person may see, by address, after one; at most limit + 1."""
    query = select(Account).order_by(Account.email_key).limit(limit + 1)
    rows = person.rows(MANAGE_ACCOUNTS)
    if not rows.all:
        held = select(GrantRow.account).where(rows.where(GrantRow.agency, GrantRow.area))
        query = query.where(Account.id.in_(held))
    if search.strip():
        words = email_key(search)
        query = query.where(
            or_(
                Account.email_key.contains(words, autoescape=True),
                func.lower(Account.name).contains(words, autoescape=True),
            )
        )
    if after:
        query = query.where(Account.email_key > after)
    return _as_officers(session, session.scalars(query).all(), person)


def officer(session: Session, person: Person, id: str) -> Officer | None:
    """Return an account that a person may see."""
    account = session.get(Account, id)
    if account is None:
        return None
    found = _as_officers(session, [account], person)[0]
    rows = person.rows(MANAGE_ACCOUNTS)
    seen = rows.all or any(rows.allow(h.agency, h.area) for h in found.held)
    return found if seen else None


def _as_officers(session: Session, accounts: Sequence[Account], person: Person) -> list[Officer]:
    region, ids = person.region, [a.id for a in accounts]
    held: dict[str, list[GrantRow]] = {}
    for row in session.scalars(select(GrantRow).where(GrantRow.account.in_(ids))):
        held.setdefault(row.account, []).append(row)
    open_tickets = select(Ticket.account).where(Ticket.account.in_(ids), Ticket.used_at.is_(None))
    invited = set(session.scalars(open_tickets))
    found = []
    for account in accounts:
        rows = sorted(
            held.get(account.id, ()), key=lambda g: (g.role, g.agency or "", g.area or "")
        )
        keys = [(g.role, g.agency, g.area) for g in rows]
        roles = [region.roles[g.role] for g in rows if g.role in region.roles]
        found.append(
            Officer(
                id=account.id,
                email=account.email,
                name=account.name,
                demo=account.demo,
                held=tuple(_held(g, region) for g in rows),
                has_password=account.password_hash is not None,
                has_second_factor=account.totp_secret is not None,
                needs_second_factor=not account.demo and any(r.sees_identity for r in roles),
                invited=account.id in invited,
                signed_in_at=account.signed_in_at,
                disabled_at=account.disabled_at,
                mine=may_change(person, keys),
            )
        )
    return found


def _held(row: GrantRow, region: "Region") -> Held:
    role = region.roles.get(row.role)
    scope = scope_of(role, row.agency, row.area, region) if role else None
    return Held(row.id, row.role, row.agency, row.area, scope is not None)


def command_person(region: "Region") -> Person:
    """Return who sees and changes every account: whoever may run commands on the host."""
    from civicapp.config import Localized
    from civicapp.identity.person import Grant
    from civicapp.region.roles import Role

    role = Role("", Localized({"": ""}), ("core.*",), (), "all", sees_identity=False)
    whole = Grant(role, None, None, Scope())
    return Person(id="", name="", email="", grants=(whole,), by="token", region=region)


def load_person(
    session: Session, account: Account, region: "Region", by: Literal["session", "token"]
) -> Person:
    """Build the person behind an account with the roles that it holds now."""
    rows = session.scalars(select(GrantRow).where(GrantRow.account == account.id))
    return Person(
        id=account.id,
        name=account.name,
        email=account.email,
        grants=grants_of([(g.role, g.agency, g.area) for g in rows], region),
        by=by,
        demo=account.demo,
        region=region,
    )
