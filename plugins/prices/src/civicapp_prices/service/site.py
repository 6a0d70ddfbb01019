"""The region as prices sees it, with what a transaction sends along."""

import datetime
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from civicapp_prices.config import Commodity, Market, PricesConfig, Unit
from civicapp_prices.service.scopes import area_scope, market_scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from civicapp import Region

Refs = Mapping[str, str | int]
NO_REFS: Refs = MappingProxyType({})
GAP = 0.001  # degrees, about 100 m: simplified borders of neighbours may leave so much between them


class Enqueue(Protocol):
    """Enqueue a job with the transaction; a key runs once."""

    def __call__(self, session: "Session", job: str, key: str, refs: Refs = NO_REFS) -> bool:
        """Enqueue; False when there was a job of this key before."""
        ...


class Emit(Protocol):
    """Tell other plugins with the transaction; data are ids and codes."""

    def __call__(self, session: "Session", name: str, subject: str, data: Refs) -> object:
        """Emit."""
        ...


def no_jobs(session: "Session", job: str, key: str, refs: Refs = NO_REFS) -> bool:  # noqa: ARG001
    """Enqueue nothing."""
    return False


def no_events(session: "Session", name: str, subject: str, data: Refs) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A region's prices: its tables by code, its zone, and how to send with a commit."""

    region: "Region"
    enqueue: Enqueue = field(default=no_jobs, repr=False)
    emit: Emit = field(default=no_events, repr=False)

    @cached_property
    def config(self) -> PricesConfig:
        """Return the tables and settings of the pack."""
        return self.region.config("prices", PricesConfig)

    @cached_property
    def commodities(self) -> Mapping[str, Commodity]:
        """Return the commodities in the order in which they are shown."""
        rows = sorted(self.config.commodities, key=lambda c: (c.sort, c.code))
        return {row.code: row for row in rows}

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Return the units by code."""
        return {unit.code: unit for unit in self.config.units}

    @cached_property
    def markets(self) -> Mapping[str, Market]:
        """Return the markets by code."""
        return {market.code: market for market in self.config.markets}

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Return the region's own time zone; days of prices are days there."""
        return zoneinfo.ZoneInfo(self.region.timezone)

    def today(self, now: datetime.datetime) -> datetime.date:
        """Return the day that it is in the region."""
        return now.astimezone(self.zone).date()

    @cached_property
    def publish_time(self) -> datetime.time:
        """Return when the prices of a day come out."""
        return datetime.time.fromisoformat(self.config.publish_at)

    def shown_day(self, now: datetime.datetime) -> datetime.date:
        """Return the newest day whose prices are out: today, or before the hour yesterday.

        Pages wait for it, so that a morning's first prices are not taken for those of the day; the
        API gives what is there, and says of which day it is.
        """
        local = now.astimezone(self.zone)
        return local.date() - datetime.timedelta(days=local.time() < self.publish_time)

    def varieties(self, commodity: str) -> tuple[Commodity, ...]:
        """Return the varieties of a commodity."""
        return tuple(c for c in self.commodities.values() if c.parent == commodity)

    def markets_in(self, area: str) -> tuple[str, ...]:
        """Return the codes of the markets inside an area."""
        return self._inside.get(area, ())

    @cached_property
    def _inside(self) -> Mapping[str, tuple[str, ...]]:
        inside: dict[str, list[str]] = {}
        for market in self.config.markets:
            for area in self.region.areas[market.area].path:
                inside.setdefault(area, []).append(market.code)
        return {area: tuple(codes) for area, codes in inside.items()}

    def scopes_of(self, market: str) -> Mapping[str, tuple[str, ...]]:
        """Return the scopes that a market's quotes reach, each with the markets that share it.

        The market itself, and each of the region's own areas above it.
        """
        found: dict[str, tuple[str, ...]] = {market_scope(market): (market,)}
        for area in self.region.areas.above(self.markets[market].area):
            if self.region.areas.own(area.code):
                found[area_scope(area.code)] = self.markets_in(area.code)
        return found

    def part_of(self, market: str) -> str | None:
        """Return the area right below the region's own that holds a market; None if none does.

        Its markets are compared with each other, and it with the parts beside it.
        """
        path = self.region.areas[self.markets[market].area].path
        return next((code for code in path if code in self._parts), None)

    @cached_property
    def _parts(self) -> Mapping[str, None]:
        return {area.code: None for area in self.region.areas.children(None)}

    def beside(self, part: str) -> tuple[str, ...]:
        """Return the parts that border on a part; where there are no polygons, all others."""
        if part not in self._beside:
            others = (code for code in self._parts if code != part)
            self._beside[part] = tuple(code for code in others if self._touch(part, code))
        return self._beside[part]

    @cached_property
    def _beside(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _touch(self, one: str, other: str) -> bool:
        shapes = [self.region.boundaries.shape(code) for code in (one, other)]
        if shapes[0] is None or shapes[1] is None:
            return True
        return bool(shapes[0].dwithin(shapes[1], GAP))
