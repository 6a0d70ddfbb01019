"""The kernel's own jobs."""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING

from civicapp.service import Job

if TYPE_CHECKING:
    from civicapp.jobs.context import JobContext

CORE_JOBS = (
    Job("core.compact_changes", "civicapp.jobs.core:compact", cron="*/10 * * * *"),
    Job("core.deliver", "civicapp.notify.deliver:deliver", retries=20, wait=20.0),
    Job("core.forget_sent", "civicapp.notify.deliver:forget", cron="20 3 * * *"),
    Job("core.forget_answers", "civicapp.jobs.core:forget_answers", cron="5 * * * *"),
    Job("core.forget_jobs", "civicapp.jobs.core:forget_jobs", cron="40 3 * * *"),
)


def compact(context: "JobContext", _refs: Mapping[str, str | int]) -> None:
    """Keep core_change short."""
    from civicapp.storage.changes import compact_changes

    context.db.write_now(compact_changes)


def forget_jobs(context: "JobContext", _refs: Mapping[str, str | int]) -> None:
    """Remove jobs that are long done or failed."""
    from civicapp.jobs.ledger import forget

    context.db.write_now(forget, datetime.datetime.now(datetime.UTC))


def forget_answers(context: "JobContext", _refs: Mapping[str, str | int]) -> None:
    """Remove answers that nobody may ask for again, and buckets of limits that are long empty."""
    from civicapp.storage.buckets import forget_buckets
    from civicapp.storage.ledgers import forget_answers as forget

    now = datetime.datetime.now(datetime.UTC)
    context.db.write_now(forget, now)
    context.db.write_now(forget_buckets, now)
