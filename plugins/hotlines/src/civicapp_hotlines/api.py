"""The hotlines API: numbers that answer in an area, and the place to tell the operator."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from civicapp import Area
from civicapp.web import Ctx, NotFound, WebContext, problems, public_read
from civicapp_hotlines.config import HotlinesConfig, Kind
from civicapp_hotlines.domain import answering

router = APIRouter()


class NumberOut(BaseModel):
    """A telephone number."""

    number: str = Field(description="digits to dial")
    kind: Kind = Field(description="what it is for")
    name: str = Field(description="who answers, in the caller's language")
    note: str | None = Field(description="what to know before calling")
    area: str | None = Field(description="code of the area where it answers, null for everywhere")
    source: str | None = Field(description="where the number was confirmed")


class NumberList(BaseModel):
    """The confirmed numbers that answer in an area."""

    area: str | None = Field(description="code of the area asked for")
    items: list[NumberOut] = Field(description="the numbers, the most urgent first")


class StepOut(BaseModel):
    """One area that holds a place, and a point inside it."""

    code: str = Field(description="code of the area")
    title: str = Field(description="name with its kind, in the caller's language")
    level: str = Field(description="level of areas, such as `village`")
    lat: float | None = Field(description="latitude of a point inside, WGS 84")
    lon: float | None = Field(description="longitude of a point inside, WGS 84")


class PlaceOut(BaseModel):
    """Where somebody is, in words for the operator."""

    reason: Literal["inside", "near"] = Field(description="`near`: less than 500 m from the area")
    words: str = Field(description="the place in one line, the narrowest area first")
    areas: list[StepOut] = Field(description="the areas that hold the place, the narrowest first")


@router.get(
    "/numbers",
    operation_id="hotlines_numbers",
    dependencies=[public_read()],
    responses=problems(404, 422),
)
async def numbers(
    ctx: Ctx,
    area: Annotated[
        str | None,
        Query(
            description="code of an area; without it the numbers of the whole region", max_length=64
        ),
    ] = None,
) -> NumberList:
    """List the confirmed numbers that answer in an area."""
    path = _own(ctx, area).path if area else None
    items = [
        NumberOut(
            number=n.number,
            kind=n.kind,
            name=ctx.text(n.name),
            note=ctx.text(n.note) or None,
            area=n.area,
            source=n.source,
        )
        for n in answering(ctx.config(HotlinesConfig).numbers, path)
    ]
    return NumberList(area=area, items=items)


@router.get("/place", operation_id="hotlines_place", responses=problems(404, 422))
async def place(
    ctx: Ctx,
    lat: Annotated[float, Query(description="latitude, WGS 84 degrees", ge=-180, le=180)],
    lon: Annotated[float, Query(description="longitude, WGS 84 degrees", ge=-180, le=180)],
) -> PlaceOut:
    """Say in words where a point is; the point is not kept."""
    found = ctx.region.boundaries.locate(lat, lon)
    if found.area is None or found.reason not in ("inside", "near"):
        if found.reason == "swapped":
            raise NotFound(ctx.gettext("Latitude and longitude look swapped."))
        raise NotFound(ctx.gettext("This point is in no area of this region."))
    steps = steps_of(ctx, found.area)
    return PlaceOut(
        reason="inside" if found.reason == "inside" else "near",
        words=", ".join(ctx.text(a.title) for a in steps),
        areas=[
            StepOut(code=a.code, title=ctx.text(a.title), level=a.level, lat=a.lat, lon=a.lon)
            for a in steps
        ],
    )


def steps_of(ctx: WebContext, area: Area) -> tuple[Area, ...]:
    """Return an area and those above it, the narrowest first, without the region itself."""
    steps = ctx.region.areas.above(area.code)
    return tuple(a for a in steps if a != ctx.region.area and ctx.region.areas.own(a.code)) or steps


def _own(ctx: WebContext, code: str) -> Area:
    if not ctx.region.areas.own(code):
        raise NotFound(ctx.gettext("There is no area with this code."))
    return ctx.region.areas[code]
