"""The reporter at the desk: contact data, opened with a reason; a new link; the letter on paper."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from civicapp import Person
from civicapp.web import Ctx, NotFound, WebContext, require
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.pane import Reader, show_desk
from civicapp_complaints.desk.place import At, Place
from civicapp_complaints.desk.report import load, show_report
from civicapp_complaints.desk.router import router
from civicapp_complaints.desk.tried import Tried, attempt
from civicapp_complaints.pages.door import HOME, address, now, show
from civicapp_complaints.pages.mine import qr
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.permissions import ISSUE, REVEAL
from civicapp_complaints.service.errors import Unknown
from civicapp_complaints.service.handover import letter_of
from civicapp_complaints.service.links import Matching, reissue
from civicapp_complaints.service.officer import reveal
from civicapp_complaints.service.rows import load_for
from civicapp_complaints.service.views import Contacted, Letter, ReportView

Issuer = Annotated[Person, Depends(require(ISSUE))]
Revealer = Annotated[Person, Depends(require(REVEAL))]
TOLD = ("name", "email", "phone")


@router.post("/{number}/contact", response_class=Response)
async def open_contact(ctx: Ctx, person: Revealer, place: At, number: str, form: Sent) -> Response:
    """Show contact data once; reason and opening are on record."""
    reason = text_of(form, "reason", 500)
    opened: list[Contacted] = []

    def run(session: Session) -> None:
        opened[:] = [reveal(session, site_of(ctx), person, number, reason, ctx.act)]

    tried = await attempt(ctx, run)
    view = await load(ctx, person, number)
    contact = opened[0] if opened and not tried else None
    return await show_report(ctx, person, place, view, tried.holding(reason=reason), contact)


@router.get("/{number}/link", response_class=Response)
async def ask_link(ctx: Ctx, person: Issuer, place: At, number: str) -> Response:
    """Ask what the person at the desk knows of the report."""
    return await _link(ctx, person, place, await load(ctx, person, number), Tried())


async def _link(
    ctx: WebContext,
    person: Person,
    place: Place,
    view: ReportView,
    tried: Tried,
    link: str = "",
) -> Response:
    return await show_desk(
        ctx,
        person,
        place,
        "desk_link.html",
        status=tried.answer,
        report=view,
        link=link,
        qr=qr(link) if link else "",
        typed=Fields(tried.typed),
        faults=Words(ctx, site_of(ctx), now()).faulty(tried.faults),
    )


@router.post("/{number}/link", response_class=Response)
async def new_link(ctx: Ctx, person: Issuer, place: At, number: str, form: Sent) -> Response:
    """Show a new link once, if what was told agrees with the report; the old ones end."""
    typed = {name: text_of(form, name, 300) for name in TOLD}
    told = Matching(**typed)
    made: list[str] = []

    def run(session: Session) -> None:
        made[:] = [reissue(session, site_of(ctx), person, number, told, ctx.act)]

    tried = await attempt(ctx, run)
    view = await load(ctx, person, number)
    link = address(ctx, f"{HOME}/s/{made[0]}") if made and not tried else ""
    return await _link(ctx, person, place, view, tried.holding(**typed), link)


@router.get("/{number}/letter", response_class=Response)
async def letter(ctx: Ctx, person: Reader, place: At, number: str) -> Response:
    """Show the letter of the newest hand-over, to be printed."""
    site = site_of(ctx)

    def run(session: Session) -> Letter:
        return letter_of(session, site, load_for(session, site, person, number), ctx.gettext)

    try:
        text = await ctx.db.read(run)
    except Unknown:
        raise NotFound from None
    view = await load(ctx, person, number)
    return show(ctx, "desk_letter.html", letter=text, report=view, place=place)
