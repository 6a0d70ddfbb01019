"""What everyone may ask: commodities, markets, prices, changes, alarms, gaps, the basket."""

import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response

from civicapp.web import Ctx, WebContext, problems, public_read
from civicapp_prices.api.asked import (
    STEPS,
    AreaQuery,
    Asked,
    CommodityQuery,
    FormatQuery,
    MarketQuery,
    SourceQuery,
    cursor_of,
    place_tags,
)
from civicapp_prices.api.csv import AS_CSV, csv_response, items_response, vary
from civicapp_prices.api.models import (
    AlarmList,
    AlarmOut,
    BasketItemOut,
    BasketOut,
    ChangesOut,
    CommodityList,
    CommodityOut,
    GapList,
    GapOut,
    LatestList,
    LatestOut,
    MarketList,
    MarketOut,
    PointOut,
    SeriesOut,
)
from civicapp_prices.api.shown import Shown
from civicapp_prices.context import site_of
from civicapp_prices.domain.series import last_month, month_name, month_number
from civicapp_prices.service.alarm_reading import alarms_of, no_alarms
from civicapp_prices.service.basket import basket_of
from civicapp_prices.service.history import changes_of, series
from civicapp_prices.service.newest import gaps, latest

router = APIRouter(dependencies=[Depends(vary)])
OF_PACK = [public_read()]
OF_PLACE = [public_read(place_tags, seconds=60)]  # what is of today is not so tomorrow
ANSWERS = {**AS_CSV, **problems(422)}
MARKETS_PAGE, POINTS_PAGE = 500, 5000
CursorQuery = Annotated[str | None, Query(description="`next` of the page before", max_length=300)]
DayQuery = Annotated[
    str | None,
    Query(description="a day, `YYYY-MM-DD`", max_length=10, json_schema_extra={"format": "date"}),
]


def now() -> datetime.datetime:
    """Return this moment."""
    return datetime.datetime.now(datetime.UTC)


@router.get(
    "/commodities",
    operation_id="prices_commodities",
    response_model=CommodityList,
    dependencies=OF_PACK,
    responses=ANSWERS,
)
async def commodities(ctx: Ctx, format: FormatQuery = None) -> CommodityList | Response:
    """List the commodities and their varieties, in the order in which they are shown."""
    site = site_of(ctx)
    asked = Asked(ctx, site)
    as_csv = asked.csv(format)
    asked.check()
    shown = Shown(ctx, site)
    items = [shown.commodity(row) for row in site.commodities.values()]
    if as_csv:
        return items_response("commodities", CommodityOut, items)
    return CommodityList(items=items)


@router.get(
    "/markets",
    operation_id="prices_markets",
    response_model=MarketList,
    dependencies=OF_PACK,
    responses=ANSWERS,
)
async def markets(
    ctx: Ctx,
    response: Response,
    area: AreaQuery = None,
    cursor: CursorQuery = None,
    limit: Annotated[int, Query(description="markets of a page", ge=1, le=1000)] = MARKETS_PAGE,
    format: FormatQuery = None,
) -> MarketList | Response:
    """List the markets, those inside an area if one is named, by code."""
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place = asked.place(area) if area is not None else None
    after, as_csv = asked.cursor(cursor), asked.csv(format)
    asked.check()
    codes = sorted(site.markets_in(place.code) if place else site.markets)
    codes = [code for code in codes if after is None or code > after]
    page = codes[:limit]
    next = cursor_of(page[-1]) if len(codes) > limit else None
    shown = Shown(ctx, site)
    items = [shown.market(site.markets[code]) for code in page]
    if as_csv:
        return _linked(ctx, items_response("markets", MarketOut, items), next)
    _linked(ctx, response, next)
    return MarketList(items=items, next=next)


@router.get(
    "/latest",
    operation_id="prices_latest",
    response_model=LatestList,
    dependencies=OF_PLACE,
    responses=ANSWERS,
)
async def newest(
    ctx: Ctx,
    area: AreaQuery = None,
    market: MarketQuery = None,
    commodity: Annotated[
        str | None,
        Query(
            description="code of a commodity; every one that has a price without it", max_length=64
        ),
    ] = None,
    source: SourceQuery = None,
    format: FormatQuery = None,
) -> LatestList | Response:
    """Give the newest price of each commodity in a place.

    A price is never carried forward: `date` says of which day it is.
    """
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place, chosen = asked.place(area, market), asked.source(source)
    wanted = [asked.commodity(commodity)] if commodity is not None else None
    as_csv = asked.csv(format)
    asked.check()
    today = site.today(now())

    found = await ctx.db.read(
        lambda s: latest(s, site, place.scope, commodities=wanted, source=chosen, today=today)
    )
    shown = Shown(ctx, site)
    items = [shown.latest(row) for row in found]
    if wanted and not items:
        items = [shown.unknown(wanted[0])]
    if as_csv:
        return items_response(f"latest-{place.code}", LatestOut, items)
    return LatestList(
        area=place.area,
        market=place.market,
        as_of=today,
        currency=site.region.currency,
        items=items,
    )


@router.get(
    "/series",
    operation_id="prices_series",
    response_model=SeriesOut,
    dependencies=OF_PLACE,
    responses=ANSWERS,
)
async def points(  # noqa: PLR0913, PLR0917
    ctx: Ctx,
    response: Response,
    commodity: CommodityQuery,
    area: AreaQuery = None,
    market: MarketQuery = None,
    since: Annotated[
        str | None,
        Query(
            alias="from",
            description="first day, `YYYY-MM-DD`; with `step=month` the whole of its month",
            max_length=10,
            json_schema_extra={"format": "date"},
        ),
    ] = None,
    until: Annotated[
        str | None,
        Query(
            alias="to",
            description="last day, `YYYY-MM-DD`; with `step=month` the whole of its month",
            max_length=10,
            json_schema_extra={"format": "date"},
        ),
    ] = None,
    step: Annotated[
        str,
        Query(
            description="`month`: means of the observed days",
            max_length=8,
            json_schema_extra={"enum": list(STEPS)},
        ),
    ] = "day",
    source: SourceQuery = None,
    cursor: CursorQuery = None,
    limit: Annotated[int, Query(description="items of a page", ge=1, le=10_000)] = POINTS_PAGE,
    format: FormatQuery = None,
) -> SeriesOut | Response:
    """Give the prices of a commodity in a place over time, by day or by month.

    A day without a survey has no item. A source that gives months gives them at `step=day` too, and
    `step` of the answer says so.
    """
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place, code, chosen = (
        asked.place(area, market),
        asked.commodity(commodity),
        asked.source(source),
    )
    first, last = asked.period(since, until)
    asked.choice("step", step, STEPS)
    after, as_csv = asked.cursor_day(cursor), asked.csv(format)
    asked.check()
    found = await ctx.db.read(
        lambda s: series(
            s,
            site,
            place.scope,
            code,
            source=chosen,
            since=first,
            until=last,
            after=after,
            step="month" if step == "month" else "day",
            limit=limit,
        )
    )
    items = [PointOut(date=i.date, price=i.price, n=i.n) for i in found.items] if found else []
    next = cursor_of(found.items[-1].day.isoformat()) if found and found.more else None
    if as_csv:
        name = f"{code}-{place.code}-{step}"
        return _linked(ctx, items_response(name, PointOut, items), next)
    _linked(ctx, response, next)
    return SeriesOut(
        area=place.area,
        market=place.market,
        commodity=code,
        unit=site.commodities[code].unit,
        currency=site.region.currency,
        source=found.source if found else None,
        step=found.step if found else ("month" if step == "month" else "day"),
        items=items,
        next=next,
    )


@router.get(
    "/changes",
    operation_id="prices_changes",
    response_model=ChangesOut,
    dependencies=OF_PLACE,
    responses=ANSWERS,
)
async def changed(
    ctx: Ctx,
    commodity: CommodityQuery,
    area: AreaQuery = None,
    market: MarketQuery = None,
    as_of: DayQuery = None,
    source: SourceQuery = None,
    format: FormatQuery = None,
) -> ChangesOut | Response:
    """Tell how a price changed as of a day; without one, of the newest that has a price.

    Each change compares with the last survey on or before its anchor. On a day without a survey all
    are null, and `last_surveyed` says when there was one.
    """
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place, code, chosen = (
        asked.place(area, market),
        asked.commodity(commodity),
        asked.source(source),
    )
    day, as_csv = asked.day("as_of", as_of), asked.csv(format)
    asked.check()
    found = await ctx.db.read(changes_of, site, place.scope, code, day, chosen)
    shown = Shown(ctx, site).changes(place, code, found, day or site.today(now()))
    if as_csv:
        flat = shown.model_dump()
        dates = flat.pop("dates")
        row = {**flat, **{f"{name}_date": date for name, date in dates.items()}}
        return csv_response(f"changes-{code}-{place.code}", list(row), [list(row.values())])
    return shown


@router.get(
    "/alarms",
    operation_id="prices_alarms",
    response_model=AlarmList,
    dependencies=OF_PLACE,
    responses=ANSWERS,
)
async def alarms(
    ctx: Ctx,
    commodity: CommodityQuery,
    area: AreaQuery = None,
    market: MarketQuery = None,
    as_of: DayQuery = None,
    source: SourceQuery = None,
    format: FormatQuery = None,
) -> AlarmList | Response:
    """Read the alarms of a commodity for the last month that ended on or before a day.

    They are read from what is published now, and only from what is not after the month; without a
    day, today's. docs/prices-method.md says how each comes about.
    """
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place, code, chosen = (
        asked.place(area, market),
        asked.commodity(commodity),
        asked.source(source),
    )
    day, as_csv = asked.day("as_of", as_of), asked.csv(format)
    asked.check()
    day = day or site.today(now())
    found = await ctx.db.read(alarms_of, site, place.scope, code, day, chosen)
    items = Shown(ctx, site).alarms(found.readings if found else no_alarms(site, day))
    if as_csv:
        return items_response(f"alarms-{code}-{place.code}", AlarmOut, items)
    return AlarmList(
        area=place.area,
        market=place.market,
        commodity=code,
        source=found.source if found else None,
        as_of=day,
        month=last_month(day),
        items=items,
    )


@router.get(
    "/reference-gap",
    operation_id="prices_reference_gap",
    response_model=GapList,
    dependencies=OF_PLACE,
    responses=ANSWERS,
)
async def reference_gap(
    ctx: Ctx,
    area: AreaQuery = None,
    market: MarketQuery = None,
    source: SourceQuery = None,
    format: FormatQuery = None,
) -> GapList | Response:
    """Compare the newest price of each commodity with the reference price of its day."""
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place, chosen, as_csv = asked.place(area, market), asked.source(source), asked.csv(format)
    asked.check()
    today = site.today(now())
    found = await ctx.db.read(lambda s: gaps(s, site, place.scope, today, source=chosen))
    shown = Shown(ctx, site)
    items = [shown.gap(row) for row in found]
    if as_csv:
        return items_response(f"reference-gap-{place.code}", GapOut, items)
    return GapList(
        area=place.area,
        market=place.market,
        as_of=today,
        currency=site.region.currency,
        items=items,
    )


@router.get(
    "/basket",
    operation_id="prices_basket",
    response_model=BasketOut,
    dependencies=OF_PLACE,
    responses=ANSWERS,
)
async def basket(
    ctx: Ctx,
    area: AreaQuery = None,
    base: Annotated[
        str | None,
        Query(description="base month, `YYYY-MM`; a year before without it", max_length=7),
    ] = None,
    month: Annotated[
        str | None,
        Query(description="month, `YYYY-MM`; the last that ended without it", max_length=7),
    ] = None,
    source: SourceQuery = None,
    format: FormatQuery = None,
) -> BasketOut | Response:
    """Compute what the basket costs in a month; in the base month it is 100.

    An item's relative is the geometric mean of its varieties' (Jevons), its own where it has none;
    fixed weights join them. Contributions sum to the change of the index.
    """
    site = site_of(ctx)
    asked = Asked(ctx, site)
    place, chosen, as_csv = asked.place(area), asked.source(source), asked.csv(format)
    first, last = asked.month("base", base), asked.month("month", month)
    asked.check()
    last = last or last_month(site.today(now()))
    first = first or month_name(month_number(last) - 12)
    found = await ctx.db.read(basket_of, site, place.scope, first, last, chosen)
    shown = Shown(ctx, site).basket(place, first, last, found)
    if as_csv:
        of_all = {"base": first, "month": last, "index": shown.index}
        return items_response(f"basket-{place.code}", BasketItemOut, shown.items, of_all)
    return shown


def _linked(ctx: WebContext, response: Response, next: str | None) -> Response:
    """Write the Link header of a list (RFC 8288): its first page and the next one."""
    query = {k: v for k, v in ctx.request.query_params.items() if k != "cursor"}
    pages = {"first": query, **({"next": {**query, "cursor": next}} if next else {})}
    path = ctx.request.url.path
    response.headers["link"] = ", ".join(
        f'<{path}{"?" if page else ""}{urlencode(page)}>; rel="{rel}"'
        for rel, page in pages.items()
    )
    return response
