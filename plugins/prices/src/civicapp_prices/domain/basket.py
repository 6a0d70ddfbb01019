"""The cost of a basket against an earlier month: Jevons below, fixed weights above.

Inside an item the varieties' ratios are averaged geometrically, which treats a rise and the fall
that undoes it alike (Jevons); above, shares of spending weigh the items (Laspeyres).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from civicapp_prices.domain.series import EXACT

INDEX_PLACES = Decimal("0.00001")
RELATIVE_PLACES = Decimal("0.0000001")  # as many digits as the index has
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Share:
    """An item of the basket: its commodity, its weight, and the group whose movement it borrows."""

    commodity: str
    weight: Decimal
    group: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item's part in the index.

    weight: its share, all of them make 1. relative: its prices now by those of the base month.
    contribution: points of the index's change.
    imputed: no price was there in one of the months, so that its group's movement stands in.
    varieties: how many went into it, 0 for the commodity's own series.
    """

    commodity: str
    weight: Decimal
    relative: Decimal
    contribution: Decimal
    imputed: bool
    varieties: int


@dataclass(frozen=True, slots=True)
class Basket:
    """An index, base month 100; None when no item has a price in both months."""

    index: Decimal | None
    items: tuple[Item, ...]


def jevons(ratios: Sequence[Decimal]) -> Decimal:
    """Return the geometric mean of ratios; 40 digits and more are right."""
    total = Decimal(0)
    for ratio in ratios:
        total = EXACT.add(total, EXACT.ln(ratio))
    return EXACT.exp(EXACT.divide(total, Decimal(len(ratios))))


def basket(
    shares: Sequence[Share],
    varieties: Mapping[str, Sequence[str]],
    base: Mapping[str, Decimal],
    now: Mapping[str, Decimal],
) -> Basket:
    """Compute the index of a basket from the monthly means of two months, by commodity code.

    varieties: those of each item. Where at least one has both prices they alone decide, else the
    commodity's own series does, else the movement of its group, else that of all items.
    """
    found: dict[str, tuple[Decimal, int]] = {}
    for share in shares:
        own = [_ratio(v, base, now) for v in varieties.get(share.commodity, ())]
        ratios = [ratio for ratio in own if ratio is not None]
        if ratios:
            found[share.commodity] = jevons(ratios), len(ratios)
        elif (ratio := _ratio(share.commodity, base, now)) is not None:
            found[share.commodity] = ratio, 0
    if not found:
        return Basket(None, ())
    whole = _sum(share.weight for share in shares)
    items = []
    change = Decimal(0)
    for share in shares:
        imputed = share.commodity not in found
        relative, count = (
            (_movement(share, shares, found), 0) if imputed else found[share.commodity]
        )
        part = EXACT.divide(share.weight, whole)
        points = EXACT.multiply(EXACT.multiply(part, EXACT.subtract(relative, 1)), HUNDRED)
        change = EXACT.add(change, points)
        shown = relative.quantize(RELATIVE_PLACES, context=EXACT)
        items.append(Item(share.commodity, part, shown, points, imputed, count))
    index = _shown(EXACT.add(HUNDRED, change))
    return Basket(index, _summing(items, index - HUNDRED))


def _ratio(code: str, base: Mapping[str, Decimal], now: Mapping[str, Decimal]) -> Decimal | None:
    before, after = base.get(code), now.get(code)
    return EXACT.divide(after, before) if before and after else None


def _movement(
    share: Share, shares: Sequence[Share], found: Mapping[str, tuple[Decimal, int]]
) -> Decimal:
    """Return the weighted mean movement of a missing item's group, else of all items."""
    known = [s for s in shares if s.commodity in found]
    near = [s for s in known if s.group and s.group == share.group] or known
    moved = _sum(EXACT.multiply(s.weight, found[s.commodity][0]) for s in near)
    return EXACT.divide(moved, _sum(s.weight for s in near))


def _summing(items: Sequence[Item], change: Decimal) -> tuple[Item, ...]:
    """Round the contributions so that they sum to the change of the index, as it is printed.

    The largest remainders get the missing units: no item is off by more than one.
    """
    unit = INDEX_PLACES
    lower = [(i.contribution // unit) * unit for i in items]
    lower = [
        low if low <= i.contribution else low - unit for low, i in zip(lower, items, strict=True)
    ]
    missing = int((change - _sum(lower)) / unit)
    by_rest = sorted(range(len(items)), key=lambda n: (lower[n] - items[n].contribution, n))
    raised = set(by_rest[:missing])
    return tuple(
        Item(
            i.commodity,
            i.weight,
            i.relative,
            (low + unit if n in raised else low).quantize(unit),
            i.imputed,
            i.varieties,
        )
        for n, (i, low) in enumerate(zip(items, lower, strict=True))
    )


def _shown(value: Decimal) -> Decimal:
    return value.quantize(INDEX_PLACES, context=EXACT)


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total
