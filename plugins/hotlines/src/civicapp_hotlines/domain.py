"""Which numbers to show to whom, in which order, and what a pack may not say about them."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from civicapp_hotlines.config import HotlineNumber, Kind

KINDS: tuple[str, ...] = get_args(Kind)
URGENT = frozenset({"emergency", "fire", "ambulance", "police", "rescue"})
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a number's column."""

    number: HotlineNumber
    column: str
    code: str
    message: str
    hint: str


def answering(
    numbers: Iterable[HotlineNumber], path: Collection[str] | None
) -> list[HotlineNumber]:
    """Return the confirmed numbers that answer in an area, by kind, the most local first.

    path: codes of the area and of those above it; None asks for the numbers of the whole region.
    """
    places = list(path or ())
    found = [n for n in numbers if n.status == "confirmed" and (n.area is None or n.area in places)]
    return sorted(found, key=lambda n: (KINDS.index(n.kind), -_depth(n, places), n.number))


def _depth(number: HotlineNumber, places: list[str]) -> int:
    return places.index(number.area) + 1 if number.area in places else 0


def spaced(number: str) -> str:
    """Group the digits of a long number as they are read aloud: `0811-729-444`."""
    if len(number) <= 5 or not number.isdigit():
        return number
    head, rest = number[:4], number[4:]
    size = 3 if len(rest) % 3 == 0 else 4
    return "-".join([head, *(rest[i : i + size] for i in range(0, len(rest), size))])


def faults(numbers: Iterable[HotlineNumber]) -> Iterator[Fault]:
    """Find numbers that nobody can dial, and confirmed ones that nobody can check."""
    for n in numbers:
        if not _NUMBER.fullmatch(n.number):
            yield Fault(
                n,
                "number",
                "hotlines-number",
                f"`{n.number}` is no telephone number",
                "digits only, 3 to 15 of them, + in front if it is international",
            )
        if n.status == "confirmed" and not n.source:
            yield Fault(
                n,
                "status",
                "hotlines-unsourced",
                f"{n.number} is confirmed, but no source is given",
                "name the source, or set the status to unconfirmed: it is then not shown",
            )
