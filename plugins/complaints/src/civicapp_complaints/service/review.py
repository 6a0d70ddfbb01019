"""Review what reporters want to publish: the text and each photo, decided by a reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import N_, Act, Person, audit
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.states import Actor
from civicapp_complaints.domain.text import Masked, mask, read_description
from civicapp_complaints.models import Media, Report
from civicapp_complaints.permissions import REVIEW
from civicapp_complaints.service.effects import follow
from civicapp_complaints.service.errors import Fault, Forbidden, Invalid, fault_of
from civicapp_complaints.service.history import Deed, append, check_version
from civicapp_complaints.service.rows import load_for, may
from civicapp_complaints.service.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A reviewer's decision. text: what becomes public. photos: True for each that may be shown.

    Photos that are not named stay as they are. version: as seen; None: any.
    """

    approve: bool
    text: str = ""
    photos: Mapping[str, bool] = field(default_factory=dict)
    reason: str = ""
    version: int | None = None


def proposal(site: Site, report: Report) -> Masked:
    """Propose a public text: what was written, with what is personal masked."""
    return mask(report.description, site.mask_rules)


def review(
    session: Session, site: Site, person: Person, report_id: str, given: Review, by: Act
) -> Report:
    """Decide whether a report becomes public; raise Unknown, Forbidden, Outdated or Invalid."""
    report = load_for(session, site, person, report_id)
    if not may(site, person, REVIEW, report):
        raise Forbidden
    check_version(report, given.version)
    category = site.catalog.categories.get(report.category)
    if report.visibility != "public" or category is None or category.sensitive:
        message = N_("The reporter keeps this report private.")
        raise Invalid([Fault("approve", "private-only", message)])
    text = _text(site, given)
    was_public = report.published_at is not None
    before = {"review": report.review, "public_text": report.public_text}
    report.review = "approved" if given.approve else "refused"
    report.public_text = text if given.approve else None
    report.review_since = None
    decided = _decide(session, report, given.photos)
    action = "publish" if given.approve else "unpublish"
    data = {"photos": decided}
    deed = Deed(action, Actor.DESK, by.at, person.id, None, given.reason, "internal", data)
    append(session, report, deed, report.state)
    follow(session, site, report, action, was_public=was_public)
    after = {"review": report.review, "public_text": report.public_text, "photos": decided}
    audit(session, by, REVIEW, f"complaints.report:{report.number}", before=before, after=after)
    return report


def _text(site: Site, given: Review) -> str:
    if not given.approve:
        return ""
    try:
        return read_description(given.text, limit=site.config.description_limit)
    except Refusal as refusal:
        fault = fault_of(refusal)
        raise Invalid([Fault("text", fault.code, fault.message, fault.words)]) from refusal


def _decide(session: Session, report: Report, photos: Mapping[str, bool]) -> int:
    """Note the decision on each photo; return how many were decided on."""
    rows = session.scalars(
        select(Media).where(Media.report == report.id, Media.id.in_(sorted(photos)))
    ).all()
    for row in rows:
        row.review = "approved" if photos[row.id] else "refused"
    return len(rows)
