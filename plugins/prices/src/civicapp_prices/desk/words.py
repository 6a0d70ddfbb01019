"""Words: how the desk writes prices, days, states and progress, in the officer's language."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from civicapp import N_
from civicapp.web import WebContext
from civicapp_prices.config import Commodity, Market
from civicapp_prices.domain.checks import Reason
from civicapp_prices.domain.quotes import ABSENT, NOT_SOLD
from civicapp_prices.service.entry import closes
from civicapp_prices.service.site import Site
from civicapp_prices.wording import why

NONE = {NOT_SOLD: N_("not sold"), ABSENT: N_("trader absent")}
STATES = {
    "flagged": ("warn", N_("to be checked")),
    "confirmed": ("ok", N_("confirmed")),
    "rejected": ("danger", N_("rejected")),
    "superseded": ("neutral", N_("corrected since")),
}


@dataclass(frozen=True, slots=True)
class Faulty:
    """What is wrong with a form, for its template. items: target and sentence."""

    items: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.items)

    def of(self, field: str) -> str:
        """Return what is wrong with a field, "" if nothing."""
        return next((text for target, text in self.items if target == f"#{field}"), "")


class Words:
    """Write what one officer sees. now: when."""

    def __init__(self, ctx: WebContext, site: Site, now: datetime.datetime) -> None:
        self._ctx, self._site, self._now = ctx, site, now

    # What it is about

    def commodity(self, code: str) -> str:
        """Name a commodity."""
        found = self._site.commodities.get(code)
        return self._ctx.text(found.name) if found else code

    def unit(self, code: str | None) -> str:
        """Name a unit, as it is read after `per`."""
        found = self._site.units.get(code or "")
        return self._ctx.text(found.name) if found else code or ""

    def per(self, commodity: Commodity) -> str:
        """Say what a price is for: `per kg`."""
        return self._ctx.gettext("per %(unit)s", unit=self.unit(commodity.unit))

    def market(self, code: str) -> str:
        """Name a market."""
        found = self._site.markets.get(code)
        return found.name if found else code

    def place(self, market: Market) -> str:
        """Say where a market is."""
        return self._ctx.portal.place(self._site.region.areas[market.area])

    def area(self, code: str) -> str:
        """Name an area."""
        return self._ctx.text(self._site.region.areas[code].title)

    def trader(self, slot: int) -> str:
        """Name a place of the panel."""
        return self._ctx.gettext("Trader %(slot)s", slot=slot)

    # Prices

    def price(self, price: int | Decimal) -> str:
        """Write a price."""
        return self._ctx.money(price)

    def answer(self, outcome: str, price: int | None) -> str:
        """Write what a trader was found to ask, or why there is no price."""
        return self.price(price) if price is not None else self._ctx.gettext(NONE[outcome])

    def state(self, state: str) -> tuple[str, str] | None:
        """Return kind and word of a tag for a quote's state; None where none is needed."""
        found = STATES.get(state)
        return (found[0], self._ctx.gettext(found[1])) if found else None

    def why(self, reason: Reason) -> str:
        """Say why a price is flagged."""
        return why(self._ctx, reason)

    def moved(self, now: Decimal, before: Decimal) -> str:
        """Say how a price moved: `▲ up 12,4%`."""
        share = (now - before) / before
        word = self._ctx.percent(abs(share))
        if not share:
            return self._ctx.gettext("unchanged")
        if share > 0:
            return self._ctx.gettext("▲ up %(share)s", share=word)
        return self._ctx.gettext("▼ down %(share)s", share=word)

    # Days and hours

    @property
    def today(self) -> datetime.date:
        """Return the day that it is in the region."""
        return self._site.today(self._now)

    def day(self, date: datetime.date) -> str:
        """Write a day: `24 November 2026`."""
        return self._ctx.date(date)

    def short(self, date: datetime.date) -> str:
        """Write a day that lies near: `today`, `yesterday`, `21 Nov 2026`."""
        if date == self.today:
            return self._ctx.gettext("Today")
        if date == self.today - datetime.timedelta(days=1):
            return self._ctx.gettext("Yesterday")
        return self._ctx.date(date, "medium")

    def clock(self, at: datetime.datetime) -> str:
        """Write the time of an instant."""
        return self._ctx.clock(at)

    def hour(self, time: str) -> str:
        """Write an hour of the pack, `09:00`."""
        local = datetime.datetime.combine(
            self.today, datetime.time.fromisoformat(time), self._site.zone
        )
        return self._ctx.clock(local)

    @property
    def window(self) -> str:
        """Say when prices are asked for and come out."""
        config = self._site.config
        return self._ctx.gettext(
            "Survey from %(open)s to %(close)s. Prices come out at %(publish)s.",
            open=self.hour(config.survey_open),
            close=self.hour(config.survey_close),
            publish=self.hour(config.publish_at),
        )

    def late(self, date: datetime.date) -> bool:
        """Tell whether prices of a day that come now are late."""
        return self._now > closes(self._site, date)

    # Counts

    def of(self, done: int, total: int) -> str:
        """Say how far something is: `8 of 24`."""
        number = self._ctx.number
        return self._ctx.gettext("%(done)s of %(total)s", done=number(done), total=number(total))

    def faulty(self, items: Iterable[tuple[str, str]]) -> Faulty:
        """Put together what is wrong: the same sentence at the same place stands once."""
        return Faulty(tuple(dict.fromkeys(items)))
