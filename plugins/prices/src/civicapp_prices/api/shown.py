"""Turn what the service reads into what the API gives, in the caller's language."""

import datetime
from collections.abc import Iterable

from civicapp.web import WebContext
from civicapp_prices.api.asked import Place
from civicapp_prices.api.models import (
    AlarmOut,
    BasketItemOut,
    BasketOut,
    ChangesOut,
    CommodityOut,
    Dates,
    GapOut,
    LatestOut,
    MarketOut,
)
from civicapp_prices.config import Commodity, Market
from civicapp_prices.domain.basket import Basket
from civicapp_prices.domain.changes import Changes
from civicapp_prices.domain.reading import CODE_VERSION, Reading
from civicapp_prices.service.alarms import settings_of
from civicapp_prices.service.history import Moved
from civicapp_prices.service.newest import Compared, Latest
from civicapp_prices.service.site import Site


class Shown:
    """Show things in the caller's language."""

    def __init__(self, ctx: WebContext, site: Site) -> None:
        self.ctx, self.site = ctx, site

    def commodity(self, row: Commodity) -> CommodityOut:
        """Show a commodity."""
        unit = self.site.units.get(row.unit or "")
        return CommodityOut(
            code=row.code,
            name=self.ctx.text(row.name),
            parent=row.parent,
            list=row.list,
            unit=row.unit,
            unit_name=self.ctx.text(unit.name) if unit else None,
            unit_basis=row.unit_basis,
            surveyed=row.surveyed,
            staple=row.staple,
        )

    def market(self, row: Market) -> MarketOut:
        """Show a market."""
        return MarketOut(
            code=row.code,
            name=row.name,
            area=row.area,
            area_name=self.ctx.text(self.site.region.areas[row.area].title),
            type=row.type,
            lat=row.lat,
            lon=row.lon,
            address=row.address,
            surveyed=row.surveyed,
            active_from=row.active_from,
            active_to=row.active_to,
        )

    def latest(self, row: Latest) -> LatestOut:
        """Show a newest price."""
        return LatestOut(
            commodity=row.commodity,
            name=self._name(row.commodity),
            unit=row.unit,
            date=row.date,
            price=row.price,
            n=row.n,
            markets=row.markets,
            low=row.low,
            high=row.high,
            flagged=row.flagged,
            fresh=row.fresh,
            previous_date=row.before.date if row.before else None,
            previous_price=row.before.price if row.before else None,
            d=row.d,
            source=row.source,
            step=row.step,
        )

    def unknown(self, code: str) -> LatestOut:
        """Show that a commodity has no price."""
        return LatestOut(
            commodity=code,
            name=self._name(code),
            unit=self.site.commodities[code].unit,
            date=None,
            price=None,
            n=None,
            markets=None,
            low=None,
            high=None,
            flagged=None,
            fresh=False,
            previous_date=None,
            previous_price=None,
            d=None,
            source=None,
            step=None,
        )

    def changes(
        self, place: Place, code: str, found: Moved | None, as_of: datetime.date
    ) -> ChangesOut:
        """Show how a price changed."""
        told = found.changes if found else Changes(as_of, None, None)
        moved = (told.d, told.w, told.m, told.ytd, told.y)
        d, w, m, ytd, y = (change.fraction for change in moved)
        names = ("d", "w", "m", "ytd", "y")
        return ChangesOut(
            area=place.area,
            market=place.market,
            commodity=code,
            unit=self.site.commodities[code].unit,
            currency=self.site.region.currency,
            source=found.source if found else None,
            as_of=told.as_of,
            price=told.price,
            last_surveyed=told.last_surveyed,
            d=d,
            w=w,
            m=m,
            ytd=ytd,
            y=y,
            dates=Dates(**{name: c.date for name, c in zip(names, moved, strict=True)}),
        )

    def alarms(self, found: Iterable[Reading]) -> list[AlarmOut]:
        """Show alarms."""
        settings = settings_of(self.site)
        return [
            AlarmOut(
                kind=row.kind,
                mode=row.mode,
                month=row.month,
                status=row.status,
                value=row.value,
                class_=row.class_,
                leading=settings.leads(row.kind, row.mode),
                inputs=len(row.inputs),
                inputs_hash=row.inputs_hash,
                code_version=CODE_VERSION,
            )
            for row in found
        ]

    def gap(self, row: Compared) -> GapOut:
        """Show a price beside what the law names."""
        price, limit = row.latest, row.reference
        return GapOut(
            commodity=price.commodity,
            name=self._name(price.commodity),
            unit=price.unit,
            date=price.date,
            price=price.price,
            source=price.source,
            status="compared" if limit else "none_on_file",
            gap=row.gap.fraction if row.gap else None,
            class_=row.gap.class_ if row.gap else None,
            floor=limit.floor if limit else None,
            ceiling=limit.ceiling if limit else None,
            reference=limit.id if limit else None,
            valid_from=limit.valid_from if limit else None,
            valid_to=limit.valid_to if limit else None,
            legal_ref=limit.legal_ref if limit else None,
            basis=limit.basis if limit else None,
        )

    def basket(self, place: Place, base: str, month: str, found: Basket) -> BasketOut:
        """Show a basket."""
        pack = {item.commodity: item for item in self.site.config.basket}
        items = [
            BasketItemOut(
                commodity=item.commodity,
                name=self._name(item.commodity),
                weight=item.weight,
                relative=item.relative,
                contribution=item.contribution,
                imputed=item.imputed,
                varieties=item.varieties,
                illustrative=pack[item.commodity].illustrative,
                weight_source=pack[item.commodity].source,
            )
            for item in found.items
        ]
        return BasketOut(
            area=place.code,
            base=base,
            month=month,
            index=found.index,
            illustrative=any(item.illustrative for item in pack.values()),
            items=items,
        )

    def _name(self, code: str) -> str:
        known = self.site.commodities.get(code)
        return self.ctx.text(known.name) if known else code
