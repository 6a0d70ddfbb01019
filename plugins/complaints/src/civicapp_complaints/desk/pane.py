"""Panes: the views with their counts and the list, as every page of the desk shows them."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from civicapp import N_, Person
from civicapp.web import WebContext, require
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.place import COUNTED, VIEWS, Place
from civicapp_complaints.domain.states import Action
from civicapp_complaints.pages.door import now, show
from civicapp_complaints.pages.public import areas_to_choose, categories_to_choose
from civicapp_complaints.permissions import READ, REVIEW
from civicapp_complaints.service.lists import queue
from civicapp_complaints.service.pages_queue import MOST, counts
from civicapp_complaints.service.rows import permission_of
from civicapp_complaints.service.views import QueuePage

Reader = Annotated[Person, Depends(require(READ))]
Reviewer = Annotated[Person, Depends(require(REVIEW))]
PAGE = 25
# What needs no words of the officer, hence can be done with many reports at once.
BULK = {
    Action.ACCEPT: N_("Accept"),
    Action.ROUTE: N_("To the suggested office"),
    Action.CONFIRM: N_("Confirm"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A view in the list of views. count: "" where none is shown."""

    path: str
    name: str
    count: str
    here: bool


@dataclass(frozen=True, slots=True)
class Panes:
    """What stands beside a report: views and list."""

    place: Place
    title: str
    views: tuple[Shown, ...]
    page: QueuePage
    more: str
    first: str
    bulk: tuple[tuple[str, str], ...]


async def panes(ctx: WebContext, person: Person, place: Place) -> Panes:
    """Read the views and the list of a place."""
    site, at = site_of(ctx), now()
    page = await ctx.db.read(queue, site, person, place.filter, at, place.cursor, PAGE)
    found = await ctx.db.read(counts, site, person, COUNTED, at)
    views = []
    for box, name in VIEWS.items():
        if box in COUNTED and box not in found:
            continue  # not for this officer
        there = Place(box, place.category, place.area)
        count = f"{MOST - 1}+" if found.get(box, 0) >= MOST else str(found.get(box, ""))
        views.append(Shown(there.list(), ctx.gettext(name), count, box == place.view))
    start = Place(place.view, place.category, place.area)
    return Panes(
        place=place,
        title=ctx.gettext(VIEWS[place.view]),
        views=tuple(views),
        page=page,
        more=Place(place.view, place.category, place.area, page.next).list() if page.next else "",
        first=start.list() if place.after else "",
        bulk=_bulk(ctx, person, place),
    )


def _bulk(ctx: WebContext, person: Person, place: Place) -> tuple[tuple[str, str], ...]:
    """List what this officer may do with several reports at once in this view."""
    if place.view in ("review", "closed"):
        return ()
    allowed = (a for a in BULK if person.may(permission_of(a)))
    return tuple((a.value, ctx.gettext(BULK[a])) for a in allowed)


async def show_desk(
    ctx: WebContext,
    person: Person,
    place: Place,
    template: str,
    *,
    status: int = 200,
    **data: Any,
) -> Response:
    """Answer with a page of the desk: views, list, and what the template shows beside them."""
    beside = await panes(ctx, person, place)
    return show(
        ctx,
        template,
        status=status,
        panes=beside,
        place=place,
        categories=categories_to_choose(ctx, sensitive=True),
        areas=areas_to_choose(ctx, site_of(ctx).area(place.area or None)),
        **data,
    )
