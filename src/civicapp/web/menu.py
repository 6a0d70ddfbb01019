"""The menu: tiles of the services and of the kernel itself, and the content pages."""

import inspect
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from civicapp.region.content import LINKED
from civicapp.web.context import NoDatabase

if TYPE_CHECKING:
    from civicapp.region import Page
    from civicapp.web.context import WebContext


@dataclass(frozen=True, slots=True)
class Tile:
    """One entry of the menu, in the visitor's language."""

    path: str
    label: str
    summary: str
    icon: str
    weight: int


async def tiles(ctx: "WebContext") -> list[Tile]:
    """List the services' entries; a live fact that fails leaves the summary."""
    found = []
    for wired in ctx.kernel.services:
        own = ctx.of(wired.id)
        for entry in wired.menu:
            fact = None
            if entry.fact is not None:
                place = f"fact {entry.item.key}"
                with ctx.kernel.isolated(wired.id, place), suppress(NoDatabase):
                    answer = entry.fact(own)
                    fact = await answer if inspect.isawaitable(answer) else answer
            summary = fact or own.gettext(entry.item.summary)
            item = entry.item
            found.append(Tile(entry.path, own.gettext(item.label), summary, item.icon, item.weight))
    return found


def kernel_menu(ctx: "WebContext") -> list[Tile]:
    """List the kernel's own entries: the page of the visitor's area."""
    if not ctx.region.areas:
        return []
    if ctx.area is None:
        summary, path = ctx.gettext("Offices near you"), "/area"
    else:
        summary, path = ctx.text(ctx.area.title), f"/area/{ctx.area.code}"
    return [Tile(path, ctx.gettext("My area"), summary, "pin", 90)]


def find_page(ctx: "WebContext", slug: str) -> "Page | None":
    """Return a content page in the visitor's language, else in another of the region's."""
    found = (ctx.region.pages.get((slug, language)) for language in ctx.languages)
    return next(filter(None, found), None)


def linked(ctx: "WebContext") -> list["Page"]:
    """List the pages that every page links to, then the pack's others."""
    slugs = [*LINKED, *sorted({s for s, _ in ctx.region.pages} - set(LINKED))]
    return [page for slug in slugs if (page := find_page(ctx, slug))]
