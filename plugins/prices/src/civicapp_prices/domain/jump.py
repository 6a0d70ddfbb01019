"""The change alarm: how a month ended against the same day of the month before.

It needs no history, so it speaks where ALPS and IPA cannot yet.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from civicapp_prices.domain.changes import changes
from civicapp_prices.domain.reading import VALUE_PLACES, Reading, Status, classed, lines
from civicapp_prices.domain.series import Value, month_name, month_number, month_of

NORMAL, LOW = "normal", "low"


@dataclass(frozen=True, slots=True)
class Steps:
    """From which rise on we watch, and warn, and from which fall on we tell; fractions."""

    watch: Decimal = Decimal("0.10")
    alert: Decimal = Decimal("0.25")
    low: Decimal = Decimal("-0.25")


def jump(values: Sequence[Value], month: str, steps: Steps) -> Reading:
    """Read the monthly change as of a month's last survey.

    values: in order of time, of a daily or a monthly series; what lies after the month is not
    looked at. The price compared with must be of the month before, else it says nothing of a month.
    """
    inside = [value for value in values if month_of(value.date) <= month]
    settings = {"alert": steps.alert, "low": steps.low, "watch": steps.watch}

    def answer(status: Status, seen: Sequence[Value] = (), value: Decimal | None = None) -> Reading:
        named = None if value is None else _class_of(value, steps)
        told = lines(settings, ((v.date.isoformat(), v.price) for v in seen))
        return Reading("change", "", month, status, value, named, told)

    if not inside:
        return answer("insufficient_history")
    if month_of(inside[-1].date) != month:
        return answer("no_recent_data", inside[-1:])
    found = changes(inside, inside[-1].date).m
    before = next((v for v in inside if v.date == found.date), None)
    if before is None or found.fraction is None:
        return answer("insufficient_history", inside[-1:])
    seen = (before, inside[-1])
    if month_of(before.date) != month_name(month_number(month) - 1):
        return answer("no_recent_data", seen)
    return answer("ok", seen, found.fraction.quantize(VALUE_PLACES))


def _class_of(value: Decimal, steps: Steps) -> str:
    if value <= steps.low:
        return LOW
    return classed(value, ((steps.watch, "watch"), (steps.alert, "alert")), NORMAL)


def end_of(month: str) -> datetime.date:
    """Return the last day of a month."""
    year, number = divmod(month_number(month) + 1, 12)
    return datetime.date(year, number + 1, 1) - datetime.timedelta(days=1)
