"""Panes: the views with their counts and the list, as every page of the desk shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from civicapp import Person
from civicapp.web import WebContext, require
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.place import COUNTED, VIEWS, Place
from civicapp_complaints.pages.door import now, show
from civicapp_complaints.pages.public import areas_to_choose, categories_to_choose
from civicapp_complaints.permissions import READ
from civicapp_complaints.service.lists import queue
from civicapp_complaints.service.pages_queue import MOST, counts
from civicapp_complaints.service.views import QueuePage

Reader = Annotated[Person, Depends(require(READ))]
PAGE = 25


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
    )


async def show_desk(
    ctx: WebContext,
    person: Person,
    place: Place,
    template: str,
    *,
    status: int = 200,
    **data: object,
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


def numbers_in(page: QueuePage) -> Sequence[str]:
    """Return the numbers of a list's reports."""
    return [item.number for item in page.items]
