"""The API: places and answered notes for everybody, new notes, and what officers do with them."""

from typing import Annotated, cast

from civicapp import Person
from civicapp.web import (
    Ctx,
    FieldError,
    HttpProblem,
    IfMatch,
    NotFound,
    Once,
    WebContext,
    json_answer,
    limit,
    problems,
    public_read,
    require,
    version_tag,
)
from fastapi import APIRouter, Depends, Path, Query, Response

from civicapp_parks.config import Place, PlacesConfig
from civicapp_parks.domain import BadText, clean_answer, clean_note
from civicapp_parks.models import Note
from civicapp_parks.permissions import ANSWER, READ
from civicapp_parks.places import find_place, rates
from civicapp_parks.schemas import (
    AnsweredOut,
    CloseIn,
    NoteIn,
    PlaceList,
    PlaceOut,
    PlacePage,
    ReceiptOut,
    WaitingList,
    WaitingOut,
)
from civicapp_parks.service import (
    Decision,
    Unknown,
    answered,
    close_note,
    leave_note,
    queue,
)

router = APIRouter()
Code = Annotated[str, Path(description="code of a place", max_length=64)]
Reader = Annotated[Person, Depends(require(READ))]
Answerer = Annotated[Person, Depends(require(ANSWER))]
WRITES = (413, 422, 503, 507)  # any write may be answered so


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
        raise _wrong(ctx, "text", e) from None

    def answer(note: Note) -> Response:
        return json_answer(ReceiptOut.model_validate(note, from_attributes=True), 201)

    made = await once.write(leave_note, ctx.outbox, found, text, ctx.act.at, answer=answer)
    return cast("ReceiptOut", made)  # a finished response: FastAPI sends it as it is


@router.get("/notes", operation_id="parks_notes", responses=problems(401, 403))
async def notes(ctx: Ctx, person: Reader) -> WaitingList:
    """List the notes that wait for the caller."""
    return WaitingList(items=[_waiting(n) for n in await ctx.db.read(queue, person)])


@router.post(
    "/notes/{id}/close",
    operation_id="parks_close_note",
    responses=problems(401, 403, 404, 412, 428, *WRITES),
)
async def close(
    ctx: Ctx, response: Response, person: Answerer, id: str, given: CloseIn, seen: IfMatch
) -> WaitingOut:
    """Answer a note, or say that it was seen."""
    try:
        limit = ctx.config(PlacesConfig).note_limit
        answer = "" if given.answer is None else clean_answer(given.answer, limit)
        note = await ctx.db.write(close_note, person, id, Decision(answer, seen), ctx.act)
    except BadText as e:
        raise _wrong(ctx, "answer", e) from None
    except Unknown:
        raise NotFound from None
    response.headers["etag"] = version_tag(note.version)
    return _waiting(note)


def _place(ctx: WebContext, place: Place) -> PlaceOut:
    return PlaceOut(
        code=place.code,
        name=ctx.text(place.name),
        about=ctx.text(place.about) or None,
        area=place.area,
        agency=place.agency,
    )


def _waiting(note: Note) -> WaitingOut:
    return WaitingOut.model_validate(note, from_attributes=True)


def _wrong(ctx: WebContext, field: str, error: BadText) -> HttpProblem:
    detail = ctx.gettext(error.message, **error.words)
    return HttpProblem(422, errors=[FieldError(pointer=f"#/body/{field}", detail=detail)])
