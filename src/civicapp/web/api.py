"""The kernel's own API: the region, its areas, its offices, its calendar."""

import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from civicapp.region import Area, Office
from civicapp.web.context import Ctx, WebContext
from civicapp.web.errors import NotFound, problems
from civicapp.web.public import public_read

router = APIRouter()
FROM_PACK = [public_read()]
AreaPath = Annotated[str, Path(description="code of an area, such as `18.71`", max_length=64)]


class AreaRef(BaseModel):
    """An area, in short."""

    code: str = Field(description="official code")
    name: str = Field(description="proper name")
    title: str = Field(description="name with its kind, in the caller's language")
    level: str = Field(description="level of areas, such as `regency`")


class AreaOut(AreaRef):
    """An area."""

    kind: str | None = Field(description="kind of area, such as `city`")
    parents: list[AreaRef] = Field(description="the areas above, the widest first")
    lat: float | None = Field(description="latitude of a point inside, WGS 84")
    lon: float | None = Field(description="longitude of a point inside, WGS 84")
    postal_code: str | None = Field(description="postal code")
    area_km2: float | None = Field(description="official area in square kilometres")
    population: int | None = Field(description="residents")
    timezone: str = Field(description="IANA time zone")


class AreaList(BaseModel):
    """Areas below another, or found by a search."""

    items: list[AreaRef] = Field(description="the areas")


class PlaceOut(BaseModel):
    """Where a point lies."""

    reason: Literal["inside", "near", "outside", "nowhere", "swapped"] = Field(
        description="`inside` the area; `near`: within 500 m, over water or a gap; `outside`: "
        "on a neighbour's land; `nowhere`; `swapped`: latitude and longitude seem exchanged"
    )
    distance_m: float = Field(description="metres to the area when `near`")
    area: AreaRef | None = Field(description="the narrowest area that is known for the point")
    parents: list[AreaRef] = Field(description="the areas above it, the widest first")


class OfficeOut(BaseModel):
    """Who an agency code means in one place. `code` and `area` together name a queue."""

    code: str = Field(description="code of the agency or role")
    area: AreaRef | None = Field(description="the area it works for, null for the whole country")
    name: str = Field(description="name as people say it")
    full_name: str = Field(description="name in full")
    level: str | None = Field(description="level of government")
    website: str | None = Field(description="website")
    phone: str | None = Field(description="phone number")


class OfficeList(BaseModel):
    """Offices."""

    items: list[OfficeOut] = Field(description="the offices, the nearest level first")


class HolidayOut(BaseModel):
    """A free day."""

    date: datetime.date = Field(description="the day")
    kind: Literal["public", "leave"] = Field(description="public holiday or collective leave")
    name: str = Field(description="name in the caller's language")


class YearOut(BaseModel):
    """The free days of a year."""

    year: int = Field(description="the year")
    covered: bool = Field(description="whether the year's collective leave is known")
    days: list[HolidayOut] = Field(description="the free days, weekends not among them")


class RegionOut(BaseModel):
    """The region."""

    id: str = Field(description="id of the region")
    name: str = Field(description="name in the caller's language")
    area: AreaRef | None = Field(description="its own area, null for a whole country")
    languages: list[str] = Field(description="languages, the region's own first")
    currency: str = Field(description="ISO 4217 code")
    timezone: str = Field(description="IANA time zone")
    services: list[str] = Field(description="ids of the services")


def area_ref(ctx: WebContext, area: Area) -> AreaRef:
    """Describe an area in short."""
    return AreaRef(code=area.code, name=area.name, title=ctx.text(area.title), level=area.level)


def _parents(ctx: WebContext, area: Area) -> list[AreaRef]:
    return [area_ref(ctx, a) for a in reversed(ctx.region.areas.above(area.code)[1:])]


def own_area(ctx: WebContext, code: str) -> Area:
    """Return an area of this region; raise NotFound if the code is unknown or not ours."""
    if not ctx.region.areas.own(code):
        raise NotFound(ctx.gettext("There is no area with this code."))
    return ctx.region.areas[code]


def _office(ctx: WebContext, office: Office) -> OfficeOut:
    agency = office.agency
    return OfficeOut(
        code=office.code,
        area=area_ref(ctx, office.area) if office.area else None,
        name=office.name,
        full_name=office.full_name,
        level=agency.level,
        website=agency.website,
        phone=agency.phone,
    )


@router.get("/region", operation_id="core_region", dependencies=FROM_PACK)
async def region(ctx: Ctx) -> RegionOut:
    """Describe the region."""
    r = ctx.region
    return RegionOut(
        id=r.id,
        name=ctx.text(r.name),
        area=area_ref(ctx, r.area) if r.area else None,
        languages=list(r.languages),
        currency=r.currency,
        timezone=r.timezone,
        services=list(ctx.kernel.ids),
    )


@router.get(
    "/areas", operation_id="core_areas", dependencies=FROM_PACK, responses=problems(404, 422)
)
async def areas(
    ctx: Ctx,
    parent: Annotated[
        str | None,
        Query(description="code of the area above; the widest areas without it", max_length=64),
    ] = None,
    q: Annotated[
        str | None, Query(description="search by name, alias or postal code", max_length=100)
    ] = None,
) -> AreaList:
    """List the areas right below another, or search all of them."""
    if q:
        return AreaList(items=[area_ref(ctx, a) for a in ctx.region.areas.search(q)])
    below = own_area(ctx, parent).code if parent else None
    return AreaList(items=[area_ref(ctx, a) for a in ctx.region.areas.children(below)])


@router.get(
    "/areas/{code}", operation_id="core_area", dependencies=FROM_PACK, responses=problems(404, 422)
)
async def area(ctx: Ctx, code: AreaPath) -> AreaOut:
    """Describe an area."""
    a = own_area(ctx, code)
    return AreaOut(
        **area_ref(ctx, a).model_dump(),
        kind=a.kind,
        parents=_parents(ctx, a),
        lat=a.lat,
        lon=a.lon,
        postal_code=a.postal_code,
        area_km2=a.area_km2,
        population=a.population,
        timezone=ctx.region.timezone_of(a.code),
    )


@router.get("/locate", operation_id="core_locate", responses=problems(422))
async def locate(
    ctx: Ctx,
    lat: Annotated[float, Query(description="latitude, WGS 84 degrees", ge=-180, le=180)],
    lon: Annotated[float, Query(description="longitude, WGS 84 degrees", ge=-180, le=180)],
) -> PlaceOut:
    """Find the area of a point."""
    place = ctx.region.boundaries.locate(lat, lon)
    return PlaceOut(
        reason=place.reason,
        distance_m=round(place.distance, 1),
        area=area_ref(ctx, place.area) if place.area else None,
        parents=_parents(ctx, place.area) if place.area else [],
    )


@router.get(
    "/agencies", operation_id="core_agencies", dependencies=FROM_PACK, responses=problems(404, 422)
)
async def agencies(
    ctx: Ctx, area: Annotated[str, Query(description="code of the area they serve", max_length=64)]
) -> OfficeList:
    """List the offices that serve an area; a role becomes the office that holds it there."""
    found = ctx.region.agencies.serving(own_area(ctx, area).code)
    return OfficeList(items=[_office(ctx, o) for o in found])


@router.get(
    "/agencies/{code}",
    operation_id="core_agency",
    dependencies=FROM_PACK,
    responses=problems(404, 422),
)
async def agency(
    ctx: Ctx,
    code: Annotated[
        str, Path(description="code of an agency or role, such as `K_PUPR`", max_length=64)
    ],
    area: Annotated[
        str | None,
        Query(description="area in which a role is asked for, such as `18.71`", max_length=64),
    ] = None,
) -> OfficeOut:
    """Say which office an agency code means in an area."""
    where = own_area(ctx, area).code if area else None
    office = ctx.region.agencies.office(code, where) if code in ctx.region.agencies else None
    if office is None:
        raise NotFound(ctx.gettext("There is no such office in this area."))
    return _office(ctx, office)


@router.get(
    "/calendar/{year}",
    operation_id="core_calendar",
    dependencies=FROM_PACK,
    responses=problems(422),
)
async def calendar(
    ctx: Ctx, year: Annotated[int, Path(description="the year", ge=1970, le=2100)]
) -> YearOut:
    """List the free days of a year."""
    found = ctx.region.calendar.days(year).values()
    days = [HolidayOut(date=h.date, kind=h.kind, name=ctx.text(h.name)) for h in found]
    return YearOut(year=year, covered=ctx.region.calendar.covers(year), days=days)
