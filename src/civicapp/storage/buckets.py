"""Leaky buckets in core_attempt, by which all processes count together."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from civicapp.storage.people import Attempt

FORGOTTEN = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How full a bucket was at a moment."""

    level: float
    at: datetime.datetime

    def now(self, leak: float, now: datetime.datetime) -> float:
        """Return how full it is now. leak: per second."""
        passed = max(0.0, (now - self.at).total_seconds())
        return max(0.0, self.level - passed * leak)


@dataclass(frozen=True, slots=True)
class Drop:
    """What is added to a bucket. leak: per second."""

    count: int
    leak: float


def find_bucket(session: Session, key: str) -> Bucket | None:
    """Return a bucket, None if nothing was added for long."""
    row = session.get(Attempt, key)
    return Bucket(row.level, row.at) if row else None


def add_drops(
    session: Session, drops: Mapping[str, Drop], now: datetime.datetime
) -> dict[str, Bucket]:
    """Add to buckets, and return how full they are then."""
    # In one order everywhere: two processes never wait for each other.
    found = {row.key: row for row in session.scalars(select(Attempt).where(Attempt.key.in_(drops)))}
    full = {}
    for key in sorted(drops):
        drop, row = drops[key], found.get(key)
        level = Bucket(row.level, row.at).now(drop.leak, now) if row else 0.0
        full[key] = Bucket(level + drop.count, now)
        if row is None:
            session.add(Attempt(key=key, level=full[key].level, at=now))
        else:
            row.level, row.at = full[key].level, now
    return full


def forget_buckets(session: Session, now: datetime.datetime) -> None:
    """Remove buckets to which nothing was added for a day."""
    session.execute(delete(Attempt).where(Attempt.level >= 0, Attempt.at < now - FORGOTTEN))
