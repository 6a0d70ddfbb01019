"""Working days, office hours, and deadlines counted in them."""

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicapp.calendar import WEEK, Calendar, Published, Span, read_hours

WIB = zoneinfo.ZoneInfo("Asia/Jakarta")
WIT = zoneinfo.ZoneInfo("Asia/Jayapura")
SHORT = read_hours("07:30-12:00, 13:00-16:00")
WEEKLY = dict.fromkeys(WEEK[:4], SHORT) | {"friday": read_hours("07:30-11:30, 13:00-16:30")}
INDONESIA = Calendar(
    Published("ID", categories=("public", "government"), required=("government",)),
    (),
    (),
    ("saturday", "sunday"),
    ("id", "en"),
    WEEKLY,
)
INSTANTS = st.datetimes(
    datetime.datetime(2025, 1, 1),  # noqa: DTZ001
    datetime.datetime(2027, 9, 1),  # noqa: DTZ001
    timezones=st.sampled_from([WIB, WIT, datetime.UTC]),
)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(f"2026-{text}")


def at(text: str, zone: datetime.tzinfo = WIB) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("03-16T10:00", 3, "03-26"),
        ("03-16T10:00", 5, "03-30"),
        ("03-16T10:00", 14, "04-13"),
        ("03-16T10:00", 60, "06-25"),
        # after closing
        ("03-17T16:30", 3, "03-30"),
        ("03-17T16:30", 5, "04-01"),
        ("03-17T16:30", 14, "04-15"),
        ("03-17T16:30", 60, "06-29"),
        # a day of collective leave
        ("03-20T09:00", 3, "03-30"),
        ("03-20T09:00", 5, "04-01"),
        ("03-20T09:00", 14, "04-15"),
        ("03-20T09:00", 60, "06-29"),
        ("05-13T08:00", 3, "05-20"),
        ("05-13T08:00", 5, "05-22"),
        ("05-13T08:00", 14, "06-09"),
        ("05-13T08:00", 60, "08-13"),
        # the minute before closing, and closing time itself
        ("12-23T15:59", 3, "12-30"),
        ("12-23T16:00", 3, "12-31"),
        # a Friday closes later
        ("11-27T16:15", 1, "11-30"),
        ("11-27T16:30", 1, "12-01"),
        # before the office opens counts as that day
        ("11-23T03:00", 3, "11-26"),
        ("11-23T09:00", 3, "11-26"),
    ],
)
def test_a_deadline_is_the_closing_time_of_the_nth_working_day(
    start: str, days: int, due: str
) -> None:
    found = INDONESIA.due(at(start), days, WIB)
    closing = datetime.time(16, 30) if day(due).weekday() == 4 else datetime.time(16)
    assert found == datetime.datetime.combine(day(due), closing, WIB)
    assert found.tzinfo is WIB


def test_the_year_2026_has_240_working_days_of_37_and_a_half_hours_a_week() -> None:
    days = [datetime.date(2026, 1, 1) + datetime.timedelta(n) for n in range(365)]
    assert sum(map(INDONESIA.is_working_day, days)) == 240
    week = [day("11-23") + datetime.timedelta(n) for n in range(7)]
    assert sum(minutes(s) for d in week for s in INDONESIA.hours(d)) == 2250


def minutes(span: Span) -> int:
    return (span.close.hour - span.open.hour) * 60 + span.close.minute - span.open.minute


def test_the_day_of_receipt_is_that_of_the_office() -> None:
    # 15:00 in Jakarta is 17:00 in Jayapura, where the office is closed.
    start = at("11-23T15:00", WIB)
    assert INDONESIA.due(start, 1, WIB).date() == day("11-24")
    assert INDONESIA.due(start, 1, WIT).date() == day("11-25")


@given(INSTANTS, st.integers(1, 60))
def test_a_deadline_is_a_working_day_after_the_start(start: datetime.datetime, days: int) -> None:
    due = INDONESIA.due(start, days, WIB)
    assert due > start
    assert INDONESIA.is_working_day(due.date())
    assert due.time() == INDONESIA.hours(due.date())[-1].close
    first = start.astimezone(WIB).date()
    between = [first + datetime.timedelta(n) for n in range(1, (due.date() - first).days + 1)]
    # The day of receipt may be the first of them, when it is not the day of the start.
    assert sum(map(INDONESIA.is_working_day, between)) in (days, days + 1)


@given(INSTANTS, INSTANTS, st.integers(0, 60), st.integers(0, 60))
def test_later_starts_and_longer_terms_end_later(
    one: datetime.datetime, other: datetime.datetime, few: int, more: int
) -> None:
    (one, other), (few, more) = sorted((one, other)), sorted((few, more))
    assert INDONESIA.due(one, few, WIB) <= INDONESIA.due(other, few, WIB)
    assert INDONESIA.due(one, few, WIB) <= INDONESIA.due(one, more, WIB)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        INDONESIA.due(datetime.datetime(2026, 11, 23), 1, WIB)  # noqa: DTZ001


def test_without_hours_offices_close_at_four() -> None:
    plain = Calendar(None, (), (), ("sunday",), ("en",))
    assert plain.due(at("11-27T15:00"), 1, WIB) == at("11-28T16:00")


def test_a_week_without_a_working_day_ends() -> None:
    never = Calendar(None, (), (), WEEK, ("en",))
    with pytest.raises(ValueError, match="no working day"):
        never.due(at("11-27T15:00"), 1, WIB)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("08:00", "no time from and to"),
        ("8:00-16:00", "no time from and to"),
        ("08:00-24:00", "no time from and to"),
        ("16:00-08:00", "ends before it begins"),
        ("08:00-12:00, 11:00-16:00", "before the one in front of it"),
        ("08:00-12:00,", "no time from and to"),
    ],
)
def test_hours_that_make_no_sense(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_hours(text)
