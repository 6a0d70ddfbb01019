"""The past of a market's prices: what a new price is compared with, and shown beside it."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp_prices.domain.checks import Last, log_change
from civicapp_prices.domain.quotes import PRICE
from civicapp_prices.models import Quote
from civicapp_prices.service.newest import latest
from civicapp_prices.service.points import CURRENT
from civicapp_prices.service.scopes import area_scope
from civicapp_prices.service.site import Site

LOOK_BACK = 366  # days of quotes in which a variety shows how it usually moves

Run = Sequence[tuple[datetime.date, int]]


@dataclass(frozen=True, slots=True)
class Past:
    """Prices of a market before a day, by commodity and slot, in order of time."""

    runs: Mapping[tuple[str, int], Run]

    def run(self, commodity: str, slot: int) -> Run:
        """Return what one trader asked before."""
        return self.runs.get((commodity, slot), ())

    def last(self, commodity: str, slot: int) -> Last | None:
        """Return the trader's last price, else the market's newest; None when there is none."""
        if own := self.run(commodity, slot):
            return Last(Decimal(own[-1][1]), own[-1][0], "slot")
        others = [run[-1] for (code, _), run in self.runs.items() if code == commodity and run]
        if not others:
            return None
        date, price = max(others)
        return Last(Decimal(price), date, "market")

    def changes(self, commodity: str) -> list[float]:
        """Return the log changes of a commodity from quote to quote, of all traders together."""
        return [
            log_change(price, before)
            for (code, _), run in self.runs.items()
            if code == commodity
            for (_, before), (_, price) in pairwise(run)
        ]


def past_of(
    session: Session, market: str, commodities: Collection[str], day: datetime.date
) -> Past:
    """Read the prices of a market before a day, as far back as checks look."""
    rows = session.execute(
        select(Quote.commodity, Quote.slot, Quote.date, Quote.price)
        .where(
            Quote.market == market,
            Quote.commodity.in_(list(commodities)),
            Quote.date < day,
            Quote.date >= day - datetime.timedelta(days=LOOK_BACK),
            Quote.state.in_(CURRENT),
            Quote.outcome == PRICE,
        )
        .order_by(Quote.commodity, Quote.slot, Quote.date)
    )
    runs: dict[tuple[str, int], list[tuple[datetime.date, int]]] = {}
    for commodity, slot, date, price in rows:
        runs.setdefault((commodity, slot), []).append((date, int(price or 0)))
    return Past(runs)


def area_prices(
    session: Session, site: Site, market: str, commodities: Collection[str], day: datetime.date
) -> dict[str, Last]:
    """Return the newest price before a day of the market's part of the region, else the region's.

    Of any source: an imported average is a good enough measure to see a slip by.
    """
    found: dict[str, Last] = {}
    for scope in _around(site, market):
        left = [code for code in commodities if code not in found]
        if left:
            before = day - datetime.timedelta(days=1)
            for row in latest(session, site, scope, commodities=left, today=before):
                found[row.commodity] = Last(row.price, row.date, "area")
    return found


def _around(site: Site, market: str) -> Iterator[str]:
    if part := site.part_of(market):
        yield area_scope(part)
    if site.region.area is not None:
        yield area_scope(site.region.area.code)
