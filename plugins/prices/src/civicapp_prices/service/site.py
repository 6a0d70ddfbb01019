"""The region as prices sees it, with what a transaction sends along."""

import datetime
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from civicapp_prices.config import Commodity, Market, PricesConfig, Unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from civicapp import Region

Refs = Mapping[str, str | int]
NO_REFS: Refs = MappingProxyType({})


class Enqueue(Protocol):
    """Enqueue a job with the transaction; a key runs once."""

    def __call__(self, session: "Session", job: str, key: str, refs: Refs = NO_REFS) -> object:
        """Enqueue."""
        ...


class Emit(Protocol):
    """Tell other plugins with the transaction; data are ids and codes."""

    def __call__(self, session: "Session", name: str, subject: str, data: Refs) -> object:
        """Emit."""
        ...


def no_jobs(session: "Session", job: str, key: str, refs: Refs = NO_REFS) -> None:
    """Enqueue nothing."""


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
        found: dict[str, tuple[str, ...]] = {f"m:{market}": (market,)}
        for area in self.region.areas.above(self.markets[market].area):
            if self.region.areas.own(area.code):
                found[f"a:{area.code}"] = self.markets_in(area.code)
        return found
