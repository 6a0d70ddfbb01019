"""What a region's pack says about prices: services/prices/config.yaml and its tables."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from civicapp import (
    AreaCode,
    Date,
    Flag,
    Int,
    Localized,
    Number,
    Row,
    SecretRef,
    ServiceConfig,
    Table,
    Text,
)

SURVEY = "survey"
"""Source of the prices that officers of the region enter in its markets."""


class Unit(Row):
    """A unit of quantity, a row of units.csv. Different dimensions are never converted."""

    code: Text = Field(description="Key; commodities name it.")
    name: Localized = Field(description="What people read: per kilogram is `kg`.")
    dimension: Literal["mass", "volume", "count"] = Field(description="What it measures.")
    to_base: Number = Field(
        gt=0, description="How many base units: kilograms, litres or pieces it is."
    )


class Commodity(Row):
    """A commodity, or a variety of one (`parent`), a row of commodities.csv."""

    code: Text = Field(description="Key, such as `beras-medium-1`.")
    list: Text | None = Field(
        default=None, description="The list that it belongs to, such as `pihps`, for people."
    )
    parent: Text | None = Field(
        default=None, description="Commodity of which this is a variety; its series is its own."
    )
    name: Localized = Field(description="What people read.")
    unit: Text | None = Field(
        default=None,
        description="Code of the unit that its prices are per; empty: not known, and we say so.",
    )
    unit_basis: Literal["found", "recalled"] | None = Field(
        default=None, description="Whether the unit was seen in a source."
    )
    surveyed: Flag = Field(default=False, description="Officers ask for it in the markets.")
    staple: Int | None = Field(
        default=None, description="Place among the staples of the home page."
    )
    sort: Int = Field(default=0, description="Order in tables.")
    demo_price: Int | None = Field(
        default=None,
        gt=0,
        description="Price around which a demonstration invents its series; never shown as a fact.",
    )
    basis: Text | None = Field(default=None, description="For those who keep the pack.")


class SourceName(Row):
    """What a source calls a commodity, a row of names.csv."""

    key: ClassVar[tuple[str, ...]] = ("source", "name")

    source: Text = Field(description="`pihps`, `wfp`, or the id of another source.")
    name: Text = Field(description="The source's own name or code, as it writes it.")
    commodity: Text = Field(description="Code of a commodity.")
    basis: Text | None = Field(default=None, description="For those who keep the pack.")


class Market(Row):
    """A market, a row of markets.csv."""

    code: Text = Field(description="Key, such as `18.71-01`.")
    name: Text = Field(description="Name as people say it.")
    area: AreaCode = Field(description="The narrowest area that is known to hold it.")
    lat: Number | None = Field(default=None, ge=-90, le=90, description="Latitude, WGS 84.")
    lon: Number | None = Field(default=None, ge=-180, le=180, description="Longitude, WGS 84.")
    type: Literal["traditional", "modern", "wholesale", "producer"] = Field(
        default="traditional", description="Prices of different types are never mixed."
    )
    slots: Int = Field(default=2, ge=1, le=20, description="Traders of the panel, without names.")
    surveyed: Flag = Field(default=False, description="Officers enter prices here.")
    active_from: Date | None = Field(default=None, description="First day of the panel.")
    active_to: Date | None = Field(default=None, description="Last day of the panel.")
    address: Text | None = Field(default=None, description="Where it is, in words.")
    coord_check: Text | None = Field(default=None, description="What is known about its point.")
    basis: Text | None = Field(default=None, description="For those who keep the pack.")


class Reference(Row):
    """A price that the law names: a floor, a ceiling, or both; a row of references.csv."""

    key: ClassVar[tuple[str, ...]] = ("id",)

    id: Text = Field(description="Key.")
    commodity: Text = Field(description="Code of a commodity.")
    area: AreaCode | None = Field(
        default=None, description="Where it holds, and below; empty: all."
    )
    level: Literal["producer", "wholesale", "consumer"] = Field(
        default="consumer", description="Whose price it limits."
    )
    floor: Number | None = Field(default=None, gt=0, description="Lowest price per unit.")
    ceiling: Number | None = Field(default=None, gt=0, description="Highest price per unit.")
    valid_from: Date = Field(description="First day.")
    valid_to: Date | None = Field(
        default=None, description="Last day; empty: until it is replaced."
    )
    legal_ref: Text | None = Field(default=None, description="The decree that names it.")
    basis: Text = Field(description="Where it was seen: `decree`, `press`, …")


class BasketItem(Row):
    """A commodity of the basket and its share of spending, a row of basket.csv."""

    key: ClassVar[tuple[str, ...]] = ("commodity",)

    commodity: Text = Field(description="Code of a commodity.")
    group: Text | None = Field(
        default=None, description="Items of one group stand in for each other's movement."
    )
    weight: Number = Field(gt=0, description="Share of spending; all of them make 1.")
    source: Text = Field(description="Where the share comes from, with its year.")
    illustrative: Flag = Field(default=False, description="Shown as an example, not as a fact.")


class Recipient(Row):
    """An office or a program that is told of alarms, a row of recipients.csv."""

    key: ClassVar[tuple[str, ...]] = ("id",)

    id: Text = Field(description="Key.")
    channel: Text = Field(description="`email`, `webhook`, or another channel of the host.")
    target: Text | None = Field(
        default=None, description="An office's public address in the channel's form."
    )
    secret: SecretRef | None = Field(
        default=None, description="The target where it is a secret, as a webhook's is."
    )
    area: AreaCode | None = Field(default=None, description="Alarms of this area, and below.")
    language: Text | None = Field(default=None, description="Empty: the region's own.")


class PricesConfig(ServiceConfig):
    """How prices work in a region."""

    units: Table[Unit] = ()
    commodities: Table[Commodity] = ()
    names: Table[SourceName] = ()
    markets: Table[Market] = ()
    references: Table[Reference] = ()
    basket: Table[BasketItem] = ()
    recipients: Table[Recipient] = ()

    sources: tuple[Text, ...] = Field(
        default=(SURVEY,),
        description="Sources of series, the first that has one is shown; `survey` is our own.",
    )
    survey_open: Text = Field(default="09:00", description="When officers begin to ask.")
    survey_close: Text = Field(default="11:00", description="After this time an entry is late.")
    publish_at: Text = Field(default="13:00", description="When the day's prices come out.")

    alps_min_months: Int = Field(
        default=36, ge=24, le=240, description="Months of history that ALPS needs."
    )
    ipa_min_months: Int = Field(
        default=37, ge=37, le=240, description="Months of history that IPA needs."
    )
    ipa_mode: Literal["fpma", "strict"] = Field(
        default="strict", description="How IPA treats a missing rate; `fpma` as FAO's tool does."
    )
    change_watch: Number = Field(
        default=Decimal("0.10"),
        gt=0,
        description="Monthly rise from which we watch, as a fraction.",
    )
    change_alert: Number = Field(
        default=Decimal("0.25"), gt=0, description="Monthly rise from which we warn."
    )
    change_low: Number = Field(
        default=Decimal("-0.25"), lt=0, description="Monthly fall from which we tell growers."
    )
    gap_classes: tuple[Number, ...] = Field(
        default=(Decimal("0.05"), Decimal("0.10")),
        description="Gaps above a ceiling or below a floor at which a class begins.",
    )

    slip_factor: Int = Field(
        default=10, ge=2, description="A price so many times the last one is asked again."
    )
    peer_limit: Number = Field(
        default=Decimal("3.5"), gt=0, description="Modified z-score above which a quote is flagged."
    )
    peer_percent: Number = Field(
        default=Decimal("0.25"), gt=0, description="The same as a fraction, where peers all agree."
    )
    jump_history: Int = Field(
        default=60, ge=10, description="Quotes needed before a variety's own jumps are a norm."
    )
    flat_days: Int = Field(
        default=30,
        ge=5,
        description="Equal quotes after which we ask whether it is still surveyed.",
    )
