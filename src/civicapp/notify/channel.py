"""Channel: a way to reach somebody. Plugins bring more by the hook `notification_channels`."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from civicapp.settings import Settings


@dataclass(frozen=True, slots=True)
class Message:
    """What to tell, in the recipient's language. data: ids and codes beside it, for programs."""

    subject: str
    text: str
    data: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way.

    id: the same at every try; a channel hands it to the receiver, who can so tell a repetition.
    target: address in the channel's own form. about: what it is about, `complaints.report:7K3Q`.
    """

    id: str
    target: str = field(repr=False)
    message: Message = field(repr=False)
    about: str
    created_at: datetime.datetime


class Undeliverable(Exception):
    """This message will never arrive, however often it is tried; the reason names no address."""


class BadTarget(ValueError):
    """This is no address for the channel."""


class Channel(ABC):
    """A way to reach somebody; one object per process, made from the host's settings.

    `send` runs in a job's thread, and again after a failure: whatever it raises is tried again for
    half a day, except Undeliverable. repeatable: whether the receiver knows a repetition by the
    message's id. If so, a message whose process ended while it was sent goes out again; else it is
    listed as failed, since nobody is to be told twice, and an officer can send it again.
    """

    repeatable: ClassVar[bool] = False

    def __init__(self, settings: "Settings") -> None:
        self.settings = settings

    def missing(self) -> str | None:
        """Say which setting the host lacks for this channel, None if it can be used."""
        return None

    def check_target(self, target: str) -> None:
        """Raise BadTarget for what can be no address; asked before anything is kept."""
        if not target.strip():
            raise BadTarget("there is no address")

    @abstractmethod
    def send(self, outgoing: Outgoing) -> None:
        """Hand a message over; return only when the receiver has said yes."""
