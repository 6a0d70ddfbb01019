"""The panel: which markets an officer surveys, and how far the day has come in each."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civicapp import Person
from civicapp_prices.config import Commodity, Market
from civicapp_prices.domain.quotes import active
from civicapp_prices.models import Entry, Quote
from civicapp_prices.permissions import READ
from civicapp_prices.service.past import Past, past_of
from civicapp_prices.service.points import CURRENT
from civicapp_prices.service.site import Site


@dataclass(frozen=True, slots=True)
class Progress:
    """A market on a day. done: commodities about which every trader was asked, of `total`.

    last: when something was sent last; late: something came after the survey's window.
    """

    market: Market
    done: int
    total: int
    flagged: int
    last: datetime.datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an entry page shows of a market and day. current: today's quotes by commodity, slot."""

    market: Market
    date: datetime.date
    commodities: tuple[Commodity, ...]
    current: Mapping[tuple[str, int], Quote]
    past: Past

    @property
    def done(self) -> int:
        """Count the commodities about which every trader was asked."""
        slots = range(1, self.market.slots + 1)
        return sum(all((c.code, s) in self.current for s in slots) for c in self.commodities)


def surveyed(site: Site) -> tuple[Commodity, ...]:
    """Return the commodities that officers ask for, in the pack's order."""
    return tuple(c for c in site.commodities.values() if c.surveyed)


def markets_for(site: Site, person: Person, permission: str) -> list[str]:
    """Return the codes of the markets on which a person may do this."""
    rows = person.rows(permission)
    return [code for code, market in site.markets.items() if rows.allow(None, market.area)]


def progress(session: Session, site: Site, person: Person, date: datetime.date) -> list[Progress]:
    """Return the surveyed markets of a person's area on a day, by area and name."""
    mine = [
        site.markets[code]
        for code in markets_for(site, person, READ)
        if site.markets[code].surveyed and active(site.markets[code], date)
    ]
    codes = [market.code for market in mine]
    asked = surveyed(site)
    known = [c.code for c in asked]
    quotes = session.execute(
        select(Quote.market, Quote.commodity, func.count())
        .where(
            Quote.market.in_(codes),
            Quote.date == date,
            Quote.commodity.in_(known),
            Quote.state.in_(CURRENT),
        )
        .group_by(Quote.market, Quote.commodity)
    )
    done: dict[str, int] = {}
    for market, _, n in quotes:
        done[market] = done.get(market, 0) + (n >= site.markets[market].slots)
    waiting = session.execute(
        select(Quote.market, func.count())
        .where(Quote.market.in_(codes), Quote.date == date, Quote.state == "flagged")
        .group_by(Quote.market)
    )
    flagged = {market: n for market, n in waiting}  # noqa: C416 - a result is no mapping
    entries: dict[str, list[Entry]] = {}
    for entry in session.scalars(select(Entry).where(Entry.market.in_(codes), Entry.date == date)):
        entries.setdefault(entry.market, []).append(entry)
    return [
        _progress(
            m, done.get(m.code, 0), len(asked), flagged.get(m.code, 0), entries.get(m.code, ())
        )
        for m in sorted(mine, key=lambda m: (m.area, m.name))
    ]


def _progress(
    market: Market, done: int, total: int, flagged: int, entries: Sequence[Entry]
) -> Progress:
    last = max((e.received_at for e in entries), default=None)
    return Progress(market, done, total, flagged, last, any(e.late for e in entries))


def sheet(session: Session, site: Site, market: Market, date: datetime.date) -> Sheet:
    """Read what an entry page shows."""
    asked = surveyed(site)
    codes = [c.code for c in asked]
    rows = session.scalars(
        select(Quote).where(
            Quote.market == market.code,
            Quote.date == date,
            Quote.commodity.in_(codes),
            Quote.state.in_(CURRENT),
        )
    )
    current = {(q.commodity, q.slot): q for q in rows}
    return Sheet(market, date, asked, current, past_of(session, market.code, codes, date))
