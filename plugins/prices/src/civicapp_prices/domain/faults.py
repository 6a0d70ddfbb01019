"""What is wrong with the tables of a pack, beyond what each row can say of itself."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from civicapp_prices.config import Commodity, Market, PricesConfig, Reference

PAGES = frozenset("alarms basket compare limits map method print".split())
"""Names of pages that stand where a commodity's page would."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding at a key below services/prices; `other` is the key of what it disagrees with."""

    key: str
    code: str
    message: str
    hint: str
    other: str | None = None
    is_error: bool = True


def faults(config: PricesConfig) -> Iterator[Fault]:
    """Find every fault of a config."""
    yield from _settings(config)
    yield from _references_to_rows(config)
    for commodity in config.commodities:
        yield from _commodity(commodity, config)
    for market in config.markets:
        yield from _market(market)
    yield from _limits(config.references)
    for recipient in config.recipients:
        if (recipient.target is None) == (recipient.secret is None):
            what, hint = "wants a target or a secret, one of them", "see docs/prices.md"
            yield Fault(f"recipients/{recipient.id}", "missing-key", what, hint)
    yield from _basket(config)


def _settings(config: PricesConfig) -> Iterator[Fault]:
    times = [config.survey_open, config.survey_close, config.publish_at]
    sound = True
    for name, time in zip(("survey_open", "survey_close", "publish_at"), times, strict=True):
        if not _TIME.fullmatch(time):
            sound = False
            yield Fault(name, "wrong-value", f"`{time}` is no time of day", "such as 09:00")
    if sound and times != sorted(times):
        what = "opens, closes and publishes out of order"
        hint = "survey_open, survey_close, publish_at, each later than the one before"
        yield Fault("survey_open", "wrong-value", what, hint)
    if config.change_watch >= config.change_alert:
        what, hint = "watches from where it warns, or later", "change_watch is below change_alert"
        yield Fault("change_watch", "wrong-value", what, hint, "change_alert")
    steps = list(config.gap_classes)
    if steps != sorted(set(steps)) or any(step <= 0 for step in steps) or len(steps) != 2:
        what, hint = "wants two fractions, the smaller first", "such as [0.05, 0.10]"
        yield Fault("gap_classes", "wrong-value", what, hint)
    for n, source in enumerate(config.sources):
        if source in config.sources[:n]:
            hint = "keep one of them"
            yield Fault(f"sources/{n}", "duplicate-key", f"`{source}` stands twice", hint)


def _references_to_rows(config: PricesConfig) -> Iterator[Fault]:
    """Check codes that one table takes from another."""
    units = {unit.code for unit in config.units}
    known = {commodity.code for commodity in config.commodities}
    for commodity in config.commodities:
        if commodity.unit is not None and commodity.unit not in units:
            yield _unknown(
                f"commodities/{commodity.code}/unit", "unit", commodity.unit, "units.csv"
            )
    for table, key, code in (
        *(("names", f"{n.source},{n.name}", n.commodity) for n in config.names),
        *(("references", r.id, r.commodity) for r in config.references),
        *(("basket", b.commodity, b.commodity) for b in config.basket),
    ):
        if code not in known:
            place = f"{table}/{key}/commodity"
            yield _unknown(place, "commodity", code, "commodities.csv")


def _unknown(key: str, what: str, code: str, file: str) -> Fault:
    message, hint = f"there is no {what} `{code}`", f"mend the code, or add it to {file}"
    return Fault(key, f"unknown-{what}", message, hint)


def _commodity(commodity: Commodity, config: PricesConfig) -> Iterator[Fault]:
    place = f"commodities/{commodity.code}"
    by_code = {c.code: c for c in config.commodities}
    if commodity.code in PAGES:
        what = f"`{commodity.code}` is the name of a page"
        yield Fault(place, "wrong-value", what, "give the commodity another code")
    if commodity.parent is not None:
        parent = by_code.get(commodity.parent)
        if parent is None:
            yield _unknown(f"{place}/parent", "commodity", commodity.parent, "commodities.csv")
        elif parent.parent is not None:
            what = f"`{parent.code}` is a variety itself"
            yield Fault(f"{place}/parent", "wrong-value", what, "name the commodity above it")
    if commodity.surveyed and commodity.unit is None:
        what = "officers ask for its price, and its unit is not known"
        yield Fault(place, "missing-key", what, "state `unit`, or leave `surveyed` empty")
    if commodity.staple is not None:
        twins = [c.code for c in config.commodities if c.staple == commodity.staple]
        if twins[0] != commodity.code:
            what = f"`{twins[0]}` has place {commodity.staple} among the staples too"
            yield Fault(f"{place}/staple", "duplicate-key", what, "give it another")


def _market(market: Market) -> Iterator[Fault]:
    place = f"markets/{market.code}"
    if (market.lat is None) != (market.lon is None):
        what, hint = "has half a point", "write lat and lon, or neither"
        yield Fault(place, "missing-key", what, hint)
    if market.active_from and market.active_to and market.active_to < market.active_from:
        what, hint = "ends before it begins", "active_to is the last day"
        yield Fault(f"{place}/active_to", "wrong-value", what, hint, f"{place}/active_from")


def _limits(references: Iterable[Reference]) -> Iterator[Fault]:
    """Check each reference price, and that no two hold at once for the same thing."""
    kept = []
    for row in references:
        place = f"references/{row.id}"
        if row.floor is None and row.ceiling is None:
            yield Fault(place, "missing-key", "has neither floor nor ceiling", "write one of them")
        elif row.floor is not None and row.ceiling is not None and row.floor > row.ceiling:
            what = "the floor lies above the ceiling"
            yield Fault(f"{place}/floor", "wrong-value", what, "exchange them?", f"{place}/ceiling")
        if row.valid_to is not None and row.valid_to < row.valid_from:
            what = "ends before it begins"
            yield Fault(
                f"{place}/valid_to",
                "wrong-value",
                what,
                "valid_to is the last day",
                f"{place}/valid_from",
            )
        else:
            kept.append(row)
    for first, second in combinations(sorted(kept, key=lambda r: (r.valid_from, r.id)), 2):
        same = (first.commodity, first.area, first.level) == (
            second.commodity,
            second.area,
            second.level,
        )
        if same and (first.valid_to is None or second.valid_from <= first.valid_to):
            yield Fault(
                f"references/{second.id}/valid_from",
                "overlapping-references",
                f"`{first.id}` holds for the same commodity, area and level on that day",
                f"end `{first.id}` the day before: valid_to",
                f"references/{first.id}",
            )


def _basket(config: PricesConfig) -> Iterator[Fault]:
    total = sum(item.weight for item in config.basket)
    if config.basket and total != 1:
        first = f"basket/{config.basket[0].commodity}/weight"
        yield Fault(
            first,
            "wrong-value",
            f"the weights make {total}, not 1",
            "they are shares of spending: mend them",
        )
