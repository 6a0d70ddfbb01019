"""The basket: what the same shopping costs in a month against an earlier one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from civicapp import Area
from civicapp.web import Ctx, public_read
from civicapp_prices.context import site_of
from civicapp_prices.domain.basket import Basket, Item
from civicapp_prices.domain.series import last_month, month_name, month_number
from civicapp_prices.pages.door import API, SECONDS, area_tags, asked_area, now, show, url
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Chip, Words
from civicapp_prices.service.basket import basket_of
from civicapp_prices.service.scopes import area_scope
from civicapp_prices.service.shown import areas_up, basket_months
from civicapp_prices.service.site import Site

Month = Annotated[str, Query(max_length=7)]
SPENT = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class Asked:
    """The months of a page. months: to choose from, the newest first."""

    area: Area | None
    months: tuple[str, ...]
    base: str
    month: str
    basket: Basket | None


@dataclass(frozen=True, slots=True)
class Line:
    """An item of the basket. part: the points of the index that it brings."""

    code: str
    name: str
    weight: str
    chip: Chip
    part: str
    note: str


def _read(session: Session, site: Site, area: Area | None, base: str, month: str) -> Asked:
    """Return the basket of the narrowest area that has prices, a year apart if nothing is asked."""
    usual = last_month(site.shown_day(now()))
    for own in areas_up(site, area):
        scope = area_scope(own.code)
        months = basket_months(session, site, scope)
        if not months:
            continue
        late = month if month in months else min(usual, months[0])
        year_before = month_name(month_number(late) - 12)
        early = base if base in months else max(year_before, months[-1])
        return Asked(own, months, early, late, basket_of(session, site, scope, early, late))
    return Asked(None, (), "", "", None)


@router.get(
    "/basket", response_class=Response, dependencies=[public_read(area_tags, seconds=SECONDS)]
)
async def basket_page(ctx: Ctx, base: Month = "", month: Month = "") -> Response:
    """Show the index of the basket with the part of each item."""
    site = site_of(ctx)
    asked = asked_area(ctx) or ctx.area
    found = await ctx.db.read(_read, site, asked, base, month)
    w = Words(ctx, site, now())
    items = found.basket.items if found.basket else ()
    index = found.basket.index if found.basket else None
    return show(
        ctx,
        "basket.html",
        found=found,
        index=w.index(index) if index is not None else "",
        now_costs=w.money(SPENT * index / 100) if index is not None else "",
        then_cost=w.money(SPENT),
        moved=w.share(index / 100 - 1) if index is not None else "",
        up=index is not None and index > 100,
        lines=[_line(ctx, w, item) for item in items],
        months=[(name, w.month(name)) for name in found.months],
        base=w.month(found.base) if found.base else "",
        month=w.month(found.month) if found.month else "",
        illustrative=any(item.illustrative for item in site.config.basket),
        shares=sorted({item.source for item in site.config.basket}),
        csv=_csv(found),
    )


def _line(ctx: Ctx, w: Words, item: Item) -> Line:
    change = item.relative - 1
    share = w.share(change)
    if share == ctx.percent(0):
        chip = Chip("neutral", "", ctx.gettext("unchanged"))
    elif change > 0:
        chip = Chip("warn", "▲", ctx.gettext("up %(far)s", far=share))
    else:
        chip = Chip("info", "▼", ctx.gettext("down %(far)s", far=share))
    note = ""
    if item.imputed:
        note = ctx.gettext("no price: moved as its group")
    elif item.varieties:
        note = ctx.ngettext("%(num)s variety", "%(num)s varieties", item.varieties)
    name, part = w.name(item.commodity), w.points(item.contribution)
    return Line(item.commodity, name, ctx.percent(item.weight), chip, part, note)


def _csv(found: Asked) -> str:
    area = found.area.code if found.area else ""
    return url(f"{API}/basket", area=area, base=found.base, month=found.month, format="csv")
