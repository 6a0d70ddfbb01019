"""Listening: every plugin that implements `on_event` gets a job of its own per event.

So one plugin's fault neither holds up nor undoes anything of another, and is tried again.
"""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING

from civicapp import hookspecs
from civicapp.event import Event
from civicapp.jobs.wired import HOOK, WiredJob
from civicapp.plugins import Plugins
from civicapp.service import Job

if TYPE_CHECKING:
    from civicapp.jobs.context import JobContext
    from civicapp.service import JobHandler

Refs = Mapping[str, str | int]
DATA = "data."  # before the names of an event's data, among the references of its job


def job_name(plugin: str) -> str:
    """Return the name of the job that brings events to a plugin."""
    return f"{plugin}.{HOOK}"


def listeners(plugins: Plugins) -> tuple[str, ...]:
    """Name the plugins that want to hear of events."""
    return plugins.implementing(hookspecs.on_event)


def listener_jobs(plugins: Plugins) -> tuple[WiredJob, ...]:
    """Make the jobs that bring events to plugins."""
    return tuple(
        WiredJob(id, Job(job_name(id), "civicapp.hookspecs:on_event"), _hearing(plugins, id))
        for id in listeners(plugins)
    )


def _hearing(plugins: Plugins, id: str) -> "JobHandler":
    def hear(context: "JobContext", refs: Refs) -> None:
        plugins.ask(id, hookspecs.on_event, event=from_refs(refs), context=context)

    return hear


def to_refs(event: Event) -> Refs:
    """Write an event as references of a job."""
    data = {DATA + name: value for name, value in event.data.items()}
    at = event.at.isoformat()
    return {"id": event.id, "name": event.name, "subject": event.subject, "at": at, **data}


def from_refs(refs: Refs) -> Event:
    """Read an event from references of a job."""
    data = {n.removeprefix(DATA): v for n, v in refs.items() if n.startswith(DATA)}
    at = datetime.datetime.fromisoformat(str(refs["at"]))
    return Event(str(refs["id"]), str(refs["name"]), str(refs["subject"]), at, data)
