"""A reading: what a rule says of a series in a month, and of what exactly it says so."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

CODE_VERSION = "1"
"""Of the rules: a new one says that the same inputs may give another value."""

Status = Literal["ok", "insufficient_history", "no_recent_data", "undefined"]
VALUE_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer of a rule. value, class_: None unless `status` is `ok`.

    status: `insufficient_history` below the least number of months; `no_recent_data` when the month
    itself, or one that it is compared with, has no price; `undefined` when nothing ever varied.
    inputs: the lines that the answer rests on, see `inputs_text`.
    """

    kind: str
    mode: str
    month: str
    status: Status
    value: Decimal | None
    class_: str | None
    inputs: tuple[str, ...]

    @property
    def inputs_hash(self) -> str:
        """Return the SHA-256 of the inputs."""
        return hashlib.sha256(inputs_text(self).encode()).hexdigest()


def inputs_text(reading: Reading) -> str:
    """Write down what a reading rests on: a head with the rule, then a line per input.

    Each line ends with a line feed. Prices have six places. docs/prices-method.md shows one.
    """
    head = f"civicapp-prices {CODE_VERSION} {reading.kind} {reading.mode or '-'} {reading.month}"
    return "".join(f"{line}\n" for line in (head, *reading.inputs))


def lines(settings: Mapping[str, object], prices: Iterable[tuple[str, Decimal]]) -> tuple[str, ...]:
    """Write the settings of a rule and the prices that it saw."""
    told = [f"{name}={value}" for name, value in sorted(settings.items())]
    return (*told, *(f"{when} {price:.6f}" for when, price in prices))


def classed(value: Decimal, steps: Iterable[tuple[Decimal, str]], below: str) -> str:
    """Return the class of the highest step that a value reaches, else `below`."""
    reached = [name for least, name in sorted(steps) if value >= least]
    return reached[-1] if reached else below
