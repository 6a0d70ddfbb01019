"""Place: where in which list an officer is; it stands in every address of the desk."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from civicapp import N_
from civicapp.web import Ctx
from civicapp_complaints.context import site_of
from civicapp_complaints.service.errors import Invalid
from civicapp_complaints.service.lists import Box, Cursor, QueueFilter, read_cursor

DESK = "/desk/complaints"
NEW = "new"
# In the order of the desk's list of views: box, and what it is called.
VIEWS: dict[Box, str] = {
    "new": N_("New"),
    "overdue": N_("Late"),
    "mine": N_("My work"),
    "waiting": N_("Waiting"),
    "review": N_("Check for publication"),
    "open": N_("All open"),
    "closed": N_("Closed"),
}
COUNTED: tuple[Box, ...] = ("new", "overdue", "mine", "waiting", "review")
Text = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class Place:
    """A view with its filter, and the part of its list that is shown."""

    view: Box = "new"
    category: str = ""
    area: str = ""
    after: str = ""

    @property
    def filter(self) -> QueueFilter:
        """Return which reports these are."""
        return QueueFilter(box=self.view, category=self.category or None, area=self.area or None)

    @property
    def cursor(self) -> Cursor | None:
        """Return where the list begins; at its start for what is no cursor of ours."""
        try:
            return read_cursor(self.after)
        except Invalid:
            return None

    def query(self, **more: str) -> str:
        """Write it as the query of an address; what is empty is left out."""
        given = {
            "view": "" if self.view == NEW else self.view,
            "category": self.category,
            "area": self.area,
            "after": self.after,
            **more,
        }
        kept = {name: value for name, value in given.items() if value}
        return "?" + urlencode(kept) if kept else ""

    def list(self, **more: str) -> str:
        """Return the address of the list."""
        return DESK + self.query(**more)

    def report(self, number: str, part: str = "", **more: str) -> str:
        """Return the address of a report, or of a part of it, in this place."""
        return "/".join(filter(None, (DESK, number, part))) + self.query(**more)


async def place_of(
    ctx: Ctx, view: Text = "", category: Text = "", area: Text = "", after: str = ""
) -> Place:
    """Read the place of an address; what is unknown counts as not given."""
    known: Box = next((box for box in VIEWS if box == view), "new")
    return Place(
        known,
        category if category in site_of(ctx).catalog.categories else "",
        area if ctx.region.areas.own(area) else "",
        after[:300],
    )


At = Annotated[Place, Depends(place_of)]
