"""The portal's own pages: home, menu, an area, content, about, and the choice of the language."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from markupsafe import Markup
from starlette.responses import Response

from civicapp.region import Area, Office, Page, Source
from civicapp.version import VERSION
from civicapp.web import chooser
from civicapp.web.api import own_area
from civicapp.web.context import LANGUAGE_COOKIE, Ctx, WebContext
from civicapp.web.cookies import remember
from civicapp.web.errors import NotFound
from civicapp.web.languages import zone_name
from civicapp.web.menu import find_page, linked
from civicapp.web.portal import render, tel
from civicapp.web.prose import escaped, prose
from civicapp.web.public import public_read

# What the clock changes in parts of services is at most so old.
KEPT = [public_read(seconds=60)]
WITH_PARTS = [public_read(seconds=60, parts=True)]
# One router: FastAPI hides the routes of an included one from whoever lists them.
router = chooser.router
TILES_ON_HOME = 6
OPEN_OFFICES = 8


@router.get("/", response_class=Response, dependencies=WITH_PARTS)
async def home(ctx: Ctx) -> Response:
    """Show the home page."""
    tiles, blocks = await ctx.portal.tiles(ctx), await ctx.portal.blocks(ctx, "home")
    return render(
        ctx,
        "civicapp/home.html",
        tiles=tiles[:TILES_ON_HOME],
        more=len(tiles) > TILES_ON_HOME,
        aside=blocks[:1],
        blocks=blocks[1:],
    )


@router.get("/menu", response_class=Response, dependencies=WITH_PARTS)
async def menu(ctx: Ctx) -> Response:
    """Show every service and page."""
    tiles = await ctx.portal.tiles(ctx)
    return render(ctx, "civicapp/menu.html", tiles=tiles, pages=linked(ctx))


@router.get("/about", response_class=Response, dependencies=KEPT)
async def about(ctx: Ctx) -> Response:
    """Show who runs this, which versions, and where the data come from."""
    kernel = ctx.kernel
    known = kernel.installed
    plugins = [(id, known[id].version) for id in kernel.plugins.ids if id in known]
    sources = [(_subject(ctx, source), source) for source in ctx.region.sources]
    return render(ctx, "civicapp/about.html", version=VERSION, plugins=plugins, sources=sources)


def _subject(ctx: WebContext, source: Source) -> str:
    """Say in words what a file of the pack holds."""
    folder, _, rest = source.file.partition("/")
    if folder == "services":
        id = rest.partition("/")[0]
        own = {w.id: w for w in ctx.kernel.services}.get(id)
        return ctx.of(id).gettext(own.menu[0].item.label) if own and own.menu else id
    if folder == "areas":
        boundaries = rest.startswith("boundaries")
        return ctx.gettext("Boundaries of areas") if boundaries else ctx.gettext("Areas")
    if folder == "organisation":
        return ctx.gettext("Offices")
    return ctx.gettext("Holidays") if folder == "calendar" else folder


@router.get("/pages/{slug}", response_class=Response, dependencies=KEPT)
async def content(ctx: Ctx, slug: str) -> Response:
    """Show a content page of the pack."""
    page = find_page(ctx, slug)
    if page is None:
        raise NotFound
    return render(ctx, "civicapp/page.html", page=page, body=page_html(ctx, page))


def page_html(ctx: WebContext, page: Page) -> Markup:
    """Render a page's Markdown with the operator's contacts filled in."""
    contacts = ctx.region.contacts
    values = {
        "name": escaped(ctx.portal.name(ctx)),
        "operator": escaped(ctx.text(ctx.region.operator)),
        "website": contacts.website,
        "email": contacts.email,
        "phone": contacts.phone,
        "address": escaped(ctx.text(contacts.address)),
        "hours": escaped(ctx.text(contacts.hours)),
    }
    links = {
        contacts.website or "": contacts.website or "",
        contacts.email or "": f"mailto:{contacts.email}",
        contacts.phone or "": f"tel:{tel(contacts.phone or '')}",
    }
    return prose(page.filled(values), links)


@router.post("/language", response_class=Response)
async def choose_language(
    ctx: Ctx,
    language: Annotated[str, Form()],
    then: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Remember the language and go back to the page."""
    if language not in ctx.region.languages:
        raise NotFound
    return remember(ctx.request, then, LANGUAGE_COOKIE, language)


@router.get("/area/{code}", response_class=Response, dependencies=WITH_PARTS)
async def area_page(ctx: Ctx, code: str) -> Response:
    """Show an area: what it is, which offices serve it, what services say about it."""
    area = own_area(ctx, code)
    areas, above = ctx.region.areas, ctx.region.areas.above(area.code)[1:]
    children = areas.children(area.code)
    level = ctx.region.levels.get(children[0].level) if children else None
    groups = _offices(ctx, area)
    return render(
        ctx,
        "civicapp/area_page.html",
        area=area,
        parents=[a for a in reversed(above) if areas.own(a.code)],
        children=children,
        children_level=ctx.text(level.name) if level else "",
        zone=zone_name(ctx.region.timezone_of(area.code), ctx.language),
        groups=groups,
        unfolded=_unfolded(groups),
        blocks=await ctx.portal.blocks(ctx.about(area), "area"),
    )


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office in a group: its name without the title's words, and as people say it."""

    name: str
    short_name: str
    phone: str | None
    website: str | None


def _offices(ctx: WebContext, area: Area) -> dict[str, list[OfficeLine]]:
    """Group the offices that serve an area by whose they are, the nearest first."""
    local: dict[str, list[OfficeLine]] = {}
    national: list[OfficeLine] = []
    for office in ctx.region.agencies.serving(area.code):
        if office.area is None or office.agency.level == "national":
            national.append(_line(office, ""))
        else:
            said = office.area.title.text(*ctx.region.languages)
            local.setdefault(ctx.text(office.area.title), []).append(_line(office, said))
    groups = {title: sorted(lines, key=lambda line: line.name) for title, lines in local.items()}
    if national:
        groups[ctx.gettext("National offices")] = sorted(national, key=lambda line: line.name)
    return groups


def _line(office: Office, said: str) -> OfficeLine:
    name, short = (n.removesuffix(f" {said}") for n in (office.full_name, office.name))
    known = name.casefold().startswith(short.casefold())
    return OfficeLine(
        name, "" if known else office.name, office.agency.phone, office.agency.website
    )


def _unfolded(groups: dict[str, list[OfficeLine]]) -> int:
    """Count the first groups that may stand open without making the page long."""
    shown, count = 0, 0
    for offices in groups.values():
        shown += len(offices)
        if shown > OPEN_OFFICES:
            break
        count += 1
    return count if len(groups) > 1 else 1
