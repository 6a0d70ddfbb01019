"""What the API gives. Prices are exact: a number of JSON as the decimal is written."""

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema


def number(value: Decimal) -> int | float:
    """Write a decimal as a number of JSON.

    A float is written by its shortest digits: those of the decimal, while six places are apart in
    64 bits, that is below four thousand millions.
    """
    return int(value) if value == value.to_integral_value() else float(value)


Number = Annotated[
    Decimal,
    PlainSerializer(number, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
Step = Literal["day", "month"]


class CommodityOut(BaseModel):
    """A commodity, or a variety of one."""

    code: str = Field(description="key")
    name: str = Field(description="name in the caller's language")
    parent: str | None = Field(description="commodity of which it is a variety")
    list: str | None = Field(description="list that it belongs to, such as `pihps`")
    unit: str | None = Field(description="unit that prices are per; null: not known")
    unit_name: str | None = Field(description="the unit in the caller's language")
    unit_basis: str | None = Field(description="`found` in a source, or `recalled`")
    surveyed: bool = Field(description="officers ask for it in the markets")
    staple: int | None = Field(description="place among the staples")


class CommodityList(BaseModel):
    """Commodities in the order in which they are shown."""

    items: list[CommodityOut] = Field(description="the commodities")


class MarketOut(BaseModel):
    """A market."""

    code: str = Field(description="key")
    name: str = Field(description="name as people say it")
    area: str = Field(description="code of the narrowest area that is known to hold it")
    area_name: str = Field(description="name of that area, in the caller's language")
    type: str = Field(description="`traditional`, `modern`, `wholesale` or `producer`")
    lat: Number | None = Field(description="latitude, WGS 84")
    lon: Number | None = Field(description="longitude, WGS 84")
    address: str | None = Field(description="where it is, in words")
    surveyed: bool = Field(description="officers enter prices here")
    active_from: datetime.date | None = Field(description="first day of the panel")
    active_to: datetime.date | None = Field(description="last day of the panel")


class MarketList(BaseModel):
    """Markets by code."""

    items: list[MarketOut] = Field(description="the markets")
    next: str | None = Field(description="cursor of the next page")


class LatestOut(BaseModel):
    """The newest price of a commodity; nothing but its code when there is none."""

    commodity: str = Field(description="code of the commodity")
    name: str = Field(description="its name in the caller's language")
    unit: str | None = Field(description="unit that the price is per; null: not known")
    date: datetime.date | None = Field(
        description="day of the survey; of a monthly source the first of the month"
    )
    price: Number | None = Field(description="price, at most six decimals")
    n: int | None = Field(description="quotes behind it; null: the source does not say")
    markets: int | None = Field(description="markets behind it; null: the source does not say")
    low: Number | None = Field(description="lowest quote")
    high: Number | None = Field(description="highest quote")
    flagged: bool | None = Field(description="a quote waits for a supervisor")
    fresh: bool = Field(description="whether it is of today")
    previous_date: datetime.date | None = Field(description="day of the survey before")
    previous_price: Number | None = Field(description="price of the survey before")
    d: Number | None = Field(description="change since the survey before, as a fraction")
    source: str | None = Field(description="where it comes from; `survey` is our own")
    step: Step | None = Field(description="whether the source gives days or months")


class LatestList(BaseModel):
    """The newest prices of a place."""

    area: str | None = Field(description="code of the area")
    market: str | None = Field(description="code of the market")
    as_of: datetime.date = Field(description="today, in the region")
    currency: str = Field(description="ISO 4217 code")
    items: list[LatestOut] = Field(description="a row per commodity that has a price")


class PointOut(BaseModel):
    """A price of a series."""

    date: str = Field(description="`YYYY-MM-DD`; `YYYY-MM` of a month")
    price: Number = Field(description="price, at most six decimals")
    n: int | None = Field(description="quotes; of a month the observed days; null: not known")


class SeriesOut(BaseModel):
    """A series. What is missing was not surveyed."""

    area: str | None = Field(description="code of the area")
    market: str | None = Field(description="code of the market")
    commodity: str = Field(description="code of the commodity")
    unit: str | None = Field(description="unit that prices are per; null: not known")
    currency: str = Field(description="ISO 4217 code")
    source: str | None = Field(description="where it comes from; null: there is no series")
    step: Step = Field(description="of the items; `month` for a monthly source always")
    items: list[PointOut] = Field(description="prices, the oldest first")
    next: str | None = Field(description="cursor of the next page")


class Dates(BaseModel):
    """The days that were compared with; null where there was no price."""

    d: datetime.date | None = Field(description="the survey before")
    w: datetime.date | None = Field(description="last survey a week before or earlier")
    m: datetime.date | None = Field(description="last survey a month before or earlier")
    ytd: datetime.date | None = Field(description="last survey of the year before")
    y: datetime.date | None = Field(description="last survey a year before or earlier")


class ChangesOut(BaseModel):
    """How a price changed as of a day; all null when that day was not surveyed."""

    area: str | None = Field(description="code of the area")
    market: str | None = Field(description="code of the market")
    commodity: str = Field(description="code of the commodity")
    unit: str | None = Field(description="unit that prices are per; null: not known")
    currency: str = Field(description="ISO 4217 code")
    source: str | None = Field(description="where it comes from; null: there is no series")
    as_of: datetime.date = Field(description="the day")
    price: Number | None = Field(description="its price")
    last_surveyed: datetime.date | None = Field(description="newest survey on or before the day")
    d: Number | None = Field(description="change since the survey before, as a fraction")
    w: Number | None = Field(description="change since a week before")
    m: Number | None = Field(description="change since the same day of the month before")
    ytd: Number | None = Field(description="change since the last survey of the year before")
    y: Number | None = Field(description="change since the same day of the year before")
    dates: Dates = Field(description="the days compared with")


class AlarmOut(BaseModel):
    """An alarm of a commodity in a month."""

    kind: str = Field(description="the rule: `alps`, `ipa` or `change`")
    mode: str = Field(
        description="of `alps`: `in_sample` or `live`; of `ipa`: `fpma` or `strict`; else empty"
    )
    month: str = Field(description="the month that it is about, `YYYY-MM`")
    status: Literal["ok", "insufficient_history", "no_recent_data", "undefined"] = Field(
        description="whether there is a value, and why not"
    )
    value: Number | None = Field(description="six decimals; null unless the status is `ok`")
    class_: str | None = Field(serialization_alias="class", description="what the value means")
    leading: bool = Field(description="whether it is the one of its kind that we tell of")
    inputs: int = Field(description="lines that it rests on")
    inputs_hash: str = Field(description="SHA-256 of them")
    code_version: str = Field(description="of the rules")


class AlarmList(BaseModel):
    """The alarms of a commodity for the last month that ended on or before a day."""

    area: str | None = Field(description="code of the area")
    market: str | None = Field(description="code of the market")
    commodity: str = Field(description="code of the commodity")
    source: str | None = Field(description="where prices come from; null: there is no series")
    as_of: datetime.date = Field(description="the day; nothing after it was looked at")
    month: str = Field(description="the last month that ended by then")
    items: list[AlarmOut] = Field(description="a row per rule and mode")


class GapOut(BaseModel):
    """A price beside what the law names. gap, class, reference: null when none is on file."""

    commodity: str = Field(description="code of the commodity")
    name: str = Field(description="its name in the caller's language")
    unit: str | None = Field(description="unit that prices are per; null: not known")
    date: datetime.date = Field(description="day of the price, on which the reference holds")
    price: Number = Field(description="newest price")
    source: str = Field(description="where it comes from")
    status: Literal["compared", "none_on_file"] = Field(description="whether a reference is known")
    gap: Number | None = Field(
        description="above the ceiling positive, below the floor negative, else 0; a fraction"
    )
    class_: str | None = Field(
        serialization_alias="class", description="`within`, `slight`, `marked` or `severe`"
    )
    floor: Number | None = Field(description="lowest price that the law names")
    ceiling: Number | None = Field(description="highest price that the law names")
    reference: str | None = Field(description="id of the reference price")
    valid_from: datetime.date | None = Field(description="its first day")
    valid_to: datetime.date | None = Field(description="its last day")
    legal_ref: str | None = Field(description="the decree that names it")
    basis: str | None = Field(description="where it was seen: `decree`, `press`, …")


class GapList(BaseModel):
    """The newest prices of a place beside what the law names."""

    area: str | None = Field(description="code of the area")
    market: str | None = Field(description="code of the market")
    as_of: datetime.date = Field(description="today, in the region")
    currency: str = Field(description="ISO 4217 code")
    items: list[GapOut] = Field(description="a row per commodity that has a price")


class BasketItemOut(BaseModel):
    """An item's part in the index."""

    commodity: str = Field(description="code of the commodity")
    name: str = Field(description="its name in the caller's language")
    weight: Number = Field(description="share of spending; all of them make 1")
    relative: Number = Field(description="its price by that of the base month")
    contribution: Number = Field(description="points of the index's change; they sum to it")
    imputed: bool = Field(description="no price of its own: its group's movement stands in")
    varieties: int = Field(description="varieties behind it; 0: the commodity's own series")
    illustrative: bool = Field(description="the share is an example, not a fact")
    weight_source: str = Field(description="where the share comes from")


class BasketOut(BaseModel):
    """The cost of the basket against a base month."""

    area: str = Field(description="code of the area")
    base: str = Field(description="base month, which is 100")
    month: str = Field(description="the month")
    index: Number | None = Field(description="null when no item has a price in both months")
    illustrative: bool = Field(description="some share is an example, not a fact")
    items: list[BasketItemOut] = Field(description="the items; none without an index")
