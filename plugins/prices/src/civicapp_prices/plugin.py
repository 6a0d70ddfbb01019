"""The prices plugin: what food costs in the markets, and whether that is unusual."""

from collections.abc import Iterator

from civicapp import Job, Problem, Region, Service, Severity, hookimpl
from civicapp_prices.config import PricesConfig
from civicapp_prices.domain.faults import faults
from civicapp_prices.permissions import PERMISSIONS

PLACE = "services/prices"
JOBS = (
    Job("prices.alarms", "civicapp_prices.jobs.alarms:run", cron="45 13 * * *"),
    Job("prices.bulk", "civicapp_prices.jobs.bulk:run", cron="15 14 * * *"),
    Job("prices.notice", "civicapp_prices.jobs.alarms:notice"),
)


@hookimpl
def service() -> Service:
    """Describe the service."""
    return Service(
        id="prices",
        config=PricesConfig,
        permissions=PERMISSIONS,
        metadata="civicapp_prices.models:metadata",
        migrations="civicapp_prices:migrations",
        files="civicapp_prices.service.bulk:named_files",
        api="civicapp_prices.api:router",
        jobs=JOBS,
        seed="civicapp_prices.seed:demo",
        events=("prices.alarm.changed", "prices.day.published", "prices.quote.flagged"),
    )


@hookimpl
def check_region(region: Region) -> Iterator[Problem]:
    """Check what reaches across the tables: codes, days that overlap, weights."""
    for fault in faults(region.config("prices", PricesConfig)):
        also = region.origin(f"{PLACE}/{fault.other}") if fault.other else None
        message = f"{fault.message}; the other one: {also}" if also else fault.message
        severity = Severity.ERROR if fault.is_error else Severity.WARNING
        yield region.problem(f"{PLACE}/{fault.key}", fault.code, message, fault.hint, severity)
