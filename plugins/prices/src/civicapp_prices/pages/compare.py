"""Places side by side: what a commodity costs in each area and market, the cheapest first."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp import Area
from civicapp.web import Ctx, Marked, WebContext, land_of, marked, public_read, view_of
from civicapp_prices.context import site_of
from civicapp_prices.domain.changes import ratio
from civicapp_prices.pages.door import CODE, EVERY_SCOPE, HOME, SECONDS, asked_area, now, show, url
from civicapp_prices.pages.near import has_own_point, point_of
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Words
from civicapp_prices.service.newest import Latest, Place
from civicapp_prices.service.shown import Comparison, compared_commodities, comparison_of
from civicapp_prices.service.site import Site

Text = Annotated[str, Query(max_length=CODE)]
STALE = datetime.timedelta(days=7)  # an older price is not ranked with the others
MAP = 360  # pixels of the map's side
KEPT = [public_read(EVERY_SCOPE, seconds=SECONDS)]


@dataclass(frozen=True, slots=True)
class Line:
    """A place in the table. kind: tag of its difference. note: what else is to be known."""

    number: int
    name: str
    url: str
    price: str
    kind: str
    difference: str
    note: str
    when: str


@dataclass(frozen=True, slots=True)
class Sides:
    """What a page of places shows. unit: per what. whole: the area's own price."""

    area: Area | None
    commodity: str
    areas: tuple[Line, ...] = ()
    markets: tuple[Line, ...] = ()
    old: tuple[Line, ...] = ()
    without: int = 0
    whole: str = ""
    unit: str = ""
    day: str = ""
    finding: str = ""


@router.get("/compare", response_class=Response, dependencies=KEPT)
async def compare_places(ctx: Ctx, commodity: Text = "") -> Response:
    """Compare areas and markets."""
    sides, choices, _ = await _read(ctx, commodity)
    return show(ctx, "compare.html", sides=sides, choices=choices, areas=areas_of(ctx))


@router.get("/map", response_class=Response, dependencies=KEPT)
async def map_of_places(ctx: Ctx, commodity: Text = "") -> Response:
    """Show the same on a map, with the same numbers in a list."""
    site = site_of(ctx)
    sides, choices, places = await _read(ctx, commodity)
    drawing = _drawing(ctx, site, sides.area, places) if places else None
    lines = sides.markets or sides.areas
    rough = any(not has_own_point(site, place) for place in places)
    return show(
        ctx, "map.html", sides=sides, choices=choices, areas=areas_of(ctx), lines=lines,
        drawing=drawing, rough=rough,
    )  # fmt: skip


async def _read(
    ctx: WebContext, wanted: str
) -> tuple[Sides, list[tuple[str, str]], Sequence[Place]]:
    """Read what is compared; return also the commodities to choose from, and the places drawn."""
    site, at = site_of(ctx), now()
    w = Words(ctx, site, at)
    area = asked_area(ctx) or ctx.region.area
    if area is None:
        return Sides(None, ""), [], ()
    codes = await ctx.db.read(compared_commodities, site, area.code)
    choices = list(w.names(codes).items())
    staples = sorted((c.staple, c.code) for c in site.config.commodities if c.staple is not None)
    usual = next((code for _, code in staples if code in codes), next(iter(codes), ""))
    code = wanted if wanted in codes else usual
    if not code:
        return Sides(area, ""), choices, ()
    found = await ctx.db.read(comparison_of, site, area.code, code, site.shown_day(at))
    sides, drawn = _sides(ctx, site, w, area, code, found)
    return sides, choices, drawn


def _sides(
    ctx: WebContext, site: Site, w: Words, area: Area, code: str, found: Comparison
) -> tuple[Sides, Sequence[Place]]:
    priced = [(place, place.latest) for place in found.places if place.latest is not None]
    newest = max((row.date for _, row in priced), default=None)
    fresh = [(p, row) for p, row in priced if newest and row.date >= newest - STALE]
    old = [(p, row) for p, row in priced if newest and row.date < newest - STALE]
    by_price = sorted(fresh, key=lambda pair: (pair[1].price, pair[0].scope))
    areas = [(p, row) for p, row in by_price if p.market is None]
    markets = [(p, row) for p, row in by_price if p.market is not None]

    def lines(pairs: Iterable[tuple[Place, Latest]]) -> tuple[Line, ...]:
        return tuple(
            _line(ctx, w, n, place, row, found.whole.get(row.source), area, code, newest)
            for n, (place, row) in enumerate(pairs, 1)
        )

    first = next(iter(found.whole.values()), None)
    sides = Sides(
        area=area,
        commodity=code,
        areas=lines(areas),
        markets=lines(markets),
        old=lines(old),
        without=len(found.places) - len(priced),
        whole=w.money(first.price) if first else "",
        unit=w.per(site.commodities[code].unit),
        finding=_finding(ctx, w, markets or areas),
        day=w.when(newest, fresh[0][1].step) if newest and fresh else "",
    )
    return sides, [place for place, _ in (markets or areas)]


def _line(  # noqa: PLR0913, PLR0917 - each is a part of a line
    ctx: WebContext,
    w: Words,
    number: int,
    place: Place,
    row: Latest,
    whole: Latest | None,
    area: Area,
    code: str,
    newest: datetime.date | None,
) -> Line:
    target = {"market": place.market} if place.market else {"area": place.area}
    kind, difference = "neutral", ""
    if whole is not None:
        apart = row.price - whole.price
        name = area.name
        if w.is_nothing(apart):
            difference = ctx.gettext("as the average of %(area)s", area=name)
        elif apart > 0:
            far = w.apart(apart, ratio(row.price, whole.price))
            kind, difference = "warn", ctx.gettext("%(far)s above the average", far=far)
        else:
            far = w.apart(apart, ratio(row.price, whole.price))
            kind, difference = "info", ctx.gettext("%(far)s below the average", far=far)
    note = w.type(place.market) if place.market else ""
    if row.n is not None and row.source == "survey":
        quotes = ctx.ngettext("%(num)s price", "%(num)s prices", row.n)
        note = w.joined(filter(None, (note, quotes)))
    return Line(
        number=number,
        name=w.place(place.scope),
        url=url(f"{HOME}/{code}", **target),
        price=w.money(row.price),
        kind=kind,
        difference=difference,
        note=note,
        when="" if row.date == newest else w.when(row.date, row.step, short=True),
    )


def _finding(ctx: WebContext, w: Words, pairs: Sequence[tuple[Place, Latest]]) -> str:
    """Say in a sentence where it is cheapest and where dearest."""
    if len(pairs) < 2 or pairs[0][1].price == pairs[-1][1].price:
        return ""
    (cheap, low), (dear, high) = pairs[0], pairs[-1]
    return ctx.gettext(
        "Cheapest in %(cheap)s, %(low)s; dearest in %(dear)s, %(high)s.",
        cheap=w.place(cheap.scope),
        low=w.money(low.price),
        dear=w.place(dear.scope),
        high=w.money(high.price),
    )


def areas_of(ctx: WebContext) -> list[tuple[str, str]]:
    """List the areas whose places can be compared: the region's own, and those right below."""
    areas = ctx.region.areas
    top = [(ctx.region.area.code, ctx.region.area.name)] if ctx.region.area else []
    below = sorted(((a.code, ctx.text(a.title)) for a in areas.children(None)), key=lambda a: a[1])
    return [*top, *below]


def _drawing(
    ctx: WebContext, site: Site, area: Area | None, places: Sequence[Place]
) -> Marked | None:
    """Draw the map with a numbered mark for each place of the list that has a point."""
    land = land_of(ctx)
    bounds = land.bounds(area)
    if bounds is None:
        return None
    points = [point_of(site, place) or (None, None) for place in places]
    return marked(land.draw(view_of(bounds, MAP)), points)
