"""The second factor of an account: set up, asked for, replaced, removed."""

import datetime
from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from civicapp.identity.audit import Act, audit
from civicapp.identity.crypto import Cipher, Sealed
from civicapp.identity.sessions import promote
from civicapp.identity.tickets import end_sessions
from civicapp.identity.totp import (
    new_recovery_codes,
    new_totp_secret,
    recovery_digest,
    used_step,
)
from civicapp.storage.people import Account, SessionRow


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A second factor is set up. codes: shown once. secret: the session's new id, if it has one."""

    codes: list[str]
    secret: str | None


def begin_setup(session: Session, id: str, cipher: Cipher) -> str:
    """Return the secret that a session sets up; made once, so that a reload shows the same."""
    row = session.get_one(SessionRow, id)
    if row.secret is not None:
        try:
            return cipher.decrypt(row.secret, _setup(row))
        except Sealed:  # the key was changed meanwhile: begin anew
            row.secret = None
    secret = new_totp_secret()
    row.secret = cipher.encrypt(secret, _setup(row))
    return secret


def confirm_setup(
    session: Session, id: str, code: str, cipher: Cipher, act: Act
) -> Confirmed | None:
    """Take the factor that a session sets up into use, if the code is right."""
    row = session.get_one(SessionRow, id)
    if row.secret is None:
        return None
    secret = cipher.decrypt(row.secret, _setup(row))
    step = used_step(secret, code, None, act.at)
    if step is None:
        return None
    account = session.get_one(Account, row.account)
    account.totp_secret = cipher.encrypt(secret, _kept(account))
    account.totp_step = step
    codes = _give_codes(account)
    end_sessions(session, account.id, act.at, but=row.id)
    fresh = None
    if row.stage == "setup":
        fresh = promote(row, act.at)
        account.signed_in_at = act.at
    row.secret = None
    audit(session, act, "core.account.set_second_factor", f"account:{account.id}")
    return Confirmed(codes, fresh)


def take_code(account: Account, code: str, cipher: Cipher, now: datetime.datetime) -> str | None:
    """Use a code up: return `totp` or `recovery`, None if it is wrong or was used."""
    if account.totp_secret is None:
        return None
    secret = cipher.decrypt(account.totp_secret, _kept(account))
    step = used_step(secret, code, account.totp_step, now)
    if step is not None:
        account.totp_step = step
        if cipher.is_old(account.totp_secret):
            account.totp_secret = cipher.encrypt(secret, _kept(account))
        return "totp"
    digest = recovery_digest(code)
    if digest is not None and digest in account.recovery_codes:
        account.recovery_codes.remove(digest)
        flag_modified(account, "recovery_codes")
        return "recovery"
    return None


def renew_codes(session: Session, id: str, act: Act) -> list[str]:
    """Give an account new recovery codes; the old ones end."""
    account = session.get_one(Account, id)
    codes = _give_codes(account)
    audit(session, act, "core.account.renew_recovery", f"account:{id}")
    return codes


def remove_factor(session: Session, account: Account, act: Act, reason: str = "") -> None:
    """Remove a second factor, for an officer who has lost it; all sessions end."""
    if account.totp_secret is None:
        return
    account.totp_secret, account.totp_step, account.recovery_codes = None, None, []
    end_sessions(session, account.id, act.at)
    action = "core.account.remove_second_factor"
    audit(session, act, action, f"account:{account.id}", reason=reason)


def _give_codes(account: Account) -> list[str]:
    codes = new_recovery_codes()
    account.recovery_codes = [d for code in codes if (d := recovery_digest(code))]
    return codes


def _setup(row: SessionRow) -> str:
    return f"core_session.secret:{row.id}"


def _kept(account: Account) -> str:
    return f"core_account.totp_secret:{account.id}"


@dataclass(frozen=True, slots=True)
class Factor:
    """Whether an account has a second factor, and how many recovery codes are left."""

    active: bool
    codes_left: int


def state(session: Session, id: str) -> Factor:
    """Return how an account's second factor stands."""
    account = session.get_one(Account, id)
    return Factor(account.totp_secret is not None, len(account.recovery_codes))


def is_begun(session: Session, id: str) -> bool:
    """Tell whether a session is setting a second factor up."""
    return session.get_one(SessionRow, id).secret is not None
