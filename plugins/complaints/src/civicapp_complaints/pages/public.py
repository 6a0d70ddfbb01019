"""What everyone may see: the list and the map of public reports, and the page of one."""

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import Response

from civicapp import Area
from civicapp.web import (
    MAP_SIZE,
    Ctx,
    Marked,
    NotFound,
    View,
    WebContext,
    land_of,
    marked,
    pinned,
    public_read,
    view_of,
)
from civicapp_complaints.context import site_of
from civicapp_complaints.domain.number import parse
from civicapp_complaints.domain.states import State
from civicapp_complaints.pages.door import HOME, now, show
from civicapp_complaints.pages.photo import photo_answer
from civicapp_complaints.pages.progress import ahead, happened, next_date
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.words import Words
from civicapp_complaints.service.effects import REPORT_TAG, list_tag
from civicapp_complaints.service.errors import Invalid, Unknown
from civicapp_complaints.service.lists import PublicFilter, public_list, read_cursor
from civicapp_complaints.service.read import public_report
from civicapp_complaints.service.views import PublicPage

PAGE = 20
MAP = 360  # pixels of the map's side
CODE = 64
STATES = ("open", State.CLOSED.value)
# Pages other than this one that lie where a number could stand.
Text = Annotated[str, Query(max_length=CODE)]


def _tags(request: Request) -> Iterable[str]:
    query = request.query_params
    yield list_tag(query.get("category") or None, query.get("area") or None)


def _tag(request: Request) -> Iterable[str]:
    # Numbers are read generously: any case, with dashes. Only letters and digits tell them apart.
    plain = "".join(c for c in str(request.path_params["number"]).upper() if c.isalnum())
    yield REPORT_TAG + plain[-9:]


@router.get("", response_class=Response, dependencies=[public_read(_tags, seconds=3600)])
async def public(
    ctx: Ctx, category: Text = "", area: Text = "", state: Text = "", after: str = ""
) -> Response:
    """List the public reports."""
    return await _listed(ctx, "public.html", _wanted(ctx, category, area, state), after)


@router.get("/map", response_class=Response, dependencies=[public_read(_tags, seconds=3600)])
async def public_map(
    ctx: Ctx, category: Text = "", area: Text = "", state: Text = "", after: str = ""
) -> Response:
    """Show public reports on a map, with the same list below it."""
    return await _listed(ctx, "public_map.html", _wanted(ctx, category, area, state), after)


def _wanted(ctx: WebContext, category: str, area: str, state: str) -> PublicFilter:
    """Read a filter; what is unknown counts as not given."""
    site = site_of(ctx)
    return PublicFilter(
        category=category if category in site.open_categories else None,
        area=area if ctx.region.areas.own(area) else None,
        state=state if state in STATES else None,
    )


async def _listed(ctx: WebContext, template: str, wanted: PublicFilter, after: str) -> Response:
    site = site_of(ctx)
    try:
        cursor = read_cursor(after)
    except Invalid:
        cursor = None
    page = await ctx.db.read(public_list, site, wanted, cursor, PAGE)
    area = site.area(wanted.area)
    kept = _query(wanted)
    return show(
        ctx,
        template,
        headers={},
        page=page,
        wanted=wanted,
        area=area,
        categories=categories_to_choose(ctx),
        areas=areas_to_choose(ctx, area),
        states=STATES,
        first=not after,
        query=kept,
        more=urlencode({**dict(kept), "after": page.next}) if page.next else "",
        drawing=_drawing(ctx, area, page) if template == "public_map.html" else None,
    )


def _query(wanted: PublicFilter) -> list[tuple[str, str]]:
    pairs = (("category", wanted.category), ("area", wanted.area), ("state", wanted.state))
    return [(name, value) for name, value in pairs if value]


def categories_to_choose(
    ctx: WebContext, *, sensitive: bool = False
) -> list[tuple[str, list[tuple[str, str]]]]:
    """List categories by group: those that can be public, with `sensitive` all."""
    site = site_of(ctx)
    found = []
    for group in site.catalog.groups:
        members = [c for c in site.catalog.active(group.code) if sensitive or not c.sensitive]
        if members:
            found.append((ctx.text(group.name), [(c.code, ctx.text(c.name)) for c in members]))
    return found


def areas_to_choose(ctx: WebContext, area: Area | None) -> list[tuple[str, str]]:
    """List areas to choose from: around the chosen one, and on the way up to the widest."""
    areas = ctx.region.areas
    above = [a for a in areas.above(area.code) if areas.own(a.code)] if area else []
    found = {a.code: ctx.text(a.title) for a in reversed(above) if a != ctx.region.area}
    below = areas.children(area.code if area else None)
    for child in sorted(below, key=lambda a: a.name):
        found[child.code] = ctx.text(child.title)
    return list(found.items())


def _drawing(ctx: WebContext, area: Area | None, page: PublicPage) -> object:
    """Draw the map of a list, with a numbered mark for each report that has a place."""
    land = land_of(ctx)
    bounds = land.bounds(area)
    view: View | None = view_of(bounds, MAP) if bounds else None
    return marked(land.draw(view), [(i.lat, i.lon) for i in page.items]) if view else None


@router.get("/{number}", response_class=Response, dependencies=[public_read(_tag, seconds=3600)])
async def report(ctx: Ctx, number: str) -> Response:
    """Show a public report; unknown and private ones look alike."""
    site = site_of(ctx)
    plain = parse(number, site.config.number_prefix)
    try:
        found = await ctx.db.read(public_report, site, plain or "", now())
    except Unknown:
        raise NotFound from None
    w = Words(ctx, site, now())
    return show(
        ctx,
        "public_report.html",
        headers={},
        report=found,
        base=f"{HOME}/{found.number}",
        marks=[*happened(found, w, "public"), *ahead(ctx, found, w)],
        next_date=next_date(ctx, found, w),
        map=_small_map(ctx, found.lat, found.lon),
    )


def _small_map(ctx: WebContext, lat: float | None, lon: float | None) -> object:
    if lat is None or lon is None:
        return None
    found: Marked = pinned(land_of(ctx).around(lat, lon, MAP_SIZE), lat, lon)
    return found


@router.get("/{number}/photo/{media}/{form}", response_class=Response)
async def photo(ctx: Ctx, number: str, media: str, form: str) -> Response:
    """Show an approved photo of a public report."""
    site = site_of(ctx)
    plain = parse(number, site.config.number_prefix)
    try:
        found = await ctx.db.read(public_report, site, plain or "", now())
    except Unknown:
        raise NotFound from None
    return await photo_answer(ctx, found.photos, media, form, cache="no-cache")
