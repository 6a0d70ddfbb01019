"""What service functions raise when something cannot be done; nothing is saved then.

Words are messages of the plugin's gettext domain, translated where they are shown.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from civicapp_prices.domain.checks import Basis
from civicapp_prices.domain.quotes import Fault

__all__ = ["Decided", "Fault", "Forbidden", "Invalid", "Reused", "Slip", "Slipped", "Unknown"]


class Invalid(Exception):
    """What was sent cannot be taken: all faults at once (422)."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.field}: {f.code}" for f in self.faults))


@dataclass(frozen=True, slots=True)
class Slip:
    """A price to ask about again: a digit may be missing or too many. n: which quote it is."""

    n: int
    commodity: str
    slot: int
    price: int
    last: Decimal
    last_on: datetime.date
    of: Basis


class Slipped(Exception):
    """Prices look like slips of a digit: send them again, mended or confirmed (422)."""

    def __init__(self, slips: Iterable[Slip]) -> None:
        self.slips = tuple(slips)
        super().__init__("; ".join(f"quotes/{s.n}: {s.price} after {s.last}" for s in self.slips))


class Reused(Exception):
    """The UUID of the send came with something else before (422)."""


class Unknown(Exception):
    """There is nothing of this id for whom asks (404)."""


class Forbidden(Exception):
    """The person may not do this here (403)."""


class Decided(Exception):
    """The quote does not wait for a decision any more (409). state: the one it has."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the quote is {state}")
        self.state = state
