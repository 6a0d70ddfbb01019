"""Typed: the form of a market as an officer filled it in, and what it says cell by cell."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from civicapp import N_
from civicapp_prices.desk.door import text_of
from civicapp_prices.domain.quotes import (
    ABSENT,
    NOT_SOLD,
    BadPrice,
    Fault,
    Given,
    read_price,
)
from civicapp_prices.service.panel import Sheet

Cell = tuple[str, int]
"""A commodity and a trader."""

PRICE_OF, SURE_OF = "price", "sure"
LONGEST = 40  # letters of a price as it is kept
BOTH = N_("Write a price, or tick that it is not sold; not both.")
AWAY = N_("Trader %(slot)s is ticked as absent, and has a price here.")


@dataclass(slots=True)
class Typed:
    """What a form holds. done: cells that were answered when the form was made.

    absent applies to the cells that were not. sure: prices that the officer confirmed, as text.
    """

    entry: str
    date: str
    prices: dict[Cell, str] = field(default_factory=dict)
    sure: dict[Cell, str] = field(default_factory=dict)
    not_sold: set[str] = field(default_factory=set)
    absent: set[int] = field(default_factory=set)
    done: set[Cell] = field(default_factory=set)

    def quotes(self, page: Sheet) -> Iterator[Given]:
        """Yield what is sent: one quote for each cell that says something.

        Prices of what is not on the page go along too, to be refused with a word, not dropped.
        """
        asked = {
            (c.code, slot) for c in page.commodities for slot in range(1, page.market.slots + 1)
        }
        for cell, typed in self.prices.items():
            if typed and cell not in asked:
                yield Given(*cell, price=typed)
        for commodity in page.commodities:
            for slot in range(1, page.market.slots + 1):
                cell = commodity.code, slot
                typed = self.prices.get(cell, "")
                if typed:
                    yield Given(*cell, price=typed, confirmed=self._confirmed(cell, typed))
                elif commodity.code in self.not_sold:
                    yield Given(*cell, NOT_SOLD)
                elif slot in self.absent and cell not in self.done:
                    yield Given(*cell, ABSENT)

    def _confirmed(self, cell: Cell, typed: str) -> bool:
        """Tell whether the officer is sure of this very price, not of one typed before."""
        try:
            return self.sure.get(cell) == str(read_price(typed))
        except BadPrice:
            return False

    def faults(self) -> Iterator[tuple[Cell, Fault]]:
        """Find cells that say two things."""
        for cell, typed in self.prices.items():
            code, slot = cell
            if not typed:
                continue
            if code in self.not_sold:
                yield cell, Fault("price", "price-and-none", BOTH)
            elif slot in self.absent and cell not in self.done:
                yield cell, Fault("price", "price-of-absent", AWAY, {"slot": slot})


def read(form: FormData) -> Typed:
    """Read a form as it was sent."""
    typed = Typed(text_of(form, "entry", 40), text_of(form, "date", 10))
    for name, value in form.multi_items():
        if not isinstance(value, str):
            continue
        kind, _, rest = name.partition(":")
        if kind in (PRICE_OF, SURE_OF) and (cell := _cell(rest)) is not None:
            into = typed.prices if kind == PRICE_OF else typed.sure
            into[cell] = value.strip()[:LONGEST]
        elif name == "done" and (cell := _cell(value)) is not None:
            typed.done.add(cell)
        elif name == "not_sold":
            typed.not_sold.add(value)
        elif name == "absent" and value.isascii() and value.isdigit():
            typed.absent.add(int(value[:3]))
    return typed


def _cell(text: str) -> Cell | None:
    slot, _, code = text.partition(":")
    return (code, int(slot[:3])) if slot.isascii() and slot.isdigit() and code else None
