"""Cache tags: a write says what it touched, and every process sees that with the commit itself."""

from sqlalchemy import delete, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from civicapp.storage.errors import sqlstate
from civicapp.storage.models import KEY_LENGTH, Change

TAGS = "civicapp.tags"
LOCK_NOT_AVAILABLE = "55P03"
ROWS_KEPT = 20  # a tag with fewer rows is not worth a compaction


class StorageSession(Session):
    """The Session that service functions get: the Database ends its transaction, nobody else."""

    def commit(self) -> None:
        """Refuse: what is written before would stay even if the rest fails."""
        raise RuntimeError("a service function never commits; use begin_nested for a savepoint")

    def rollback(self) -> None:
        """Refuse: raise an exception instead."""
        raise RuntimeError("a service function never rolls back; raise, or use begin_nested")


def touch(session: Session, *tags: str) -> None:
    """Say that this write changes what pages with these tags show; recorded by the same commit.

    Tags are fine, `complaints.category:road.pothole`: one tag on many pages drops all of them.
    """
    for tag in tags:
        if not 0 < len(tag) <= KEY_LENGTH:
            raise ValueError(f"a tag has 1 to {KEY_LENGTH} characters, got {tag!r}")
    session.info.setdefault(TAGS, set()).update(tags)


@event.listens_for(StorageSession, "before_commit")
def _record(session: Session) -> None:
    # A savepoint's release comes by here too, and could still be rolled back by an outer one.
    if session.in_nested_transaction():
        return
    if tags := session.info.pop(TAGS, None):
        session.flush()
        session.connection().execute(insert(Change), [{"tag": tag} for tag in sorted(tags)])


def compact_changes(session: Session, keep: int = ROWS_KEPT) -> int:
    """Replace the rows of every tag that has more than `keep` by one new row; return how many went.

    A new row, not the newest old one: with it the version of a tag never comes back to an earlier
    value. Nothing may be appended meanwhile, else a lower id could still appear, hence the lock; it
    is tried for a second, and if it is not to be had nothing is done.
    """
    if session.get_bind().dialect.name == "postgresql" and not _lock(session):
        return 0
    many = select(Change.tag).group_by(Change.tag).having(func.count() > keep)
    tags = list(session.scalars(many))
    return sum(_replace(session, tag) for tag in tags)


def _lock(session: Session) -> bool:
    try:
        with session.begin_nested():
            session.execute(text("SET LOCAL lock_timeout = '1s'"))
            session.execute(text("LOCK TABLE core_change IN EXCLUSIVE MODE"))
    except DBAPIError as e:
        if sqlstate(e) == LOCK_NOT_AVAILABLE:
            return False
        raise
    return True


def _replace(session: Session, tag: str) -> int:
    new = session.execute(insert(Change).values(tag=tag).returning(Change.id)).scalar_one()
    gone = session.execute(
        delete(Change)
        .where(Change.tag == tag, Change.id < new)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))
