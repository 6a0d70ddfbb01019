"""Flags: new prices are checked beside the others of their day, and against their own past."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from civicapp_prices.config import PricesConfig
from civicapp_prices.domain.checks import (
    ENOUGH,
    Last,
    Reason,
    flat,
    jump,
    log_change,
    outlier,
    same,
)
from civicapp_prices.domain.quotes import PRICE
from civicapp_prices.models import Quote
from civicapp_prices.service.past import Past, past_of
from civicapp_prices.service.points import CURRENT
from civicapp_prices.service.site import Site

LATER = "later"  # marks a reason that was found when other prices of the day came


@dataclass(frozen=True, slots=True)
class Peers:
    """The prices of a day by commodity, of a market and of the others of its part and type."""

    quotes: Mapping[str, Sequence[Quote]]

    def others(self, quote: Quote) -> list[int]:
        """Return the prices that a quote is compared with: its market's, if these are enough.

        Else those of the other markets of its part too.
        """
        rest = [q for q in self.quotes.get(quote.commodity, ()) if q is not quote]
        own = [q for q in rest if q.market == quote.market]
        return [q.price for q in (own if len(own) >= ENOUGH else rest) if q.price is not None]


def peers_of(
    session: Session, site: Site, market: str, commodities: Collection[str], day: datetime.date
) -> Peers:
    """Read the prices of a day that a market's are compared with, its own among them."""
    query = select(Quote).where(
        Quote.market.in_(_together(site, market)),
        Quote.date == day,
        Quote.commodity.in_(list(commodities)),
        Quote.state.in_(CURRENT),
        Quote.outcome == PRICE,
    )
    found: dict[str, list[Quote]] = {}
    for quote in session.scalars(query.order_by(Quote.market, Quote.slot)):
        found.setdefault(quote.commodity, []).append(quote)
    return Peers(found)


def _together(site: Site, market: str) -> list[str]:
    """Return the markets of one part and type: prices of different types are never compared."""
    part, kind = site.part_of(market), site.markets[market].type
    others = site.markets_in(part) if part else ()
    return [market, *(c for c in others if c != market and site.markets[c].type == kind)]


@dataclass(frozen=True, slots=True)
class Checked:
    """New quotes of an entry with what they are checked against. lasts: by commodity and slot."""

    config: PricesConfig
    past: Past
    lasts: Mapping[tuple[str, int], Last]
    peers: Peers
    quotes: Sequence[Quote]
    slips: Mapping[tuple[str, int], Reason] = field(default_factory=dict)

    def reasons(self) -> Iterator[tuple[Quote, list[Reason]]]:
        """Yield the new quotes that look odd, with all reasons."""
        priced = [q for q in self.quotes if q.price is not None]
        by_commodity: dict[str, list[int]] = {}
        for quote in priced:
            by_commodity.setdefault(quote.commodity, []).append(quote.price or 0)
        copied = same(by_commodity)
        usual = {code: self.past.changes(code) for code in by_commodity}
        for quote in priced:
            last = self.lasts.get((quote.commodity, quote.slot))
            found = list(self._of(quote, last, usual[quote.commodity]))
            if copied and len(by_commodity[quote.commodity]) > 1:
                found.append(copied)
            if found:
                yield quote, [{**reason, **(last.told if last else {})} for reason in found]

    def _of(self, quote: Quote, last: Last | None, history: Sequence[float]) -> Iterator[Reason]:
        price, config = quote.price or 0, self.config
        if (slip := self.slips.get((quote.commodity, quote.slot))) is not None:
            yield slip
        if apart := self._apart(quote, last):
            yield apart
        if last is not None and last.of == "slot":
            change = log_change(price, float(last.price))
            if moved := jump(change, history, config.jump_history):
                yield moved
        run = self.past.run(quote.commodity, quote.slot)
        if still := flat(price, run, config.flat_days):
            yield still

    def _apart(self, quote: Quote, last: Last | None) -> Reason | None:
        others, config = self.peers.others(quote), self.config
        own = last.price if last is not None and last.of == "slot" else None
        return outlier(quote.price or 0, others, config.peer_limit, config.peer_percent, own)

    def overtaken(self, session: Session) -> Iterator[tuple[Quote, list[Reason]]]:
        """Yield the quotes of the day that came before, and lie apart now that these are there."""
        new = {id(quote) for quote in self.quotes}
        before = [
            quote
            for quotes in self.peers.quotes.values()
            for quote in quotes
            if id(quote) not in new and quote.state == "submitted"
        ]
        pasts = {quote.market: self.past for quote in self.quotes}
        for quote in before:
            if quote.market not in pasts:
                codes = [q.commodity for q in before if q.market == quote.market]
                pasts[quote.market] = past_of(session, quote.market, codes, quote.date)
            last = pasts[quote.market].last(quote.commodity, quote.slot)
            if apart := self._apart(quote, last):
                yield quote, [{**apart, **(last.told if last else {}), LATER: True}]
