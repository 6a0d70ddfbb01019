"""Words: how pages write prices, changes, sources, places and alarms, in the reader's language."""

import datetime
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from civicapp import N_, Area
from civicapp.web import WebContext
from civicapp_prices.config import SURVEY, Reference
from civicapp_prices.domain.gap import Gap
from civicapp_prices.domain.reading import Reading
from civicapp_prices.domain.series import month_number
from civicapp_prices.service.newest import Latest
from civicapp_prices.service.scopes import AREA, MARKET
from civicapp_prices.service.site import Site

SOURCES = {
    SURVEY: N_("survey in the markets"),
    "pihps": N_("PIHPS, Bank Indonesia"),
    "wfp": N_("World Food Programme (WFP)"),
    "csv": N_("file of the operator"),
}
TYPES = {
    "traditional": N_("traditional market"),
    "modern": N_("modern market"),
    "wholesale": N_("wholesale market"),
    "producer": N_("producer"),
}
ALARMS = {
    "alps": N_("Seasonal pattern (ALPS)"),
    "ipa": N_("Speed of the rise (IPA)"),
    "change": N_("Change in a month"),
}
# Kind of the portal kit's tag, and word.
CLASSES = {
    "normal": ("neutral", N_("usual")),
    "stress": ("warn", N_("worth watching")),
    "watch": ("warn", N_("worth watching")),
    "alert": ("danger", N_("unusually high")),
    "crisis": ("danger", N_("extremely high")),
    "low": ("info", N_("unusually low")),
}
SAID = {
    ("alps", "normal"): N_("The price follows its seasonal pattern."),
    ("alps", "stress"): N_("The price lies a little above its seasonal pattern."),
    ("alps", "alert"): N_("The price lies far above its seasonal pattern."),
    ("alps", "crisis"): N_("The price lies very far above its seasonal pattern."),
    ("ipa", "normal"): N_("The price moves as in earlier years."),
    ("ipa", "watch"): N_("The price rises faster than in this month of earlier years."),
    ("ipa", "alert"): N_("The price rises much faster than in this month of earlier years."),
    ("ipa", "low"): N_("The price moves far below this month of earlier years."),
}
NOT_TODAY, NOT_THAT_DAY = N_("not surveyed today"), N_("not surveyed that day")
_MONTH = re.compile(r"\d{4}-\d{2} ")


@dataclass(frozen=True, slots=True)
class Chip:
    """A change, told by sign and words. kind: of the portal kit's tag."""

    kind: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm in words: its name, tag and word (none without a class), sentence, value."""

    name: str
    kind: str
    word: str
    text: str
    value: str


class Words:
    """Write what one reader sees. now: when."""

    def __init__(self, ctx: WebContext, site: Site, now: datetime.datetime) -> None:
        self._ctx, self._site, self._now = ctx, site, now

    # What it is, and where

    def name(self, code: str) -> str:
        """Name a commodity."""
        commodity = self._site.commodities.get(code)
        return self._ctx.text(commodity.name) if commodity else code

    def list_of(self, code: str) -> str:
        """Name the list that a commodity belongs to, where another list has one of its name."""
        commodity = self._site.commodities[code]
        known = sum(self.name(other) == self.name(code) for other in self._site.commodities)
        return (commodity.list or "").replace("_", " ") if known > 1 else ""

    def names(self, codes: Iterable[str]) -> dict[str, str]:
        """Name commodities that stand together: those that share a name say of which list."""
        named = {code: self.name(code) for code in codes}
        times = Counter(named.values())
        lists = {code: self.list_of(code) for code, name in named.items() if times[name] > 1}
        return {
            code: f"{name} ({lists[code]})" if lists.get(code) else name
            for code, name in named.items()
        }

    def unit(self, code: str | None) -> str:
        """Name a unit; "" where it is not known."""
        unit = self._site.units.get(code) if code else None
        return self._ctx.text(unit.name) if unit else ""

    def per(self, code: str | None) -> str:
        """Say per what a price is: `per kg`."""
        unit = self.unit(code)
        gettext = self._ctx.gettext
        return gettext("per %(unit)s", unit=unit) if unit else gettext("unit not known")

    def place(self, scope: str) -> str:
        """Name an area or a market."""
        if scope.startswith(MARKET):
            market = self._site.markets.get(scope.removeprefix(MARKET))
            return market.name if market else scope
        area = self._site.region.areas.get(scope.removeprefix(AREA))
        return self._ctx.text(area.title) if area else scope

    def area(self, area: Area | None) -> str:
        """Name an area as it is addressed."""
        return self._ctx.text(area.title) if area else ""

    def source(self, source: str) -> str:
        """Name a source."""
        known = SOURCES.get(source)
        return self._ctx.gettext(known) if known else source.upper()

    def type(self, market: str) -> str:
        """Say what kind of market it is; "" for the usual kind."""
        kind = self._site.markets[market].type
        return "" if kind == "traditional" else self._ctx.gettext(TYPES[kind])

    # When

    def day(self, day: datetime.date) -> str:
        """Write a day: `12 Mei 2026`."""
        return self._ctx.date(day)

    def short(self, day: datetime.date) -> str:
        """Write a day shortly: `12 Mei 2026`, `17 Agu 2026`."""
        return self._ctx.date(day, "medium")

    def month(self, month: str, *, short: bool = False) -> str:
        """Write a month `YYYY-MM`: `Oktober 2026`, `Okt 2026`."""
        year, number = month.split("-")
        day = datetime.date(int(year), int(number), 1)
        return self._ctx.date(day, "short month" if short else "month")

    def when(self, day: datetime.date, step: str, *, short: bool = False) -> str:
        """Write the day of a price, or its month where the source has no days."""
        if step == "month":
            return self.month(f"{day:%Y-%m}", short=short)
        return self.short(day) if short else self.day(day)

    # How much

    def money(self, amount: Decimal) -> str:
        """Write a price."""
        return self._ctx.money(amount)

    def share(self, fraction: Decimal) -> str:
        """Write the size of a fraction as a percentage, without its sign."""
        return self._ctx.percent(abs(fraction))

    def apart(self, amount: Decimal, fraction: Decimal | None) -> str:
        """Write a difference without its sign: `Rp200, 1,4%`; a share of 0 is left out."""
        share = self.share(fraction) if fraction is not None else ""
        money = self.money(abs(amount))
        return f"{money}, {share}" if share and share != self._ctx.percent(0) else money

    def is_nothing(self, amount: Decimal) -> bool:
        """Tell whether a difference is too small to be written."""
        return self.money(abs(amount)) == self.money(Decimal(0))

    def chip(self, row: Latest, newest: datetime.date | None = None) -> Chip:
        """Tell the change since the survey before. newest: of the page; an older price says so."""
        gettext = self._ctx.gettext
        if newest is not None and row.date < newest and row.step == "day":
            today = newest == self._site.today(self._now)
            return Chip("neutral", "", gettext(NOT_TODAY if today else NOT_THAT_DAY))
        if row.before is None:
            return Chip("neutral", "", gettext("first price"))
        return self.moved(row.price - row.before.price, row.d)

    def moved(self, amount: Decimal, fraction: Decimal | None) -> Chip:
        """Tell a change."""
        gettext = self._ctx.gettext
        if self.is_nothing(amount):
            return Chip("neutral", "", gettext("unchanged"))
        far = self.apart(amount, fraction)
        if amount > 0:
            return Chip("warn", "▲", gettext("up %(far)s", far=far))
        return Chip("info", "▼", gettext("down %(far)s", far=far))

    def behind(self, row: Latest) -> str:
        """Say what is behind a price: source, markets and quotes."""
        ctx = self._ctx
        if row.source == SURVEY and row.n is not None:
            quotes = ctx.ngettext("%(num)s price", "%(num)s prices", row.n)
            if row.scope.startswith(MARKET) or row.markets is None:
                return ctx.gettext("Survey in the market: average of %(quotes)s.", quotes=quotes)
            markets = ctx.ngettext("%(num)s market", "%(num)s markets", row.markets)
            return ctx.gettext(
                "Average of %(markets)s, %(quotes)s.", markets=markets, quotes=quotes
            )
        told = ctx.gettext("Source: %(source)s.", source=self.source(row.source))
        if row.n is None:
            behind = ctx.gettext("It does not say how many prices are behind it.")
        else:
            quotes = ctx.ngettext("%(num)s price", "%(num)s prices", row.n)
            behind = ctx.gettext("Average of %(quotes)s.", quotes=quotes)
        return f"{told} {behind}"

    def unit_of_most(self, rows: Collection[Latest]) -> str | None:
        """Return the unit that most rows have."""
        return Counter(row.unit for row in rows).most_common(1)[0][0] if rows else None

    # What the law says

    def band(self, limit: Reference) -> str:
        """Write a band: `Rp40.000 sampai Rp57.000`."""
        gettext = self._ctx.gettext
        if limit.floor is not None and limit.ceiling is not None:
            low, high = self.money(limit.floor), self.money(limit.ceiling)
            return gettext("%(low)s to %(high)s", low=low, high=high)
        if limit.ceiling is not None:
            return gettext("at most %(high)s", high=self.money(limit.ceiling))
        return gettext("at least %(low)s", low=self.money(limit.floor or Decimal(0)))

    def basis(self, limit: Reference) -> str:
        """Say on what a limit rests: the decree, or that only the press named it."""
        if limit.legal_ref:
            return limit.legal_ref
        if limit.basis == "press":
            return self._ctx.gettext("press report; no decree on file")
        return limit.basis

    def gap(self, price: Decimal, limit: Reference, gap: Gap) -> str:
        """Say how far a price is from its band, in words."""
        gettext = self._ctx.gettext
        share = self._ctx.percent(abs(gap.fraction))
        if gap.fraction > 0 and limit.ceiling is not None:
            far = self.money(price - limit.ceiling)
            return gettext("%(far)s above the limit (%(share)s)", far=far, share=share)
        if gap.fraction < 0 and limit.floor is not None:
            far = self.money(limit.floor - price)
            return gettext("%(far)s below the floor (%(share)s)", far=far, share=share)
        return gettext("within the limit")

    # What is unusual

    def alarm(self, kind: str, class_: str, value: Decimal | None) -> Told:
        """Tell a published alarm."""
        tag, word = CLASSES[class_]
        return Told(
            name=self._ctx.gettext(ALARMS[kind]),
            kind=tag,
            word=self._ctx.gettext(word),
            text=self._sentence(kind, class_, value or Decimal(0)),
            value="" if kind == "change" or value is None else self._ctx.number(value, 2),
        )

    def reading(self, reading: Reading, least: int) -> Told:
        """Tell an alarm, or why there is none. least: months of history that it needs."""
        if reading.class_ is not None:
            return self.alarm(reading.kind, reading.class_, reading.value)
        name = self._ctx.gettext(ALARMS[reading.kind])
        return Told(name, "neutral", "", self._why(reading, least), "")

    def _sentence(self, kind: str, class_: str, value: Decimal) -> str:
        gettext = self._ctx.gettext
        if kind != "change":
            return gettext(SAID[kind, class_])
        share = self._ctx.percent(abs(value))
        if not value:
            return gettext("The price is as it was a month before.")
        if value > 0:
            return gettext("The price rose by %(share)s in a month.", share=share)
        return gettext("The price fell by %(share)s in a month.", share=share)

    def _why(self, reading: Reading, least: int) -> str:
        ctx = self._ctx
        if reading.status == "undefined":
            return ctx.gettext("The price never moved, so there is nothing to measure.")
        if reading.status == "no_recent_data":
            return ctx.gettext("No price for %(month)s.", month=self.month(reading.month))
        if reading.kind == "change":
            return ctx.gettext("No price of the month before.")
        months = [line[:7] for line in reading.inputs if _MONTH.match(line)]
        span = month_number(reading.month) - month_number(months[0]) + 1 if months else 0
        if span < least:
            return ctx.ngettext(
                "There is %(num)s month of data, the alarm needs %(least)s.",
                "There are %(num)s months of data, the alarm needs %(least)s.",
                span,
                least=ctx.number(least),
            )
        return ctx.gettext(
            "Of the last %(span)s months only %(num)s have a price: too few for this alarm.",
            span=ctx.number(span),
            num=ctx.number(len(months)),
        )

    def index(self, value: Decimal) -> str:
        """Write an index with two digits: `106,90`."""
        mark = self._ctx.number(0.5, 1)[1]
        whole, _, rest = self._ctx.number(value, 2).partition(mark)
        return f"{whole}{mark}{rest:0<2}"

    def points(self, value: Decimal) -> str:
        """Write points of an index with their sign: `+6,61`, `−0,20`."""
        return f"{'−' if value < 0 else '+'}{self.index(abs(value))}"

    def joined(self, names: Iterable[str]) -> str:
        """Write names in a row."""
        return ", ".join(names)
