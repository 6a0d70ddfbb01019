"""What lists can be asked for."""

from typing import Literal

from pydantic import BaseModel, Field

from civicapp_complaints.service.lists import Box

StateName = Literal[
    "open",
    "received",
    "routed",
    "in_progress",
    "scheduled",
    "waiting_reporter",
    "handed_over",
    "resolved",
    "closed",
]


class ListQuery(BaseModel):
    """Which reports, and which page of them."""

    category: str | None = Field(default=None, description="code of a category", max_length=32)
    area: str | None = Field(
        default=None, description="code of an area, with all areas in it", max_length=64
    )
    agency: str | None = Field(default=None, description="code of an agency", max_length=40)
    state: StateName | None = Field(default=None, description="a state; `open`: not closed")
    cursor: str | None = Field(
        default=None, description="`next` of the page before", max_length=300
    )
    limit: int = Field(default=50, description="reports of a page", ge=1, le=200)


class QueueQuery(ListQuery):
    """Which reports of an officer's queues."""

    box: Box = Field(default="open", description="which part of the queues")
