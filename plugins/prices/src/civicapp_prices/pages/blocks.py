"""Parts of other pages: five staples on the home page and on an area's page, a fact in the menu."""

import datetime
from dataclasses import dataclass

from civicapp import Block, Context
from civicapp.web import WebContext
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import HOME, now, url
from civicapp_prices.pages.words import Chip, Words
from civicapp_prices.service.shown import Board, board_of
from civicapp_prices.service.site import Site

MOST = 5
STALE = datetime.timedelta(days=31)  # older prices are no news on a page of others
LATE = datetime.timedelta(days=7)  # and no fact in the menu


@dataclass(frozen=True, slots=True)
class Line:
    """A staple with its price."""

    code: str
    name: str
    price: str
    unit: str
    chip: Chip


def staples_of(site: Site) -> tuple[str, ...]:
    """Return the staples that the pack names, in its order."""
    named = sorted((c.staple, c.code) for c in site.config.commodities if c.staple is not None)
    return tuple(code for _, code in named[:MOST])


async def home_block(ctx: WebContext) -> Block | None:
    """Show the staples where the visitor is."""
    return await _block(ctx, "prices/block_home.html", 20)


async def area_block(ctx: WebContext) -> Block | None:
    """Show the staples of an area."""
    return await _block(ctx, "prices/block_area.html", 20)


async def fact(ctx: WebContext) -> str | None:
    """Say what the first staple costs: `Beras medium Rp14.200/kg`."""
    db, site, at = ctx.db, site_of(ctx), now()
    day = site.shown_day(at)
    board = await db.read(board_of, site, ctx.area, day, staples_of(site)[:1])
    if not board.rows or board.rows[0].date < day - LATE:
        return None
    w, row = Words(ctx, site, at), board.rows[0]
    unit = w.unit(row.unit)
    price = f"{w.money(row.price)}/{unit}" if unit else w.money(row.price)
    return f"{w.name(row.commodity)} {price}"


async def _block(ctx: WebContext, template: str, weight: int) -> Block | None:
    db, site, at = ctx.db, site_of(ctx), now()
    day, staples = site.shown_day(at), staples_of(site)
    board = await db.read(board_of, site, ctx.area, day, staples)
    newest = board.newest
    if board.area is None or newest is None or newest < day - STALE:
        return None
    w = Words(ctx, site, at)
    return Block(template, _data(w, site, board, newest, ctx, staples), weight)


def _data(
    w: Words,
    site: Site,
    board: Board,
    newest: datetime.date,
    ctx: Context,
    staples: tuple[str, ...],
) -> dict[str, object]:
    area = board.area
    assert area is not None  # noqa: S101 - there are prices
    rows = sorted(board.rows, key=lambda row: staples.index(row.commodity))
    own = ctx.area is not None and ctx.area != area
    return {
        "rows": [
            Line(
                r.commodity, w.name(r.commodity), w.money(r.price), w.per(r.unit), w.chip(r, newest)
            )
            for r in rows
        ],
        "area": w.area(area),
        "other": own,
        "day": w.day(newest),
        "all": url(HOME, area=area.code if ctx.area is None or own else None),
        "here": url("", area=area.code if ctx.area is not None else None),
        "today": newest == site.today(now()),
    }
