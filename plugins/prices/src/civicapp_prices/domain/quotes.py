"""What an officer sends of a market on a day: read, and checked field by field.

Every fault is found in one go; none of them depends on what else is on file.
"""

import dataclasses
import datetime
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from civicapp import N_
from civicapp_prices.config import Commodity, Market, Unit

Outcome = Literal["price", "not_sold", "absent"]
PRICE: Final = "price"
NOT_SOLD: Final = "not_sold"
ABSENT: Final = "absent"
Method = Literal["field", "phone"]
DAYS_BACK = 3  # days after which an officer cannot enter a price any more
LARGEST = 1_000_000_000
_GROUPED = re.compile(r"[0-9]{1,3}([., \u00a0\u202f])[0-9]{3}(\1[0-9]{3})*")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field. message: with `%(word)s`; words: fill it in.

    A word that is Localized or a date is written in the reader's language where it is shown.
    """

    field: str
    code: str
    message: str
    words: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """What was sent for one commodity at one trader. price: as it was written.

    unit: None where the client did not say it. confirmed: the officer was asked and is sure.
    """

    commodity: str
    slot: int
    outcome: Outcome = PRICE
    price: object = None
    unit: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One send: its id is the client's UUID. captured_at: when the prices were asked."""

    id: str
    market: str
    date: datetime.date
    quotes: Sequence[Given]
    method: Method = "field"
    captured_at: datetime.datetime | None = None

    def digest(self, officer: str) -> str:
        """Return a digest of what was sent and by whom; the order of the quotes is no part."""
        quotes = sorted(
            [q.commodity, q.slot, q.outcome, _told(q.price), q.unit or "", q.confirmed]
            for q in self.quotes
        )
        at = self.captured_at.astimezone(datetime.UTC).isoformat() if self.captured_at else ""
        told = [officer, self.market, self.date.isoformat(), self.method, at, quotes]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


class BadPrice(ValueError):
    """What was written is no price. code and message as those of a Fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


NOT_WHOLE = "price-not-whole", N_("Write the price in whole numbers, such as 14200.")
NOT_POSITIVE = "price-not-positive", N_("A price is more than zero.")
TOO_LARGE = "price-too-large", N_("This price is too large.")
MISSING = "price-missing", N_("Write the price.")


def read_price(written: object) -> int:
    """Read a price as it was written, `14200` or `14.200`; raise BadPrice."""
    if isinstance(written, str):
        return _in_bounds(_typed(written.strip()))
    if written is None:
        raise BadPrice(*MISSING)
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise BadPrice(*NOT_WHOLE)
    if not math.isfinite(written):
        raise BadPrice(*NOT_WHOLE)
    if written <= 0:
        raise BadPrice(*NOT_POSITIVE)
    if written != int(written):
        raise BadPrice(*NOT_WHOLE)
    return _in_bounds(int(written))


def _typed(text: str) -> int:
    if not text:
        raise BadPrice(*MISSING)
    if text.isascii() and text.isdigit():
        return int(text[:20])
    if found := _GROUPED.fullmatch(text):
        return int(text.replace(found[1], "")[:20])
    if text[:1] in "-−":
        raise BadPrice(*NOT_POSITIVE)
    raise BadPrice(*NOT_WHOLE)


def _in_bounds(price: int) -> int:
    if price <= 0:
        raise BadPrice(*NOT_POSITIVE)
    if price > LARGEST:
        raise BadPrice(*TOO_LARGE)
    return price


def _told(written: object) -> str:
    try:
        return str(read_price(written))
    except BadPrice:
        return str(written)


@dataclass(frozen=True, slots=True)
class Panel:
    """What may be entered: the markets, commodities and units of the pack, and which day it is."""

    markets: Mapping[str, Market]
    commodities: Mapping[str, Commodity]
    units: Mapping[str, Unit]
    today: datetime.date

    def faults(self, sent: Sent) -> Iterator[Fault]:
        """Find all that is wrong with what was sent."""
        market = self.markets.get(sent.market)
        yield from self._market(market, sent)
        yield from self._date(sent.date)
        if not sent.quotes:
            yield Fault("quotes", "empty", N_("Fill in at least one price."))
        seen: dict[tuple[str, int], int] = {}
        for n, quote in enumerate(sent.quotes):
            if (first := seen.setdefault((quote.commodity, quote.slot), n)) != n:
                what = N_("This trader's price for it stands twice.")
                yield Fault(f"quotes/{n}", "quote-twice", what, {"first": first})
            yield from self._quote(n, quote, market)

    def _market(self, market: Market | None, sent: Sent) -> Iterator[Fault]:
        if market is None:
            what = N_("There is no market %(market)s.")
            yield Fault("market", "market-unknown", what, {"market": sent.market})
        elif not market.surveyed:
            what = N_("%(market)s is not part of the survey.")
            yield Fault("market", "market-not-surveyed", what, {"market": market.name})
        elif not active(market, sent.date):
            what = N_("%(market)s is not part of the survey on this day.")
            yield Fault("market", "market-not-active", what, {"market": market.name})

    def _date(self, date: datetime.date) -> Iterator[Fault]:
        if date > self.today:
            yield Fault("date", "date-in-future", N_("This day is still to come."))
        elif date < first_day(self.today):
            what = N_("Prices can be entered up to %(days)s days later.")
            yield Fault("date", "date-too-old", what, {"days": DAYS_BACK})

    def _quote(self, n: int, quote: Given, market: Market | None) -> Iterator[Fault]:
        commodity = self.commodities.get(quote.commodity)
        if commodity is None:
            what = N_("There is no commodity %(commodity)s.")
            words = {"commodity": quote.commodity}
            yield Fault(f"quotes/{n}/commodity", "commodity-unknown", what, words)
        elif not commodity.surveyed:
            what = N_("%(commodity)s is not part of the survey.")
            named = {"commodity": commodity.name}
            yield Fault(f"quotes/{n}/commodity", "commodity-not-surveyed", what, named)
        elif quote.unit is not None and quote.unit != commodity.unit:
            yield self._unit(n, quote.unit, commodity)
        if market is not None and not 1 <= quote.slot <= market.slots:
            what = N_("This market has traders 1 to %(slots)s.")
            yield Fault(f"quotes/{n}/slot", "slot-unknown", what, {"slots": market.slots})
        if quote.outcome != PRICE:
            if quote.price is not None:
                what = N_("Write a price, or that there is none; not both.")
                yield Fault(f"quotes/{n}/price", "price-and-none", what)
            return
        try:
            read_price(quote.price)
        except BadPrice as bad:
            yield Fault(f"quotes/{n}/price", bad.code, bad.message)

    def _unit(self, n: int, given: str, commodity: Commodity) -> Fault:
        own = self.units.get(commodity.unit or "")
        other = self.units.get(given)
        words: dict[str, object] = {
            "commodity": commodity.name,
            "unit": own.name if own else commodity.unit or "",
            "given": other.name if other else given,
        }
        what = N_("%(commodity)s is priced per %(unit)s, not per %(given)s.")
        return Fault(f"quotes/{n}/unit", "unit-mismatch", what, words)


def first_day(today: datetime.date) -> datetime.date:
    """Return the earliest day whose prices may still be entered."""
    return today - datetime.timedelta(days=DAYS_BACK)


def active(market: Market, date: datetime.date) -> bool:
    """Tell whether a market is in the panel on a day."""
    begins = market.active_from is None or market.active_from <= date
    return begins and (market.active_to is None or date <= market.active_to)
