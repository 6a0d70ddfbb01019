"""An invented series for a demonstration: quotes of the panel, and the alarms they give.

Prices move around the pack's `demo_price` with a trend, a season and some unrest; the last weeks
bring one commodity that spikes. A month has one survey until a few weeks ago, every working day
after that, so that charts have a past and the demonstration starts quickly.
"""

import datetime
import math
import random
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from civicapp import SeedContext
from civicapp_prices.config import Commodity, Market
from civicapp_prices.domain.checks import outlier
from civicapp_prices.models import INVENTED, Entry, Quote
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.bulk import write_files
from civicapp_prices.service.points import derive_day
from civicapp_prices.service.site import Site

YEARS = 4
DAILY = 30  # days until today with a survey on each working day
PAST_INVENTEDETS = 5  # that were asked before
ROUND = 50
SPIKE = 1.6
ODD = 3  # prices that wait for a supervisor
SPIKING = 4  # place among the staples of the one that spikes


def demo(ctx: SeedContext) -> None:
    """Make the series, once; none where the pack surveys no market or names no `demo_price`."""
    site = Site(region=ctx.region)
    if not any(m.surveyed for m in site.config.markets) or not _asked(site):
        return  # the pack has no panel
    if ctx.db.read_now(lambda s: s.scalar(select(func.count()).select_from(Entry))):
        return
    now = datetime.datetime.now(datetime.UTC)
    today = site.today(now)
    # The month that ended last is in it, so that its alarms tell of the spike.
    spiking = (today.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)
    parts = list(_parts(site, site.shown_day(now)))
    for part in parts:
        write = partial(_write, site=site, part=part, spiking=spiking, newest=part is parts[-1])
        ctx.db.write_now(write)
    run_alarms(ctx.db, site, now)
    write_files(ctx.db, ctx.files, site)


def _asked(site: Site) -> list[Commodity]:
    return [c for c in site.commodities.values() if c.surveyed and c.demo_price]


Part = tuple[datetime.date, Sequence[Market], int]


def _parts(site: Site, today: datetime.date) -> Iterator[list[Part]]:
    """Divide the surveys into transactions: days, with the markets and traders that were asked."""
    markets = [m for m in site.config.markets if m.surveyed]
    days = [today - datetime.timedelta(days=n) for n in range(DAILY, -1, -1)]
    daily: list[Part] = [(day, markets, 2) for day in days if day.weekday() < 5]
    first = days[0]
    past: list[Part] = []
    for n in range(YEARS * 12, 0, -1):
        month = first.year * 12 + first.month - 1 - n
        day = datetime.date(month // 12, month % 12 + 1, 12)
        past.append((day, markets[:PAST_INVENTEDETS], 1))
    whole = past + daily
    yield from (whole[start : start + 8] for start in range(0, len(whole), 8))


def _write(
    session: Session, site: Site, part: Sequence[Part], spiking: datetime.date, *, newest: bool
) -> None:
    asked = _asked(site)
    entries: list[dict[str, Any]] = []
    quotes: list[dict[str, Any]] = []
    last = max(day for day, _, _ in part)
    odd = set(zip((m.code for m in part[-1][1][:ODD]), (c.code for c in asked[:ODD]), strict=False))
    for day, markets, slots in part:
        for market in markets:
            entry = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{INVENTED}:{market.code}:{day}"))
            at = datetime.datetime.combine(day, datetime.time(10, 0), site.zone)
            entries.append(_entry(entry, market, day, at))
            for commodity in asked:
                quotes += [
                    _quote(entry, market, commodity, day, slot, spiking)
                    for slot in range(1, slots + 1)
                ]
    for row in quotes:
        chosen = (row["market"], row["commodity"]) in odd and row["date"] == last
        if newest and chosen and row["slot"] == 2:
            _make_odd(site, row, quotes)
    session.execute(insert(Entry), entries)
    session.execute(insert(Quote), quotes)
    for day, markets, _ in part:
        derive_day(session, site, day, [market.code for market in markets])


def _make_odd(site: Site, row: dict[str, Any], quotes: Sequence[dict[str, Any]]) -> None:
    """Let a price stand apart from the others, as a check would flag it."""
    row["price"] = round(row["price"] * SPIKE / ROUND) * ROUND
    others = [
        other["price"]
        for other in quotes
        if other is not row and all(other[k] == row[k] for k in ("commodity", "date"))
    ]
    config = site.config
    reason = outlier(row["price"], others, config.peer_limit, config.peer_percent)
    if reason is not None:
        row["state"], row["reasons"] = "flagged", [reason]


def _entry(id: str, market: Market, day: datetime.date, at: datetime.datetime) -> dict[str, Any]:
    return {
        "id": id,
        "body": "0" * 64,
        "market": market.code,
        "date": day,
        "officer": None,
        "method": INVENTED,
        "captured_at": at,
        "received_at": at,
        "late": False,
    }


def _quote(
    entry: str,
    market: Market,
    commodity: Commodity,
    day: datetime.date,
    slot: int,
    spiking: datetime.date,
) -> dict[str, Any]:
    return {
        "entry": entry,
        "market": market.code,
        "slot": slot,
        "commodity": commodity.code,
        "date": day,
        "outcome": "price",
        "price": price(commodity, market.code, day, slot, spiking),
        "unit": commodity.unit,
        "state": "submitted",
        "reasons": [],
        "decided_by": None,
        "decided_at": None,
        "decision": None,
        "revision_of": None,
        "version": 1,
    }


def price(
    commodity: Commodity, market: str, day: datetime.date, slot: int, spiking: datetime.date
) -> int:
    """Invent a price: the same for the same commodity, market, day and trader.

    spiking: the first day of the spike.
    """

    def unrest(*parts: object) -> float:
        return random.Random("/".join(map(str, (commodity.code, *parts)))).uniform(-1, 1)  # noqa: S311

    base = commodity.demo_price or ROUND
    lively = 4 if base > 35_000 and commodity.unit == "kg" else 1  # chili moves more than rice
    years = (day - datetime.date(2020, 1, 1)).days / 365.25
    season = math.sin(2 * math.pi * (day.timetuple().tm_yday / 365.25 + unrest("season")))
    level = 0.92 + 0.012 * years + 0.02 * lively * season + 0.015 * lively * unrest(f"{day:%Y-%m}")
    level *= 1 + 0.005 * lively * unrest(day) + 0.03 * unrest(market) + 0.01 * unrest(market, slot)
    if commodity.staple == SPIKING and day >= spiking:
        level *= SPIKE
    return max(ROUND, round(base * level / ROUND) * ROUND)
