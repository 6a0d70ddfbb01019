"""Contact data of reporters: encrypted in a table of its own, opened only where it is needed."""

import secrets as _secrets
from contextlib import suppress

from sqlalchemy.orm import Session

from civicapp import Sealed
from civicapp_complaints.domain.contact import Contact
from civicapp_complaints.models import Party
from civicapp_complaints.service.site import Site

FIELDS = ("name", "email", "phone")


def seal_contact(site: Site, report: str, contact: Contact, *, share: bool) -> Party | None:
    """Encrypt contact data; None if there are none."""
    given = {field: getattr(contact, field) for field in FIELDS}
    if not any(given.values()):
        return None
    sealed = {
        field: site.cipher.encrypt(text, _purpose(field, report)) if text else None
        for field, text in given.items()
    }
    return Party(report=report, share=share, erased_at=None, **sealed)


def open_contact(session: Session, site: Site, report: str) -> Contact:
    """Decrypt contact data; what no key opens any more is missing."""
    party = session.get(Party, report)
    found: dict[str, str | None] = dict.fromkeys(FIELDS)
    for field in FIELDS if party else ():
        if sealed := getattr(party, field):
            with suppress(Sealed):
                found[field] = site.cipher.decrypt(sealed, _purpose(field, report))
    return Contact(**found)


def known_ways(session: Session, report: str) -> tuple[str, ...]:
    """Say which contact data there are, without opening them."""
    party = session.get(Party, report)
    return tuple(f for f in FIELDS if party and getattr(party, f))


def same(one: str | None, other: str | None) -> bool:
    """Compare contact data in a time that tells nothing; nothing is the same as nothing given."""
    if not one or not other:
        return False
    return _secrets.compare_digest(one.casefold().encode(), other.casefold().encode())


def _purpose(field: str, report: str) -> str:
    return f"complaints_party.{field}:{report}"
