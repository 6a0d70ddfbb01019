"""Write the bulk files anew."""

from collections.abc import Mapping

import structlog

from civicapp import JobContext
from civicapp_prices.context import site_in
from civicapp_prices.service.bulk import write_files

Refs = Mapping[str, str | int]


def run(ctx: JobContext, _refs: Refs) -> None:
    """Write all files anew."""
    written, removed = write_files(ctx.db, ctx.files, site_in(ctx))
    structlog.get_logger().info("prices_bulk", files=written, removed=removed)
