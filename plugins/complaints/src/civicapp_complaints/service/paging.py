"""Pages of lists by keyset.

A cursor names the last row that was seen, not a page's number: rows that come meanwhile neither
repeat nor hide one.
"""

import base64
import binascii
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from civicapp import N_
from civicapp_complaints.models import Report
from civicapp_complaints.service.errors import Fault, Invalid

PAGE, LONGEST_PAGE = 50, 200


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after (or, backwards, before) the row with this instant and id."""

    at: datetime.datetime
    id: str
    back: bool = False

    def __str__(self) -> str:
        """Write it as text that fits into an address."""
        plain = json.dumps([self.at.isoformat(), self.id, self.back], separators=(",", ":"))
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """Read a cursor; raise Invalid if it is none of ours."""
    if not text:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(text[:300] + "=" * (-len(text) % 4)))
        at, id, back = plain
        found = Cursor(datetime.datetime.fromisoformat(at), str(id), bool(back))
    except (ValueError, TypeError, binascii.Error) as e:
        raise _bad_cursor() from e
    if found.at.tzinfo is None:
        raise _bad_cursor()
    return found


def _bad_cursor() -> Invalid:
    message = N_("This place in the list is not known. Begin at its start.")
    return Invalid([Fault("cursor", "bad-cursor", message)])


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by an instant and the id, both rising or both falling."""

    at: InstrumentedAttribute[datetime.datetime]
    falling: bool = False


def read_page(
    session: Session,
    query: Select[Report],
    order: Order,
    cursor: Cursor | None,
    limit: int,
) -> tuple[Sequence[Report], str | None, str | None]:
    """Read one row more than asked for: then there is a next page."""
    limit = max(1, min(limit, LONGEST_PAGE))
    back = cursor is not None and cursor.back
    falling = order.falling != back
    if cursor is not None:
        query = query.where(_beyond(order.at, cursor, falling=falling))
    keys = (order.at.desc(), Report.id.desc()) if falling else (order.at, Report.id)
    rows = list(session.scalars(query.order_by(*keys).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    if back:
        rows.reverse()
    before = bool(rows) and (more if back else cursor is not None)
    after = bool(rows) and (back or more)
    name = order.at.key
    ends = (
        [Cursor(getattr(r, name), r.id, b) for r, b in ((rows[-1], False), (rows[0], True))]
        if rows
        else []
    )
    return rows, str(ends[0]) if after else None, str(ends[1]) if before else None


def _beyond(
    at: InstrumentedAttribute[datetime.datetime], cursor: Cursor, *, falling: bool
) -> ColumnElement[bool]:
    # The first condition is implied by the second, and lets every database seek in the index.
    if falling:
        rest = or_(at < cursor.at, and_(at == cursor.at, Report.id < cursor.id))
        return and_(at <= cursor.at, rest)
    rest = or_(at > cursor.at, and_(at == cursor.at, Report.id > cursor.id))
    return and_(at >= cursor.at, rest)
