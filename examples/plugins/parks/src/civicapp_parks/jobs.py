"""Background work: every night, what is too old is forgotten."""

import datetime
from collections.abc import Mapping

from civicapp import JobContext

from civicapp_parks.config import PlacesConfig
from civicapp_parks.service import forget_notes


def forget(ctx: JobContext, _refs: Mapping[str, str | int]) -> None:
    """Forget old notes. A job may run twice: the second time there is nothing left to do."""
    kept = datetime.timedelta(days=ctx.config(PlacesConfig).keep_days)
    before = datetime.datetime.now(datetime.UTC) - kept
    while ctx.db.write_now(forget_notes, before):
        pass
