"""Parts of other pages: the fact in the menu, a block on the page of an area."""

from civicapp import Block, Context

from civicapp_parks.config import Place, PlacesConfig


def fact(ctx: Context) -> str | None:
    """Count the places; without any the menu shows its summary."""
    count = len(ctx.config(PlacesConfig).places)
    return ctx.ngettext("%(num)s place", "%(num)s places", count) if count else None


def area_block(ctx: Context) -> Block | None:
    """Show the places of an area on its page; nothing where there are none."""
    places = inside(ctx)
    if not places:
        return None
    return Block("parks/area.html", {"places": places}, weight=40)


def inside(ctx: Context) -> list[Place]:
    """List the places that lie in the visitor's area."""
    areas, here = ctx.region.areas, ctx.area
    places = ctx.config(PlacesConfig).places
    return [p for p in places if here and p.area and here.code in areas[p.area].path]
