"""What officers do with a report: at once, or by a form of its own that keeps what was typed."""

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from civicapp import Person
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.desk import fields
from civicapp_complaints.desk.pane import Reader, show_desk
from civicapp_complaints.desk.place import At, Place
from civicapp_complaints.desk.report import AT_ONCE, load, show_report
from civicapp_complaints.desk.router import router
from civicapp_complaints.desk.tried import ACTIONS, Tried, attempt, version_of
from civicapp_complaints.pages.door import go, now
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.uploads import PHOTOS, take_photos
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.service.errors import Fault, Forbidden, Unknown
from civicapp_complaints.service.officer import Order, Reply, act, add_after_photo, reply
from civicapp_complaints.service.photos import Upload
from civicapp_complaints.service.views import ActionChoice, ReportView

MOST = 4_500  # characters of a field
FILES = ("camera", "gallery")


@router.get("/{number}/do/{action}", response_class=Response)
async def ask(ctx: Ctx, person: Reader, place: At, number: str, action: str) -> Response:
    """Show the form of an action."""
    view = await load(ctx, person, number)
    if action not in fields.HEADS or _choice(view, action) is None:
        return go(place.report(view.number))
    return await _form(ctx, person, place, view, action, Tried())


def _choice(view: ReportView, action: str) -> ActionChoice | None:
    return next((a for a in view.actions if a.action == action), None)


async def _form(
    ctx: WebContext,
    person: Person,
    place: Place,
    view: ReportView,
    action: str,
    tried: Tried,
) -> Response:
    choice = _choice(view, action)
    names = fields.asked((*choice.needs, *choice.asks)) if choice else frozenset()
    first = view.alternative.code if view.alternative else ""
    return await show_desk(
        ctx,
        person,
        place,
        "desk_form.html",
        status=tried.answer,
        report=view,
        action=action,
        heading=fields.heading(ctx, action),
        names=names,
        read_by=fields.read_by(ctx, action),
        offices=fields.offices(ctx, view) if {"agency", "body"} & names else [],
        reasons=fields.reasons(ctx) if action == "reject" else [],
        evidence=action == "resolve",
        today=now().date().isoformat(),
        typed=Fields({"agency": first, **tried.typed}),
        faults=Words(ctx, site_of(ctx), now()).faulty(tried.faults),
    )


@router.post(
    "/{number}/do/{action}",
    response_class=Response,
    dependencies=PHOTOS,
)
async def do(ctx: Ctx, person: Reader, place: At, number: str, action: str, form: Sent) -> Response:
    """Do an action, and come back to the report in its place in the list."""
    typed = {name: text_of(form, name, MOST) for name in form if name not in FILES}
    if action == "resolve" and (wrong := await _evidence(ctx, person, number, form)):
        tried = Tried(wrong).holding(**typed)
        return await _again(ctx, person, place, number, action, tried)
    carried = {k: v for k, v in typed.items() if k not in ("version", "form_token")}
    # A photo that came along made the report's version one higher.
    version = None if _has_photo(form) else version_of(form)
    order = Order(action=action, version=version, carried=carried)

    def run(session: Session) -> None:
        act(session, site_of(ctx), person, number, order, ctx.act)

    if tried := await attempt(ctx, run):
        return await _again(ctx, person, place, number, action, tried.holding(**typed))
    letter = action == "hand_over" and typed.get("channel") == "letter"
    return go(place.report(number, "letter") if letter else place.report(number, done=action))


async def _again(
    ctx: WebContext, person: Person, place: Place, number: str, action: str, tried: Tried
) -> Response:
    """Show the form once more, or the report where the action is possible no more."""
    view = await load(ctx, person, number)
    if action in AT_ONCE or _choice(view, action) is None:
        return await show_report(ctx, person, place, view, tried.at(ACTIONS))
    return await _form(ctx, person, place, view, action, tried)


def _has_photo(form: FormData) -> bool:
    return any(getattr(f, "filename", "") for name in FILES for f in form.getlist(name))


async def _evidence(
    ctx: WebContext, person: Person, number: str, form: FormData
) -> tuple[Fault, ...]:
    """Keep the photos of the finished work that came with a form."""
    site = site_of(ctx)

    async def take(upload: Upload) -> object:
        return await ctx.db.write(add_after_photo, site, person, number, upload, ctx.act, None)

    try:
        _, wrong = await take_photos(ctx, form, FILES, take)
    except (Forbidden, Unknown):
        raise HTTPException(403) from None
    return wrong


@router.post("/{number}/reply", response_class=Response)
async def write(ctx: Ctx, person: Reader, place: At, number: str, form: Sent) -> Response:
    """Write to the reporter, or a note for officers."""
    internal = text_of(form, "to", 10) == "officers"
    text = text_of(form, "text", MOST)
    given = Reply(text=text, internal=internal, version=version_of(form))

    def run(session: Session) -> None:
        reply(session, site_of(ctx), person, number, given, ctx.act)

    if tried := await attempt(ctx, run):
        view = await load(ctx, person, number)
        return await show_report(ctx, person, place, view, tried.holding(text=text))
    return go(place.report(number, done="note" if internal else "reply"))
