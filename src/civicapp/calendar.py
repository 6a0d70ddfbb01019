"""Calendar: which days are free, for which years that is known, and when offices close.

Deadlines are counted here, once for all services: `due` is the one rule of working days.
"""

import datetime
import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from civicapp.config import Localized, say
from civicapp.problems import did_you_mean

if TYPE_CHECKING:
    from holidays import HolidayBase

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
LONGEST_REST = 366  # days without a working day: more is a fault of the pack, not a holiday


@dataclass(frozen=True, slots=True)
class Holiday:
    """A free day: `public` by law, `leave` by the yearly decree on collective leave."""

    date: datetime.date
    kind: Literal["public", "leave"]
    name: Localized


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A time of office work, local time; `close` is the first minute off duty."""

    open: datetime.time
    close: datetime.time


OFFICE_HOURS = (Span(datetime.time(8), datetime.time(16)),)  # where a pack says nothing


def read_hours(text: str) -> tuple[Span, ...]:
    """Read `07:30-12:00, 13:00-16:00`; raise ValueError that says what is wrong."""
    spans: list[Span] = []
    for part in text.split(","):
        if not (found := SPAN.fullmatch(part.strip())):
            raise ValueError(f"`{part.strip()}` is no time from and to")
        h1, m1, h2, m2 = map(int, found.groups())
        span = Span(datetime.time(h1, m1), datetime.time(h2, m2))
        if span.close <= span.open:
            raise ValueError(f"`{part.strip()}` ends before it begins")
        if spans and span.open < spans[-1].close:
            raise ValueError(f"`{part.strip()}` begins before the one in front of it ends")
        spans.append(span)
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class Published:
    """What to take from the `holidays` package.

    `required` are the categories whose days are collective leave: a year without is not covered.
    """

    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    required: tuple[str, ...] = ()


class Calendar:
    """Free days of a region, published ones changed by the pack's rows, and office hours."""

    def __init__(
        self,
        published: Published | None,
        own: Iterable[Holiday],
        dropped: Collection[datetime.date],
        weekend: Collection[str],
        languages: tuple[str, ...],
        hours: Mapping[str, tuple[Span, ...]] | None = None,
    ) -> None:
        self._published = published
        self._own = {h.date: h for h in own}
        self._dropped = frozenset(dropped)
        self._weekend = frozenset(WEEK.index(day) for day in weekend)
        self._languages = languages
        self._hours = {WEEK.index(day): spans for day, spans in (hours or {}).items()}
        self.days = cache(self._days)
        self.published = cache(self._published_days)

    def _days(self, year: int) -> Mapping[datetime.date, Holiday]:
        """Return a year's free days in their order; weekends are not among them."""
        own = {d: h for d, h in self._own.items() if d.year == year}
        days = {**self.published(year), **own}
        return {d: days[d] for d in sorted(days) if d in own or d not in self._dropped}

    def _published_days(self, year: int) -> Mapping[datetime.date, Holiday]:
        """Return the days that the `holidays` package knows of a year."""
        if self._published is None:
            return {}
        return _published_days(self._published, year, self._languages)

    def covers(self, year: int) -> bool:
        """Tell whether the year's collective leave is known: then working days can be counted."""
        if self._published is None or not self._published.required:
            return True
        return any(h.kind == "leave" for h in self.days(year).values())

    def is_working_day(self, day: datetime.date) -> bool:
        """Tell whether offices work on this day."""
        return day.weekday() not in self._weekend and day not in self.days(day.year)

    def working_day_after(self, day: datetime.date) -> datetime.date:
        """Return the next day on which offices work; ValueError if there is none for a year."""
        for n in range(1, LONGEST_REST):
            if self.is_working_day(found := day + datetime.timedelta(n)):
                return found
        raise ValueError(f"no working day follows {day} within a year")

    def hours(self, day: datetime.date) -> tuple[Span, ...]:
        """Return when offices work on a day; nothing on a free one."""
        if not self.is_working_day(day):
            return ()
        return self._hours.get(day.weekday(), OFFICE_HOURS)

    def due(self, start: datetime.datetime, days: int, zone: datetime.tzinfo) -> datetime.datetime:
        """Return the end of the n-th working day after the day of receipt.

        What comes on a free day, or at closing time or later, is received on the next working day.
        Day 1 is the working day after that; the deadline is the closing time of day n.

        start: an aware instant. zone: the zone in which the office works; the answer stands in it.
        """
        if start.tzinfo is None:
            raise ValueError("an instant without a time zone has no working day")
        local = start.astimezone(zone)
        day = local.date()
        spans = self.hours(day)
        if not spans or local.time() >= spans[-1].close:
            day = self.working_day_after(day)
        for _ in itertools.repeat(None, days):
            day = self.working_day_after(day)
        return datetime.datetime.combine(day, self.hours(day)[-1].close, zone)


def _published_days(
    published: Published, year: int, languages: tuple[str, ...]
) -> dict[datetime.date, Holiday]:
    days: dict[datetime.date, Holiday] = {}
    for category in published.categories:
        kind: Literal["public", "leave"] = "leave" if category in published.required else "public"
        spoken = {x: _spoken(published.country, x) for x in languages}
        known: dict[str, str | None] = {x: word for x, word in spoken.items() if word}
        known = known or {languages[0]: None}
        names = {x: _holidays(published, year, category, word) for x, word in known.items()}
        for date in next(iter(names.values()), {}):
            texts = {x: str(found[date]) for x, found in names.items() if date in found}
            days.setdefault(date, Holiday(date, kind, Localized(texts)))
    return days


def _holidays(
    published: Published, year: int, category: str, language: str | None
) -> "HolidayBase":
    import holidays

    return holidays.country_holidays(
        published.country,
        subdiv=published.subdivision,
        years=year,
        categories=(category,),
        language=language,
        expand=False,
    )


def _spoken(country: str, language: str) -> str | None:
    """Find the package's own word for a language, `en_US` for `en`."""
    import holidays

    spoken = holidays.list_localized_countries().get(country, [])
    return next((s for s in spoken if s == language or s.startswith(f"{language}_")), None)


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Say which key of a description names what the `holidays` package does not know."""

    key: str
    message: str
    hint: str


def unpublished(published: Published) -> Unpublished | None:
    """Say what the `holidays` package does not know of a description, or None."""
    import holidays

    country, part = published.country, published.subdivision
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        hint = did_you_mean(country, list(known)) or "write its ISO 3166 code, such as ID"
        return Unpublished("country", f"no holidays are published for country {say(country)}", hint)
    if part and part not in known[country]:
        hint = did_you_mean(part, list(known[country])) or "leave `subdivision` out"
        what = f"no holidays are published for {say(part)} in {country}"
        return Unpublished("subdivision", what, hint)
    offered = holidays.country_holidays(country).supported_categories
    for key, names in (("categories", published.categories), ("required", published.required)):
        for name in names:
            if name not in offered:
                what = f"no holidays of the category {say(name)} are published for {country}"
                return Unpublished(key, what, did_you_mean(name, offered, what="published"))
    return None
