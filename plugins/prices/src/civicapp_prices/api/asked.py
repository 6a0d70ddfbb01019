"""What a request asks for: read all of it, then say at once what cannot be understood."""

import base64
import binascii
import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request

from civicapp.web import FieldError, HttpProblem, WebContext, wants_csv
from civicapp_prices.service.points import scope_tag
from civicapp_prices.service.scopes import area_scope, market_scope
from civicapp_prices.service.site import Site

EARLIEST, LATEST = 1900, 2199  # years
FORMATS = ("json", "csv")
STEPS = ("day", "month")
_DAY, _MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")

AreaQuery = Annotated[
    str | None, Query(description="code of an area; the region's own without it", max_length=64)
]
MarketQuery = Annotated[
    str | None, Query(description="code of a market, instead of an area", max_length=64)
]
CommodityQuery = Annotated[str, Query(description="code of a commodity", max_length=64)]
SourceQuery = Annotated[
    str | None,
    Query(
        description="source of the prices; without it the first of the pack's that has one",
        max_length=32,
    ),
]
FormatQuery = Annotated[
    str | None,
    Query(
        description="`csv` for a table; also by `Accept: text/csv`",
        max_length=8,
        json_schema_extra={"enum": list(FORMATS)},
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where prices are asked for: an area, or a market."""

    scope: str
    area: str | None
    market: str | None

    @property
    def code(self) -> str:
        """Return the code of either."""
        return self.market or self.area or ""


class Asked:
    """Read the parameters of a request, and collect what is wrong with them."""

    def __init__(self, ctx: WebContext, site: Site) -> None:
        self.ctx, self.site = ctx, site
        self.errors: list[FieldError] = []

    def check(self) -> None:
        """Raise HttpProblem with everything that is wrong."""
        if self.errors:
            raise HttpProblem(422, errors=self.errors)

    def _wrong(self, name: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(pointer=f"#/query/{name}", code=code, detail=detail))

    def place(self, area: str | None, market: str | None = None) -> Place:
        """Read where prices are asked for."""
        if area is not None and market is not None:
            what = self.ctx.gettext("Give an area or a market, not both.")
            self._wrong("market", "place-twice", what)
        elif market is not None:
            if market not in self.site.markets:
                what = self.ctx.gettext("There is no market “%(code)s”.", code=market)
                self._wrong("market", "market-unknown", what)
            return Place(market_scope(market), None, market)
        elif area is None:
            area = own_area(self.site)
            if area is None:
                what = self.ctx.gettext("Name an area or a market.")
                self._wrong("area", "area-missing", what)
        elif not self.site.region.areas.own(area):
            what = self.ctx.gettext("There is no area “%(code)s” in this region.", code=area)
            self._wrong("area", "area-unknown", what)
        return Place(area_scope(area or ""), area, None)

    def commodity(self, code: str) -> str:
        """Read the code of a commodity."""
        if code not in self.site.commodities:
            what = self.ctx.gettext("There is no commodity “%(code)s”.", code=code)
            self._wrong("commodity", "commodity-unknown", what)
        return code

    def source(self, name: str | None) -> str | None:
        """Read the name of a source."""
        return self.choice("source", name, self.site.config.sources)

    def choice(self, name: str, value: str | None, choices: Collection[str]) -> str | None:
        """Read one of several words."""
        if value is not None and value not in choices:
            known = ", ".join(choices)
            what = self.ctx.gettext("“%(value)s” is none of: %(known)s.", value=value, known=known)
            self._wrong(name, "choice-unknown", what)
        return value

    def day(self, name: str, text: str | None) -> datetime.date | None:
        """Read a day, such as 2026-12-31."""
        if text is None:
            return None
        try:
            found = datetime.date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None or not EARLIEST <= found.year <= LATEST:
            what = self.ctx.gettext("“%(text)s” is no day such as 2026-12-31.", text=text)
            self._wrong(name, "day-unreadable", what)
            return None
        return found

    def month(self, name: str, text: str | None) -> str | None:
        """Read a month, such as 2026-12."""
        if text is None:
            return None
        year, _, number = text.partition("-") if _MONTH.fullmatch(text) else ("0", "", "0")
        if not (EARLIEST <= int(year) <= LATEST and 1 <= int(number) <= 12):
            what = self.ctx.gettext("“%(text)s” is no month such as 2026-12.", text=text)
            self._wrong(name, "month-unreadable", what)
            return None
        return text

    def period(
        self, since: str | None, until: str | None
    ) -> tuple[datetime.date | None, datetime.date | None]:
        """Read the days between which something is asked for."""
        first, last = self.day("from", since), self.day("to", until)
        if first is not None and last is not None and first > last:
            what = self.ctx.gettext("The last day is before the first one.")
            self._wrong("to", "period-turned", what)
        return first, last

    def cursor(self, text: str | None) -> str | None:
        """Read where a page begins: after which item."""
        if not text:
            return None
        try:
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        except (ValueError, binascii.Error):
            self._bad_cursor()
            return None

    def cursor_day(self, text: str | None) -> datetime.date | None:
        """Read where a page of a series begins: after which day."""
        after = self.cursor(text)
        if after is None:
            return None
        try:
            return datetime.date.fromisoformat(after)
        except ValueError:
            self._bad_cursor()
            return None

    def _bad_cursor(self) -> None:
        what = self.ctx.gettext("This place in the list is not known. Begin at its start.")
        self._wrong("cursor", "bad-cursor", what)

    def csv(self, format: str | None) -> bool:
        """Tell whether a table is asked for instead of JSON."""
        self.choice("format", format, FORMATS)
        return format == "csv" if format else wants_csv(self.ctx.request)


def cursor_of(last: str) -> str:
    """Write a cursor: what comes after the last item of a page."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def own_area(site: Site) -> str | None:
    """Return the region's own area; None when it is no single one."""
    return site.region.area.code if site.region.area else None


def place_tags(request: Request) -> list[str]:
    """Return the cache tag of the place that a request asks about."""
    query, region = request.query_params, request.app.state.kernel.region
    if market := query.get("market"):
        return [scope_tag(market_scope(market))]
    area = query.get("area") or (region.area.code if region.area else "")
    return [scope_tag(area_scope(area))]
