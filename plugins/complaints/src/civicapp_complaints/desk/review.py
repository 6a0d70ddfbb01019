"""Review: what was written beside what becomes public; each photo is decided on by itself."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from civicapp import N_, Person
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.pane import Reviewer, show_desk
from civicapp_complaints.desk.place import At, Place
from civicapp_complaints.desk.report import load, small_map
from civicapp_complaints.desk.router import router
from civicapp_complaints.desk.tried import Tried, attempt, version_of
from civicapp_complaints.pages.door import go, now
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.service.errors import Fault, Unknown
from civicapp_complaints.service.pages_queue import Beside, beside
from civicapp_complaints.service.review import Review, review
from civicapp_complaints.service.views import ReportView

MASKED = {
    "phone": N_("phone numbers"),
    "email": N_("e-mail addresses"),
    "id": N_("numbers of persons"),
    "plate": N_("number plates"),
}
WHY = Fault("reason", "incomplete", N_("Say why, for the next officer."))


@router.get("/{number}/review", response_class=Response)
async def look(ctx: Ctx, person: Reviewer, place: At, number: str, done: str = "") -> Response:
    """Show what a reporter wants to publish."""
    view = await load(ctx, person, number)
    if view.visibility != "public" or view.proposal is None:
        return go(place.report(view.number))
    return await _show(ctx, person, place, view, Tried(), done)


async def _show(
    ctx: WebContext,
    person: Person,
    place: Place,
    view: ReportView,
    tried: Tried,
    done: str = "",
) -> Response:
    shown = {"text": view.public_text or view.proposal or "", **tried.typed}
    return await show_desk(
        ctx,
        person,
        place,
        "desk_review.html",
        status=tried.answer,
        report=view,
        base=f"/desk/complaints/{view.number}",
        masked=[ctx.gettext(MASKED[m]) for m in view.masked if m in MASKED],
        map=small_map(ctx, view),
        done=done,
        typed=Fields(shown),
        faults=Words(ctx, site_of(ctx), now()).faulty(tried.faults),
    )


@router.post("/{number}/review", response_class=Response)
async def decide(ctx: Ctx, person: Reviewer, place: At, number: str, form: Sent) -> Response:
    """Publish a report or not, and go on to the next that waits."""
    approve = text_of(form, "decision", 10) == "publish"
    text, reason = text_of(form, "text"), text_of(form, "reason", 500)
    shown = set(map(str, form.getlist("photo")))
    all_photos = [str(p) for p in form.getlist("photos")]
    given = Review(
        approve=approve,
        text=text,
        photos={p: p in shown for p in all_photos} if approve else {},
        reason=reason,
        version=version_of(form),
    )
    following = await _following(ctx, person, place, number)

    def run(session: Session) -> None:
        review(session, site_of(ctx), person, number, given, ctx.act)

    tried = await attempt(ctx, run) if approve or reason.strip() else Tried((WHY,))
    if tried:
        view = await load(ctx, person, number)
        return await _show(ctx, person, place, view, tried.holding(text=text, reason=reason))
    done = "publish" if approve else "unpublish"
    if place.view == "review" and following.after:
        return go(place.report(following.after, "review", done=done))
    return go(place.list(done=done) if place.view == "review" else place.report(number, done=done))


async def _following(ctx: WebContext, person: Person, place: Place, number: str) -> Beside:
    """Find the report after this one while this one still has its place in the list."""
    try:
        return await ctx.db.read(beside, site_of(ctx), person, place.filter, number, now())
    except Unknown:
        return Beside(None, None)
