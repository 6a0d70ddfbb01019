"""The sheet: the prices of a place on paper, for the board of a market or an office."""

import segno
from markupsafe import Markup
from starlette.responses import Response

from civicapp.web import Ctx, public_read, site_url
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import HOME, SECONDS, area_tags, asked_area, now, show, url
from civicapp_prices.pages.router import router
from civicapp_prices.pages.today import LONG_AGO, groups_of, told
from civicapp_prices.pages.words import Words
from civicapp_prices.service.shown import board_of


@router.get(
    "/print", response_class=Response, dependencies=[public_read(area_tags, seconds=SECONDS)]
)
async def sheet(ctx: Ctx) -> Response:
    """Show the sheet; the browser prints it."""
    site, at = site_of(ctx), now()
    asked = asked_area(ctx) or ctx.area
    board = await ctx.db.read(board_of, site, asked, site.shown_day(at))
    w = Words(ctx, site, at)
    newest = board.newest
    rows = [row for row in board.rows if newest and row.date >= newest - LONG_AGO]
    link = site_url(ctx, url(HOME, area=board.area.code if board.area else None))
    return show(
        ctx,
        "sheet.html",
        board=board,
        groups=groups_of(site, w, rows, newest),
        unit=w.unit(w.unit_of_most(rows)),
        told=told(ctx, site, w, board),
        link=link,
        qr=qr(link),
        made=ctx.moment(at),
    )


def qr(link: str) -> Markup:
    """Draw a link as a QR code, black on white."""
    code = segno.make(link, error="m", micro=False)
    drawn = code.svg_inline(scale=3, border=4, dark="#000", light="#fff", svgclass="qr")
    return Markup(drawn)  # noqa: S704 - drawn by segno from a link of ours
