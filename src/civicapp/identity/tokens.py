"""Bearer tokens: with one a program acts as an account, with the roles that it then holds."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp.identity.accounts import load_person
from civicapp.identity.audit import Act, audit
from civicapp.identity.person import Person
from civicapp.identity.refusal import Refusal
from civicapp.identity.secret import digest, is_secret, new_id, new_secret
from civicapp.service import N_
from civicapp.storage.people import Account, Token

if TYPE_CHECKING:
    from civicapp.region import Region

PREFIX = "civicapp_"  # so that scanners of leaked secrets can tell what it is
DAYS, MOST_DAYS = 90, 366
MOST = 20  # live tokens of one account
SEEN_EVERY = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token stands for. touch: note that it is in use."""

    token: str
    person: Person
    touch: bool


@dataclass(frozen=True, slots=True)
class Pass:
    """A token as its owner sees it."""

    id: str
    name: str
    created_at: datetime.datetime
    expires_at: datetime.datetime
    seen_at: datetime.datetime | None


def create_token(session: Session, account: str, name: str, days: int, act: Act) -> str:
    """Make a token; it is returned once and kept only as a digest. Raise Refusal."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Refusal(N_("Say in a few words what the token is for."), "name")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal(N_("Choose 1 to %(n)s days."), "days", n=MOST_DAYS)
    if len(passes(session, account, act.at)) >= MOST:
        raise Refusal(N_("There are too many tokens. Revoke one first."), "name")
    secret = new_secret()
    token = Token(
        id=new_id(),
        digest=digest(secret),
        account=account,
        name=name,
        created_at=act.at,
        expires_at=act.at + datetime.timedelta(days=days),
        seen_at=None,
        revoked_at=None,
    )
    session.add(token)
    after = {"name": name, "days": days, "id": token.id}
    audit(session, act, "core.account.create_token", f"account:{account}", after=after)
    return PREFIX + secret


def authenticate(
    session: Session, text: str, region: "Region", demo: bool, now: datetime.datetime
) -> Bearer | None:
    """Return who a bearer token stands for; a read."""
    secret = text.removeprefix(PREFIX)
    if not text.startswith(PREFIX) or not is_secret(secret):
        return None
    query = (
        select(Token, Account)
        .join(Account, Account.id == Token.account)
        .where(
            Token.digest == digest(secret),
            Token.revoked_at.is_(None),
            Token.expires_at > now,
            Account.disabled_at.is_(None),
        )
    )
    found = session.execute(query).one_or_none()
    if found is None or (found[1].demo and not demo):
        return None
    token, account = found
    stale = token.seen_at is None or token.seen_at <= now - SEEN_EVERY
    return Bearer(token.id, load_person(session, account, region, "token"), stale)


def touch(session: Session, id: str, now: datetime.datetime) -> None:
    """Note that a token is in use."""
    token = session.get(Token, id)
    if token is not None:
        token.seen_at = now


def passes(session: Session, account: str, now: datetime.datetime) -> list[Pass]:
    """List the live tokens of an account, the newest first."""
    query = select(Token).where(
        Token.account == account, Token.revoked_at.is_(None), Token.expires_at > now
    )
    rows = session.scalars(query.order_by(Token.created_at.desc()))
    return [Pass(t.id, t.name, t.created_at, t.expires_at, t.seen_at) for t in rows]


def revoke_token(session: Session, account: str, id: str, act: Act) -> None:
    """End a token of an account; that of another account stays."""
    token = session.get(Token, id)
    if token is not None and token.account == account and token.revoked_at is None:
        token.revoked_at = act.at
        before = {"name": token.name, "id": token.id}
        audit(session, act, "core.account.revoke_token", f"account:{account}", before=before)
