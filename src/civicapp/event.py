"""Event: something that happened and was committed; other plugins may react to it."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2,}")
NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, told after its commit.

    id: of this one event; a reaction that must happen once uses it as its key. name: one of the
    names in `Service.events`, such as `complaints.report.accepted`. subject: what it is about, as
    people name it. at: when, in UTC. data: ids and codes, nothing personal: what else is needed is
    read when the event arrives.
    """

    id: str
    name: str
    subject: str
    at: datetime.datetime
    data: Mapping[str, str | int] = field(default_factory=dict)


class UnknownEvent(LookupError):
    """No enabled service declares an event of this name."""
