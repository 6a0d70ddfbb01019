"""Looking a report up by its number, and asking for a link that was lost."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp import N_
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.domain.number import parse
from civicapp_complaints.pages.door import HOME, go, now, show
from civicapp_complaints.pages.pace import LOST, too_fast
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.words import Fields, Words
from civicapp_complaints.service.errors import Fault, Invalid
from civicapp_complaints.service.links import resend

LONGEST = 100
MISTYPED = N_("This is no report number. Compare it letter by letter, as on your receipt.")


@router.get("/track", response_class=Response)
async def lookup(
    ctx: Ctx, number: Annotated[str, Query(max_length=LONGEST)] = "", left: str = ""
) -> Response:
    """Ask for a number, or lead to its report."""
    if not number.strip():
        return _ask(ctx, "", left=bool(left))
    plain = parse(number, site_of(ctx).config.number_prefix)
    if plain is None:
        return _ask(ctx, number, (Fault("number", "bad-number", MISTYPED),))
    return go(f"{HOME}/mine/{plain}")


def _ask(
    ctx: WebContext, number: str, faults: tuple[Fault, ...] = (), *, left: bool = False
) -> Response:
    site = site_of(ctx)
    return show(
        ctx,
        "track.html",
        status=422 if faults else 200,
        number=number,
        left=left,
        example=site.shown("7K3Q9XW2W"),
        faults=Words(ctx, site, now()).faulty(faults),
    )


@router.get("/lost", response_class=Response)
async def lost_link(ctx: Ctx, done: str = "") -> Response:
    """Ask for number and e-mail address of a report whose link was lost."""
    return _lost(ctx, {}, done=bool(done))


def _lost(
    ctx: WebContext, typed: dict[str, str], faults: tuple[Fault, ...] = (), *, done: bool = False
) -> Response:
    site = site_of(ctx)
    said = Words(ctx, site, now()).faulty(faults)
    return show(
        ctx,
        "lost.html",
        status=said.status,
        typed=Fields(typed),
        done=done,
        desk=ctx.portal.name(ctx),
        faults=said,
    )


@router.post("/lost", response_class=Response)
async def send_link(ctx: Ctx, form: Sent) -> Response:
    """Send a new link if number and address belong together; the answer is always the same."""
    typed = {name: text_of(form, name, LONGEST * 3) for name in ("number", "email")}
    if wait := await too_fast(ctx, "lost", LOST, "number"):
        return _lost(ctx, typed, wait)
    try:
        await ctx.db.write(resend, site_of(ctx), typed["number"], typed["email"], now())
    except Invalid as invalid:
        return _lost(ctx, typed, invalid.faults)
    return go(f"{HOME}/lost?done=1")
