"""The portal's own pages: home, menu, areas, language, content, about."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from civicapp.region import Area, Page
from civicapp.region.content import LINKED
from civicapp.web.api import own_area
from civicapp.web.context import (
    AREA_COOKIE,
    LANGUAGE_COOKIE,
    YEAR,
    Ctx,
    WebContext,
    local_path,
)
from civicapp.web.errors import NotFound
from civicapp.web.portal import render

router = APIRouter(include_in_schema=False)
TILES_ON_HOME = 6


@router.get("/", response_class=Response)
async def home(ctx: Ctx) -> Response:
    """Show the home page."""
    tiles = ctx.portal.tiles(ctx)
    return render(
        ctx, "civicapp/home.html", tiles=tiles[:TILES_ON_HOME], blocks=ctx.portal.blocks(ctx, "home")
    )


@router.get("/menu", response_class=Response)
async def menu(ctx: Ctx) -> Response:
    """Show every service and page."""
    return render(ctx, "civicapp/menu.html", tiles=ctx.portal.tiles(ctx), pages=linked(ctx))


@router.get("/about", response_class=Response)
async def about(ctx: Ctx) -> Response:
    """Show who runs this, which versions, and where the data come from."""
    kernel = ctx.kernel
    plugins = [(id, kernel.installed[id].version) for id in kernel.plugins.ids if id in kernel.installed]
    return render(ctx, "civicapp/about.html", plugins=plugins, sources=ctx.region.sources)


@router.get("/pages/{slug}", response_class=Response)
async def content(ctx: Ctx, slug: str) -> Response:
    """Show a content page of the pack."""
    page = find_page(ctx, slug)
    if page is None:
        raise NotFound
    return render(ctx, "civicapp/page.html", page=page, body=page_html(ctx, page))


def find_page(ctx: WebContext, slug: str) -> Page | None:
    """Return a content page in the visitor's language, else in another of the region's."""
    found = (ctx.region.pages.get((slug, language)) for language in ctx.languages)
    return next(filter(None, found), None)


def linked(ctx: WebContext) -> list[Page]:
    """List the pages that every page links to, then the pack's others."""
    slugs = [*LINKED, *sorted({s for s, _ in ctx.region.pages} - set(LINKED))]
    return [page for slug in slugs if (page := find_page(ctx, slug))]


def page_html(ctx: WebContext, page: Page) -> Markup:
    """Render a page's Markdown; HTML in it stays text."""
    contacts = ctx.region.contacts
    values = {
        "name": ctx.text(ctx.region.theme.name or ctx.region.name),
        "operator": ctx.text(ctx.region.operator),
        "website": contacts.website,
        "email": contacts.email,
        "phone": contacts.phone,
        "address": ctx.text(contacts.address),
        "hours": ctx.text(contacts.hours),
    }
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Markup(markdown.render(page.filled(values)))  # noqa: S704 - Markdown without HTML


# Language and area: the only two cookies of a guest


@router.post("/language", response_class=Response)
async def choose_language(
    ctx: Ctx, language: Annotated[str, Form()], next: Annotated[str, Form()] = "/"
) -> Response:
    """Remember the language and go back to the page."""
    if language not in ctx.region.languages:
        raise NotFound
    return _remember(ctx.request, next, LANGUAGE_COOKIE, language)


@router.get("/area", response_class=Response)
async def area_chooser(
    ctx: Ctx,
    q: Annotated[str, Query(max_length=100)] = "",
    within: Annotated[str | None, Query(alias="in", max_length=64)] = None,
    next: Annotated[str, Query(max_length=500)] = "/",
) -> Response:
    """Show the areas to choose from, one level at a time, or those that a search finds."""
    return _chooser(ctx, q=q, within=own_area(ctx, within) if within else None, next=next)


@router.post("/area", response_class=Response)
async def choose_area(
    ctx: Ctx, code: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    """Remember the area, or forget it when none is given, and go back to the page."""
    if code and not ctx.region.areas.own(code):
        error = ctx.gettext("Choose an area from the list.")
        return _chooser(ctx, q="", within=None, next=next, error=error)
    return _remember(ctx.request, next, AREA_COOKIE, code)


@router.post("/area/here", response_class=Response)
async def area_here(
    ctx: Ctx,
    lat: Annotated[float, Form()],
    lon: Annotated[float, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Remember the area of a point; the point itself is used once and not kept."""
    place = ctx.region.boundaries.locate(lat, lon)
    if place.area is None:
        error = ctx.gettext("You are not in %(region)s. Choose an area from the list.",
                            region=ctx.text(ctx.region.name))
        return _chooser(ctx, q="", within=None, next=next, error=error)
    return _remember(ctx.request, next, AREA_COOKIE, place.area.code)


def _chooser(ctx: WebContext, *, q: str, within: Area | None, next: str, error: str = "") -> Response:
    areas = ctx.region.areas
    found = areas.search(q) if q.strip() else areas.children(within.code if within else None)
    level = ctx.region.levels.get(found[0].level) if found and not q.strip() else None
    return render(
        ctx,
        "civicapp/area.html",
        status=422 if error else 200,
        q=q.strip(),
        within=within,
        found=found,
        level=ctx.text(level.name) if level else "",
        next=local_path(next),
        error=error,
    )


@router.get("/area/{code}", response_class=Response)
async def area_page(ctx: Ctx, code: str) -> Response:
    """Show an area: what it is, which offices serve it, what services say about it."""
    area = own_area(ctx, code)
    offices = ctx.region.agencies.serving(area.code)
    groups: dict[str, list[object]] = {}
    for office in offices:
        title = ctx.text(office.area.title) if office.area else ctx.gettext("Whole country")
        groups.setdefault(title, []).append(office)
    return render(
        ctx,
        "civicapp/area_page.html",
        area=area,
        parents=ctx.region.areas.above(area.code)[1:],
        children=ctx.region.areas.children(area.code),
        groups=groups,
        blocks=ctx.portal.blocks(ctx.about(area), "area"),
    )


def _remember(request: Request, next: str, cookie: str, value: str) -> Response:
    answer = RedirectResponse(local_path(next), 303, headers={"cache-control": "no-store"})
    secure = request.url.scheme == "https"
    if value:
        answer.set_cookie(cookie, value, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    else:
        answer.delete_cookie(cookie, httponly=True, samesite="lax", secure=secure)
    return answer
