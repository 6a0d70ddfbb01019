"""Door: what every page of the desk begins with: the time, private answers, who may what."""

import datetime
from dataclasses import replace
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civicapp import Person
from civicapp.web import HttpProblem, NotFound, WebContext, render, require
from civicapp_prices.config import Market
from civicapp_prices.context import site_of
from civicapp_prices.desk.words import Words
from civicapp_prices.domain.quotes import first_day
from civicapp_prices.permissions import ENTER, READ, REVIEW
from civicapp_prices.service.site import Site
from civicapp_prices.wording import NOT_YOURS

DESK = "/desk/prices"
YEAR = 365 * 24 * 3600
PRIVATE = {"cache-control": "no-store", "referrer-policy": "same-origin"}

Reader = Annotated[Person, Depends(require(READ))]
Enterer = Annotated[Person, Depends(require(ENTER))]
Reviewer = Annotated[Person, Depends(require(REVIEW))]


async def _sent(request: Request) -> FormData:
    return await request.form()


Form = Annotated[FormData, Depends(_sent)]
"""The form of a request; it holds no files."""


def now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


def text_of(form: FormData, name: str, limit: int = 200) -> str:
    """Return a field of a form as typed, "" for none."""
    value = form.get(name)
    return value[:limit] if isinstance(value, str) else ""


def show(
    ctx: WebContext,
    template: str,
    *,
    status: int = 200,
    **data: object,
) -> Response:
    """Answer with a page of the desk; `w` in it are its Words, `desk` is where the desk begins."""
    words = Words(ctx, site_of(ctx), now())
    answer = render(ctx, f"prices/{template}", status=status, w=words, desk=DESK, **data)
    answer.headers.update(PRIVATE)
    return answer


def go(path: str) -> Response:
    """Send the browser on to another page, after a form."""
    return RedirectResponse(path, 303, headers=dict(PRIVATE))


def market_path(market: str, date: datetime.date | None = None) -> str:
    """Return the address of a market's form; date: of another day than today."""
    query = "?" + urlencode({"date": date.isoformat()}) if date is not None else ""
    return f"{DESK}/{quote(market, safe='')}{query}"


def market_of(site: Site, code: str) -> Market:
    """Return a market of the survey; raise NotFound for others."""
    market = site.markets.get(code)
    if market is None or not market.surveyed:
        raise NotFound
    return market


def refuse_others(ctx: WebContext, person: Person, market: Market) -> None:
    """Answer 403 for a market outside the person's area."""
    if not person.rows(ENTER).allow(None, market.area):
        raise HttpProblem(403, ctx.gettext(NOT_YOURS))


def day_of(site: Site, text: str, at: datetime.datetime) -> datetime.date:
    """Read the day of an address, today for none; NotFound for one that cannot be entered."""
    today = site.today(at)
    if not text:
        return today
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if not first_day(today) <= day <= today:
        raise NotFound
    return day


def speaking(ctx: WebContext, language: str) -> WebContext:
    """Return the same context in another language of the region."""
    if language not in ctx.region.languages:
        return ctx
    translations = ctx.kernel.catalogs.get(ctx.service, language)
    return replace(ctx, language=language, translations=translations)


def keep_language(ctx: WebContext, answer: Response, language: str) -> Response:
    """Remember the language that was chosen on a form, as the portal's own button does."""
    if language in ctx.region.languages:
        secure = ctx.request.url.scheme == "https" or ctx.kernel.settings.https
        answer.set_cookie(
            "language", language, max_age=YEAR, httponly=True, samesite="lax", secure=secure
        )
    return answer
