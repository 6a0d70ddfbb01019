"""The desk: officers read the notes that wait for them, and answer or close them."""

from typing import Annotated

from civicapp import N_, Expected, Person, Stale
from civicapp.web import Ctx, NotFound, WebContext, render, require
from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from civicapp_parks.config import PlacesConfig
from civicapp_parks.domain import BadText, clean_answer
from civicapp_parks.permissions import ANSWER, READ
from civicapp_parks.service import (
    Decision,
    Unknown,
    close_note,
    lately,
    load,
    queue,
)

router = APIRouter()
Reader = Annotated[Person, Depends(require(READ))]
Answerer = Annotated[Person, Depends(require(ANSWER))]
Field = Annotated[str, Form()]
CHANGED = N_("Somebody else has changed this note meanwhile. Look at it again.")


@router.get("", response_class=Response)
async def listed(ctx: Ctx, person: Reader, done: str = "") -> Response:
    """List the notes that wait, and those that were closed lately."""
    return render(
        ctx,
        "parks/desk.html",
        waiting=await ctx.db.read(queue, person),
        closed=await ctx.db.read(lately, person),
        names=_names(ctx),
        done=done,
    )


@router.get("/{id}", response_class=Response)
async def look(ctx: Ctx, person: Reader, id: str) -> Response:
    """Show a note with what can be done."""
    return await _note(ctx, person, id)


@router.post("/{id}", response_class=Response)
async def close(
    ctx: Ctx,
    person: Answerer,
    id: str,
    version: Annotated[int, Form()],
    decision: Field = "",
    answer: Field = "",
) -> Response:
    """Answer a note, or mark it as seen: whichever button was pressed."""
    try:
        text = ""
        if decision == "answer":
            text = clean_answer(answer, ctx.config(PlacesConfig).note_limit)
        decided = Decision(text, Expected.of(version))
        await ctx.db.write(close_note, person, id, decided, ctx.act)
    except Unknown:
        raise NotFound from None
    except BadText as e:
        error = ctx.gettext(e.message, **e.words)
        return await _note(ctx, person, id, 422, answer=answer, error=error)
    except Stale:
        return await _note(ctx, person, id, 412, answer=answer, error=ctx.gettext(CHANGED))
    done = "answered" if text else "seen"
    return RedirectResponse(f"/desk/parks?done={done}", 303)


async def _note(
    ctx: WebContext,
    person: Person,
    id: str,
    status: int = 200,
    answer: str | None = None,
    error: str = "",
) -> Response:
    try:
        note = await ctx.db.read(load, person, id)
    except Unknown:
        raise NotFound from None
    return render(
        ctx,
        "parks/desk_note.html",
        status=status,
        note=note,
        name=_names(ctx).get(note.place, note.place),
        may_answer=person.may_on(ANSWER, agency=note.agency, area=note.area),
        limit=ctx.config(PlacesConfig).note_limit,
        answer=note.answer or "" if answer is None else answer,
        error=error,
    )


def _names(ctx: WebContext) -> dict[str, str]:
    return {p.code: ctx.text(p.name) for p in ctx.config(PlacesConfig).places}
