"""Write the bulk files anew."""

import contextlib
import datetime
import tempfile
from collections.abc import Mapping
from pathlib import Path

import structlog

from civicapp import FileExists, JobContext
from civicapp_prices.context import site_in
from civicapp_prices.service.bulk import publish_set, store, write_set

Refs = Mapping[str, str | int]


def run(ctx: JobContext, _refs: Refs) -> None:
    """Write all files, store them, and name them at once; what nobody needs any more goes."""
    began = datetime.datetime.now(datetime.UTC)
    with tempfile.TemporaryDirectory(prefix="civicapp-bulk-") as name:
        folder = Path(name)
        names = ctx.db.read_now(write_set, site_in(ctx), folder)
        made = [
            store(folder / file, lambda part, content: _put(ctx, part, content)) for file in names
        ]
    gone = ctx.db.write_now(publish_set, made, began, datetime.datetime.now(datetime.UTC))
    for part in gone:
        ctx.files.delete_now(part)
    structlog.get_logger().info(
        "prices_bulk", files=len(made), bytes=sum(file.bytes for file in made), removed=len(gone)
    )


def _put(ctx: JobContext, name: str, content: bytes) -> None:
    with contextlib.suppress(FileExists):  # its name is its content
        ctx.files.put_now(name, content)
