"""The complaints plugin: from a phone to the office that mends it, and back."""

from collections.abc import Iterator

from civicapp import N_, DeskItem, Job, MenuItem, Problem, Region, Service, Severity, hookimpl
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.faults import faults
from civicapp_complaints.permissions import PERMISSIONS, READ, REVIEW

PLACE = "services/complaints"
JOBS = (
    Job("complaints.photo", "civicapp_complaints.jobs:photo"),
    Job("complaints.notice", "civicapp_complaints.jobs:notice"),
    Job("complaints.resend", "civicapp_complaints.jobs:resend"),
    Job("complaints.forward", "civicapp_complaints.jobs:forward"),
    Job("complaints.forget_drafts", "civicapp_complaints.jobs:forget_drafts", cron="17 * * * *"),
    Job("complaints.move_queues", "civicapp_complaints.jobs:move_queues", cron="* * * * *"),
)
EVENTS = tuple(
    f"complaints.report.{what}"
    for what in ("submitted", "accepted", "replied", "resolved", "closed")
)


@hookimpl
def service() -> Service:
    """Describe the service."""
    return Service(
        id="complaints",
        config=ComplaintsConfig,
        permissions=PERMISSIONS,
        metadata="civicapp_complaints.models:metadata",
        migrations="civicapp_complaints:migrations",
        files="civicapp_complaints.service.photos:named_files",
        api="civicapp_complaints.api:router",
        pages="civicapp_complaints.pages:router",
        desk="civicapp_complaints.desk:router",
        desk_menu=(
            DeskItem(
                "reports",
                label=N_("Reports"),
                permission=READ,
                summary=N_("What waits for you and your office"),
                icon="chat",
                weight=10,
                count="civicapp_complaints.desk.counts:waiting_for",
            ),
            DeskItem(
                "review",
                label=N_("Check for publication"),
                permission=REVIEW,
                summary=N_("What reporters want everyone to see"),
                path="review",
                icon="news",
                weight=20,
                count="civicapp_complaints.desk.counts:waiting_to_publish",
            ),
        ),
        menu=(
            MenuItem(
                "report",
                label=N_("Report a problem"),
                summary=N_("Roads, lamps, rubbish, water"),
                path="new",
                icon="chat",
                weight=10,
            ),
            MenuItem(
                "track",
                label=N_("Follow a report"),
                summary=N_("With the report number"),
                path="track",
                icon="search",
                weight=20,
            ),
        ),
        home="civicapp_complaints.pages:home_block",
        area="civicapp_complaints.pages:area_block",
        part_tags=(),
        jobs=JOBS,
        events=EVENTS,
        seed="civicapp_complaints.seed:demo",
        starter="civicapp_complaints:starter",
    )


@hookimpl
def check_region(region: Region) -> Iterator[Problem]:
    """Check that every category has a deadline, a way to an office, and makes sense in itself."""
    config = region.config("complaints", ComplaintsConfig)
    for fault in faults(config, list(region.levels)):
        also = region.origin(f"{PLACE}/{fault.other}") if fault.other else None
        message = f"{fault.message}; the other one: {also}" if also else fault.message
        severity = Severity.ERROR if fault.is_error else Severity.WARNING
        yield region.problem(f"{PLACE}/{fault.key}", fault.code, message, fault.hint, severity)
