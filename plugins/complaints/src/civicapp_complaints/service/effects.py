"""What follows a change, in the same commit: cache tags, domain events, notices to the reporter."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from civicapp import touch
from civicapp_complaints.domain.publish import is_public
from civicapp_complaints.domain.states import Action
from civicapp_complaints.models import Party, Report
from civicapp_complaints.service.site import Refs, Site

NOTICE = "complaints.notice"
REPLY = "reply"

# Of these the reporter hears, if there is an address. What the reporter does is no news to them.
TOLD = frozenset(
    (
        Action.SUBMIT,
        Action.ACCEPT,
        Action.ASK,
        Action.SCHEDULE,
        Action.HAND_OVER,
        Action.RESOLVE,
        Action.REJECT,
        Action.NO_ACTION,
        Action.MERGE,
        Action.EXPIRE_ASK,
        Action.AUTO_CLOSE,
        REPLY,
    )
)
EVENTS = {
    Action.SUBMIT: "complaints.report.submitted",
    Action.ACCEPT: "complaints.report.accepted",
    REPLY: "complaints.report.replied",
    Action.RESOLVE: "complaints.report.resolved",
}
CLOSED = "complaints.report.closed"
LIST_TAG, AREA_TAG, REPORT_TAG = "complaints.list:", "complaints.area:", "complaints.report:"
EVERY = "*"


def follow(
    session: Session,
    site: Site,
    report: Report,
    action: str,
    *,
    hidden: bool = False,
    was_public: bool = False,
) -> None:
    """Do what follows an event that was just appended.

    hidden: neither reporter nor public sees it. was_public: before it, the report was.
    """
    set_public(report, site)
    if was_public or (report.published_at is not None and not hidden):
        touch(session, *tags_of(site, report))
    if not hidden:
        known = action in TOLD and _has_party(session, report)
        tell(session, site, report, action, report.seq, notice=known)


def tell(
    session: Session, site: Site, report: Report, action: str, seq: int, *, notice: bool
) -> None:
    """Tell of an event: the reporter by a notice, if there are contact data, and other services."""
    if action in TOLD and notice:
        refs: Refs = {"report": report.id, "seq": seq}
        site.enqueue(session, NOTICE, f"{report.id}:{seq}", refs)
    for name in _names(report, action):
        # Before it was stored, the state may be a State, which is no plain text yet.
        data: Refs = {"report": report.id, "seq": seq, "state": str(report.state)}
        site.emit(session, name, report.number, data)


def _has_party(session: Session, report: Report) -> bool:
    return session.get(Party, report.id) is not None


def _names(report: Report, action: str) -> Iterator[str]:
    if name := EVENTS.get(action):
        yield name
    if report.closed_at is not None and action not in EVENTS:
        yield CLOSED


def set_public(report: Report, site: Site) -> None:
    """Note since when everyone may see a report; None as soon as they may not."""
    public = is_public(report, site.catalog.categories.get(report.category))
    if public and report.published_at is None:
        report.published_at = report.updated_at
    elif not public:
        report.published_at = None


def tags_of(site: Site, report: Report) -> Iterator[str]:
    """Yield the tags of all public pages that show a report."""
    yield REPORT_TAG + report.number
    yield LIST_TAG + EVERY
    yield LIST_TAG + report.category
    area = site.area(report.area)
    for code in area.path if area else ():
        yield AREA_TAG + code


def list_tag(category: str | None, area: str | None) -> str:
    """Return the tag on which a public list with these filters depends."""
    if area:
        return AREA_TAG + area
    return LIST_TAG + (category or EVERY)
