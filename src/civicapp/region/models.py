"""The models of the kernel's own files: region.yaml, areas, agencies, calendar, sources."""

import re
import zoneinfo
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from civicapp.calendar import read_hours
from civicapp.config import (
    AgencyCode,
    AreaCode,
    ConfigModel,
    Date,
    Int,
    Localized,
    Number,
    Row,
    Text,
    say,
    unfit,
)
from civicapp.problems import did_you_mean

PACK_ID = r"[a-z][a-z0-9-]{1,39}"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _matching(pattern: str, message: str, hint: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise unfit("wrong-value", f"{say(value)} is {message}", hint)
        return value

    return AfterValidator(check)


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError) as e:
        hint = did_you_mean(value, _timezones()) or "such as Africa/Nairobi"
        raise unfit("wrong-value", f"{say(value)} is no IANA time zone", hint) from e
    return value


@cache
def _timezones() -> list[str]:
    return sorted(zoneinfo.available_timezones())


def _hours(value: str) -> str:
    try:
        read_hours(value)
    except ValueError as e:
        raise unfit("wrong-value", str(e), "write it as 07:30-12:00, 13:00-16:00") from e
    return value


TimeZone = Annotated[Text, AfterValidator(_timezone)]
HoursOfDay = Annotated[Text, AfterValidator(_hours)]
Language = Annotated[Text, _matching(r"[a-z]{2,3}", "no language code", "such as id or en")]
Currency = Annotated[Text, _matching(r"[A-Z]{3}", "no ISO 4217 code", "three capitals such as KES")]
PackId = Annotated[
    Text,
    _matching(PACK_ID, "no id of a pack", "small letters, digits and -, a letter first"),
]
Website = Annotated[
    Text, _matching(r"https?://[^\s/]+\S*", "no web address", "it begins with https://")
]
Email = Annotated[
    Text,
    _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "no e-mail address", "such as office@example.org"),
]
AgencyId = Annotated[
    Text,
    _matching(r"[A-Z][A-Z0-9_]{0,39}", "no agency code", "capitals, digits and _, a letter first"),
]


class Contacts(ConfigModel):
    """Ways to reach the operator."""

    website: Website | None = None
    email: Email | None = None
    phone: Text | None = None
    address: Localized | None = None
    hours: Localized | None = None


class LevelConfig(ConfigModel):
    """A level of areas."""

    name: Localized


class KindConfig(ConfigModel):
    """A kind of areas; `title` holds `{name}` where the name alone does not say the kind."""

    name: Localized
    title: Localized | None = None


class HolidaysConfig(ConfigModel):
    """What to take from the `holidays` package."""

    country: Text
    subdivision: Text | None = None
    categories: tuple[Text, ...] = ("public",)
    required: tuple[Text, ...] = ()


class RegionConfig(ConfigModel):
    """region.yaml after merging."""

    format: Literal["1"] = Field(description="Form of the pack's files.")
    id: PackId = Field(description="Name of the pack: that of its folder.")
    extends: PackId | None = Field(default=None, description="The pack that this one adds to.")
    area: Text | None = Field(default=None, description="Code of the area that the region is.")
    name: Localized = Field(description="Name of the region.")
    operator: Localized | None = Field(
        default=None, description="The office that runs the service."
    )
    contacts: Contacts = Field(default=Contacts(), description="Ways to reach the operator.")
    timezone: TimeZone = Field(description="IANA time zone; an area may have its own.")
    currency: Currency = Field(description="ISO 4217 code.")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        description="Languages of the portal; the first is the region's own."
    )
    plugins: tuple[Text, ...] = Field(default=(), description="Ids of the plugins to enable.")
    levels: dict[Text, LevelConfig] = Field(
        default_factory=dict, description="Levels of areas, the widest first."
    )
    kinds: dict[Text, KindConfig] = Field(default_factory=dict, description="Kinds of areas.")
    holidays: HolidaysConfig | None = Field(
        default=None, description="Free days of a country, by the package `holidays`."
    )
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] = Field(
        default=("saturday", "sunday"), description="Days on which offices are closed."
    )
    hours: dict[Weekday, HoursOfDay] = Field(
        default_factory=dict, description="Office hours, such as 07:30-12:00, 13:00-16:00."
    )


def _degrees(limit: int) -> AfterValidator:
    def check(value: Decimal) -> Decimal:
        if not -limit <= value <= limit:
            hint = "are lat and lon swapped?" if abs(value) <= 180 else "write WGS 84 degrees"
            raise unfit("wrong-value", f"{value} lies outside ±{limit} degrees", hint)
        return value

    return AfterValidator(check)


class AreaRow(Row):
    """A row of areas/areas.csv."""

    key: ClassVar[tuple[str, ...]] = ("code",)

    code: Text
    name: Text
    level: Text
    kind: Text | None = None
    parent: Text | None = None
    lat: Annotated[Number, _degrees(90)] | None = None
    lon: Annotated[Number, _degrees(180)] | None = None
    postal_code: Text | None = None
    area_km2: Number | None = None
    population: Annotated[Int, Field(ge=0)] | None = None
    timezone: TimeZone | None = None
    aliases: Text | None = None


class AgencyRow(Row):
    """A row of organisation/agencies.csv."""

    key: ClassVar[tuple[str, ...]] = ("code",)

    code: AgencyId
    name: Text
    short_name: Text | None = None
    kind: Text | None = None
    level: Text | None = None
    area: AreaCode | None = None
    scope: Text | None = None
    role: AgencyCode | None = None
    website: Website | None = None
    phone: Text | None = None
    basis: Literal["found", "recalled", "proposed"] | None = None
    note: Text | None = None


class HolidayRow(Row):
    """A row of calendar/YEAR.csv."""

    key: ClassVar[tuple[str, ...]] = ("date",)

    date: Date
    kind: Literal["public", "leave"]
    name: Localized


class SourceRow(Row):
    """A row of sources.csv."""

    key: ClassVar[tuple[str, ...]] = ("file",)

    file: Text
    origin: Text
    version: Text | None = None
    licence: Text
    note: Text | None = None
