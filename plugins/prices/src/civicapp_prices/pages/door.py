"""Door: what every page of prices begins with: the time, the kept area, answers."""

import datetime
from collections.abc import Iterable
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from civicapp import Area
from civicapp.web import WebContext, render
from civicapp_prices.context import site_of
from civicapp_prices.pages.words import Words
from civicapp_prices.service.alarms import TAG as ALARM_TAG
from civicapp_prices.service.points import scope_tag
from civicapp_prices.service.scopes import area_scope

HOME = "/prices"
API = "/api/v1/prices"
EVERY_SCOPE = scope_tag("*")
# What the clock changes, the day and the hour when prices come out, is at most so old.
SECONDS = 60
CODE = 64  # characters of a code that are read


def now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


def asked_area(ctx: WebContext) -> Area | None:
    """Return the area that the address of the page names; it wins over the visitor's own."""
    code = ctx.request.query_params.get("area", "")
    return ctx.region.areas[code] if ctx.region.areas.own(code) else None


def url(path: str, **given: str | None) -> str:
    """Write an address with what is given of a query."""
    query = {name: value for name, value in given.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


def area_tags(request: Request) -> Iterable[str]:
    """Name the tags of a page that shows the prices of one area, or of one above it."""
    region = request.app.state.kernel.region
    code = request.query_params.get("area", "")
    if region.areas.own(code):
        areas = [a.code for a in region.areas.above(code) if region.areas.own(a.code)]
    else:
        areas = [region.area.code] if region.area else []
    yield from (scope_tag(area_scope(area)) for area in areas)
    yield ALARM_TAG


def show(ctx: WebContext, template: str, *, status: int = 200, **data: object) -> Response:
    """Answer with a page of prices; `w`: its Words, `here`: the area in its address."""
    area = asked_area(ctx)
    words = Words(ctx, site_of(ctx), now())
    kept = area.code if area else None
    return render(
        ctx, f"prices/{template}", status=status, w=words, url=url, here=kept, api=API, **data
    )
