"""Links that work once: an invitation or a reset opens a page to set a password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from civicapp.identity.passwords import check_password, common_words
from civicapp.identity.refusal import Refusal
from civicapp.identity.secret import is_secret, utc_now
from civicapp.identity.tickets import USED_UP, Invited, invited, redeem
from civicapp.service import N_
from civicapp.web.context import Ctx, WebContext
from civicapp.web.officers.need import SIGN_IN, check_guest_form
from civicapp.web.officers.pages import LONGEST, guest_page, page, said
from civicapp.web.officers.people import (
    PRIVATE,
    drop_cookie,
    keep_cookie,
    people_of,
    read_cookie,
)

router = APIRouter(include_in_schema=False)
COOKIE, SECONDS = "ticket", 1800
KINDS = ("invitation", "reset")


@router.get("/invitation/{secret}", response_class=Response)
async def open_invitation(ctx: Ctx, secret: str) -> Response:
    """Take the secret out of the address."""
    return _exchange(ctx, "invitation", secret)


@router.get("/reset/{secret}", response_class=Response)
async def open_reset(ctx: Ctx, secret: str) -> Response:
    """Take the secret out of the address."""
    return _exchange(ctx, "reset", secret)


def _exchange(ctx: WebContext, kind: str, secret: str) -> Response:
    """Put the secret into a cookie and leave the address that holds it.

    Nothing is used up: a messenger that looks at the link for a preview must not spend it.
    """
    answer = RedirectResponse(f"/account/{kind}", 303, headers=PRIVATE)
    if is_secret(secret):
        keep_cookie(ctx.request, answer, COOKIE, secret, SECONDS)
    else:
        drop_cookie(ctx.request, answer, COOKIE)
    return answer


@router.get("/invitation", response_class=Response)
async def invitation_page(ctx: Ctx) -> Response:
    """Ask for the first password."""
    return await _ask(ctx)


@router.get("/reset", response_class=Response)
async def reset_page(ctx: Ctx) -> Response:
    """Ask for a new password."""
    return await _ask(ctx)


Text = Annotated[str, Form()]


@router.post("/invitation", response_class=Response, dependencies=[Depends(check_guest_form)])
async def accept_invitation(ctx: Ctx, password: Text = "", again: Text = "") -> Response:
    """Set the first password."""
    return await _set(ctx, password, again)


@router.post("/reset", response_class=Response, dependencies=[Depends(check_guest_form)])
async def accept_reset(ctx: Ctx, password: Text = "", again: Text = "") -> Response:
    """Set a new password."""
    return await _set(ctx, password, again)


async def _invited(ctx: WebContext) -> Invited | None:
    people, secret = people_of(ctx.request), read_cookie(ctx.request, COOKIE)
    if secret is None:
        return None
    return await people.database.read(invited, secret, utc_now())


async def _ask(ctx: WebContext, error: str = "") -> Response:
    found = await _invited(ctx)
    if found is None:
        return _gone(ctx)
    status = 422 if error else 200
    return guest_page(ctx, "civicapp/account_password.html", status=status, who=found, error=error)


def _gone(ctx: WebContext) -> Response:
    error = ctx.gettext(USED_UP)
    answer = page(ctx, "civicapp/account_link_gone.html", status=404, error=error)
    drop_cookie(ctx.request, answer, COOKIE)
    return answer


async def _set(ctx: WebContext, password: str, again: str) -> Response:
    people, secret = people_of(ctx.request), read_cookie(ctx.request, COOKIE)
    found = await _invited(ctx)
    if found is None or secret is None:
        return _gone(ctx)
    try:
        if password != again:
            raise Refusal(N_("The two passwords differ. Write the same twice."), "again")
        common = common_words(ctx.kernel.catalogs, ctx.region.languages)
        check_password(password[:LONGEST], found.email, found.name, common=common)
    except Refusal as refusal:
        return await _ask(ctx, said(ctx, refusal))
    kept = await people.hasher.hash(password)
    try:
        await people.database.write(redeem, secret, kept, ctx.act)
    except Refusal:
        return _gone(ctx)
    answer = RedirectResponse(f"{SIGN_IN}?done=password", 303, headers=PRIVATE)
    drop_cookie(ctx.request, answer, COOKIE)
    drop_cookie(ctx.request, answer, "session")
    return answer
