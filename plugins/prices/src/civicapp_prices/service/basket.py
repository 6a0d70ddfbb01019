"""The basket: what it costs in a month against an earlier one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from civicapp_prices.domain.basket import Basket, Share, basket
from civicapp_prices.domain.jump import end_of
from civicapp_prices.domain.series import rounded
from civicapp_prices.models import SCALE, Point, Series
from civicapp_prices.service.chosen import rank_of
from civicapp_prices.service.site import Site


def basket_of(
    session: Session,
    site: Site,
    scope: str,
    base: str,
    month: str,
    source: str | None = None,
) -> Basket:
    """Compute what the pack's basket costs in a month against an earlier one.

    Each price comes from the first source that has it in both months: a ratio never mixes two.
    """
    shares = [Share(i.commodity, i.weight, i.group or "") for i in site.config.basket]
    varieties = {s.commodity: [v.code for v in site.varieties(s.commodity)] for s in shares}
    wanted = [*varieties, *(code for codes in varieties.values() for code in codes)]
    rows = session.scalars(
        select(Series).where(
            Series.scope == scope, Series.commodity.in_(wanted), Series.last_on.is_not(None)
        )
    )
    known = [row for row in rows if rank_of(site, row, source) is not None]
    then, now = (_month_of(session, known, name) for name in (base, month))
    before: dict[str, Decimal] = {}
    after: dict[str, Decimal] = {}
    for row in sorted(known, key=lambda r: rank_of(site, r, source) or ()):
        if row.commodity not in before and row.id in then and row.id in now:
            before[row.commodity], after[row.commodity] = then[row.id], now[row.id]
    return basket(shares, varieties, before, after)


def _month_of(session: Session, rows: Sequence[Series], month: str) -> Mapping[int, Decimal]:
    """Return the means of one month by series."""
    last = end_of(month)
    query = (
        select(Point.series, func.sum(type_coerce(Point.price, BigInteger)), func.count())
        .where(Point.series.in_([row.id for row in rows]))
        .where(Point.date.between(last.replace(day=1), last))
        .group_by(Point.series)
    )
    return {id: rounded(Fraction(int(t), n * SCALE)) for id, t, n in session.execute(query)}
