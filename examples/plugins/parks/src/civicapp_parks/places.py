"""What routes of pages and of the API both ask: a place of the pack, and the pace of notes."""

from civicapp.web import NotFound, Rates, WebContext

from civicapp_parks.config import Place, PlacesConfig


def find_place(ctx: WebContext, code: str) -> Place:
    """Return a place of the pack; raise NotFound if there is none with this code."""
    for place in ctx.config(PlacesConfig).places:
        if place.code == code:
            return place
    raise NotFound(ctx.gettext("There is no place with this code."))


def rates(ctx: WebContext) -> Rates:
    """Return how many notes one address may send."""
    config = ctx.config(PlacesConfig)
    return Rates(config.slow_above, config.refuse_above)
