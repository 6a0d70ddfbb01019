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


def wire_jobs(id: str, jobs: Iterable[Job]) -> tuple[tuple[WiredJob, ...], list[PluginError]]:
    """Resolve the handlers of a service's jobs; return every fault. id: "" for the kernel."""
    wired: dict[str, WiredJob] = {}
    faults = []
    for job in jobs:
        try:
            if fault := _fault(id or "core", job, wired):
                raise PluginError(id, f"job `{job.name}`: {fault}")
            wired[job.name] = WiredJob(id, job, _handler(id, job))
        except PluginError as e:
            faults.append(e)
    return tuple(wired.values()), faults


def _handler(id: str, job: Job) -> "JobHandler":
    run: JobHandler = resolve(id, job.handler, f"handler of job {job.name}")
    if not callable(run):
        wanted = "wants a function of a JobContext and references"
        what = f"handler `{job.handler}` of job {job.name} is a {type(run).__name__}"
        raise PluginError(id, f"{what}, {wanted}", "point it at that")
    return run


def _fault(owner: str, job: Job, seen: Iterable[str]) -> str | None:
    texts = (job.name, job.handler, job.cron or "")
    if not all(isinstance(text, str) for text in texts) or isinstance(job.retries, str):
        return "name, handler and cron are texts, retries and wait are numbers"
    service, _, name = job.name.partition(".")
    faults = {
        "stands twice": job.name in seen,
        f"wants the name `{owner}.<job>`, small letters, digits and _": (
            service != owner or not _NAME.fullmatch(name) or name == HOOK
        ),
        f"the name has more than {NAME_LENGTH} characters": len(job.name) > NAME_LENGTH,
        "retries and wait are no negative numbers": job.retries < 0 or job.wait <= 0,
    }
    found = next((words for words, wrong in faults.items() if wrong), None)
    if found or job.cron is None:
        return found
    from civicapp.jobs.cron import fault

    return fault(job.cron)
