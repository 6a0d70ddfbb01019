"""The rows of the bulk files' tables."""

import datetime
from collections.abc import Iterable, Iterator

from sqlalchemy import select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from civicapp import Area, Localized
from civicapp_prices.models import SCALE, Alarm, Import, Point, Series
from civicapp_prices.service.alarms import counts
from civicapp_prices.service.bulk_schema import (
    AREAS,
    BATCH,
    COMMODITIES,
    IMPORTS,
    MARKETS,
    REFERENCES,
    SERIES,
    UNITS,
    Row,
    Table,
)
from civicapp_prices.service.scopes import AREA, MARKET, code_of
from civicapp_prices.service.site import Site


class Tables:
    """The rows of the tables, in the order of their keys: the same rows for the same data."""

    def __init__(self, session: Session, site: Site) -> None:
        self.session, self.site = session, site
        rows = session.scalars(
            select(Series).where(Series.last_on.is_not(None)).order_by(Series.id)
        )
        self.found = list(rows)
        self._commodities = {row.commodity for row in self.found}
        self._markets = {code_of(row.scope) for row in self.found if row.scope.startswith(MARKET)}

    def small(self) -> Iterator[tuple[Table, Iterable[Row]]]:
        """Return the tables beside the points and the alarms, with their rows."""
        yield SERIES, self.series()
        yield UNITS, self.units()
        yield COMMODITIES, self.commodities()
        yield AREAS, self.areas()
        yield MARKETS, self.markets()
        yield REFERENCES, self.references()
        yield IMPORTS, self.imports()

    def series(self) -> Iterator[Row]:
        """Return what each series is of."""
        for row in self.found:
            kind, _, code = row.scope.partition(":")
            known = self.site.commodities.get(row.commodity)
            yield (
                row.id,
                row.source,
                row.scope,
                code if kind == "a" else None,
                code if kind == "m" else None,
                row.commodity,
                row.step,
                known.unit if known else None,
                row.last_on,
            )

    def points(self) -> Iterator[tuple[datetime.date, str]]:
        """Return the day and the line of each point, by series and date; few are in memory at once.

        There are tens of millions: a line is put together here, from whole millionths.
        """
        prices = (Point.price, Point.low, Point.high)
        price, low, high = (type_coerce(column, BigInteger) for column in prices)
        counts = (Point.n, Point.markets)
        query = select(
            Point.series, Point.date, price, *counts, low, high, Point.flagged, Point.import_id
        ).order_by(Point.series, Point.date)
        rows = self.session.execute(query, execution_options={"yield_per": BATCH})
        for series, date, price_, n, markets, low_, high_, flagged, taken in rows:
            yield (
                date,
                f"{series},{date.isoformat()},{_price(price_)},{_count(n)},{_count(markets)},"
                f"{_price(low_)},{_price(high_)},{'true' if flagged else 'false'},{_count(taken)}",
            )

    def alarms(self) -> Iterator[Row]:
        """Return the alarms that count."""
        columns = (
            Alarm.series,
            Alarm.kind,
            Alarm.mode,
            Alarm.month,
            Alarm.status,
            Alarm.value,
            Alarm.class_,
            Alarm.inputs,
            Alarm.inputs_hash,
            Alarm.code_version,
            Alarm.computed_at,
        )
        order = (Alarm.series, Alarm.kind, Alarm.mode, Alarm.month)
        query = select(*columns).where(counts()).order_by(*order)
        return iter(self.session.execute(query, execution_options={"yield_per": BATCH}))

    def units(self) -> Iterator[Row]:
        """Return the units of the pack."""
        for unit in sorted(self.site.config.units, key=lambda u: u.code):
            yield unit.code, self._text(unit.name), unit.dimension, unit.to_base

    def commodities(self) -> Iterator[Row]:
        """Return the commodities of the pack, then those that only old series name."""
        for row in self.site.commodities.values():
            name = self._text(row.name)
            yield row.code, row.parent, row.list, name, row.unit, row.unit_basis, row.surveyed
        for code in sorted(self._commodities - self.site.commodities.keys()):
            yield code, None, None, None, None, None, False

    def markets(self) -> Iterator[Row]:
        """Return the markets of the pack, then those that only old series name."""
        for code in sorted(self.site.markets):
            row = self.site.markets[code]
            place = (row.lat, row.lon, row.surveyed, row.active_from, row.active_to)
            yield code, row.name, row.area, row.type, *place
        for code in sorted(self._markets - self.site.markets.keys()):
            yield code, None, None, None, None, None, False, None, None

    def areas(self) -> Iterator[Row]:
        """Return the areas that are named, and those above them."""
        region = self.site.region
        named = {code_of(row.scope) for row in self.found if row.scope.startswith(AREA)}
        named |= {market.area for market in self.site.config.markets}
        named |= {limit.area for limit in self.site.config.references if limit.area}
        found: dict[str, Area] = {}
        for code in named & set(region.areas):
            found.update({area.code: area for area in region.areas.above(code)})
        for code, area in sorted(found.items()):
            parent = area.parent if area.parent in found else None
            yield code, self._text(area.title), area.level, parent
        for code in sorted(named - found.keys()):
            yield code, code, None, None

    def references(self) -> Iterator[Row]:
        """Return the reference prices of the pack."""
        for row in sorted(self.site.config.references, key=lambda r: r.id):
            yield (
                row.id,
                row.commodity,
                row.area,
                row.level,
                row.floor,
                row.ceiling,
                row.valid_from,
                row.valid_to,
                row.legal_ref,
                row.basis,
            )

    def imports(self) -> Iterator[Row]:
        """Return the files that were read; not who sent them."""
        for row in self.session.scalars(select(Import).order_by(Import.id)):
            counts = (row.new, row.changed, row.same, row.rejected)
            yield row.id, row.source, row.format, row.file, row.digest, row.at, *counts

    def _text(self, name: Localized) -> str:
        return name.text(*self.site.region.languages)


def _price(millionths: int | None) -> str:
    """Write a price exactly, without zeros at its end."""
    if millionths is None:
        return ""
    whole, rest = divmod(millionths, SCALE)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
