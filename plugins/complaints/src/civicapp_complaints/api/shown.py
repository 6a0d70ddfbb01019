"""Turn what the service shows into what the API gives."""

import datetime
from typing import Any

from civicapp import Area
from civicapp.web import WebContext
from civicapp_complaints.api.models import (
    AreaOut,
    ChoiceOut,
    DeskReportOut,
    EntryOut,
    ItemOut,
    OfficeOut,
    OwnReportOut,
    PhotoOut,
    ReceiptOut,
    ReportOut,
    ResolvedOut,
    WaitingOut,
)
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import (
    OfficeView,
    PhotoView,
    PublicItem,
    QueueItem,
    Receipt,
    ReportView,
    Responsible,
    TimelineEntry,
)
from civicapp_complaints.service.words import STATES

ROOT = "/api/v1/complaints"


class Shown:
    """Show things in the caller's language, with the offset of the place."""

    def __init__(self, ctx: WebContext, site: Site) -> None:
        self.ctx, self.site = ctx, site

    def area(self, area: Area | None) -> AreaOut | None:
        """Show an area."""
        return AreaOut(code=area.code, name=self.ctx.text(area.title)) if area else None

    def office(self, office: OfficeView | None) -> OfficeOut | None:
        """Show an office."""
        return OfficeOut(code=office.code, name=office.name) if office else None

    def at(self, at: datetime.datetime, area: Area | None) -> datetime.datetime:
        """Write an instant with the offset of a place."""
        return self.site.local(at, area.code if area else None)

    def when(self, at: datetime.datetime | None, area: Area | None) -> datetime.datetime | None:
        """Write an instant with the offset of a place, if there is one."""
        return self.at(at, area) if at else None

    def receipt(self, receipt: Receipt) -> ReceiptOut:
        """Show a receipt."""
        return ReceiptOut(
            id=receipt.shown,
            secret=receipt.secret,
            state=receipt.state,
            visibility=receipt.visibility,
            area=self.area(receipt.area),
            agency=self.office(receipt.office),
            at_desk=receipt.at_desk,
            assumed=receipt.assumed,
            created_at=self.at(receipt.created_at, receipt.area),
            due_at=self.when(receipt.due_at, receipt.area),
            estimated=receipt.estimated,
            reachable=receipt.reachable,
        )

    def responsible(self, found: Responsible) -> ResolvedOut:
        """Show who would be responsible."""
        return ResolvedOut(
            area=self.area(found.area),
            agency=self.office(found.office),
            level=found.level,
            at_desk=found.at_desk,
            desk=self.office(found.desk),
            assumed=found.assumed,
            due_at=self.when(found.due_at, found.area),
            estimated=found.estimated,
        )

    def report(self, view: ReportView) -> ReportOut:
        """Show a report to everyone."""
        return ReportOut(**self._report(view, ""))

    def own_report(self, view: ReportView) -> OwnReportOut:
        """Show a report to its reporter."""
        return OwnReportOut(**self._report(view, ""), **self._own(view))

    def desk_report(self, view: ReportView) -> DeskReportOut:
        """Show a report to an officer."""
        return DeskReportOut(
            **self._report(view, "/desk"),
            **self._own(view),
            language=view.language,
            channel=view.channel,
            alternative=self.office(view.alternative),
            desk=self.office(view.desk),
            officer=view.officer,
            proposal=view.proposal,
            masked=list(view.masked),
            duplicate_of=view.duplicate_of,
            bounces=view.bounces,
            reopened=view.reopened,
        )

    def _report(self, view: ReportView, place: str) -> dict[str, Any]:
        category = self.site.catalog.categories.get(view.category)
        return {
            "id": view.shown,
            "category": view.category,
            "category_name": self.ctx.text(category.name) if category else view.category,
            "state": view.state,
            "state_name": self.ctx.gettext(STATES[view.state]),
            "outcome": view.outcome,
            "text": view.text,
            "visibility": view.visibility,
            "review": view.review,
            "area": self.area(view.area),
            "lat": view.lat,
            "lon": view.lon,
            "landmark": view.landmark,
            "agency": self.office(view.office),
            "level": view.level,
            "at_desk": view.at_desk,
            "assumed": view.assumed,
            "created_at": self.at(view.created_at, view.area),
            "updated_at": self.at(view.updated_at, view.area),
            "closed_at": self.when(view.closed_at, view.area),
            "due_at": self.when(view.due_at, view.area),
            "promised_on": view.promised_on,
            "overdue": view.overdue,
            "photos": [self.photo(p, view.shown, place) for p in view.photos],
            "timeline": [self._entry(e, view.area) for e in view.timeline],
        }

    def _own(self, view: ReportView) -> dict[str, Any]:
        return {
            "version": view.version,
            "public_text": view.public_text,
            "contact": list(view.contact),
            "actions": [
                ChoiceOut(action=a.action, label=self.ctx.gettext(a.label), needs=list(a.needs))
                for a in view.actions
            ],
        }

    def photo(self, photo: PhotoView, shown: str, place: str = "") -> PhotoOut:
        """Show a photo; place: `/desk` for officers."""
        return PhotoOut(
            id=photo.id,
            kind=photo.kind,
            ready=photo.ready,
            review=photo.review,
            url=f"{ROOT}{place}/reports/{shown}/media/{photo.id}",
        )

    def _entry(self, entry: TimelineEntry, area: Area | None) -> EntryOut:
        return EntryOut(
            at=self.at(entry.at, area),
            action=entry.action,
            label=self.ctx.gettext(entry.label),
            who=entry.who,
            agency=entry.office,
            officer=entry.officer,
            state=entry.to_state,
            text=entry.text,
            internal=entry.internal,
            data=dict(entry.data),
        )

    def item(self, item: PublicItem) -> ItemOut:
        """Show a line of the public list."""
        photo = f"{ROOT}/reports/{item.shown}/media/{item.photo}" if item.photo else None
        return ItemOut(
            id=item.shown,
            category=item.category,
            state=item.state,
            outcome=item.outcome,
            text=item.text,
            area=self.area(item.area),
            lat=item.lat,
            lon=item.lon,
            agency=self.office(item.office),
            created_at=self.at(item.created_at, item.area),
            updated_at=self.at(item.updated_at, item.area),
            due_at=self.when(item.due_at, item.area),
            closed_at=self.when(item.closed_at, item.area),
            photo=photo,
        )

    def waiting(self, item: QueueItem) -> WaitingOut:
        """Show a line of a queue."""
        return WaitingOut(
            id=item.shown,
            version=item.version,
            category=item.category,
            state=item.state,
            outcome=item.outcome,
            text=item.text,
            area=self.area(item.area),
            agency=self.office(item.office),
            at_desk=item.at_desk,
            assumed=item.assumed,
            created_at=self.at(item.created_at, item.area),
            due_at=self.when(item.due_at, item.area),
            overdue=item.overdue,
            photos=item.photos,
            officer=item.officer,
        )
