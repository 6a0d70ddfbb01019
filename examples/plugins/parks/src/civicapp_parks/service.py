"""What is done with notes: sync functions of a Session, which never commit themselves."""

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from civicapp import Act, Expected, Outbox, Person, audit, touch
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from civicapp_parks.config import Place
from civicapp_parks.models import Note
from civicapp_parks.permissions import ANSWER, READ

SHOWN, QUEUE, BATCH = 20, 100, 500


class Unknown(LookupError):
    """There is no such note, or not for whom asks: both look alike."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decided on a note. answer: "" when it was only seen. seen: which version."""

    answer: str
    seen: Expected


def tag_of(place: str) -> str:
    """Return the cache tag of what everybody sees of a place."""
    return f"parks.place:{place}"


def leave_note(
    session: Session, outbox: Outbox, place: Place, text: str, now: datetime.datetime
) -> Note:
    """Keep a note, and tell other plugins of it with the same commit."""
    note = Note(
        id=secrets.token_hex(8),
        place=place.code,
        area=place.area,
        agency=place.agency,
        text=text,
        state="new",
        left_at=now,
        version=1,
    )
    session.add(note)
    refs = {"note": note.id, "place": place.code}
    outbox.emit(session, "parks.note.left", place.code, refs)
    return note


def answered(session: Session, place: str) -> Sequence[Note]:
    """Read the notes about a place that everybody may see, the last answered first."""
    public = select(Note).where(Note.place == place, Note.state == "answered")
    return session.scalars(public.order_by(Note.closed_at.desc(), Note.id).limit(SHOWN)).all()


def waiting(session: Session, person: Person) -> int:
    """Count the notes that wait for an officer."""
    return session.scalar(select(func.count()).where(_mine(person, READ), _new())) or 0


def queue(session: Session, person: Person) -> Sequence[Note]:
    """Read the notes that wait for an officer, the oldest first; more come as these are closed."""
    mine = select(Note).where(_mine(person, READ), _new())
    return session.scalars(mine.order_by(Note.left_at, Note.id).limit(QUEUE)).all()


def lately(session: Session, person: Person) -> Sequence[Note]:
    """Read the notes that officers closed, the last one first: an answer may need mending."""
    mine = select(Note).where(_mine(person, READ), Note.closed_at.is_not(None))
    return session.scalars(mine.order_by(Note.closed_at.desc(), Note.id).limit(SHOWN)).all()


def load(session: Session, person: Person, id: str, permission: str = READ) -> Note:
    """Read a note of an officer's own rows; raise Unknown for any other."""
    mine = select(Note).where(Note.id == id, _mine(person, permission))
    note = session.scalar(mine) if id.isalnum() else None  # some letters no database takes
    if note is None:
        raise Unknown(id)
    return note


def close_note(session: Session, person: Person, id: str, decision: Decision, act: Act) -> Note:
    """Answer a note, which makes both public, or mark it as seen; raise Unknown or Stale.

    A closed note can be decided on anew: an answer is mended, or taken back.
    """
    note = load(session, person, id, ANSWER)
    decision.seen.check(note.version)
    before = {"state": note.state, "version": note.version}
    note.state = "answered" if decision.answer else "seen"
    note.answer = decision.answer or None
    note.closed_at = act.at
    note.version += 1
    after = {"state": note.state, "version": note.version}
    audit(session, act, ANSWER, f"parks.note:{note.id}", before=before, after=after)
    touch(session, tag_of(note.place))
    return note


def forget_notes(session: Session, before: datetime.datetime) -> int:
    """Forget notes that were left before an instant, some at a time; return how many."""
    old = select(Note.id).where(Note.left_at < before).order_by(Note.left_at).limit(BATCH)
    gone = delete(Note).where(Note.id.in_(session.scalars(old).all())).returning(Note.place)
    places = session.scalars(gone).all()
    touch(session, *map(tag_of, places))
    return len(places)


def _mine(person: Person, permission: str) -> ColumnElement[bool]:
    return person.rows(permission).where(Note.agency, Note.area)


def _new() -> ColumnElement[bool]:
    return Note.state == "new"
