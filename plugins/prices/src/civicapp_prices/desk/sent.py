"""Sent: what an entry held, and what its prices became."""

from starlette.responses import Response

from civicapp.web import Ctx, NotFound
from civicapp_prices.context import site_of
from civicapp_prices.desk.door import Reader, market_path, now, show
from civicapp_prices.desk.router import router
from civicapp_prices.permissions import ENTER
from civicapp_prices.service.entry import Line, entry_of
from civicapp_prices.service.errors import Unknown
from civicapp_prices.service.panel import sheet


@router.get("/entries/{id}", response_class=Response)
async def entry(ctx: Ctx, person: Reader, id: str, done: str = "") -> Response:
    """Show an entry of the person's area."""
    site, at = site_of(ctx), now()
    try:
        receipt = await ctx.db.read(entry_of, site, person, id)
    except Unknown:
        raise NotFound from None
    market = site.markets[receipt.market]
    now_there = await ctx.db.read(sheet, site, market, receipt.date)
    rows: dict[str, list[Line]] = {}
    for line in receipt.lines:
        rows.setdefault(line.commodity, []).append(line)
    other = None if receipt.date == site.today(at) else receipt.date
    enters = person.rows(ENTER).allow(None, market.area)
    return show(
        ctx,
        "desk_sent.html",
        receipt=receipt,
        market=market,
        rows=rows,
        sheet=now_there,
        form=market_path(market.code, other) if enters else "",
        just_sent=bool(done),
    )
