"""Start: the markets of an officer on a day, how far each is, and what came late."""

import datetime
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp.web import Ctx
from civicapp_prices.context import site_of
from civicapp_prices.desk.door import DESK, Reader, day_of, market_path, now, show
from civicapp_prices.desk.router import router
from civicapp_prices.domain.quotes import DAYS_BACK
from civicapp_prices.permissions import ENTER, REVIEW
from civicapp_prices.service.panel import Progress, progress


@dataclass(frozen=True, slots=True)
class Row:
    """A market of the list. path: of its form, "" for who only reads."""

    progress: Progress
    path: str


@router.get("", response_class=Response)
async def start(
    ctx: Ctx, person: Reader, date: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show the markets of a day."""
    site, at = site_of(ctx), now()
    day, today = day_of(site, date, at), site.today(at)
    found = await ctx.db.read(progress, site, person, day)
    enters = person.rows(ENTER)
    other = None if day == today else day
    rows = [
        Row(p, market_path(p.market.code, other) if enters.allow(None, p.market.area) else "")
        for p in found
    ]
    days = [today - datetime.timedelta(days=n) for n in range(DAYS_BACK + 1)]
    return show(
        ctx,
        "desk_start.html",
        day=day,
        days=[(d, DESK if d == today else f"{DESK}?date={d.isoformat()}") for d in days],
        rows=rows,
        done=sum(p.done == p.total for p in found),
        flagged=sum(p.flagged for p in found),
        reviews=person.may(REVIEW),
    )
