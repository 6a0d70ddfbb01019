"""Door: what every page of complaints begins with: the time, private answers, cookies."""

import datetime
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from civicapp.web import WebContext, render
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.words import Words

HOME = "/complaints"
MOST_KEPT = 60 * 60 * 24 * 30  # seconds that a phone remembers a report
COOKIE = "report"
YEAR = 365 * 24 * 3600
# Our own forms still say where they come from; no other site learns an address of ours.
PRIVATE = {"cache-control": "no-store", "referrer-policy": "same-origin"}
# A form that is being written comes back as it was left when its reader presses Back.
WRITTEN = {"cache-control": "private, no-cache", "referrer-policy": "same-origin"}


def now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


def show(
    ctx: WebContext,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] = PRIVATE,
    **data: object,
) -> Response:
    """Answer with a page of complaints; `w` in it are its Words."""
    words = Words(ctx, site_of(ctx), now())
    answer = render(ctx, f"complaints/{template}", status=status, w=words, **data)
    answer.headers.update(headers)
    return answer


def go(path: str, headers: Mapping[str, str] = PRIVATE) -> Response:
    """Send the browser on to another page, after a form."""
    return RedirectResponse(path, 303, headers=dict(headers))


def secure(ctx: WebContext) -> bool:
    """Tell whether the browser came by https."""
    return ctx.request.url.scheme == "https" or ctx.kernel.settings.https


def remember_language(ctx: WebContext, answer: Response, language: str) -> Response:
    """Remember the language that was chosen on a form, as the portal's own button does."""
    if language in ctx.region.languages:
        answer.set_cookie(
            "language", language, max_age=YEAR, httponly=True, samesite="lax", secure=secure(ctx)
        )
    return answer


def remember_report(ctx: WebContext, answer: Response, number: str, secret: str) -> Response:
    """Let this browser open one report; the cookie goes to that report's own pages alone."""
    path = f"{HOME}/mine/{number}"
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=MOST_KEPT,
        path=path,
        httponly=True,
        samesite="lax",
        secure=secure(ctx),
    )
    return answer


def forget_report(ctx: WebContext, answer: Response, number: str) -> Response:
    """Let this browser forget a report."""
    path = f"{HOME}/mine/{number}"
    answer.delete_cookie(COOKIE, path, httponly=True, samesite="lax", secure=secure(ctx))
    return answer


def address(ctx: WebContext, path: str) -> str:
    """Return the whole address of a page of ours, to be copied or printed."""
    url = ctx.request.url
    return (ctx.kernel.settings.base_url or f"{url.scheme}://{url.netloc}") + path
