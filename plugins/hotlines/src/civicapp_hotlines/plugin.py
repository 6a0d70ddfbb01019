"""The hotlines plugin: emergency numbers of my area, and where I am when I call."""

from collections.abc import Iterator

from civicapp import N_, MenuItem, Problem, Region, Service, Severity, hookimpl
from civicapp_hotlines.config import HotlinesConfig
from civicapp_hotlines.domain import answering, faults


@hookimpl
def service() -> Service:
    """Describe the service."""
    return Service(
        id="hotlines",
        config=HotlinesConfig,
        api="civicapp_hotlines.api:router",
        pages="civicapp_hotlines.pages:router",
        menu=(
            MenuItem(
                "hotlines",
                label=N_("Useful numbers"),
                summary=N_("Emergency, police, ambulance"),
                icon="phone",
                weight=30,
            ),
        ),
        home="civicapp_hotlines.pages:home_block",
        area="civicapp_hotlines.pages:area_block",
        footer="civicapp_hotlines.pages:footer_block",
        part_tags=(),
        starter="civicapp_hotlines:starter",
    )


@hookimpl
def check_region(region: Region) -> Iterator[Problem]:
    """Check that each number can be dialled and each confirmed one has a source."""
    numbers = region.config("hotlines", HotlinesConfig).numbers
    for fault in faults(numbers):
        key = ",".join(filter(None, (fault.number.number, fault.number.area)))
        yield region.problem(
            f"services/hotlines/numbers/{key}/{fault.column}", fault.code, fault.message, fault.hint
        )
    if not answering(numbers, None):
        yield region.problem(
            "services/hotlines/numbers",
            "hotlines-none",
            "no confirmed number answers in the whole region",
            "add one without an area to services/hotlines/numbers.csv",
            Severity.WARNING,
        )
