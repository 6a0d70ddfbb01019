"""How the numbers come about, in short."""

from starlette.responses import Response

from civicapp.web import Ctx, public_read
from civicapp_prices.context import site_of
from civicapp_prices.pages.door import now, show
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Words


@router.get("/method", response_class=Response, dependencies=[public_read(seconds=3600)])
async def method(ctx: Ctx) -> Response:
    """Explain prices, changes, alarms, limits and the basket."""
    site, at = site_of(ctx), now()
    w = Words(ctx, site, at)
    config = site.config
    surveyed = [market for market in config.markets if market.surveyed]
    return show(
        ctx,
        "method.html",
        config=config,
        open=config.survey_open,
        sources=[w.source(source) for source in config.sources],
        markets=len(surveyed),
        asked=sum(c.surveyed for c in config.commodities),
        watch=ctx.percent(config.change_watch),
        alert=ctx.percent(config.change_alert),
        low=ctx.percent(abs(config.change_low)),
    )
