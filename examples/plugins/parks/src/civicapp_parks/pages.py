"""The pages for everybody: places near the visitor, and one place with a form for a note."""

from typing import Annotated

from civicapp.web import Ctx, Once, TooOften, WebContext, limit, public_read, render
from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from civicapp_parks.config import Place, PlacesConfig
from civicapp_parks.domain import BadText, clean_note, nearest
from civicapp_parks.models import Note
from civicapp_parks.places import find_place, rates
from civicapp_parks.service import answered, leave_note

router = APIRouter()
Everywhere = Annotated[bool, Query(alias="all")]


@router.get("", response_class=Response, dependencies=[public_read()])
async def listed(ctx: Ctx, everywhere: Everywhere = False) -> Response:
    """List the places near the visitor, or all of them."""
    areas, config = ctx.region.areas, ctx.config(PlacesConfig)
    path = () if everywhere or ctx.area is None else ctx.area.path
    near = nearest(config.places, path, lambda code: areas[code].path)
    area = areas[near.area] if near.area else None
    return render(ctx, "parks/list.html", places=near.places, area=area)


@router.get("/{code}", response_class=Response)
async def place(ctx: Ctx, code: str, left: bool = False) -> Response:
    """Show a place, the answered notes, and the form. It holds a key, so it is never cached."""
    return await _page(ctx, find_place(ctx, code), left=left)


@router.post("/{code}", response_class=Response)
async def leave(ctx: Ctx, code: str, once: Once, text: Annotated[str, Form()] = "") -> Response:
    """Take a note; who presses the button twice leaves one."""
    found = find_place(ctx, code)
    try:
        note = clean_note(text, ctx.config(PlacesConfig).note_limit)
        await limit(ctx, "parks.note", rates(ctx))
    except BadText as e:
        return await _page(ctx, found, 422, text=text, error=ctx.gettext(e.message, **e.words))
    except TooOften as e:
        return await _page(ctx, found, 429, text=text, error=e.detail)

    def thanks(_note: Note) -> Response:
        return RedirectResponse(f"/parks/{found.code}?left=1", 303)

    return await once.write(leave_note, ctx.outbox, found, note, ctx.act.at, answer=thanks)


async def _page(ctx: WebContext, place: Place, status: int = 200, **data: object) -> Response:
    agencies, areas = ctx.region.agencies, ctx.region.areas
    given = {"text": "", "error": "", "left": False, **data}
    return render(
        ctx,
        "parks/place.html",
        status=status,
        place=place,
        area=areas[place.area] if place.area else None,
        office=agencies.office(place.agency, place.area) if place.agency else None,
        notes=await ctx.db.read(answered, place.code),
        limit=ctx.config(PlacesConfig).note_limit,
        **given,
    )
