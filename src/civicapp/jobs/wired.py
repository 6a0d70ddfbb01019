"""Jobs of a service with their handlers resolved, and what is wrong with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from civicapp.plugins import PluginError, resolve
from civicapp.service import Job

if TYPE_CHECKING:
    from civicapp.service import JobHandler

# PostgreSQL tells of new jobs on a channel named after the job, and cuts its name at 63 letters.
NAME_LENGTH = 40
HOOK = "on_event"  # the job by which a plugin hears of events
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class WiredJob:
    """A job ready to run. service: whose Context the handler gets, "" for the kernel's."""

    service: str
    job: Job
    run: "JobHandler"

    @property
    def name(self) -> str:
        """Return the job's name."""
        return self.job.name


def wire_jobs(id: str, jobs: Iterable[Job]) -> tuple[WiredJob, ...]:
    """Resolve the handlers of a service's jobs; raise PluginError."""
    wired: dict[str, WiredJob] = {}
    for job in jobs:
        if fault := _fault(id or "core", job, wired):
            raise PluginError(id, f"job `{job.name}`: {fault}")
        run = resolve(id, job.handler, f"handler of job {job.name}")
        if not callable(run):
            what = f"a {type(run).__name__}, wants a function of a JobContext and references"
            raise PluginError(id, f"handler `{job.handler}` of job {job.name} is {what}")
        wired[job.name] = WiredJob(id, job, run)
    return tuple(wired.values())


def _fault(owner: str, job: Job, seen: Iterable[str]) -> str | None:
    if job.name in seen:
        return "stands twice"
    service, _, name = job.name.partition(".")
    if service != owner or not _NAME.fullmatch(name) or name == HOOK:
        return f"wants the name `{owner}.<job>`, small letters, digits and _"
    if len(job.name) > NAME_LENGTH:
        return f"the name has more than {NAME_LENGTH} characters"
    if job.retries < 0 or job.wait <= 0:
        return "retries and wait are no negative numbers"
    if job.cron is not None:
        from civicapp.jobs.cron import fault

        return fault(job.cron)
    return None
