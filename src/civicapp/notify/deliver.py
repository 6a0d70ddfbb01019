"""Deliver: the job that sends one message, and the one that forgets what is long done."""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING

from civicapp.notify import ledger
from civicapp.notify.channel import Outgoing, Undeliverable

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from civicapp.jobs.context import JobContext

JOB = "core.deliver"


class NotDelivered(Exception):
    """A try failed; the text names no address."""


def deliver(context: "JobContext", refs: Mapping[str, str | int]) -> None:
    """Send a message, once: a try that was cut off is repeated only where that does no harm."""
    id = str(refs["delivery"])
    channels = context.outbox.channels
    row = context.db.write_now(ledger.begin, id, lambda name: channels[name].repeatable)
    if row is None:
        return  # sent by an earlier try, or given up
    outgoing: Outgoing | None = None
    try:
        outgoing = ledger.opened(row, context.cipher)
        channels[row.channel].send(outgoing)
    except Exception as e:
        gone = isinstance(e, Undeliverable)
        reason = _reason(e, outgoing)
        last = gone or context.last

        def note(session: "Session") -> None:
            ledger.not_sent(session, id, reason, last=last)

        context.db.write_now(note, alone=False)
        if not gone:
            # Without its cause: a driver's error names the address, and would stand in the log.
            raise NotDelivered(f"{row.channel}: {reason}") from None
    else:
        context.db.write_now(ledger.sent, id, alone=False)


def _reason(error: Exception, outgoing: Outgoing | None) -> str:
    text = f"{type(error).__name__}: {error}"
    if outgoing is not None:
        for part in (outgoing.target, *outgoing.target.split()):
            text = text.replace(part, "…")
    return text


def forget(context: "JobContext", _refs: Mapping[str, str | int]) -> None:
    """Forget what is long delivered, or could not be."""
    context.db.write_now(ledger.forget, datetime.datetime.now(datetime.UTC))
