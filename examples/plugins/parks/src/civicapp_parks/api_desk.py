"""The API for officers, by bearer token or signed in: notes that wait, and what is decided."""

from typing import Annotated

from civicapp import Person
from civicapp.web import Ctx, IfMatch, NotFound, problems, require, version_tag
from fastapi import APIRouter, Depends, Response

from civicapp_parks.config import PlacesConfig
from civicapp_parks.domain import BadText, clean_answer
from civicapp_parks.models import Note
from civicapp_parks.permissions import ANSWER, READ
from civicapp_parks.schemas import WRITES, CloseIn, WaitingList, WaitingOut, refusal
from civicapp_parks.service import Decision, Unknown, close_note, queue

router = APIRouter()
Reader = Annotated[Person, Depends(require(READ))]
Answerer = Annotated[Person, Depends(require(ANSWER))]


@router.get("", operation_id="parks_notes", responses=problems(401, 403))
async def notes(ctx: Ctx, person: Reader) -> WaitingList:
    """List the notes that wait for the caller."""
    return WaitingList(items=[_shown(n) for n in await ctx.db.read(queue, person)])


@router.post(
    "/{id}/close",
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
        raise refusal(ctx, "answer", e) from None
    except Unknown:
        raise NotFound from None
    response.headers["etag"] = version_tag(note.version)
    return _shown(note)


def _shown(note: Note) -> WaitingOut:
    return WaitingOut.model_validate(note, from_attributes=True)
