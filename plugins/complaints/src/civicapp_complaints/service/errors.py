"""What service functions raise when something cannot be done; nothing is saved then.

Words are messages of the plugin's gettext domain, translated where they are shown. `Refusal` of the
domain has these kinds: NotPossible and TooLate (409), NotYours (403), Incomplete (422).
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.moves import Incomplete, NotYours, TooLate
from civicapp_complaints.domain.states import NotPossible

__all__ = [
    "Fault",
    "Forbidden",
    "Incomplete",
    "Invalid",
    "NotPossible",
    "NotYours",
    "Outdated",
    "Refusal",
    "TooLate",
    "Unknown",
    "fault_of",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field. message: with `%(word)s`, which `words` fill in."""

    field: str
    code: str
    message: str
    words: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Invalid(Exception):
    """What was typed cannot be taken: all faults at once (422)."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.field}: {f.message % f.words}" for f in self.faults))


class Unknown(Exception):
    """There is no such report for whom asks: unknown and private ones look alike (404)."""


class Forbidden(Exception):
    """The person sees the report, but may not do this (403); beside NotYours of the table."""


class Outdated(Exception):
    """Someone else changed the report meanwhile (412). version: the one it has now."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the report has version {version} now")
        self.version = version


def fault_of(refusal: Refusal) -> Fault:
    """Turn a refusal of the domain into a fault of its field."""
    return Fault(refusal.field, refusal.code, refusal.message, refusal.words)
