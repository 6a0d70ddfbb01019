"""The plugin: what the service is called, what it brings, and what a pack must not say."""

from collections.abc import Iterator

from civicapp import N_, DeskItem, Job, MenuItem, Problem, Region, Service, Severity, hookimpl

from civicapp_parks.config import PlacesConfig
from civicapp_parks.domain import is_code
from civicapp_parks.permissions import PERMISSIONS, READ

PLACES = "services/parks/places"


@hookimpl
def service() -> Service:
    """Describe the service; what it refers to as text is imported when it is needed."""
    return Service(
        id="parks",
        config=PlacesConfig,
        starter="civicapp_parks:starter",
        metadata="civicapp_parks.models:metadata",
        migrations="civicapp_parks:migrations",
        api="civicapp_parks.api:router",
        pages="civicapp_parks.pages:router",
        desk="civicapp_parks.desk:router",
        permissions=PERMISSIONS,
        menu=(
            MenuItem(
                "parks",
                label=N_("Parks"),
                summary=N_("Look around, and tell the office"),
                icon="pin",
                weight=40,
                fact="civicapp_parks.blocks:fact",
            ),
        ),
        area="civicapp_parks.blocks:area_block",
        part_tags=(),  # the fact and the block come from the pack alone
        desk_menu=(
            DeskItem(
                "parks",
                label=N_("Parks"),
                permission=READ,
                summary=N_("Notes that wait for an answer"),
                icon="pin",
                weight=40,
                count="civicapp_parks.service:waiting",
            ),
        ),
        jobs=(
            Job(
                "parks.forget",
                "civicapp_parks.jobs:forget",
                cron="30 2 * * *",
            ),
        ),
        events=("parks.note.left",),
    )


@hookimpl
def check_region(region: Region) -> Iterator[Problem]:
    """Check what no single file tells: that each place has an address, and an office there."""
    places = region.config("parks", PlacesConfig).places
    if not places:
        code, what = "parks-none", "there is no place to show"
        yield region.problem(PLACES, code, what, "add a row to places.csv", Severity.WARNING)
    for place in places:
        row = f"{PLACES}/{place.code}"
        if not is_code(place.code):
            code, what = "parks-code", f"`{place.code}` cannot stand in an address"
            hint = "small letters, digits and `-`, 64 at most"
            yield region.problem(f"{row}/code", code, what, hint)
        if place.agency and region.agencies.office(place.agency, place.area) is None:
            code, what = "parks-agency", f"{place.agency} has no office there"
            hint = "name another agency, or mend the area"
            yield region.problem(f"{row}/agency", code, what, hint)
