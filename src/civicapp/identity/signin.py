"""Signing in: an address and a password, then a code. Nothing tells which of them was wrong.

The password is hashed between two short writes, outside of both: `begin` counts the attempt and
finds the hash, `finish` opens the session. Unknown address and wrong password go the same way.
"""

import datetime
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from civicapp.identity import sessions, throttle
from civicapp.identity.accounts import by_email, email_key, load_person
from civicapp.identity.audit import Act, audit
from civicapp.identity.crypto import Cipher
from civicapp.identity.factor import take_code
from civicapp.identity.sessions import Stage
from civicapp.identity.throttle import Rate, Verdict
from civicapp.identity.tickets import end_sessions
from civicapp.storage.people import Account, SessionRow

if TYPE_CHECKING:
    from civicapp.region import Region

# From one place on one account; on one account from all places that it never signed in from; from
# one place on all accounts, where a whole office may share one address.
FROM_PLACE = Rate(5, 60)
ON_ACCOUNT = Rate(20, 60)
OF_PLACE = Rate(60, 5)
CODES = Rate(5, 120)


@dataclass(frozen=True, slots=True)
class Begun:
    """A counted attempt: what to compare the password with, if the verdict lets it through.

    own, place, known: keys of the buckets that it was counted in, and of the mark of this place.
    """

    verdict: Verdict
    account: str | None
    password_hash: str | None
    own: tuple[str, ...]
    place: str
    known: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A session began. secret: for the cookie. stage: what is still asked for."""

    secret: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class CodeTried:
    """What came of a code: a session's new id, or none; and whether to wait."""

    secret: str | None
    verdict: Verdict


def begin(
    session: Session, email: str, address: str, cipher: Cipher, demo: bool, now: datetime.datetime
) -> Begun:
    """Count an attempt and find the hash to compare with; a write. demo: demo accounts count."""
    place, who = network(address), email_key(email)[:254]
    pair, known = _key(cipher, "pair", who, place), _key(cipher, "known", who, place)
    total, crowd = _key(cipher, "account", who), _key(cipher, "place", place)
    verdict = throttle.attempt(session, pair, FROM_PLACE, now)
    if not verdict.refused and not throttle.is_marked(session, known, now):
        verdict |= throttle.attempt(session, total, ON_ACCOUNT, now)
    if not verdict.refused:
        verdict |= throttle.attempt(session, crowd, OF_PLACE, now)
    account = by_email(session, email)
    if account is None or account.disabled_at is not None or (account.demo and not demo):
        return Begun(verdict, None, None, (pair, total), crowd, known)
    return Begun(verdict, account.id, account.password_hash, (pair, total), crowd, known)


def finish(
    session: Session,
    begun: Begun,
    fits: bool,
    better: str | None,
    agent: str,
    region: "Region",
    act: Act,
) -> Entered | None:
    """Open a session when the password fits; None otherwise. better: a new hash to keep."""
    account = session.get(Account, begun.account) if fits and begun.account else None
    changed = account is None or account.password_hash != begun.password_hash
    if account is None or changed or account.disabled_at is not None:
        audit(session, act, "core.account.refuse", f"account:{begun.account or 'unknown'}")
        return None
    if better is not None:
        account.password_hash = better
    forgive(session, begun)
    throttle.mark(session, begun.known, act.at)
    throttle.forget(session, act.at)
    sessions.forget(session, act.at)
    needed = load_person(session, account, region, "session").sees_identity and not account.demo
    stage: Stage = "code" if account.totp_secret else "setup" if needed else "full"
    secret = sessions.start(session, account, stage, agent, act.at)
    if stage == "full":
        _entered(session, account, act, "password")
    return Entered(secret, stage)


def forgive(session: Session, begun: Begun) -> None:
    """Take an attempt back: it was the right person's."""
    throttle.forgive(session, *begun.own)
    throttle.give_back(session, begun.place)


def enter_code(session: Session, id: str, code: str, cipher: Cipher, act: Act) -> CodeTried:
    """Try a one-time or recovery code in a session that waits for one."""
    row = session.get_one(SessionRow, id)
    account = session.get_one(Account, row.account)
    key = _key(cipher, "code", account.id)
    verdict = throttle.attempt(session, key, CODES, act.at)
    if verdict.refused or row.stage != "code":
        return CodeTried(None, verdict)
    how = take_code(account, code, cipher, act.at)
    if how is None:
        audit(session, act, "core.account.refuse", f"account:{account.id}", after={"asked": "code"})
        return CodeTried(None, verdict)
    throttle.forgive(session, key)
    _entered(session, account, act, how)
    return CodeTried(sessions.promote(row, act.at), verdict)


def change_password(session: Session, id: str, password_hash: str, keep: str, act: Act) -> None:
    """Set a new password of one's own; all sessions but one end."""
    account = session.get_one(Account, id)
    account.password_hash = password_hash
    end_sessions(session, id, act.at, but=keep)
    audit(session, act, "core.account.set_password", f"account:{id}", after={"by": "change"})


def _entered(session: Session, account: Account, act: Act, how: str) -> None:
    account.signed_in_at = act.at
    by = Act(account.id, act.request, act.at)
    audit(session, by, "core.account.sign_in", f"account:{account.id}", after={"by": how})


def network(address: str) -> str:
    """Return the network that an address is counted by: /24, or /48 of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    bits = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network((ip, bits), strict=False))


def _key(cipher: Cipher, *parts: str) -> str:
    return cipher.sign("\0".join(parts), "core_attempt.key")
