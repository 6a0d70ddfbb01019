"""A report at the desk: what may be done, text, photos, map, history, beside the list it is in."""

from dataclasses import dataclass

from starlette.responses import Response

from civicapp import N_, Person
from civicapp.web import MAP_SIZE, Ctx, Marked, NotFound, WebContext, land_of, pinned
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.pane import Reader, show_desk
from civicapp_complaints.desk.place import At, Place
from civicapp_complaints.desk.router import router
from civicapp_complaints.desk.tried import Tried
from civicapp_complaints.pages.door import now
from civicapp_complaints.pages.photo import photo_answer
from civicapp_complaints.pages.progress import happened
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.permissions import ISSUE, REVEAL, REVIEW
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.pages_queue import beside
from civicapp_complaints.service.read import officers_report
from civicapp_complaints.service.views import Contacted, ReportView

# The first that is allowed is the button that stands out.
FIRST = ("accept", "route", "take_back", "start", "resolve", "confirm")
LATER = ("reassign", "hand_over", "ask", "schedule", "return", "send_back", "reopen", "unmerge")
LAST = ("merge", "no_action", "reject")
ORDER = (*FIRST, *LATER, *LAST)
DANGER = frozenset(("no_action", "reject"))
AT_ONCE = frozenset(("accept", "start", "confirm"))
WRITTEN = frozenset(("reply", "note"))
SHOWN = 4  # actions beside each other; the others are folded
SHORT = {
    "accept": N_("Accept"),
    "route": N_("Send to an office"),
    "reassign": N_("Send on"),
    "ask": N_("Ask"),
    "start": N_("Start"),
    "resolve": N_("Done"),
    "schedule": N_("Promise a date"),
    "return": N_("Return"),
    "hand_over": N_("Hand over"),
    "take_back": N_("Take back"),
    "confirm": N_("Confirm"),
    "send_back": N_("Send back"),
    "reopen": N_("Open again"),
    "unmerge": N_("Separate"),
    "merge": N_("Merge"),
    "no_action": N_("Close without action"),
    "reject": N_("Reject"),
}


@dataclass(frozen=True, slots=True)
class Button:
    """A button for an action. path: of its form, "" when it is done at once."""

    action: str
    label: str
    path: str
    danger: bool


def buttons(ctx: WebContext, place: Place, report: ReportView) -> list[Button]:
    """List what may be done, the most usual first."""
    allowed = {a.action for a in report.actions} - WRITTEN
    return [
        Button(
            name,
            ctx.gettext(SHORT[name]),
            "" if name in AT_ONCE else place.report(report.number, f"do/{name}"),
            name in DANGER,
        )
        for name in ORDER
        if name in allowed
    ]


async def load(ctx: WebContext, person: Person, number: str) -> ReportView:
    """Return a report that this officer may see; raise NotFound for all others alike."""
    try:
        return await ctx.db.read(officers_report, site_of(ctx), person, number, now())
    except Unknown:
        raise NotFound from None


@router.get("/{number}", response_class=Response)
async def report(ctx: Ctx, person: Reader, place: At, number: str, done: str = "") -> Response:
    """Show a report."""
    return await show_report(ctx, person, place, await load(ctx, person, number), done=done)


async def show_report(
    ctx: WebContext,
    person: Person,
    place: Place,
    view: ReportView,
    tried: Tried | None = None,
    contact: Contacted | None = None,
    done: str = "",
) -> Response:
    """Answer with a report. contact: opened in this very request."""
    w, tried = Words(ctx, site_of(ctx), now()), tried or Tried()
    area = view.area.code if view.area else None
    agency = view.office.code if view.office else None
    around = await ctx.db.read(beside, site_of(ctx), person, place.filter, view.number, now())
    return await show_desk(
        ctx,
        person,
        place,
        "desk_report.html",
        status=tried.answer,
        report=view,
        base=f"/desk/complaints/{view.number}",
        buttons=buttons(ctx, place, view),
        shown=SHOWN,
        marks=happened(view, w, "officer")[::-1],
        map=small_map(ctx, view),
        beside=around,
        reviews=person.may_on(REVIEW, agency=agency, area=area) and view.visibility == "public",
        reveals=person.may(REVEAL) and bool(view.contact) and contact is None,
        issues=person.may(ISSUE) and bool(view.contact),
        writes=any(a.action == "reply" for a in view.actions),
        contact=contact,
        done=done,
        faults=w.faulty(tried.faults),
        typed=Fields(tried.typed),
    )


def small_map(ctx: WebContext, view: ReportView) -> Marked | None:
    """Draw where a report is."""
    if view.lat is None or view.lon is None:
        return None
    return pinned(land_of(ctx).around(view.lat, view.lon, MAP_SIZE), view.lat, view.lon)


@router.get("/{number}/photo/{media}/{form}", response_class=Response)
async def desk_photo(ctx: Ctx, person: Reader, number: str, media: str, form: str) -> Response:
    """Show a photo of a report to an officer who may see it."""
    view = await load(ctx, person, number)
    return await photo_answer(ctx, view.photos, media, form)
