"""One commodity somewhere: price, limit, course, other places, and whether it is unusual."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp import N_, Area
from civicapp.web import Ctx, NotFound, WebContext, public_read
from civicapp_prices.context import site_of
from civicapp_prices.domain.changes import Change, ratio
from civicapp_prices.pages.chart import Chart, draw
from civicapp_prices.pages.door import (
    API,
    CODE,
    EVERY_SCOPE,
    HOME,
    SECONDS,
    asked_area,
    now,
    show,
    url,
)
from civicapp_prices.pages.near import distance, nearest_first
from civicapp_prices.pages.router import router
from civicapp_prices.pages.words import Chip, Told, Words
from civicapp_prices.service.alarms import TAG as ALARM_TAG
from civicapp_prices.service.alarms import settings_of
from civicapp_prices.service.history import Found
from civicapp_prices.service.newest import Latest
from civicapp_prices.service.scopes import MARKET
from civicapp_prices.service.shown import Look, Period, look_at
from civicapp_prices.service.site import Site

Text = Annotated[str, Query(max_length=CODE)]
PERIODS: dict[Period, str] = {
    "30d": N_("30 days"),
    "1y": N_("1 year"),
    "all": N_("all"),
}
CHANGES = {
    "d": N_("survey before"),
    "w": N_("a week ago"),
    "m": N_("a month ago"),
    "ytd": N_("end of last year"),
    "y": N_("a year ago"),
}
MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several links; the chosen one is this page itself."""

    name: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A line of the table of a series. exact: the price as it is on file. n: what is behind it.

    gap: the line of the chart breaks before it.
    """

    day: str
    date: str
    price: str
    exact: str
    n: str
    gap: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """The course of a price: its picture if it has two points or more, and what it shows.

    rows: the newest first.
    """

    title: str
    finding: str
    chart: Chart | None
    ticks: tuple[str, ...]
    rows: tuple[Value, ...]
    counted: bool
    step: str


@dataclass(frozen=True, slots=True)
class Line:
    """The price of a place. far: how far it is from the visitor's area."""

    name: str
    url: str
    note: str
    price: str
    when: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A change since an earlier day."""

    since: str
    day: str
    chip: Chip


@router.get(
    "/{commodity}",
    response_class=Response,
    dependencies=[public_read(EVERY_SCOPE, ALARM_TAG, seconds=SECONDS)],
)
async def one(
    ctx: Ctx, commodity: str, market: Text = "", source: Text = "", period: Text = ""
) -> Response:
    """Show a commodity where the visitor is, or in a market."""
    site, at = site_of(ctx), now()
    if commodity not in site.commodities:
        raise NotFound
    asked = asked_area(ctx) or ctx.area
    at_market = market if market in site.markets else None
    chosen: Period = next((p for p in PERIODS if p == period), "30d")
    where, look = await ctx.db.read(
        look_at, site, asked, at_market, commodity, source or None, chosen, site.shown_day(at)
    )
    w = Words(ctx, site, at)
    kept = {"area": asked.code if asked_area(ctx) and asked else None, "market": at_market}
    own = f"{HOME}/{commodity}"
    row = look.latest
    return show(
        ctx,
        "commodity.html",
        commodity=site.commodities[commodity],
        where=where,
        asked=asked,
        market=site.markets[at_market] if at_market else None,
        look=look,
        row=row,
        chip=w.chip(row) if row else None,
        figure=figure(ctx, w, look, chosen),
        periods=list(_periods(ctx, own, kept, source, chosen, row)),
        sources=list(_sources(w, own, kept, look, period)),
        changes=list(_changes(ctx, w, look)),
        alarms=list(_alarms(site, w, look)),
        month=w.month(look.alarms.month) if look.alarms else "",
        limit=look.compared.reference if look.compared else None,
        gap=_gap(w, look),
        places=places(ctx, site, w, look, asked, commodity),
        kin=[
            (r.commodity, w.name(r.commodity), w.money(r.price), w.chip(r)) for r in look.varieties
        ],
        csv=_csv(row, look.found),
        kept=kept,
    )


def _periods(
    ctx: WebContext,
    own: str,
    kept: dict[str, str | None],
    source: str,
    chosen: Period,
    row: Latest | None,
) -> Iterator[Choice]:
    """Offer the periods; of a source that has months alone the days are left out."""
    monthly = row is not None and row.step == "month"
    shown: Period = "all" if monthly and chosen == "30d" else chosen
    for period, name in PERIODS.items():
        if monthly and period == "30d":
            continue
        usual = period == ("all" if monthly else "30d")
        address = url(own, **kept, source=source, period=None if usual else period)
        yield Choice(ctx.gettext(name), address, period == shown)


def _sources(
    w: Words, own: str, kept: dict[str, str | None], look: Look, period: str
) -> Iterator[Choice]:
    """Offer the sources that have this series, where there are several."""
    if len(look.sources) < 2 or look.latest is None:
        return
    for source in look.sources:
        address = url(own, **kept, source=source, period=period)
        yield Choice(w.source(source), address, source == look.latest.source)


def figure(ctx: WebContext, w: Words, look: Look, period: Period) -> Figure | None:
    """Draw the course of a price."""
    found, row = look.found, look.latest
    if found is None or row is None or not found.items:
        return None
    limit = look.compared.reference if look.compared else None
    chart = draw(
        found.items,
        found.step,
        limit.ceiling if limit else None,
        limit.floor if limit else None,
    )
    counted = any(item.n is not None for item in found.items)
    breaks = chart.breaks if chart else (False,) * len(found.items)
    rows = tuple(
        Value(
            day=w.when(item.day, found.step, short=True),
            date=item.date,
            price=w.money(item.price),
            exact=f"{item.price:f}",
            n=ctx.number(item.n) if item.n is not None else "",
            gap=broken,
        )
        for item, broken in zip(reversed(found.items), reversed(breaks), strict=True)
    )
    return Figure(
        title=_title(ctx, w, found, period, row),
        finding=_finding(ctx, w, found, chart),
        chart=chart,
        ticks=tuple(map(w.money, chart.ticks)) if chart else (),
        rows=rows,
        counted=counted,
        step=found.step,
    )


def _title(ctx: WebContext, w: Words, found: Found, period: Period, row: Latest) -> str:
    gettext = ctx.gettext
    if found.step == "month":
        return gettext("Monthly averages since %(month)s", month=w.month(found.items[0].date[:7]))
    if period == "all":
        return gettext("Since %(date)s", date=w.day(found.items[0].day))
    name = gettext("30 days") if period == "30d" else gettext("1 year")
    return gettext("%(period)s until %(date)s", period=name, date=w.day(row.date))


def _finding(ctx: WebContext, w: Words, found: Found, chart: Chart | None) -> str:
    """Say in sentences what the picture shows."""
    first, last = found.items[0], found.items[-1]
    if chart is None:
        return ctx.gettext("There is one price only, too few for a chart.")
    moved = last.price - first.price
    since = w.when(first.day, found.step)
    if w.is_nothing(moved):
        said = [ctx.gettext("As it was on %(date)s.", date=since)]
    else:
        far = w.apart(moved, ratio(last.price, first.price))
        way = N_("Up %(far)s since %(date)s.") if moved > 0 else N_("Down %(far)s since %(date)s.")
        said = [ctx.gettext(way, far=far, date=since)]
    prices = [item.price for item in found.items]
    low, high = w.money(min(prices)), w.money(max(prices))
    if low != high:
        said.append(ctx.gettext("Lowest %(low)s, highest %(high)s.", low=low, high=high))
    if chart.missed:
        said.append(_missed(ctx, chart.missed, found.step))
    return " ".join(said)


def _missed(ctx: WebContext, count: int, step: str) -> str:
    if step == "month":
        return ctx.ngettext(
            "%(num)s month without a price.", "%(num)s months without a price.", count
        )
    return ctx.ngettext("%(num)s day without a survey.", "%(num)s days without a survey.", count)


def _changes(ctx: WebContext, w: Words, look: Look) -> Iterator[Moved]:
    if look.moved is None:
        return
    changes, step, price = look.moved.changes, look.moved.step, look.moved.changes.price
    found: list[tuple[str, Change]] = [(name, getattr(changes, name)) for name in CHANGES]
    for name, change in found:
        if price is None or change.fraction is None or change.date is None:
            continue
        if step == "month" and name in ("d", "w"):
            continue
        before = price / (1 + change.fraction)
        yield Moved(
            ctx.gettext(CHANGES[name]),
            w.when(change.date, step, short=True),
            w.moved(price - before, change.fraction),
        )


def _alarms(site: Site, w: Words, look: Look) -> Iterator[Told]:
    """Tell the alarm of each kind that leads."""
    if look.alarms is None:
        return
    settings = settings_of(site)
    least = {"alps": settings.alps_least, "ipa": settings.ipa_least, "change": 0}
    for reading in look.alarms.readings:
        if settings.leads(reading.kind, reading.mode):
            yield w.reading(reading, least[reading.kind])


def _gap(w: Words, look: Look) -> str:
    compared = look.compared
    if compared is None or compared.reference is None or compared.gap is None:
        return ""
    return w.gap(compared.latest.price, compared.reference, compared.gap)


def places(
    ctx: WebContext, site: Site, w: Words, look: Look, asked: Area | None, commodity: str
) -> list[Line]:
    """List the prices of places, the nearest to the visitor first."""
    found = []
    for place in nearest_first(ctx, site, look.places, asked)[:MOST_PLACES]:
        row = place.latest
        assert row is not None  # noqa: S101 - look_at leaves others out
        far = distance(ctx, site, place, asked)
        kind = w.type(place.market) if place.market else ""
        target = {"market": place.market} if place.market else {"area": place.area}
        found.append(
            Line(
                name=w.place(place.scope),
                url=url(f"{HOME}/{commodity}", **target),
                note=w.joined(filter(None, (far, kind))),
                price=w.money(row.price),
                when=w.when(row.date, row.step, short=True),
            )
        )
    return found


def _csv(row: Latest | None, found: Found | None) -> str:
    """Write the address of the series as CSV."""
    if row is None or found is None:
        return ""
    scope, code = row.scope.split(":", 1)
    where = {"market": code} if f"{scope}:" == MARKET else {"area": code}
    return url(
        f"{API}/series", commodity=row.commodity, **where, source=row.source, step=found.step,
        format="csv",
    )  # fmt: skip
