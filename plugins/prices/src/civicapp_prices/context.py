"""The Site of a web request and of a job: the region with the tools of its kernel."""

from typing import TYPE_CHECKING, cast

from civicapp_prices.service.site import Site

if TYPE_CHECKING:
    from civicapp import JobContext
    from civicapp.web import WebContext


def site_of(ctx: "WebContext") -> Site:
    """Return the Site of an app; it is made with the first request and kept with the app."""
    state = ctx.request.app.state
    if getattr(state, "prices_site", None) is None:
        state.prices_site = Site(
            region=ctx.region, enqueue=ctx.outbox.enqueue, emit=ctx.outbox.emit
        )
    return cast("Site", state.prices_site)


def site_in(ctx: "JobContext") -> Site:
    """Return the Site of a job."""
    return Site(region=ctx.region, enqueue=ctx.outbox.enqueue, emit=ctx.outbox.emit)
