"""The models of the kernel's own files: region.yaml, areas, agencies, calendar, sources."""

import re
import zoneinfo
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from civicapp.config import (
    AgencyCode,
    AreaCode,
    ConfigModel,
    Date,
    Localized,
    Number,
    Row,
    Text,
)
from civicapp.problems import did_you_mean

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _matching(pattern: str, message: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise PydanticCustomError(
                "wrong-value",
                "`{value}` {message}",
                {"value": value, "message": message, "hint": ""},
            )
        return value

    return AfterValidator(check)


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError) as e:
        raise PydanticCustomError(
            "wrong-value",
            "`{value}` is no IANA time zone",
            {
                "value": value,
                "hint": did_you_mean(value, sorted(zoneinfo.available_timezones()))
                or "such as Asia/Jakarta",
            },
        ) from e
    return value


TimeZone = Annotated[Text, AfterValidator(_timezone)]
Language = Annotated[Text, _matching(r"[a-z]{2,3}", "is no language code such as id")]
Currency = Annotated[Text, _matching(r"[A-Z]{3}", "is no ISO 4217 code such as IDR")]
PackId = Annotated[Text, _matching(r"[a-z][a-z0-9-]{1,39}", "is no id: small letters, digits, -")]
Website = Annotated[
    Text, _matching(r"https?://[^\s/]+\S*", "is no address that begins with https://")
]
Email = Annotated[Text, _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "is no e-mail address")]
AgencyId = Annotated[
    Text, _matching(r"[A-Z][A-Z0-9_]{0,39}", "is no agency code: capitals, digits, _")
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

    format: Literal["1"]
    id: PackId
    extends: PackId | None = None
    area: Text | None = None
    name: Localized
    operator: Localized | None = None
    contacts: Contacts = Contacts()
    timezone: TimeZone
    currency: Currency
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    plugins: tuple[Text, ...] = ()
    levels: dict[Text, LevelConfig] = {}
    kinds: dict[Text, KindConfig] = {}
    holidays: HolidaysConfig | None = None
    weekend: tuple[Weekday, ...] = ("saturday", "sunday")


def _degrees(limit: int) -> AfterValidator:
    def check(value: object) -> object:
        if not -limit <= value <= limit:  # type: ignore[operator]
            raise PydanticCustomError(
                "wrong-value",
                "{value} lies outside ±{limit} degrees",
                {"value": str(value), "limit": limit, "hint": "are lat and lon swapped?"},
            )
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
    population: Annotated[Number, Field(ge=0)] | None = None
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
