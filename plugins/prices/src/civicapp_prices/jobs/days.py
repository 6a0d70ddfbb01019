"""The day comes out, once; and flags that its neighbours explain are settled."""

import datetime
from collections.abc import Mapping

from civicapp import JobContext
from civicapp_prices.context import site_in
from civicapp_prices.service.alike import clear
from civicapp_prices.service.days import publish_day

Refs = Mapping[str, str | int]


def publish(ctx: JobContext, _refs: Refs) -> None:
    """Tell that the prices of a day are out, if it is time and nobody was told."""
    ctx.db.write_now(publish_day, site_in(ctx), datetime.datetime.now(datetime.UTC))


def settle(ctx: JobContext, refs: Refs) -> None:
    """Confirm what the neighbours of that day explain."""
    day = datetime.date.fromisoformat(str(refs["date"]))
    ctx.db.write_now(clear, site_in(ctx), day, datetime.datetime.now(datetime.UTC))
