"""The hotlines pages: the numbers, and their parts on other pages."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from civicapp import Area, Block, Context
from civicapp.web import Ctx, public_read, render
from civicapp_hotlines.config import HotlineNumber, HotlinesConfig
from civicapp_hotlines.domain import URGENT, answering, spaced

router = APIRouter()
ON_HOME = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A number as a page shows it."""

    number: str
    shown: str
    name: str
    note: str
    source: str
    urgent: bool


@router.get("", response_class=Response, dependencies=[public_read()])
async def page(ctx: Ctx) -> Response:
    """Show every number that answers in the visitor's area."""
    lines = _lines(ctx)
    return render(
        ctx,
        "hotlines/page.html",
        urgent=[x for x in lines if x.urgent],
        others=[x for x in lines if not x.urgent],
        place=_place(ctx),
    )


def home_block(ctx: Context) -> Block | None:
    """Show the most urgent numbers on the home page."""
    lines = [x for x in _lines(ctx) if x.urgent][:ON_HOME]
    return Block("hotlines/home.html", {"lines": lines}, weight=10) if lines else None


def area_block(ctx: Context) -> Block | None:
    """Show the urgent numbers of an area on its page."""
    lines = [x for x in _lines(ctx) if x.urgent]
    return Block("hotlines/area.html", {"lines": lines}, weight=10) if lines else None


def footer_block(ctx: Context) -> Block | None:
    """Show the first numbers to call at the foot of every page: one that answers all, or three."""
    lines = [x for x in _lines(ctx) if x.urgent]
    everything = _numbers(ctx)[:1]
    if everything and everything[0].kind == "emergency":
        lines = lines[:1]
    return Block("hotlines/footer.html", {"lines": lines[:3]}, weight=10) if lines else None


def _numbers(ctx: Context) -> list[HotlineNumber]:
    return answering(ctx.config(HotlinesConfig).numbers, ctx.area.path if ctx.area else None)


def _lines(ctx: Context) -> list[Line]:
    return [
        Line(
            number=n.number,
            shown=spaced(n.number),
            name=ctx.text(n.name),
            note=ctx.text(n.note),
            source=n.source or "",
            urgent=n.kind in URGENT,
        )
        for n in _numbers(ctx)
    ]


def _place(ctx: Context) -> list[Area]:
    """Return the visitor's area and those above it, the narrowest first, without the region."""
    if ctx.area is None:
        return []
    steps = ctx.region.areas.above(ctx.area.code)
    return [a for a in steps if a != ctx.region.area and ctx.region.areas.own(a.code)]
