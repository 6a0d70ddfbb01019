"""Prices that the law names: how far those of a place are from them, and what is on file."""

from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.responses import Response

from civicapp import Area
from civicapp.web import Ctx, public_read
from civicapp_prices.config import Reference
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import HOME, SECONDS, area_tags, asked_area, now, show, url
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Words
from civicapp_prices.service.newest import Compared, gaps
from civicapp_prices.service.scopes import area_scope
from civicapp_prices.service.shown import Board, board_of
from civicapp_prices.service.site import Site

KINDS = {"within": "neutral", "slight": "warn", "marked": "warn", "severe": "danger"}


@dataclass(frozen=True, slots=True)
class Line:
    """A price beside its band."""

    name: str
    url: str
    price: str
    when: str
    band: str
    basis: str
    kind: str
    gap: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A limit on file."""

    name: str
    where: str
    band: str
    days: str
    basis: str


def _read(session: Session, site: Site, area: Area | None) -> tuple[Board, list[Compared]]:
    day = site.shown_day(now())
    board = board_of(session, site, area, day)
    if board.area is None:
        return board, []
    return board, gaps(session, site, area_scope(board.area.code), day)


@router.get(
    "/limits", response_class=Response, dependencies=[public_read(area_tags, seconds=SECONDS)]
)
async def limits(ctx: Ctx) -> Response:
    """Compare prices with the limits in force on their day; list the limits on file."""
    site = site_of(ctx)
    asked = asked_area(ctx) or ctx.area
    board, found = await ctx.db.read(_read, site, asked)
    w = Words(ctx, site, now())
    lines = [_line(w, c, board.area, c.reference) for c in found if c.reference is not None]
    return show(
        ctx,
        "limits.html",
        board=board,
        lines=lines,
        without=[w.name(c.latest.commodity) for c in found if c.reference is None],
        filed=[_filed(ctx, w, limit) for limit in site.config.references],
    )


def _line(w: Words, found: Compared, area: Area | None, limit: Reference) -> Line:
    row, gap = found.latest, found.gap
    assert gap is not None  # noqa: S101 - there is a limit
    below = gap.fraction < 0
    return Line(
        name=w.name(row.commodity),
        url=url(f"{HOME}/{row.commodity}", area=area.code if area else None),
        price=w.money(row.price),
        when=w.when(row.date, row.step, short=True),
        band=w.band(limit),
        basis=w.basis(limit),
        kind="info" if below else KINDS.get(gap.class_, "warn"),
        gap=w.gap(row.price, limit, gap),
    )


def _filed(ctx: Ctx, w: Words, limit: Reference) -> Filed:
    gettext = ctx.gettext
    start = w.short(limit.valid_from)
    if limit.valid_to is None:
        days = gettext("since %(date)s", date=start)
    else:
        days = gettext("%(start)s to %(end)s", start=start, end=w.short(limit.valid_to))
    area = ctx.region.areas.get(limit.area) if limit.area else None
    where = w.area(area) if area else (limit.area or gettext("everywhere"))
    return Filed(w.name(limit.commodity), where, w.band(limit), days, w.basis(limit))
