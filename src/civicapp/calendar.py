"""Calendar: which days are free, and for which years that is known."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from civicapp.config import Localized

if TYPE_CHECKING:
    from holidays import HolidayBase

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Holiday:
    """A free day: `public` by law, `leave` by the yearly decree on collective leave."""

    date: datetime.date
    kind: Literal["public", "leave"]
    name: Localized


@dataclass(frozen=True, slots=True)
class Published:
    """What to take from the `holidays` package.

    `required` are the categories whose days are collective leave: a year without any is not covered.
    """

    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    required: tuple[str, ...] = ()


class Calendar:
    """The free days of a region: published ones, changed by the pack's own rows."""

    def __init__(
        self,
        published: Published | None,
        own: Iterable[Holiday],
        dropped: Collection[datetime.date],
        weekend: Collection[str],
        languages: tuple[str, ...],
    ) -> None:
        self._published = published
        self._own = {h.date: h for h in own}
        self._dropped = frozenset(dropped)
        self._weekend = frozenset(WEEK.index(day) for day in weekend)
        self._languages = languages
        self.days = cache(self._days)

    def _days(self, year: int) -> Mapping[datetime.date, Holiday]:
        """Return a year's free days in their order; weekends are not among them."""
        days = _published_days(self._published, year, self._languages) if self._published else {}
        days.update({d: h for d, h in self._own.items() if d.year == year})
        return {d: days[d] for d in sorted(days) if d not in self._dropped}

    def covers(self, year: int) -> bool:
        """Tell whether the year's collective leave is known, so that working days can be counted."""
        if self._published is None or not self._published.required:
            return True
        return any(h.kind == "leave" for h in self.days(year).values())

    def is_working_day(self, day: datetime.date) -> bool:
        """Tell whether offices work on this day."""
        return day.weekday() not in self._weekend and day not in self.days(day.year)


def _published_days(
    published: Published, year: int, languages: tuple[str, ...]
) -> dict[datetime.date, Holiday]:
    days: dict[datetime.date, Holiday] = {}
    for category in published.categories:
        kind: Literal["public", "leave"] = "leave" if category in published.required else "public"
        spoken = {x: _spoken(published.country, x) for x in languages}
        known = {x: word for x, word in spoken.items() if word} or {languages[0]: None}
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


def unpublished(published: Published) -> str | None:
    """Say what the `holidays` package does not know of a description, or None."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    if published.country not in known:
        return f"the holidays package knows no country `{published.country}`"
    if published.subdivision and published.subdivision not in known[published.country]:
        return f"the holidays package knows no subdivision `{published.subdivision}`"
    days = holidays.country_holidays(published.country)
    for category in (*published.categories, *published.required):
        if category not in days.supported_categories:
            offered = ", ".join(days.supported_categories)
            return f"the holidays package has no category `{category}` for {published.country}: {offered}"
    return None
