"""Runner: what runs the jobs of a process, beside a server or alone."""

from typing import Protocol

from civicapp.jobs.schedule import Schedule
from civicapp.jobs.work import Work


class Runner(Protocol):
    """Run jobs in the background until told to stop."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self, timeout: float) -> bool:
        """Begin no more jobs and wait for those under way; False when time ran out.

        What is still running then runs again elsewhere or at the next start.
        """
        ...


def make_runner(work: Work, timezone: str, concurrency: int | None = None) -> Runner:
    """Make the runner that fits the database; cron lines are read in this time zone."""
    schedule = Schedule(list(work.jobs.values()), work.queue, timezone)
    if work.database.is_sqlite:
        from civicapp.jobs.embedded import EmbeddedRunner

        return EmbeddedRunner(work, schedule, concurrency=concurrency or 2)
    from civicapp.jobs.worker import ProcrastinateRunner

    return ProcrastinateRunner(work, schedule, concurrency=concurrency or 4)
