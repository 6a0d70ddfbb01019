"""The prices plugin: what food costs in the markets, and whether that is unusual."""

from civicapp import Service, hookimpl
from civicapp_prices.config import PricesConfig
from civicapp_prices.permissions import PERMISSIONS


@hookimpl
def service() -> Service:
    """Describe the service."""
    return Service(
        id="prices",
        config=PricesConfig,
        permissions=PERMISSIONS,
        metadata="civicapp_prices.models:metadata",
        migrations="civicapp_prices:migrations",
        events=("prices.alarm.changed", "prices.day.published", "prices.quote.flagged"),
    )
