"""What the API of officers takes and gives."""

import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from civicapp_prices.api.models import Number

Written = Annotated[
    object, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]})
]
"""A price as it was written: what is none is told with all other faults of an entry."""

MOST = 2000  # quotes of an entry


class QuoteIn(BaseModel):
    """What one trader asked for one commodity, or why there is no price."""

    model_config = ConfigDict(extra="forbid")

    commodity: str = Field(description="code of a commodity", max_length=64)
    slot: int = Field(description="number of the trader in the market, from 1")
    outcome: Literal["price", "not_sold", "absent"] = Field(
        default="price", description="`not_sold` today; the trader is `absent`"
    )
    price: Written = Field(
        default=None, description="price per unit in whole units of the currency"
    )
    unit: str | None = Field(
        default=None,
        description="unit that the price is per; it must be the commodity's own",
        max_length=64,
    )
    confirmed: bool = Field(
        default=False, description="the price was asked about again, and is right"
    )


class EntryIn(BaseModel):
    """Prices of a market on a day: all of them, or a part."""

    model_config = ConfigDict(extra="forbid")

    market: str = Field(description="code of a market", max_length=64)
    date: datetime.date = Field(description="day of the prices: today, or up to 3 days before")
    method: Literal["field", "phone"] = Field(
        default="field", description="asked in the market, or by phone"
    )
    captured_at: AwareDatetime | None = Field(
        default=None, description="when the prices were asked, with its offset"
    )
    quotes: list[QuoteIn] = Field(description="the quotes", max_length=MOST)


class ReasonOut(BaseModel):
    """Why a price is flagged."""

    code: str = Field(
        description="`slip`: a digit may be missing; `peers`: far from the others of the day; "
        "`jump`: a larger move than usual; `flat`: it has not moved for long; `same`: all traders "
        "agree on everything"
    )
    text: str = Field(description="the same as a sentence, in the caller's language")
    facts: dict[str, str | int | float] = Field(description="the numbers behind it")


class QuoteOut(BaseModel):
    """A quote."""

    id: int = Field(description="key")
    commodity: str = Field(description="code of the commodity")
    slot: int = Field(description="number of the trader")
    outcome: str = Field(description="`price`, `not_sold` or `absent`")
    price: int | None = Field(description="price per unit; null where there is none")
    unit: str = Field(description="unit that the price is per")
    state: str = Field(
        description="`submitted`, `flagged`, `confirmed`, `rejected` or `superseded`"
    )
    reasons: list[ReasonOut] = Field(description="why it is flagged, or was")
    version: int = Field(description="for `If-Match` of a decision")
    revision_of: int | None = Field(description="the quote that it corrects")


class EntryOut(BaseModel):
    """An entry with its quotes."""

    id: str = Field(description="the client's UUID")
    market: str = Field(description="code of the market")
    date: datetime.date = Field(description="day of the prices")
    method: str = Field(description="`field`, `phone` or `import`")
    captured_at: datetime.datetime | None = Field(description="when the prices were asked")
    received_at: datetime.datetime = Field(description="when they came here")
    late: bool = Field(description="they came after the survey's window")
    quotes: list[QuoteOut] = Field(description="its quotes, in the order of the pack")


class PeerOut(BaseModel):
    """Another price of the same commodity and day."""

    market: str = Field(description="code of the market")
    slot: int = Field(description="number of the trader")
    price: int = Field(description="price")


class NeighbourOut(BaseModel):
    """The mean price of a neighbouring area on that day and at the survey before."""

    area: str = Field(description="code of the area")
    price: Number = Field(description="mean price of the day")
    before: Number = Field(description="mean price of the survey before")


class FlagOut(BaseModel):
    """A quote that waits for a decision, with what helps to decide."""

    id: int = Field(description="key of the quote")
    version: int = Field(description="for `If-Match`")
    state: str = Field(description="`flagged`, or what was decided")
    entry: str = Field(description="key of its entry")
    market: str = Field(description="code of the market")
    commodity: str = Field(description="code of the commodity")
    slot: int = Field(description="number of the trader")
    date: datetime.date = Field(description="day of the price")
    price: int = Field(description="price per unit")
    unit: str = Field(description="unit that the price is per")
    reasons: list[ReasonOut] = Field(description="why it is flagged")
    peers: list[PeerOut] = Field(description="other prices of the day, its own market first")
    neighbours: list[NeighbourOut] = Field(description="how the areas beside it moved")


class FlagList(BaseModel):
    """Flagged quotes, the newest day first."""

    items: list[FlagOut] = Field(description="the quotes")
    waiting: int = Field(description="how many wait in all")
    next: str | None = Field(description="cursor of the next page")


class DecisionIn(BaseModel):
    """What a supervisor decides."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["confirm", "reject"] = Field(description="whether the price counts")
    reason: str = Field(
        default="", description="why; needed for `reject`, at least 5 letters", max_length=500
    )


class DecidedOut(BaseModel):
    """A quote after the decision."""

    id: int = Field(description="key of the quote")
    state: str = Field(description="`confirmed` or `rejected`")
    version: int = Field(description="its version now")
    reason: str | None = Field(description="why it was decided so")
