"""Chosen: which series a question gets.

Without a source named it is the first of the pack's sources that has a price in the time asked for,
so that a young survey does not hide the years before it; two are never mixed.
"""

import datetime
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from civicapp_prices.models import Series
from civicapp_prices.service.points import DAY, MONTH, between
from civicapp_prices.service.site import Site

Step = Literal["day", "month"]


def chosen(
    session: Session,
    site: Site,
    name: tuple[str, str],
    source: str | None = None,
    period: tuple[datetime.date | None, datetime.date | None] = (None, None),
) -> Series | None:
    """Return the series of a scope and commodity that a question gets; None when there is none.

    source: only this one. period: first and last day that are asked about, None where it is open.
    """
    scope, commodity = name
    inside = exists().where(*between(Series.id, *period))
    query = select(Series, inside).where(
        Series.scope == scope, Series.commodity == commodity, Series.last_on.is_not(None)
    )
    found = [
        (not some, rank, row)
        for row, some in session.execute(query)
        if (rank := rank_of(site, row, source)) is not None
    ]
    return min(found, key=lambda f: f[:2])[2] if found else None


def rank_of(site: Site, row: Series, source: str | None) -> tuple[int, ...] | None:
    """Return how early a series is chosen; None if never."""
    sources = site.config.sources if source is None else (source,)
    return (sources.index(row.source), row.step != DAY) if row.source in sources else None


def unit_of(site: Site, commodity: str) -> str | None:
    """Return the code of a commodity's unit; None where it is not known."""
    known = site.commodities.get(commodity)
    return known.unit if known else None


def step_of(row: Series) -> Step:
    """Return how far the values of a series lie apart."""
    return "month" if row.step == MONTH else "day"
