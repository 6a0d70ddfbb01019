"""What can go wrong with a database at run time, in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

BUSY, FULL = 5, 13  # SQLite's result codes
SERIALIZATION, DEADLOCK, DISK_FULL, TOO_MANY = "40001", "40P01", "53100", "53300"


class DatabaseBusy(Exception):
    """The database could not take the work in time: try again later (503)."""


class DatabaseFull(Exception):
    """The disk of the database is full; nothing was saved (507)."""


class DatabaseGone(Exception):
    """The database is out of reach; a commit under way may have taken place or not (503)."""


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what lies behind it: SQLAlchemy and procrastinate wrap the driver's."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = getattr(error, "orig", None) or error.__cause__


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's code of an error, None if it has none."""
    return next(
        (s for e in chain(error) if isinstance(s := getattr(e, "sqlstate", None), str)), None
    )


def is_conflict(error: BaseException) -> bool:
    """Tell whether PostgreSQL gave this transaction up for another: it may be repeated."""
    return sqlstate(error) in (SERIALIZATION, DEADLOCK)


def is_lost(error: BaseException) -> bool:
    """Tell whether the connection broke."""
    return any(isinstance(e, DBAPIError) and e.connection_invalidated for e in chain(error))


@contextmanager
def translated() -> Iterator[None]:
    """Raise our own errors for a database that is busy, full or gone; let all others pass."""
    try:
        yield
    except Exception as e:
        if kind := _kind(e):
            raise kind(str(getattr(e, "orig", None) or e)) from e
        raise


def _kind(error: Exception) -> type[Exception] | None:
    if isinstance(error, PoolTimeout):
        return DatabaseBusy
    state = sqlstate(error)
    code = next((c & 0xFF for e in chain(error) if (c := getattr(e, "sqlite_errorcode", 0))), 0)
    if code == BUSY or state == TOO_MANY or is_conflict(error):
        return DatabaseBusy
    if code == FULL or state == DISK_FULL:
        return DatabaseFull
    return DatabaseGone if is_lost(error) else None
