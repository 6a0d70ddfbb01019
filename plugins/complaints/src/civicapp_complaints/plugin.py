"""The complaints plugin: from a phone to the office that mends it, and back."""

from collections.abc import Iterator

from civicapp import Problem, Region, Service, Severity, hookimpl
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.faults import faults
from civicapp_complaints.permissions import PERMISSIONS

PLACE = "services/complaints"


@hookimpl
def service() -> Service:
    """Describe the service."""
    return Service(id="complaints", config=ComplaintsConfig, permissions=PERMISSIONS)


@hookimpl
def check_region(region: Region) -> Iterator[Problem]:
    """Check that every category has a deadline, a way to an office, and makes sense in itself."""
    config = region.config("complaints", ComplaintsConfig)
    for fault in faults(config, list(region.levels)):
        also = region.origin(f"{PLACE}/{fault.other}") if fault.other else None
        message = f"{fault.message}; the other one: {also}" if also else fault.message
        severity = Severity.ERROR if fault.is_error else Severity.WARNING
        yield region.problem(f"{PLACE}/{fault.key}", fault.code, message, fault.hint, severity)
