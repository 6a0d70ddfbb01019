"""Progress: what has happened to a report and what comes next, as the line of a timeline."""

import datetime
from dataclasses import dataclass

from civicapp.web import WebContext
from civicapp_complaints.domain.states import State
from civicapp_complaints.pages.words import Words
from civicapp_complaints.service.views import Audience, PhotoView, ReportView, TimelineEntry

# What a timeline leaves out for residents: it would tell them nothing.
SILENT = frozenset(("visibility", "add_photo"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a timeline. ahead: it has not happened yet. text: as people wrote it."""

    label: str
    note: str
    text: str = ""
    internal: bool = False
    ahead: bool = False
    now: bool = False
    at: datetime.datetime | None = None
    photos: tuple[PhotoView, ...] = ()
    tag: str = ""


def happened(report: ReportView, w: Words, audience: Audience) -> list[Mark]:
    """List what happened, the first event first."""
    quiet = SILENT if audience != "officer" else frozenset()
    return [
        _mark(entry, report, w, audience)
        for entry in report.timeline
        if entry.action not in quiet or entry.text or entry.photos
    ]


def _mark(entry: TimelineEntry, report: ReportView, w: Words, audience: Audience) -> Mark:
    note = f"{w.moment(entry.at, report.area)} · {w.who(entry, audience)}"
    return Mark(
        label=w.happened(entry),
        note=note,
        text=entry.text,
        internal=entry.internal,
        at=entry.at,
        # What came with the report stands beside its text.
        photos=entry.photos if entry.action != "submit" else (),
    )


def ahead(ctx: WebContext, report: ReportView, w: Words) -> list[Mark]:
    """List what is still to come, with dates where one is promised."""
    if report.state == State.CLOSED:
        return []
    coming = []
    if report.state in (State.RECEIVED, State.ROUTED):
        office = report.office.name if report.office and not report.at_desk else ""
        coming.append(Mark(ctx.gettext("The office takes it on"), office, ahead=True))
    if report.state != State.RESOLVED:
        coming.append(
            Mark(ctx.gettext("Done, then you judge it"), _target(ctx, report, w), ahead=True)
        )
    return coming


def _target(ctx: WebContext, report: ReportView, w: Words) -> str:
    if report.promised_on is not None:
        return ctx.gettext("promised for %(date)s", date=w.day(report.promised_on))
    if report.due_at is None:
        return ctx.gettext("no date promised")
    day = w.day(report.due_at, report.area)
    if report.overdue:
        return ctx.gettext("was due %(date)s", date=day)
    return ctx.gettext("by %(date)s at the latest", date=day)


def next_date(ctx: WebContext, report: ReportView, w: Words) -> str:
    """Say the next date that counts for this report, "" if there is none."""
    if report.closed_at is not None:
        return ctx.gettext("Closed on %(date)s.", date=w.day(report.closed_at, report.area))
    if report.promised_on is not None:
        return ctx.gettext("Promised for %(date)s.", date=w.day(report.promised_on))
    if report.due_at is None:
        return ""
    day = w.day(report.due_at, report.area)
    if report.overdue:
        return ctx.gettext("It was due on %(date)s.", date=day)
    return ctx.gettext("Due on %(date)s.", date=day)
