"""What reporters do with their report: answer, confirm, dispute, withdraw, photo, visibility."""

import datetime
from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from civicapp import N_
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.pages.door import COOKIE, HOME, go, now
from civicapp_complaints.pages.mine import mine, page, track
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.uploads import PHOTOS, take_photos
from civicapp_complaints.service.errors import Fault, Invalid, Outdated, Unknown
from civicapp_complaints.service.links import opened
from civicapp_complaints.service.photos import Upload, add_to_report
from civicapp_complaints.service.reporter import Wish, act, set_visibility
from civicapp_complaints.service.site import Site

CHANGED = N_("The report has changed meanwhile. Read it again, then send your text once more.")
FILES = ("camera", "gallery")
Change = Callable[[Session, Site, str, datetime.datetime], object]


@router.post("/mine/{number}/photo", response_class=Response, dependencies=PHOTOS)
async def add_photo(ctx: Ctx, number: str, form: Sent) -> Response:
    """Add photos to a report."""
    found = await mine(ctx, number)
    if found is None:
        return await track(ctx, number)
    kept, wrong = await _photos(ctx, number, found.secret, form)
    if not kept and not wrong:
        wrong = (Fault("gallery", "photo-missing", N_("Choose a photo first.")),)
    if wrong:
        again = await mine(ctx, number)
        return page(ctx, again or found, faults=wrong)
    return go(f"{HOME}/mine/{number}?done=photo")


async def _photos(
    ctx: WebContext, number: str, secret: str, form: FormData
) -> tuple[int, tuple[Fault, ...]]:
    site = site_of(ctx)

    def keep(session: Session, upload: Upload) -> object:
        report = opened(session, site, number, secret)
        return add_to_report(session, site, report, upload, now())

    async def take(upload: Upload) -> object:
        return await ctx.db.write(keep, upload)

    try:
        return await take_photos(ctx, form, FILES, take)
    except (Unknown, Refusal):
        return 0, (Fault("gallery", "not-possible", CHANGED),)


@router.post("/mine/{number}/visibility", response_class=Response)
async def visibility(ctx: Ctx, number: str, form: Sent) -> Response:
    """Choose who may see a report."""
    wanted, version = text_of(form, "visibility", 20), _version(form)

    def change(session: Session, site: Site, secret: str, at: datetime.datetime) -> object:
        report = opened(session, site, number, secret)
        return set_visibility(session, site, report, wanted, at, version)

    return await _change(ctx, number, "visibility", form, change)


@router.post("/mine/{number}/do/{action}", response_class=Response, dependencies=PHOTOS)
async def do(ctx: Ctx, number: str, action: str, form: Sent) -> Response:
    """Do an action of the reporter; photos that come with it are kept first."""
    if any(form.getlist(name) for name in FILES):
        found = await mine(ctx, number)
        wrong: tuple[Fault, ...] = ()
        if found is not None:
            _, wrong = await _photos(ctx, number, found.secret, form)
        if found is not None and wrong:
            return page(ctx, found, faults=wrong, typed={action: text_of(form, "text")})
    text = text_of(form, "text")
    # A photo that came along made the report's version one higher.
    version = None if any(form.getlist(name) for name in FILES) else _version(form)

    def change(session: Session, site: Site, secret: str, at: datetime.datetime) -> object:
        report = opened(session, site, number, secret)
        return act(session, site, report, Wish(action=action, version=version, text=text), at)

    return await _change(ctx, number, action, form, change)


@router.get("/mine/{number}/{form:path}", response_class=Response)
async def back_to_report(number: str) -> Response:
    """Lead back to the report from the address of a form, as a reload or a bookmark asks it."""
    return go(f"{HOME}/mine/{number}")


def _version(form: FormData) -> int | None:
    text = text_of(form, "version", 10)
    return int(text) if text.isascii() and text.isdigit() else None


async def _change(
    ctx: WebContext, number: str, action: str, form: FormData, change: Change
) -> Response:
    secret = ctx.request.cookies.get(COOKIE, "")
    status = 422
    try:
        await ctx.db.write(change, site_of(ctx), secret, now())
        return go(f"{HOME}/mine/{number}?done={action}")
    except Unknown:
        return await track(ctx, number)
    except Invalid as invalid:
        faults = tuple(Fault(action, f.code, f.message, f.words) for f in invalid.faults)
    except Outdated:
        status, faults = 412, (Fault(action, "outdated", CHANGED),)
    except Refusal as refusal:
        status, faults = 409, (Fault(action, refusal.code, refusal.message, refusal.words),)
    found = await mine(ctx, number)
    if found is None:
        return await track(ctx, number)
    typed = {action: text_of(form, "text")}
    return page(ctx, found, faults=faults, typed=typed, status=status)
