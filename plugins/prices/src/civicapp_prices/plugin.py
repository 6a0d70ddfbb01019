"""The prices plugin: what food costs in the markets, and whether that is unusual."""

from collections.abc import Iterator

from civicapp import N_, DeskItem, Job, MenuItem, Problem, Region, Service, Severity, hookimpl
from civicapp_prices.config import PricesConfig
from civicapp_prices.domain.faults import faults
from civicapp_prices.permissions import PERMISSIONS, READ, REVIEW

PLACE = "services/prices"
JOBS = (
    Job("prices.alarms", "civicapp_prices.jobs.alarms:run", cron="45 13 * * *"),
    Job("prices.bulk", "civicapp_prices.jobs.bulk:run", cron="20 2 * * *"),
    Job("prices.day", "civicapp_prices.jobs.days:publish", cron="*/5 * * * *"),
    Job("prices.settle", "civicapp_prices.jobs.days:settle"),
    Job("prices.notice", "civicapp_prices.jobs.alarms:notice"),
    Job("prices.fetch", "civicapp_prices.jobs.sources:fetch", cron="20 * * * *", retries=2),
    Job("prices.fetch_source", "civicapp_prices.jobs.sources:fetch_source", retries=4, wait=60.0),
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
        pages="civicapp_prices.pages:router",
        menu=(
            MenuItem(
                "prices",
                label=N_("Food prices"),
                summary=N_("In the markets near you"),
                icon="price",
                weight=15,
                fact="civicapp_prices.pages:fact",
            ),
        ),
        home="civicapp_prices.pages:home_block",
        area="civicapp_prices.pages:area_block",
        part_tags=("prices.scope:*",),
        desk="civicapp_prices.desk:router",
        desk_menu=(
            DeskItem(
                "survey",
                label=N_("Market prices of the day"),
                permission=READ,
                summary=N_("Enter prices, and see which markets are missing"),
                icon="price",
                weight=30,
                count="civicapp_prices.desk.counts:markets_left",
            ),
            DeskItem(
                "flags",
                label=N_("Odd prices"),
                permission=REVIEW,
                summary=N_("Confirm or reject what was flagged"),
                path="flags",
                icon="flag",
                weight=31,
                count="civicapp_prices.desk.counts:flags_waiting",
            ),
        ),
        jobs=JOBS,
        seed="civicapp_prices.seed:demo",
        starter="civicapp_prices:starter",
        hookspecs="civicapp_prices.hookspecs",
        commands="civicapp_prices.cli:app",
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
