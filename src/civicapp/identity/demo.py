"""Accounts for a demonstration: one per role, one password, no second factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from civicapp.identity.accounts import Wish, by_email, create, grant
from civicapp.identity.audit import Act
from civicapp.identity.crypto import Cipher
from civicapp.identity.passwords import Hasher
from civicapp.identity.rows import scope_of

if TYPE_CHECKING:
    from civicapp.region import Region, Role


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A sign-in to print: for which role, and for which office and area."""

    role: str
    email: str
    password: str
    agency: str | None
    area: str | None


def demo_email(role: str) -> str:
    """Return the address of the demonstration's account of a role."""
    return f"{role}@demo.invalid"


def demo_password(cipher: Cipher) -> str:
    """Return the password of a demonstration: made of the host's key, so it is kept nowhere."""
    letters = cipher.sign("password", "demo")[:12]
    return "-".join(("demo", letters[:4], letters[4:8], letters[8:]))


def seed_demo_accounts(
    session: Session,
    region: "Region",
    cipher: Cipher,
    scopes: Mapping[str, tuple[str | None, str | None]] | None = None,
) -> list[DemoAccount]:
    """Make one account per role, where it is missing, and return how to sign in to each.

    scopes: agency and area by role; else an office and an area of the pack are chosen. Demo
    accounts are refused where `settings.demo` is off. Takes a fifth of a second: a password is
    hashed.
    """
    act, password = Act(), demo_password(cipher)
    kept: str | None = None
    made = []
    for role in region.roles.values():
        agency, area = (scopes or {}).get(role.id) or _scope(role, region)
        email = demo_email(role.id)
        account = by_email(session, email)
        if account is None:
            kept = kept or Hasher().hash_now(password)
            name = f"{role.name.text(*region.languages)} (demo)"
            account = create(session, email, name, act, demo=True)
            account.password_hash = kept
            wish = Wish(role.id, agency, area)
            if scope_of(role, agency, area, region) is not None:
                grant(session, account, wish, region, act)
        made.append(DemoAccount(role.id, email, password, agency, area))
    return made


def _scope(role: "Role", region: "Region") -> tuple[str | None, str | None]:
    """Choose for a role of an agency: the first that each place has, in the most crowded place."""
    if role.rows != "own_agency":
        return None, None
    places = region.areas.children(None) or ((region.area,) if region.area else ())
    for place in sorted(places, key=lambda a: -(a.population or 0) / (a.area_km2 or 1)):
        for agency in region.agencies.values():
            if agency.scope == place.level:
                return agency.code, place.code
    for agency in region.agencies.values():
        if agency.scope is None:
            return agency.code, None
    return None, None
