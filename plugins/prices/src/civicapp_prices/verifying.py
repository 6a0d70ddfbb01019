"""Compute every published alarm anew from the published prices, and tell where they differ."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from civicapp_prices.bulk_reader import Bulk, BulkAlarm, BulkSeries, Unusable
from civicapp_prices.domain.alarms import RULES, Settings, read_alarm
from civicapp_prices.domain.jump import end_of
from civicapp_prices.domain.reading import CODE_VERSION, Reading
from civicapp_prices.domain.series import Value, means

LOOK_BACK = timedelta(days=800)  # single values that the change sees, as the alarm run does
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
NONE = "none"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something published that is not as it is computed. of: what the series is of, if known.

    field: of the alarm: value, class, status, inputs, inputs_hash, code_version; `alarm` when it is
    not there at all, or should not be.
    """

    series: int
    of: BulkSeries | None
    month: str
    kind: str
    mode: str
    field: str
    published: str
    computed: str


@dataclass(slots=True)
class Verified:
    """What was compared: alarms, of how many series, and how many are not as computed."""

    alarms: int = 0
    series: int = 0
    wrong: int = 0


def verify(bulk: Bulk, settings: Settings, counts: Verified) -> Iterator[Difference]:
    """Yield every difference, series by series; one series at a time is in memory.

    settings: of the pack. counts: are filled in on the way. Raise Unusable when a file cannot be
    read, or is not in its order.
    """
    prices = _ordered(bulk.series(), lambda found: found[0].id, "points")
    known = next(prices, None)
    by_series = groupby(bulk.alarms(), key=attrgetter("series"))
    for id, alarms in _ordered(by_series, lambda found: found[0], "alarms.csv"):
        while known is not None and known[0].id < id:
            known = next(prices, None)
        values = known[1] if known is not None and known[0].id == id else []
        counts.series += 1
        yield from _of_series(id, bulk.known.get(id), values, list(alarms), settings, counts)


def _ordered(items: Iterator[T], id_of: Callable[[T], int], name: str) -> Iterator[T]:
    last: int | None = None
    for item in items:
        if last is not None and id_of(item) <= last:
            what = f"{name}: series {id_of(item)} comes after series {last}"
            raise Unusable(f"{what}; they are not as they were published, fetch them anew")
        last = id_of(item)
        yield item


def _of_series(
    id: int,
    of: BulkSeries | None,
    values: Sequence[Value],
    alarms: Sequence[BulkAlarm],
    settings: Settings,
    counts: Verified,
) -> Iterator[Difference]:
    months = means(values)
    seen: dict[tuple[str, str, str], BulkAlarm] = {}

    def differs(key: tuple[str, str, str], field: str, published: str, computed: str) -> Difference:
        month, kind, mode = key
        return Difference(id, of, month, kind, mode, field, published, computed)

    for alarm in alarms:
        key = alarm.month, alarm.kind, alarm.mode
        counts.alarms += 1
        if not MONTH.fullmatch(alarm.month) or (alarm.kind, alarm.mode) not in RULES:
            counts.wrong += 1
            yield differs(key, "alarm", "published", NONE)
            continue
        if key in seen:
            counts.wrong += 1
            yield differs(key, "alarm", "twice", "once")
            continue
        seen[key] = alarm
        found = list(_compare(alarm, _computed(alarm, values, months, settings)))
        counts.wrong += bool(found)
        yield from (differs(key, *parts) for parts in found)
    for month in sorted({month for month, _, _ in seen}):
        for kind, mode in RULES:
            if (month, kind, mode) not in seen:
                counts.alarms, counts.wrong = counts.alarms + 1, counts.wrong + 1
                yield differs((month, kind, mode), "alarm", NONE, "published")


def _computed(
    alarm: BulkAlarm, values: Sequence[Value], months: dict[str, Decimal], settings: Settings
) -> Reading:
    until = end_of(alarm.month)
    known = {month: price for month, price in months.items() if month <= alarm.month}
    recent = [value for value in values if until - LOOK_BACK <= value.date <= until]
    return read_alarm(alarm.kind, alarm.mode, alarm.month, known, recent, settings)


def _compare(alarm: BulkAlarm, reading: Reading) -> Iterator[tuple[str, str, str]]:
    """Yield field, what is published and what is computed, for each that differs."""
    pairs = (
        ("status", alarm.status, reading.status),
        ("value", _number(alarm.value), _number(reading.value)),
        ("class", alarm.class_ or NONE, reading.class_ or NONE),
        ("inputs", str(alarm.inputs), str(len(reading.inputs))),
        ("inputs_hash", alarm.inputs_hash, reading.inputs_hash),
        ("code_version", alarm.code_version, CODE_VERSION),
    )
    yield from ((field, told, found) for field, told, found in pairs if told != found)


def _number(value: Decimal | None) -> str:
    return NONE if value is None else f"{value:.6f}"
