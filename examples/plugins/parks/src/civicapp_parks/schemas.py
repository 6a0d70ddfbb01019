"""What the API takes and gives; each field says what it is, for the description of the API."""

import datetime

from civicapp.web import FieldError, HttpProblem, WebContext
from pydantic import BaseModel, ConfigDict, Field

from civicapp_parks.domain import BadText

WRITES = (413, 422, 503, 507)  # any write may be answered so


class PlaceOut(BaseModel):
    """A place."""

    code: str = Field(description="code, by which it is asked for")
    name: str = Field(description="name in the caller's language")
    about: str | None = Field(description="what there is to know, in short")
    area: str | None = Field(description="code of the area where it is, null for everywhere")
    agency: str | None = Field(description="code of the agency that reads its notes")


class PlaceList(BaseModel):
    """Places."""

    items: list[PlaceOut] = Field(description="the places, in the order of the pack")


class AnsweredOut(BaseModel):
    """A note with its answer."""

    text: str = Field(description="the note")
    answer: str = Field(description="what the office answered")
    closed_at: datetime.datetime = Field(description="when it answered")


class PlacePage(PlaceOut):
    """A place with what everybody may see of its notes."""

    notes: list[AnsweredOut] = Field(description="answered notes, the newest first, 20 at most")


class NoteIn(BaseModel):
    """A new note."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="what to tell the office; it holds no way to reach a person")


class ReceiptOut(BaseModel):
    """A note that was received."""

    id: str = Field(description="id of the note")
    place: str = Field(description="code of the place")
    left_at: datetime.datetime = Field(description="when it came in")


class WaitingOut(ReceiptOut):
    """A note as officers see it."""

    text: str = Field(description="the note")
    state: str = Field(description="`new`, `seen` or `answered`")
    answer: str | None = Field(description="what was answered")
    version: int = Field(description="counts its changes; `If-Match` names it")


class WaitingList(BaseModel):
    """Notes that wait."""

    items: list[WaitingOut] = Field(description="the oldest first, 100 at most")


class CloseIn(BaseModel):
    """What an officer decides on a note."""

    model_config = ConfigDict(extra="forbid")

    answer: str | None = Field(
        default=None, description="makes note and answer public; null: the note was only seen"
    )


def refusal(ctx: WebContext, field: str, error: BadText) -> HttpProblem:
    """Make the problem that names the field whose text cannot be taken."""
    detail = ctx.gettext(error.message, **error.words)
    return HttpProblem(422, errors=[FieldError(pointer=f"#/body/{field}", detail=detail)])
