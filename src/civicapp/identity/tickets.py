"""Links that work once, without an e-mail server: an invitation, or a reset of the password."""

import datetime
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from civicapp.identity.audit import Act, audit
from civicapp.identity.refusal import Refusal
from civicapp.identity.secret import digest, is_secret, new_secret
from civicapp.service import N_
from civicapp.storage.people import Account, SessionRow, Ticket, Token

Kind = Literal["invitation", "reset"]
LASTS = {"invitation": datetime.timedelta(days=7), "reset": datetime.timedelta(hours=24)}
USED_UP = N_("This link was used already, or it is too old. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class Invited:
    """For whom a link is, and until when."""

    account: str
    email: str
    name: str
    kind: Kind
    expires_at: datetime.datetime


def issue(session: Session, account: Account, kind: Kind, act: Act) -> str:
    """Make a link's secret; every earlier link of the account stops working. Refuse if disabled."""
    if account.disabled_at is not None:
        raise Refusal(N_("This account is disabled. Enable it first."))
    session.execute(delete(Ticket).where(Ticket.account == account.id, Ticket.used_at.is_(None)))
    secret = new_secret()
    ends = act.at + LASTS[kind]
    session.add(
        Ticket(
            digest=digest(secret),
            account=account.id,
            kind=kind,
            created_at=act.at,
            expires_at=ends,
            used_at=None,
        )
    )
    audit(
        session,
        act,
        f"core.account.{'invite' if kind == 'invitation' else 'reset'}",
        f"account:{account.id}",
        after={"expires_at": ends.isoformat(timespec="minutes")},
    )
    return secret


def invited(session: Session, secret: str, now: datetime.datetime) -> Invited | None:
    """Return for whom a link is, None if it does not work any more; nothing is used up."""
    found = _open(session, secret, now)
    if found is None:
        return None
    ticket, account = found
    kind: Kind = "invitation" if ticket.kind == "invitation" else "reset"
    return Invited(account.id, account.email, account.name, kind, ticket.expires_at)


def redeem(session: Session, secret: str, password_hash: str, act: Act) -> str:
    """Use a link up and set the password; return the account. Of two at once one is refused.

    All sessions end, after a reset all tokens too: who had them may not be the officer.
    """
    found = _open(session, secret, act.at)
    used = update(Ticket).where(Ticket.digest == digest(secret), Ticket.used_at.is_(None))
    result = session.execute(
        used.values(used_at=act.at).returning(Ticket.kind)
    ).scalar_one_or_none()
    if found is None or result is None:
        raise Refusal(USED_UP)
    _, account = found
    account.password_hash = password_hash
    end_sessions(session, account.id, act.at)
    if result == "reset":
        live = update(Token).where(Token.account == account.id, Token.revoked_at.is_(None))
        session.execute(live.values(revoked_at=act.at))
    audit(
        session,
        Act(account.id, act.request, act.at),
        "core.account.set_password",
        f"account:{account.id}",
        after={"by": result},
    )
    return account.id


def end_sessions(
    session: Session, account: str, now: datetime.datetime, but: str | None = None
) -> None:
    """End all sessions of an account, except one."""
    live = update(SessionRow).where(
        SessionRow.account == account, SessionRow.revoked_at.is_(None), SessionRow.id != (but or "")
    )
    session.execute(live.values(revoked_at=now))


def _open(session: Session, secret: str, now: datetime.datetime) -> tuple[Ticket, Account] | None:
    if not is_secret(secret):
        return None
    query = (
        select(Ticket, Account)
        .join(Account, Account.id == Ticket.account)
        .where(
            Ticket.digest == digest(secret),
            Ticket.used_at.is_(None),
            Ticket.expires_at > now,
            Account.disabled_at.is_(None),
        )
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])
