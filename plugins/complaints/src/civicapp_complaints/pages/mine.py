"""A reporter's own report: opened by its secret link, remembered by a cookie for it alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import segno
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import Response

from civicapp.web import Ctx, NotFound, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.domain.number import parse
from civicapp_complaints.domain.states import Action, State
from civicapp_complaints.pages.door import (
    COOKIE,
    HOME,
    address,
    forget_report,
    go,
    now,
    remember_report,
    show,
)
from civicapp_complaints.pages.photo import photo_answer
from civicapp_complaints.pages.place import Point
from civicapp_complaints.pages.progress import ahead, happened, next_date
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.service.errors import Fault, Unknown
from civicapp_complaints.service.links import opened_by
from civicapp_complaints.service.photos import room
from civicapp_complaints.service.read import public_report, reporters_report
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import ReportView

MAIN = (Action.ANSWER, Action.CONFIRM, Action.DISPUTE, Action.REOPEN, Action.APPEAL)


@dataclass(frozen=True, slots=True)
class Mine:
    """A report that this browser may open. left: photos that may still be added."""

    report: ReportView
    secret: str
    left: int


@router.get("/s/{secret}", response_class=Response)
async def open_link(ctx: Ctx, secret: str) -> Response:
    """Open a report by its secret link, and lead to an address without the secret."""
    try:
        number = await ctx.db.read(_number_of, secret)
    except Unknown:
        raise NotFound from None
    answer = go(f"{HOME}/mine/{number}", {"cache-control": "no-store"})
    answer.headers["referrer-policy"] = "no-referrer"
    return remember_report(ctx, answer, number, secret)


def _number_of(session: Session, secret: str) -> str:
    return opened_by(session, secret).number


async def mine(ctx: WebContext, number: str) -> Mine | None:
    """Return the report of a path if this browser may open it."""
    secret = ctx.request.cookies.get(COOKIE, "")
    try:
        return await ctx.db.read(_read, site_of(ctx), secret, number)
    except Unknown:
        return None


def _read(session: Session, site: Site, secret: str, number: str) -> Mine:
    report = reporters_report(session, site, secret, now(), number)
    left = room(session, site, report=opened_by(session, secret).id)
    return Mine(report, secret, max(0, left))


@router.get("/mine/{number}", response_class=Response)
async def track(ctx: Ctx, number: str, done: str = "") -> Response:
    """Show a report to its reporter; to others the public page, or where to find their link."""
    found = await mine(ctx, number)
    if found is None:
        return await _not_mine(ctx, number)
    return page(ctx, found, done=done)


async def _not_mine(ctx: WebContext, number: str) -> Response:
    """Lead to the public page if there is one; private and unknown reports look alike."""
    site = site_of(ctx)
    plain = parse(number, site.config.number_prefix)
    try:
        if plain is not None:
            await ctx.db.read(public_report, site, plain, now())
            return go(f"{HOME}/{plain}")
    except Unknown:
        pass
    return show(ctx, "not_mine.html", status=404)


def page(
    ctx: WebContext,
    found: Mine,
    *,
    done: str = "",
    faults: tuple[Fault, ...] = (),
    typed: Mapping[str, str] | None = None,
    status: int = 422,
) -> Response:
    """Show a report to its reporter. faults: of the form that was sent; typed: what it held."""
    report, w = found.report, Words(ctx, site_of(ctx), now())
    link = address(ctx, f"{HOME}/s/{found.secret}")
    point = report.lat is not None and report.lon is not None
    return show(
        ctx,
        "mine.html",
        status=status if faults else 200,
        report=report,
        base=f"{HOME}/mine/{report.number}",
        marks=[*happened(report, w, "reporter"), *ahead(ctx, report, w)],
        next_date=next_date(ctx, report, w),
        question=_question(report),
        note=_note(report),
        actions={a.action: a for a in report.actions},
        left=found.left,
        link=link,
        qr=qr(link),
        point=Point(report.lat or 0, report.lon or 0) if point else None,
        done=done,
        faults=w.faulty(faults),
        typed=Fields(typed or {}),
    )


def _question(report: ReportView) -> str:
    """Return the question that waits for an answer."""
    if report.state != State.WAITING_REPORTER:
        return ""
    asked = [e.text for e in report.timeline if e.action == Action.ASK]
    return asked[-1] if asked else ""


def _note(report: ReportView) -> str:
    """Return what the office says it has done."""
    if report.state != State.RESOLVED:
        return ""
    notes = [e.text for e in report.timeline if e.action == Action.RESOLVE]
    return notes[-1] if notes else ""


def qr(link: str) -> Markup:
    """Draw a link as a QR code: dark on white, by day and by night."""
    code = segno.make(link, error="m", micro=False)
    drawn = code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr")
    return Markup(drawn)  # noqa: S704 - drawn by segno from a link of ours


@router.get("/mine/{number}/sent", response_class=Response)
async def sent(ctx: Ctx, number: str) -> Response:
    """Confirm that a report was sent: number, link, what happens now."""
    found = await mine(ctx, number)
    if found is None:
        return await _not_mine(ctx, number)
    report, w = found.report, Words(ctx, site_of(ctx), now())
    link = address(ctx, f"{HOME}/s/{found.secret}")
    config = site_of(ctx).config
    mails = "email" in report.contact and bool(config.email_channel)
    calls = "phone" in report.contact and bool(config.phone_channel)
    return show(
        ctx,
        "sent.html",
        report=report,
        base=f"{HOME}/mine/{report.number}",
        marks=[*happened(report, w, "reporter"), *ahead(ctx, report, w)],
        link=link,
        qr=qr(link),
        mails=mails,
        reachable=mails or calls,
        phone_only="phone" in report.contact and not (mails or calls),
    )


@router.post("/mine/{number}/leave", response_class=Response)
async def leave(ctx: Ctx, number: str) -> Response:
    """Forget a report on this phone."""
    plain = parse(number, site_of(ctx).config.number_prefix)
    if plain is None:
        raise NotFound
    return forget_report(ctx, go(f"{HOME}/track?left=1"), plain)


@router.get("/mine/{number}/photo/{media}/{form}", response_class=Response)
async def own_photo(ctx: Ctx, number: str, media: str, form: str) -> Response:
    """Show a photo to the reporter."""
    found = await mine(ctx, number)
    return await photo_answer(ctx, found.report.photos if found else (), media, form)
