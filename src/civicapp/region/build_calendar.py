"""Build the calendar of a region: the published days, changed by the pack's own rows."""

import datetime
import zoneinfo

from civicapp.calendar import WEEK, Calendar, Holiday, Published, Span, read_hours, unpublished
from civicapp.problems import Severity
from civicapp.region.csv import nothing_deleted
from civicapp.region.document import Document
from civicapp.region.draft import Draft
from civicapp.region.merge import merge_sheets
from civicapp.region.models import HolidayRow, RegionConfig
from civicapp.region.nodes import Sheet
from civicapp.region.read import read_sheets


def build_calendar(draft: Draft, config: RegionConfig, today: datetime.date | None) -> Calendar:
    """Read calendar/YEAR.csv; warn when this or the next year's collective leave is unknown."""
    files = [file for layer in draft.pack.layers for file in layer.files("calendar")]
    sheets = read_sheets(files, draft.pack, draft.reader, HolidayRow)
    sheet = merge_sheets(sheets, draft.pack.own("calendar"))
    draft.mounts["calendar"] = sheet
    own = [Holiday(r.date, r.kind, r.name) for r in draft.rows(HolidayRow, sheet).values()]
    dropped = _dropped(draft, sheet)
    published = _published(draft, config)
    hours = _hours(draft, config)
    calendar = Calendar(published, own, dropped, config.weekend, config.languages, hours)
    _check_deleted(draft, sheets, calendar, dropped)
    _check_years(draft, sheet)
    zone = zoneinfo.ZoneInfo(config.timezone)
    year = (today or datetime.datetime.now(zone).date()).year
    _check_cover(draft, calendar, (year, year + 1))
    return calendar


def _dropped(draft: Draft, sheet: Sheet) -> set[datetime.date]:
    dropped = set()
    for key, line in sheet.lines.items():
        if not line.alive:
            try:
                dropped.add(datetime.date.fromisoformat(key))
            except ValueError:
                what, hint = f"`{key}` is no date", "write it as 2026-12-24"
                draft.report(line, "date", "wrong-value", what, hint)
    return dropped


def _published(draft: Draft, config: RegionConfig) -> Published | None:
    if config.holidays is None:
        return None
    published = Published(**config.holidays.model_dump())
    if fault := unpublished(published):
        document = Document(draft.pack.config, {})
        origin = document.origin(f"holidays/{fault.key}") or draft.pack.config.origin
        draft.reader.report("wrong-value", fault.message, origin, fault.hint)
        return None
    return published


def _hours(draft: Draft, config: RegionConfig) -> dict[str, tuple[Span, ...]]:
    """Read the office hours; once one day has its own, no working day goes without."""
    hours = {str(day): read_hours(text) for day, text in config.hours.items()}
    for day in WEEK:
        if hours and day not in hours and day not in config.weekend:
            draft.reader.report(
                "missing-key",
                f"`hours` says nothing of {day}, which is a working day",
                draft.pack.config.keys.get("hours", draft.pack.config.origin),
                f"add {day}, or put it into `weekend`",
            )
    return hours


def _check_deleted(
    draft: Draft, sheets: list[Sheet], calendar: Calendar, dropped: set[datetime.date]
) -> None:
    """Find rows that drop a day which is free neither by a parent pack nor by publication."""
    published = {str(day) for day in dropped if day in calendar.published(day.year)}
    draft.reader.problems += nothing_deleted(sheets, published)


def _check_years(draft: Draft, sheet: Sheet) -> None:
    """Find rows in the file of another year: most often it was copied."""
    for key, line in sheet.lines.items():
        for record in line.records:
            year = record.file.path[-len("2026.csv") : -len(".csv")]
            if not key.startswith(f"{year}-") and line.alive:
                what = f"`{key}` is no day of {year}"
                hint = f"move the row into calendar/{key[:4]}.csv, or mend the date"
                draft.report(line, "date", "wrong-value", what, hint)
                break


def _check_cover(draft: Draft, calendar: Calendar, years: tuple[int, ...]) -> None:
    for year in years:
        if not calendar.covers(year):
            draft.reader.report(
                "calendar-not-covered",
                f"the collective leave of {year} is not known, so deadlines in it are estimates",
                draft.pack.own("calendar", f"{year}.csv"),
                f"add calendar/{year}.csv with rows of kind `leave` when the decree is out",
                Severity.WARNING,
            )
