"""One's own account: password, second factor, sessions, tokens."""

import asyncio
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from civicapp.identity import factor, sessions, signin, tokens
from civicapp.identity.passwords import check_password, common_words
from civicapp.identity.person import Person
from civicapp.identity.refusal import Refusal
from civicapp.identity.secret import utc_now
from civicapp.identity.sessions import Visit
from civicapp.identity.totp import totp_uri
from civicapp.service import N_
from civicapp.web.context import Ctx, WebContext
from civicapp.web.officers.entry import WRONG_CODE, Waiting, target
from civicapp.web.officers.need import Officer, SignInNeeded, check_form
from civicapp.web.officers.pages import LONGEST, address_of, page, said, wait_words
from civicapp.web.officers.people import PRIVATE, keep_cookie, people_of, visit_of
from civicapp.web.officers.words import held_words

router = APIRouter(include_in_schema=False)
WRONG_PASSWORD = N_("This is not your present password.")
FORMS = [Depends(check_form)]
Text = Annotated[str, Form()]


@router.get("", response_class=Response)
async def account(ctx: Ctx, person: Officer, done: str = "") -> Response:
    """Show one's own account."""
    return await _account(ctx, person, done=done)


async def _account(
    ctx: WebContext, person: Person, *, wrong: str = "", error: str = "", done: str = ""
) -> Response:
    """Show the account; `wrong` is the id of the form that `error` belongs to."""
    people, now, visit = people_of(ctx.request), utc_now(), visit_of(ctx.request)
    devices = await people.database.read(sessions.devices, person.id, now)
    passes = await people.database.read(tokens.passes, person.id, now)
    state = await people.database.read(factor.state, person.id)
    return page(
        ctx,
        "civicapp/account.html",
        status=422 if error else 200,
        person=person,
        roles=[held_words(ctx, g.role.id, g.agency, g.area) for g in person.grants],
        devices=devices,
        here=visit.session if visit else "",
        passes=passes,
        factor=state,
        days=tokens.DAYS,
        most_days=tokens.MOST_DAYS,
        wrong=wrong,
        error=error,
        done=done,
    )


async def _check_password(ctx: WebContext, person: Person, password: str) -> None:
    """Ask for the present password again before something grave; raise Refusal.

    Tries are counted as those of signing in: an open session must not be a way around that.
    """
    people, act = people_of(ctx.request), ctx.act
    begun = await people.database.write(
        signin.begin, person.email, address_of(ctx), people.cipher, people.demo, act.at
    )
    if begun.verdict.refused:
        raise Refusal(wait_words(ctx, begun.verdict), "present")
    await asyncio.sleep(begun.verdict.delay)
    fits, _ = await people.hasher.verify(password[:LONGEST], begun.password_hash)
    if not fits:
        raise Refusal(WRONG_PASSWORD, "present")
    await people.database.write(signin.forgive, begun)


@router.post("/password", response_class=Response, dependencies=FORMS)
async def change_password(
    ctx: Ctx, person: Officer, present: Text = "", password: Text = "", again: Text = ""
) -> Response:
    """Set a new password; every other session ends."""
    people, visit = people_of(ctx.request), visit_of(ctx.request)
    try:
        if password != again:
            raise Refusal(N_("The two passwords differ. Write the same twice."), "again")
        common = common_words(ctx.kernel.catalogs, ctx.region.languages)
        check_password(password[:LONGEST], person.email, person.name, common=common)
        await _check_password(ctx, person, present)
    except Refusal as refusal:
        return await _account(ctx, person, wrong="password", error=said(ctx, refusal))
    kept = await people.hasher.hash(password)
    keep = visit.session if visit else ""
    await people.database.write(signin.change_password, person.id, kept, keep, ctx.act)
    return _done("password")


# Second factor


@router.get("/second-factor", response_class=Response)
async def factor_page(ctx: Ctx, visit: Waiting, next: str = "") -> Response:
    """Show the code to scan; a signed-in person is asked for the password before."""
    if visit.stage == "code":
        raise SignInNeeded
    return await _factor(ctx, visit, next)


async def _factor(
    ctx: WebContext, visit: Visit, next: str, error: str = "", *, status: int = 200
) -> Response:
    people = people_of(ctx.request)
    begun = visit.stage == "setup" or await people.database.read(factor.is_begun, visit.session)
    secret = qr = ""
    if begun:
        secret = await people.database.write(factor.begin_setup, visit.session, people.cipher)
        qr = qr_code(totp_uri(secret, visit.email, ctx.portal.name(ctx)))
    return page(
        ctx,
        "civicapp/account_factor.html",
        status=status,
        next=next,
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        qr=qr,
        stage=visit.stage,
        error=error,
    )


@router.post("/second-factor/begin", response_class=Response, dependencies=FORMS)
async def begin_factor(ctx: Ctx, person: Officer, present: Text = "") -> Response:
    """Begin to set a second factor up, or to replace it."""
    people, visit = people_of(ctx.request), visit_of(ctx.request)
    if visit is None:
        raise SignInNeeded
    try:
        await _check_password(ctx, person, present)
    except Refusal as refusal:
        return await _factor(ctx, visit, "", said(ctx, refusal), status=422)
    await people.database.write(factor.begin_setup, visit.session, people.cipher)
    return RedirectResponse("/account/second-factor", 303, headers=PRIVATE)


@router.post("/second-factor", response_class=Response, dependencies=FORMS)
async def confirm_factor(ctx: Ctx, visit: Waiting, code: Text = "", next: Text = "") -> Response:
    """Take the second factor into use and show the recovery codes, once."""
    if visit.stage == "code":
        raise SignInNeeded
    people = people_of(ctx.request)
    confirmed = await people.database.write(
        factor.confirm_setup, visit.session, code[:LONGEST], people.cipher, ctx.act
    )
    if confirmed is None:
        return await _factor(ctx, visit, next, ctx.gettext(WRONG_CODE), status=422)
    answer = page(ctx, "civicapp/account_codes.html", codes=confirmed.codes, next=target(next))
    if confirmed.secret is not None:
        keep_cookie(ctx.request, answer, "session", confirmed.secret)
    return answer


@router.post("/recovery-codes", response_class=Response, dependencies=FORMS)
async def renew_codes(ctx: Ctx, person: Officer, present: Text = "") -> Response:
    """Show new recovery codes, once; the old ones end."""
    try:
        await _check_password(ctx, person, present)
    except Refusal as refusal:
        return await _account(ctx, person, wrong="codes", error=said(ctx, refusal))
    codes = await people_of(ctx.request).database.write(factor.renew_codes, person.id, ctx.act)
    return page(ctx, "civicapp/account_codes.html", codes=codes, next="/account")


def qr_code(text: str) -> Markup:
    """Draw a QR code as SVG without style, dark on light in both modes."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=5, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - made here, the text is in the drawing


# Sessions and tokens


@router.post("/sessions/{id}/end", response_class=Response, dependencies=FORMS)
async def end_session(ctx: Ctx, person: Officer, id: str) -> Response:
    """End one of one's own sessions."""
    await people_of(ctx.request).database.write(sessions.end, person.id, id, ctx.act)
    return _done("session")


@router.post("/tokens", response_class=Response, dependencies=FORMS)
async def create_token(
    ctx: Ctx, person: Officer, name: Text = "", days: Text = "", present: Text = ""
) -> Response:
    """Make a token and show it, once."""
    people = people_of(ctx.request)
    try:
        await _check_password(ctx, person, present)
        count = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
        secret = await people.database.write(
            tokens.create_token, person.id, name[:LONGEST], count, ctx.act
        )
    except Refusal as refusal:
        return await _account(ctx, person, wrong="token", error=said(ctx, refusal))
    return page(ctx, "civicapp/account_token.html", token=secret, name=name)


@router.post("/tokens/{id}/revoke", response_class=Response, dependencies=FORMS)
async def revoke_token(ctx: Ctx, person: Officer, id: str) -> Response:
    """End one of one's own tokens."""
    await people_of(ctx.request).database.write(tokens.revoke_token, person.id, id, ctx.act)
    return _done("token")


def _done(what: str) -> Response:
    return RedirectResponse(f"/account?done={what}", 303, headers=PRIVATE)
