"""The queue: the list of a view, quick with any number of reports behind it."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp.web import Ctx
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.pane import Reader, Reviewer, show_desk
from civicapp_complaints.desk.place import At, Place
from civicapp_complaints.desk.router import router
from civicapp_complaints.domain.number import parse
from civicapp_complaints.pages.door import go

Number = Annotated[str, Query(max_length=40)]


@router.get("/review", response_class=Response)
async def to_review(person: Reviewer) -> Response:  # noqa: ARG001 - it is the check
    """Lead to what waits for a reviewer."""
    return go(Place("review").list())


@router.get("/bulk", response_class=Response)
@router.get("/bulk/do", response_class=Response)
async def back_to_list(person: Reader, place: At) -> Response:  # noqa: ARG001 - it is the check
    """Lead back to the list from the address of a form."""
    return go(place.list())


@router.get("/{number}/reply", response_class=Response)
@router.get("/{number}/contact", response_class=Response)
async def back_to_report(person: Reader, place: At, number: str) -> Response:  # noqa: ARG001
    """Lead back to the report from the address of a form."""
    return go(place.report(number))


@router.get("", response_class=Response)
async def listed(
    ctx: Ctx, person: Reader, place: At, number: Number = "", done: str = "", n: str = ""
) -> Response:
    """Show a list, or lead to the report of a number that was typed."""
    typed = number.strip()
    plain = parse(typed, site_of(ctx).config.number_prefix) if typed else None
    if plain is not None:
        return go(place.report(plain))
    return await show_desk(
        ctx, person, place, "desk_queue.html", report=None, mistyped=typed, done=done, n=n[:3]
    )
