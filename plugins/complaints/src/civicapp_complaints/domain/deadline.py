"""By when a report is due: the class of its category, counted in hours or in working days."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from civicapp_complaints.config import Sla


class WorkCalendar(Protocol):
    """What a deadline needs of a calendar; `civicapp`'s own fits."""

    def due(self, start: datetime.datetime, days: int, zone: datetime.tzinfo) -> datetime.datetime:
        """Return the closing time of the n-th working day after the day of receipt."""
        ...

    def covers(self, year: int) -> bool:
        """Tell whether all free days of a year are known."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a report is due, in the zone of its place.

    `estimated`: free days of a year that it runs through are not all known yet.
    """

    at: datetime.datetime
    estimated: bool = False


def deadline(
    sla: "Sla | None", start: datetime.datetime, calendar: WorkCalendar, zone: datetime.tzinfo
) -> Deadline | None:
    """Return the deadline of a report, None where nothing is promised.

    sla: class of the category. start: an aware instant. zone: time zone of the report's area.
    """
    if start.tzinfo is None:
        raise ValueError("an instant without a time zone has no deadline")
    if sla is None:
        return None
    if sla.unit == "hours":
        end = start.astimezone(datetime.UTC) + datetime.timedelta(hours=sla.target)
        return Deadline(end.astimezone(zone))
    at = calendar.due(start, sla.target, zone)
    years = range(start.astimezone(zone).year, at.year + 1)
    return Deadline(at, estimated=not all(map(calendar.covers, years)))
