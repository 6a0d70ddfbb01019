"""What officers do with a report: at once, or by a form of its own that keeps what was typed."""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from civicapp import N_, Person
from civicapp.web import Ctx, NotFound, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.desk import fields
from civicapp_complaints.desk.pane import Reader, show_desk
from civicapp_complaints.desk.place import At, Place
from civicapp_complaints.desk.report import AT_ONCE, load, show_report
from civicapp_complaints.desk.router import router
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.pages.door import go, now
from civicapp_complaints.pages.form import text_of
from civicapp_complaints.pages.uploads import PHOTOS, take_photos
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.service.errors import Fault, Forbidden, Invalid, Outdated, Unknown
from civicapp_complaints.service.officer import Order, Reply, act, add_after_photo, reply
from civicapp_complaints.service.photos import Upload
from civicapp_complaints.service.views import ActionChoice, ReportView

CHANGED = N_("Someone else has changed the report meanwhile. Read it again, then send once more.")
NOT_YOURS = N_("Someone else has to do this.")
MOST = 4_500  # characters of a field
FILES = ("camera", "gallery")


@router.get("/{number}/do/{action}", response_class=Response)
async def ask(ctx: Ctx, person: Reader, place: At, number: str, action: str) -> Response:
    """Show the form of an action."""
    view = await load(ctx, person, number)
    if action not in fields.HEADS or _choice(view, action) is None:
        return go(place.report(view.number))
    return await _form(ctx, person, place, view, action, {})


def _choice(view: ReportView, action: str) -> ActionChoice | None:
    return next((a for a in view.actions if a.action == action), None)


async def _form(
    ctx: WebContext,
    person: Person,
    place: Place,
    view: ReportView,
    action: str,
    typed: Mapping[str, str],
    faults: tuple[Fault, ...] = (),
    status: int = 422,
) -> Response:
    choice = _choice(view, action)
    names = fields.asked(action, (*choice.needs, *choice.asks)) if choice else frozenset()
    first = view.alternative.code if view.alternative else ""
    return await show_desk(
        ctx,
        person,
        place,
        "desk_form.html",
        status=status if faults else 200,
        report=view,
        action=action,
        heading=fields.heading(ctx, action),
        names=names,
        read_by=fields.read_by(ctx, action),
        offices=fields.offices(ctx, view) if {"agency", "body"} & names else [],
        reasons=fields.reasons(ctx) if action == "reject" else [],
        evidence=action == "resolve",
        today=now().date().isoformat(),
        typed=Fields({"agency": first, **typed}),
        faults=Words(ctx, site_of(ctx), now()).faulty(faults),
    )


@router.post(
    "/{number}/do/{action}",
    response_class=Response,
    dependencies=PHOTOS,
)
async def do(ctx: Ctx, person: Reader, place: At, number: str, action: str) -> Response:
    """Do an action, and come back to the report in its place in the list."""
    form = await ctx.request.form()
    typed = {name: text_of(form, name, MOST) for name in form if name not in FILES}
    wrong = await _evidence(ctx, person, number, form) if action == "resolve" else ()
    if wrong:
        view = await load(ctx, person, number)
        return await _form(ctx, person, place, view, action, typed, wrong)
    carried = {k: v for k, v in typed.items() if k not in ("version", "form_token")}
    # A photo that came along made the report's version one higher.
    version = None if _has_photo(form) else version_of(form)
    order = Order(action=action, version=version, carried=carried)

    def run(session: Session) -> None:
        act(session, site_of(ctx), person, number, order, ctx.act)

    faults, status = await attempt(ctx, run)
    if not faults:
        letter = action == "hand_over" and typed.get("channel") == "letter"
        return go(place.report(number, "letter") if letter else place.report(number, done=action))
    view = await load(ctx, person, number)
    if action in AT_ONCE or _choice(view, action) is None:
        return await show_report(
            ctx, person, place, view, faults=_at(faults, "actions"), status=status
        )
    return await _form(ctx, person, place, view, action, typed, faults, status)


def _at(faults: tuple[Fault, ...], field: str) -> tuple[Fault, ...]:
    return tuple(Fault(field, f.code, f.message, f.words) for f in faults)


def version_of(form: FormData) -> int | None:
    """Return the version of the report that the officer had seen."""
    text = text_of(form, "version", 10)
    return int(text) if text.isascii() and text.isdigit() else None


async def attempt(
    ctx: WebContext, run: "object"
) -> tuple[tuple[Fault, ...], int]:
    """Run a write; return what stood in its way, and the status that says so."""
    try:
        await ctx.db.write(run)  # type: ignore[arg-type]
    except Unknown:
        raise NotFound from None
    except Invalid as invalid:
        return invalid.faults, 422
    except Outdated:
        return (Fault("actions", "outdated", CHANGED),), 412
    except Forbidden:
        return (Fault("actions", "not-yours", NOT_YOURS),), 403
    except Refusal as refusal:
        field = refusal.field or "actions"
        return (Fault(field, refusal.code, refusal.message, refusal.words),), 409
    return (), 200


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
async def write(ctx: Ctx, person: Reader, place: At, number: str) -> Response:
    """Write to the reporter, or a note for officers."""
    form = await ctx.request.form()
    internal = text_of(form, "to", 10) == "officers"
    text = text_of(form, "text", MOST)
    given = Reply(text=text, internal=internal, version=version_of(form))

    def run(session: Session) -> None:
        reply(session, site_of(ctx), person, number, given, ctx.act)

    faults, status = await attempt(ctx, run)
    if not faults:
        return go(place.report(number, done="note" if internal else "reply"))
    view = await load(ctx, person, number)
    return await show_report(
        ctx, person, place, view, faults=faults, typed={"text": text}, status=status
    )


