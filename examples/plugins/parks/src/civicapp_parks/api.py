"""The API for everybody: places with their answered notes, and new notes."""

from typing import Annotated, cast

from civicapp.web import (
    Ctx,
    NotFound,
    Once,
    WebContext,
    json_answer,
    limit,
    problems,
    public_read,
)
from fastapi import APIRouter, Path, Query, Response

from civicapp_parks.api_desk import router as desk
from civicapp_parks.config import Place, PlacesConfig
from civicapp_parks.domain import BadText, clean_note
from civicapp_parks.models import Note
from civicapp_parks.places import find_place, rates
from civicapp_parks.schemas import (
    WRITES,
    AnsweredOut,
    NoteIn,
    PlaceList,
    PlaceOut,
    PlacePage,
    ReceiptOut,
    refusal,
)
from civicapp_parks.service import answered, leave_note

router = APIRouter()
router.include_router(desk, prefix="/notes")
Code = Annotated[str, Path(description="code of a place", max_length=64)]


@router.get(
    "/places",
    operation_id="parks_places",
    dependencies=[public_read()],
    responses=problems(404, 422),
)
async def places(
    ctx: Ctx,
    area: Annotated[str | None, Query(description="code of an area", max_length=64)] = None,
) -> PlaceList:
    """List the places of the region, or those in one area and those of everywhere."""
    areas = ctx.region.areas
    if area is not None and not areas.own(area):
        raise NotFound(ctx.gettext("There is no area with this code."))
    return PlaceList(
        items=[
            _place(ctx, p)
            for p in ctx.config(PlacesConfig).places
            if area is None or p.area is None or area in areas[p.area].path
        ]
    )


@router.get(
    "/places/{code}",
    operation_id="parks_place",
    dependencies=[public_read("parks.place:{code}")],
    responses=problems(404, 422),
)
async def place(ctx: Ctx, code: Code) -> PlacePage:
    """Show a place with its answered notes."""
    found = find_place(ctx, code)
    notes = await ctx.db.read(answered, found.code)
    shown = [AnsweredOut.model_validate(n, from_attributes=True) for n in notes]
    return PlacePage(**_place(ctx, found).model_dump(), notes=shown)


@router.post(
    "/places/{code}/notes",
    operation_id="parks_leave_note",
    status_code=201,
    responses=problems(404, 409, 429, *WRITES),
)
async def leave(ctx: Ctx, code: Code, given: NoteIn, once: Once) -> ReceiptOut:
    """Leave a note about a place."""
    found = find_place(ctx, code)
    await limit(ctx, "parks.note", rates(ctx))
    try:
        text = clean_note(given.text, ctx.config(PlacesConfig).note_limit)
    except BadText as e:
        raise refusal(ctx, "text", e) from None

    def answer(note: Note) -> Response:
        return json_answer(ReceiptOut.model_validate(note, from_attributes=True), 201)

    made = await once.write(leave_note, ctx.outbox, found, text, ctx.act.at, answer=answer)
    return cast("ReceiptOut", made)  # a finished response: FastAPI sends it as it is


def _place(ctx: WebContext, place: Place) -> PlaceOut:
    return PlaceOut(
        code=place.code,
        name=ctx.text(place.name),
        about=ctx.text(place.about) or None,
        area=place.area,
        agency=place.agency,
    )
