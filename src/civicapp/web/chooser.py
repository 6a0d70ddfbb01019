"""Choosing the area: from a list, one level at a time, by a search, or by the place one is at."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from civicapp.region import Area
from civicapp.region.region import Named
from civicapp.web.api import own_area
from civicapp.web.context import AREA_COOKIE, Ctx, WebContext, local_path
from civicapp.web.cookies import remember
from civicapp.web.portal import render

router = APIRouter(include_in_schema=False)
SHOWN = 20
LONGEST_NEXT = 500


@router.get("/area", response_class=Response)
async def area_chooser(
    ctx: Ctx,
    q: Annotated[str, Query(max_length=100)] = "",
    within: Annotated[str | None, Query(alias="in", max_length=64)] = None,
    then: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """Show the areas to choose from, one level at a time, or those that a search finds."""
    if q.strip():
        return _results(ctx, q.strip(), then)
    return _list(ctx, own_area(ctx, within) if within else None, then)


@router.post("/area", response_class=Response)
async def choose_area(
    ctx: Ctx,
    code: Annotated[str, Form()] = "",
    then: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Remember the area, or forget it when none is given, and go back to the page."""
    if code and not ctx.region.areas.own(code):
        return _list(ctx, None, then, ctx.gettext("Choose an area from the list."))
    return remember(ctx.request, without_area(then), AREA_COOKIE, code)


@router.post("/area/here", response_class=Response)
async def area_here(
    ctx: Ctx,
    lat: Annotated[float, Form()],
    lon: Annotated[float, Form()],
    then: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Remember the area of a point; the point itself is used once and not kept."""
    place = ctx.region.boundaries.locate(lat, lon)
    if place.area is None:
        region = ctx.text(ctx.region.name)
        error = ctx.gettext(
            "You are outside %(region)s. Choose an area from the list.", region=region
        )
        return _list(ctx, None, then, error)
    return remember(ctx.request, without_area(then), AREA_COOKIE, place.area.code)


def _list(ctx: WebContext, within: Area | None, then: str, error: str = "") -> Response:
    found = ctx.region.areas.children(within.code if within else None)
    level = ctx.region.levels.get(found[0].level) if found else None
    above = ctx.region.areas.above(within.code)[1:] if within else ()
    return render(
        ctx,
        "civicapp/area.html",
        status=422 if error else 200,
        q="",
        within=within,
        above=[a for a in reversed(above) if a != ctx.region.area],
        found=found,
        level=ctx.text(level.name) if level else "",
        title=_title(ctx, within, level),
        below=_below(ctx, found),
        next=_next(then),
        error=error,
    )


def _title(ctx: WebContext, within: Area | None, level: Named | None) -> str:
    if within is None:
        return ctx.gettext("Choose your area")
    if level is None:
        return ctx.text(within.title)
    name = ctx.text(level.name).lower()
    title = ctx.gettext("Which %(level)s in %(area)s?", level=name, area=within.name)
    return title[0].upper() + title[1:]


def _results(ctx: WebContext, q: str, then: str) -> Response:
    found = ctx.portal.finder.find(q, SHOWN + 1)
    return render(
        ctx,
        "civicapp/area_search.html",
        q=q,
        found=found[:SHOWN],
        more=len(found) > SHOWN,
        nearest=[] if found else ctx.portal.finder.nearest(q),
        next=_next(then),
    )


def _below(ctx: WebContext, areas: tuple[Area, ...]) -> dict[str, str]:
    """Name the level below each area that has one."""
    names = {}
    for area in areas:
        children = ctx.region.areas.children(area.code)
        if children and (level := ctx.region.levels.get(children[0].level)):
            names[area.code] = ctx.text(level.name)
    return names


def _next(path: str) -> str:
    """Return where to go after choosing; an address too long to carry along becomes `/`."""
    return local_path(path) if len(path) <= LONGEST_NEXT else "/"


def without_area(path: str) -> str:
    """Drop `area=` from a path's query: it would hide the area that was just chosen."""
    stem, _, query = path.partition("?")
    kept = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "area"]
    return f"{stem}?{urlencode(kept)}" if kept else stem
