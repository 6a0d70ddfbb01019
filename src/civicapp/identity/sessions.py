"""Sessions: who is signed in on which device, for how long, and how that ends."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from civicapp.identity.accounts import load_person
from civicapp.identity.audit import Act, audit
from civicapp.identity.person import Person
from civicapp.identity.secret import digest, is_secret, new_id, new_secret
from civicapp.storage.people import Account, SessionRow

if TYPE_CHECKING:
    from civicapp.region import Region

Stage = Literal["code", "setup", "full"]

IDLE = datetime.timedelta(hours=1)
LASTS = {
    "code": datetime.timedelta(minutes=10),
    "setup": datetime.timedelta(minutes=30),
    "full": datetime.timedelta(hours=12),
}
GRACE = datetime.timedelta(seconds=60)  # for requests that were sent with the id before a rotation
SEEN_EVERY = datetime.timedelta(minutes=1)
KEPT = datetime.timedelta(days=7)  # ended sessions are kept so long


@dataclass(frozen=True, slots=True)
class Visit:
    """A session as a request finds it. person: only when signed in fully.

    rotate: the page should give out a new id. touch: note that the session is in use.
    """

    session: str
    account: str
    email: str
    name: str
    stage: Stage
    person: Person | None
    rotate: bool
    touch: bool


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its owner sees it."""

    id: str
    agent: str
    created_at: datetime.datetime
    seen_at: datetime.datetime


def start(
    session: Session, account: Account, stage: Stage, agent: str, now: datetime.datetime
) -> str:
    """Begin a session; return the id for the cookie, which is kept nowhere."""
    secret = new_secret()
    session.add(
        SessionRow(
            id=new_id(),
            digest=digest(secret),
            previous=None,
            account=account.id,
            stage=stage,
            agent=agent[:80],
            rotate=False,
            rotated_at=None,
            secret=None,
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS[stage],
            revoked_at=None,
        )
    )
    return secret


def find(
    session: Session, secret: str, region: "Region", demo: bool, now: datetime.datetime
) -> Visit | None:
    """Return the live session of a cookie's id; a read. demo: whether demo accounts count."""
    if not is_secret(secret):
        return None
    key = digest(secret)
    recent = and_(SessionRow.previous == key, SessionRow.rotated_at > now - GRACE)
    query = (
        select(SessionRow, Account)
        .join(Account, Account.id == SessionRow.account)
        .where(or_(SessionRow.digest == key, recent), *_live(now), Account.disabled_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, account = found
    if account.demo and not demo:
        return None
    return Visit(
        session=row.id,
        account=account.id,
        email=account.email,
        name=account.name,
        stage=cast("Stage", row.stage),
        person=load_person(session, account, region, "session") if row.stage == "full" else None,
        rotate=row.rotate and row.digest == key,
        touch=row.seen_at <= now - SEEN_EVERY,
    )


def _live(now: datetime.datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > now,
        SessionRow.seen_at > now - IDLE,
    )


def touch(session: Session, id: str, now: datetime.datetime) -> None:
    """Note that a session is in use."""
    row = session.get(SessionRow, id)
    if row is not None and row.seen_at < now:
        row.seen_at = now


def rotate(session: Session, id: str, secret: str, now: datetime.datetime) -> str | None:
    """Give a session whose rights have changed a new id; None if another request did it already.

    The old id stays good for a minute, for what the browser had sent with it.
    """
    row = session.get(SessionRow, id)
    if row is None or not row.rotate or row.digest != digest(secret):
        return None
    fresh = new_secret()
    row.previous, row.digest = row.digest, digest(fresh)
    row.rotate, row.rotated_at = False, now
    return fresh


def promote(row: SessionRow, now: datetime.datetime) -> str:
    """Make a session full: its second factor is given. The id before is void at once."""
    fresh = new_secret()
    row.digest, row.previous, row.secret = digest(fresh), None, None
    row.stage, row.created_at, row.seen_at = "full", now, now
    row.expires_at = now + LASTS["full"]
    return fresh


def devices(session: Session, account: str, now: datetime.datetime) -> list[Device]:
    """List the live sessions of an account, the one used last first."""
    query = select(SessionRow).where(
        SessionRow.account == account, SessionRow.stage == "full", *_live(now)
    )
    rows = session.scalars(query.order_by(SessionRow.seen_at.desc()))
    return [Device(r.id, r.agent, r.created_at, r.seen_at) for r in rows]


def end(session: Session, account: str, id: str, act: Act) -> None:
    """End a session of an account; that of another account stays."""
    row = session.get(SessionRow, id)
    if row is not None and row.account == account and row.revoked_at is None:
        row.revoked_at = act.at
        audit(session, act, "core.account.sign_out", f"account:{account}", after={"session": id})


def forget(session: Session, now: datetime.datetime) -> None:
    """Remove sessions that ended a week ago."""
    session.execute(delete(SessionRow).where(SessionRow.expires_at < now - KEPT))
