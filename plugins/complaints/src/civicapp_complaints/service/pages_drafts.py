"""What pages do with drafts beyond keeping them: send one, once, and remember it for a while."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from civicapp_complaints.models import Draft
from civicapp_complaints.service.drafts import load_draft, save_draft
from civicapp_complaints.service.photos import photos_of
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.submit import Submission, submit
from civicapp_complaints.service.views import PhotoView

SENT, SECRET = "sent", "secret"
# Within this time a repeated press of the button leads to the same report; later the address of
# the form opens nothing, so that it is no second secret link.
REMEMBERED = datetime.timedelta(minutes=15)
Make = Callable[[str, Mapping[str, str]], Submission]


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft: its id, its fields as typed, its photos."""

    id: str
    fields: dict[str, str]
    photos: tuple[PhotoView, ...]

    @property
    def sent(self) -> str:
        """Return the number of the report that came of it, "" before that."""
        return self.fields.get(SENT, "")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a draft: number and secret of its report."""

    number: str
    secret: str


def read_kept(session: Session, site: Site, secret: str, now: datetime.datetime) -> Kept:
    """Return a draft with its photos; raise Unknown."""
    id, fields = load_draft(session, site, secret, now)
    return Kept(id, fields, photos_of(session, draft=id))


def change_kept(
    session: Session, site: Site, secret: str, changes: Mapping[str, str], now: datetime.datetime
) -> Kept:
    """Write some fields of a draft, leaving the others; one that was sent stays as it is."""
    kept = read_kept(session, site, secret, now)
    if kept.sent:
        return kept
    fields = {**kept.fields, **changes}
    save_draft(session, site, secret, {k: v for k, v in fields.items() if v}, now)
    return Kept(kept.id, fields, kept.photos)


def send_kept(
    session: Session, site: Site, secret: str, make: Make, now: datetime.datetime
) -> Sent:
    """Make a report of a draft, once, however often this is asked; raise Unknown or Invalid.

    make: turns id and fields of the draft into a submission.
    """
    id, fields = load_draft(session, site, secret, now)
    if SENT in fields:
        return Sent(fields[SENT], fields[SECRET])
    receipt = submit(session, site, make(id, fields), now, key=f"draft:{id}")
    save_draft(session, site, secret, {SENT: receipt.number, SECRET: receipt.secret}, now)
    draft = session.get(Draft, id)
    if draft is not None:
        draft.expires_at = now + REMEMBERED
    return Sent(receipt.number, receipt.secret)
