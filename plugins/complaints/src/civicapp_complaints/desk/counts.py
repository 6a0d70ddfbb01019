"""Counts for the officers' start page."""

from typing import TYPE_CHECKING, cast

from sqlalchemy.orm import Session

from civicapp import Person
from civicapp_complaints.service.lists import waiting, waiting_for_review
from civicapp_complaints.service.site import Site

if TYPE_CHECKING:
    from civicapp import Cipher


def waiting_for(session: Session, person: Person) -> int:
    """Count what waits in an officer's queues."""
    return waiting(session, _site(person), person)


def waiting_to_publish(session: Session, person: Person) -> int:
    """Count what waits for a reviewer."""
    return waiting_for_review(session, _site(person), person)


def _site(person: Person) -> Site:
    # Counting opens no contact data, so it needs no key.
    return Site(region=person.region, cipher=cast("Cipher", None))
