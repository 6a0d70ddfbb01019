"""Which photo may be shown to whom; what is returned names its file."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import Person
from civicapp_complaints.domain.number import parse
from civicapp_complaints.models import Media, Report
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.photos import LARGE, SMALL, file_name
from civicapp_complaints.service.read import is_published
from civicapp_complaints.service.rows import load_for
from civicapp_complaints.service.site import Site


def public_photo(session: Session, site: Site, number: str, media: str, *, small: bool) -> str:
    """Return the file of an approved photo of a public report; raise Unknown."""
    wanted = parse(number, site.config.number_prefix)
    report = session.scalar(select(Report).where(Report.number == wanted)) if wanted else None
    if report is None or not is_published(site, report):
        raise Unknown
    row = _ready(session, report, media)
    if row.review != "approved":
        raise Unknown
    return _file(row, small=small)


def reporters_photo(session: Session, report: Report, media: str, *, small: bool) -> str:
    """Return the file of a report's photo for its reporter, who has shown the secret."""
    return _file(_ready(session, report, media), small=small)


def officers_photo(
    session: Session, site: Site, person: Person, id: str, media: str, *, small: bool
) -> str:
    """Return the file of a photo of a report that an officer may see; raise Unknown."""
    report = load_for(session, site, person, id)
    return _file(_ready(session, report, media), small=small)


def _ready(session: Session, report: Report, media: str) -> Media:
    row = session.get(Media, media[:32])
    if row is None or row.report != report.id or row.state != "ready":
        raise Unknown
    return row


def _file(row: Media, *, small: bool) -> str:
    return file_name(row.id, SMALL if small else LARGE)
