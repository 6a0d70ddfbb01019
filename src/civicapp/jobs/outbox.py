"""Outbox: what a transaction sends out with its commit: jobs, events, notices."""

import datetime
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from civicapp.event import Event, UnknownEvent
from civicapp.jobs.listening import job_name, to_refs
from civicapp.jobs.queue import NO_REFS, JobQueue, Refs
from civicapp.notify import ledger
from civicapp.notify.channel import Message
from civicapp.notify.channels import Channels
from civicapp.notify.deliver import JOB
from civicapp.notify.messages import Messages
from civicapp.problems import did_you_mean


class ChannelOff(RuntimeError):
    """This host cannot use the channel; the text names the setting that it lacks."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Send with the commit of a session, or not at all. One per process.

    events: names that services declare. listeners: plugins that hear of events. messages: renders
    texts from templates. base_url: where links in them lead, None if this host was not told.
    """

    queue: JobQueue
    channels: Channels
    messages: Messages
    sealer: ledger.Sealer = field(repr=False)
    events: Collection[str]
    listeners: Collection[str]
    base_url: str | None = None

    def enqueue(
        self,
        session: Session,
        job: str,
        key: str,
        refs: Refs = NO_REFS,
        *,
        at: datetime.datetime | None = None,
    ) -> bool:
        """Enqueue a job as `JobQueue.enqueue` does."""
        return self.queue.enqueue(session, job, key, refs, at=at)

    def emit(self, session: Session, name: str, subject: str, data: Refs = NO_REFS) -> Event:
        """Tell every plugin that listens what happened, each by a job of its own.

        name: declared in `Service.events`. subject: what it is about, as people name it. data: ids
        and codes. Raise UnknownEvent.
        """
        if name not in self.events:
            hint = did_you_mean(name, sorted(self.events), what="declared")
            raise UnknownEvent(f"no service declares the event `{name}`; {hint}")
        now = datetime.datetime.now(datetime.UTC)
        event = Event(secrets.token_hex(16), name, subject, now, dict(data))
        refs = to_refs(event)
        for plugin in self.listeners:
            self.queue.enqueue(session, job_name(plugin), event.id, refs)
        return event

    def reaches(self, channel: str) -> bool:
        """Tell whether this host can use a channel; raise UnknownChannel."""
        return self.channels.missing(channel) is None

    def notify(
        self,
        session: Session,
        channel: str,
        target: str,
        message: Message,
        key: str,
        *,
        about: str = "",
    ) -> bool:
        """Send a message to a target, once per key; False when it was sent or kept before.

        target: an address in the channel's form; it is kept encrypted, until the message is sent.
        about: what officers see in its place, `complaints.report:7K3Q9XW2W`. A repetition after a
        crash carries the same id. Raise UnknownChannel, ChannelOff, BadTarget.
        """
        if lacking := self.channels.missing(channel):
            raise ChannelOff(f"channel `{channel}` needs {lacking}")
        self.channels[channel].check_target(target)
        id = ledger.keep(session, self.sealer, channel, target, message, key, about)
        if id is None:
            return False
        self.queue.enqueue(session, JOB, id, {"delivery": id})
        return True

    def send_again(self, session: Session, id: str) -> bool:
        """Try a failed delivery again; False when its text is gone, or it did not fail."""
        tries = ledger.again(session, id)
        if tries is None:
            return False
        self.queue.enqueue(session, JOB, f"{id}:{tries}", {"delivery": id})
        return True
