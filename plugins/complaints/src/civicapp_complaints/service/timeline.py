"""The timeline of a report and its photos, as an audience may know them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp import officer_names
from civicapp_complaints.domain.states import Actor
from civicapp_complaints.domain.text import mask
from civicapp_complaints.models import EventRow, Media, Report, Words
from civicapp_complaints.service.photos import view_of
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import Audience, PhotoView, TimelineEntry
from civicapp_complaints.service.words import HAPPENED

# Of these only officers hear.
INTERNAL = frozenset(("note", "reveal", "photo_review"))
# Of these the public does not hear either.
PRIVATE = INTERNAL | frozenset(("visibility", "publish", "unpublish", "add_photo"))
READERS: dict[Audience, frozenset[str]] = {
    "public": frozenset(("public",)),
    "reporter": frozenset(("public", "reporter")),
    "officer": frozenset(("public", "reporter", "internal")),
}


def photos_for(session: Session, report: Report, audience: Audience) -> tuple[PhotoView, ...]:
    """Return the photos that an audience may see; the public sees approved ones that are ready."""
    query = select(Media).where(Media.report == report.id)
    if audience == "public":
        query = query.where(Media.review == "approved", Media.state == "ready")
    ordered = query.order_by(Media.created_at, Media.place, Media.id)
    return tuple(map(view_of, session.scalars(ordered)))


def timeline(
    session: Session,
    site: Site,
    report: Report,
    audience: Audience,
    photos: Sequence[PhotoView] = (),
) -> tuple[TimelineEntry, ...]:
    """Return what happened to a report, as an audience may know it, the first event first."""
    hidden: Iterable[str] = {"public": PRIVATE, "reporter": INTERNAL}.get(audience, ())
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.report == report.id, EventRow.action.not_in(list(hidden)))
        .order_by(EventRow.seq)
    ).all()
    readable = select(Words).where(
        Words.report == report.id, Words.audience.in_(sorted(READERS[audience]))
    )
    words = {w.seq: w for w in session.scalars(readable)}
    names = officer_names(session, [r.actor for r in rows]) if audience == "officer" else {}
    return tuple(
        _entry(site, report, row, words.get(row.seq), names.get(row.actor or ""), audience, photos)
        for row in rows
    )


def _entry(
    site: Site,
    report: Report,
    row: EventRow,
    words: Words | None,
    officer: str | None,
    audience: Audience,
    photos: Sequence[PhotoView],
) -> TimelineEntry:
    text = words.text if words else ""
    if audience == "public":
        text = mask(text, site.mask_rules).text
    return TimelineEntry(
        seq=row.seq,
        at=row.at,
        action=row.action,
        label=HAPPENED.get(row.action, row.action),
        who=_who(row.actor_kind),
        office=site.office_name(row.agency, report.area),
        officer=officer,
        from_state=row.from_state,
        to_state=row.to_state,
        text=text,
        internal=words is not None and words.audience == "internal",
        photos=tuple(p for p in photos if p.seq == row.seq),
        data=_data(site, report, row, audience),
    )


def _who(kind: str) -> str:
    return {Actor.REPORTER.value: "reporter", Actor.SYSTEM.value: "system", "desk": "desk"}.get(
        kind, "office"
    )


def _data(site: Site, report: Report, row: EventRow, audience: Audience) -> dict[str, object]:
    """Return an event's codes, and what people call the offices among them."""
    kept = (
        dict(row.data)
        if audience == "officer"
        else {
            k: v
            for k, v in row.data.items()
            if k in ("agency", "body", "outcome", "reason", "promised_on")
        }
    )
    for name in ("agency", "body"):
        if isinstance(code := kept.get(name), str):
            kept[f"{name}_name"] = site.office_name(code, report.area)
    return kept
