"""Throttle: a leaky bucket per key in the database, so that all processes count together.

Each attempt adds one, time lets it leak out. Above half a bucket an attempt is slowed, over the
brim it is refused with the time to wait. A refused one adds nothing: nobody is locked out for good.
"""

import datetime
from dataclasses import dataclass

from sqlalchemy import and_, delete, or_
from sqlalchemy.orm import Session

from civicapp.storage.people import Attempt

SLOWEST = 3.0  # seconds that an attempt is held back at most
FORGOTTEN = datetime.timedelta(days=1)
KNOWN = datetime.timedelta(days=30)
_MARK = -1.0  # the level of a mark, which is no bucket


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket: how many attempts it holds, and in how many seconds one leaks out."""

    size: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with an attempt: hold it back for `delay` seconds, or refuse it for `wait`."""

    delay: float = 0.0
    wait: float = 0.0

    @property
    def refused(self) -> bool:
        """Tell whether the attempt is refused."""
        return self.wait > 0

    def __or__(self, other: "Verdict") -> "Verdict":
        """Return the stricter of both."""
        return Verdict(max(self.delay, other.delay), max(self.wait, other.wait))


def attempt(session: Session, key: str, rate: Rate, now: datetime.datetime) -> Verdict:
    """Count an attempt under a signed key, or refuse it; a write.

    Do not raise in the same write function after it: that would undo the count.
    """
    row = session.get(Attempt, key)
    level = _level(row, rate, now) if row else 0.0
    if level + 1 > rate.size:
        return Verdict(wait=(level + 1 - rate.size) * rate.seconds)
    if row is None:
        session.add(Attempt(key=key, level=level + 1, at=now))
    else:
        row.level, row.at = level + 1, now
    over = level + 1 - rate.size / 2
    return Verdict(delay=min(SLOWEST, SLOWEST * over / (rate.size / 2)) if over > 0 else 0.0)


def _level(row: Attempt, rate: Rate, now: datetime.datetime) -> float:
    passed = max(0.0, (now - row.at).total_seconds())
    return max(0.0, row.level - passed / rate.seconds)


def forgive(session: Session, *keys: str) -> None:
    """Empty buckets: the attempts were the right person's."""
    session.execute(delete(Attempt).where(Attempt.key.in_(keys)))


def give_back(session: Session, key: str) -> None:
    """Take one attempt out of a bucket that others share: it was the right person's."""
    row = session.get(Attempt, key)
    if row is not None:
        row.level = max(0.0, row.level - 1)


def mark(session: Session, key: str, now: datetime.datetime) -> None:
    """Remember a key for 30 days: somebody rightly came this way."""
    row = session.get(Attempt, key)
    if row is None:
        session.add(Attempt(key=key, level=_MARK, at=now))
    else:
        row.at = now


def is_marked(session: Session, key: str, now: datetime.datetime) -> bool:
    """Tell whether a key was marked in the last 30 days."""
    row = session.get(Attempt, key)
    return row is not None and row.level == _MARK and row.at > now - KNOWN


def forget(session: Session, now: datetime.datetime) -> None:
    """Remove buckets that were not used for a day, and marks that are too old."""
    old = and_(Attempt.level >= 0, Attempt.at < now - FORGOTTEN)
    session.execute(delete(Attempt).where(or_(old, Attempt.at < now - KNOWN)))
