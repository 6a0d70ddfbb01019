"""Signing in and out: address and password, then a code, or the first set-up of a second factor."""

import asyncio
import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from civicapp.identity import sessions, signin
from civicapp.identity.sessions import Visit
from civicapp.service import N_
from civicapp.web.context import Ctx, WebContext, local_path
from civicapp.web.officers.need import (
    SIGN_IN,
    SignInNeeded,
    check_form,
    check_guest_form,
)
from civicapp.web.officers.pages import (
    LONGEST,
    address_of,
    guest_page,
    page,
    retry_after,
    wait_words,
)
from civicapp.web.officers.people import (
    PRIVATE,
    drop_cookie,
    keep_cookie,
    people_of,
    visit_of,
)

router = APIRouter(include_in_schema=False)
MISMATCH = N_("The e-mail address or the password does not match.")
WRONG_CODE = N_("This code is wrong, or it was used. Wait for the next one.")
AFTER = {"code": "/account/code", "setup": "/account/second-factor"}


def waiting(request: Request) -> Visit:
    """Return the session that still waits for a code or a set-up; raise SignInNeeded."""
    visit = visit_of(request)
    if visit is None:
        raise SignInNeeded
    return visit


Waiting = Annotated[Visit, Depends(waiting)]


@router.get("/sign-in", response_class=Response)
async def sign_in_page(ctx: Ctx, next: str = "", done: str = "") -> Response:
    """Ask for address and password."""
    if ctx.person is not None:
        return RedirectResponse(target(next), 303, headers=PRIVATE)
    return guest_page(
        ctx, "civicapp/account_sign_in.html", next=next, email="", error="", done=done
    )


@router.post("/sign-in", response_class=Response, dependencies=[Depends(check_guest_form)])
async def sign_in(
    ctx: Ctx,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Open a session, or say that they do not match."""
    people, act = people_of(ctx.request), ctx.act
    email, password = email[:LONGEST], password[:LONGEST]
    begun = await people.database.write(
        signin.begin, email, address_of(ctx), people.cipher, people.demo, act.at
    )
    verdict = begun.verdict
    if verdict.refused:
        return _again(ctx, email, next, wait_words(ctx, verdict), 429, retry_after(verdict))
    await asyncio.sleep(verdict.delay)
    fits, better = await people.hasher.verify(password, begun.password_hash)
    entered = await people.database.write(
        signin.finish, begun, fits, better, agent_of(ctx.request), people.region, act
    )
    if entered is None:
        return _again(ctx, email, next, ctx.gettext(MISMATCH), 422, {})
    if (old := visit_of(ctx.request)) is not None:
        await people.database.write(sessions.end, old.account, old.session, act)
    path = target(next)
    if entered.stage in AFTER:
        path = f"{AFTER[entered.stage]}?{urlencode({'next': path})}"
    answer = RedirectResponse(path, 303, headers=PRIVATE)
    keep_cookie(ctx.request, answer, "session", entered.secret)
    return answer


def _again(
    ctx: WebContext, email: str, next: str, error: str, status: int, headers: dict[str, str]
) -> Response:
    template = "civicapp/account_sign_in.html"
    answer = guest_page(ctx, template, status=status, next=next, email=email, error=error, done="")
    answer.headers.update(headers)
    return answer


@router.get("/code", response_class=Response)
async def code_page(ctx: Ctx, visit: Waiting, next: str = "") -> Response:
    """Ask for a one-time code."""
    if visit.stage != "code":
        return RedirectResponse(target(next), 303, headers=PRIVATE)
    return page(ctx, "civicapp/account_code.html", next=next, error="")


@router.post("/code", response_class=Response, dependencies=[Depends(check_form)])
async def enter_code(
    ctx: Ctx,
    visit: Waiting,
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Take a one-time or recovery code."""
    people, template = people_of(ctx.request), "civicapp/account_code.html"
    tried = await people.database.write(
        signin.enter_code, visit.session, code[:LONGEST], people.cipher, ctx.act
    )
    if tried.verdict.refused:
        error = wait_words(ctx, tried.verdict)
        answer = page(ctx, template, status=429, next=next, error=error)
        answer.headers.update(retry_after(tried.verdict))
        return answer
    if tried.secret is None:
        await asyncio.sleep(tried.verdict.delay)
        return page(ctx, template, status=422, next=next, error=ctx.gettext(WRONG_CODE))
    answer = RedirectResponse(target(next), 303, headers=PRIVATE)
    keep_cookie(ctx.request, answer, "session", tried.secret)
    return answer


@router.post("/sign-out", response_class=Response, dependencies=[Depends(check_form)])
async def sign_out(ctx: Ctx) -> Response:
    """End this session."""
    visit = visit_of(ctx.request)
    if visit is not None:
        people = people_of(ctx.request)
        await people.database.write(sessions.end, visit.account, visit.session, ctx.act)
    answer = RedirectResponse(f"{SIGN_IN}?done=out", 303, headers=PRIVATE)
    drop_cookie(ctx.request, answer, "session")
    return answer


def target(next: str) -> str:
    """Return where to go after signing in; never to a page that begins this anew."""
    path = local_path(next) if next else "/desk"
    return "/desk" if path == "/" or path.startswith(SIGN_IN) else path


_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet",
             "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}  # fmt: skip
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
            "Mac OS X": "Mac", "CrOS": "Chromebook", "Linux": "Linux"}  # fmt: skip


def agent_of(request: Request) -> str:
    """Say in two words which browser it is, so that its owner knows it again."""
    header = request.headers.get("user-agent", "")[:500]
    browser = next((n for mark, n in _BROWSERS.items() if f"{mark}/" in header), "")
    system = next((n for mark, n in _SYSTEMS.items() if mark in header), "")
    words = ", ".join(filter(None, (browser, system)))
    return words or re.sub(r"[^\w ./-]", "", header)[:40] or "?"
