"""What is unusual: the published alarms of a month, in plain words."""

from dataclasses import dataclass

from starlette.responses import Response

from civicapp import Area
from civicapp.web import Ctx, WebContext, alternates, public_read
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import HOME, SECONDS, asked_area, now, show, url
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Told, Words
from civicapp_prices.service.alarm_reading import Listed
from civicapp_prices.service.alarms import TAG, settings_of
from civicapp_prices.service.scopes import area_scope, code_of
from civicapp_prices.service.shown import Unusual, unusual_of
from civicapp_prices.service.site import Site

SEVERITY = ("normal", "stress", "watch", "low", "alert", "crisis")


@dataclass(frozen=True, slots=True)
class Warned:
    """A commodity with its alarms."""

    name: str
    url: str
    source: str
    alarms: tuple[Told, ...]


@router.get("/alarms", response_class=Response, dependencies=[public_read(TAG, seconds=SECONDS)])
async def alarms(ctx: Ctx) -> Response:
    """List what is unusual in an area, the most unusual first, and where else something is."""
    site = site_of(ctx)
    found = await ctx.db.read(unusual_of, site)
    w = Words(ctx, site, now())
    area = asked_area(ctx) or _nearest(ctx, site) or ctx.region.area
    settings = settings_of(site)
    title = ctx.gettext("Unusual food prices: %(area)s", area=w.area(area or ctx.region.area))
    wanted = {"area": area.code} if area and area != ctx.region.area else {}
    return show(
        ctx,
        "alarms.html",
        found=found,
        area=area,
        month=w.month(found.month) if found.month else "",
        items=_warned(w, found.items, area),
        elsewhere=_elsewhere(ctx, w, found, area),
        settings=settings,
        feeds=alternates(ctx, title, f"{HOME}/alarms", wanted),
    )


def _nearest(ctx: WebContext, site: Site) -> Area | None:
    """Return the narrowest area around the visitor for which alarms are published."""
    if ctx.area is None:
        return None
    told = {a.code for a in site.region.areas.children(None)}
    return next((a for a in site.region.areas.above(ctx.area.code) if a.code in told), None)


def _warned(w: Words, items: tuple[Listed, ...], area: Area | None) -> list[Warned]:
    scope = area_scope(area.code) if area else ""
    found: dict[tuple[str, str], list[Listed]] = {}
    for item in items:
        if item.scope == scope:
            found.setdefault((item.commodity, item.source), []).append(item)
    names = w.names(commodity for commodity, _ in found)
    ordered = sorted(found.items(), key=lambda f: -max(SEVERITY.index(a.class_) for a in f[1]))
    return [
        Warned(
            name=names[commodity],
            url=url(f"{HOME}/{commodity}", area=area.code if area else None, source=source),
            source=w.source(source),
            alarms=tuple(w.alarm(a.kind, a.class_, a.value) for a in alarms),
        )
        for (commodity, source), alarms in ordered
    ]


def _elsewhere(
    ctx: WebContext, w: Words, found: Unusual, area: Area | None
) -> list[tuple[str, str, str]]:
    """List the other areas with something unusual: address, name, and how much."""
    counts: dict[str, set[str]] = {}
    for item in found.items:
        if area is None or item.scope != area_scope(area.code):
            counts.setdefault(item.scope, set()).add(item.commodity)
    return [
        (
            url(f"{HOME}/alarms", area=code_of(scope)),
            w.place(scope),
            ctx.ngettext("%(num)s commodity", "%(num)s commodities", len(codes)),
        )
        for scope, codes in counts.items()
    ]
