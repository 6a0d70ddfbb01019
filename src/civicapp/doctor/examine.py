"""Run every check on a host; one that fails by itself is a finding and stops no other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from civicapp.doctor import (
    bundle,
    clock,
    database,
    disk,
    files,
    jobs,
    mail,
    region,
    secrets,
    settings,
)
from civicapp.doctor.finding import Finding, Level, error
from civicapp.doctor.host import Host
from civicapp.plugins import reason

Check: TypeAlias = Callable[[Host], Iterable[Finding]]

CHECKS: Mapping[str, Check] = {
    "bundle": bundle.check_files,
    "region": region.check_boot,
    "versions": bundle.check_versions,
    "settings": settings.check_settings,
    "secrets": secrets.check_secrets,
    "references": secrets.check_references,
    "database": database.check_database,
    "migrations": database.check_migrations,
    "disk": disk.check_disk,
    "files": files.check_files,
    "clock": clock.check_clock,
    "mail": mail.check_mail,
    "jobs": jobs.check_jobs,
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A finding, and the check that made it."""

    check: str
    finding: Finding

    @property
    def is_error(self) -> bool:
        """Tell whether something does not work."""
        return self.finding.level is Level.ERROR


def examine(host: Host, checks: Mapping[str, Check] = CHECKS) -> Iterator[Examined]:
    """Run the checks in their order; yield each finding as soon as its check has ended."""
    for name, check in checks.items():
        try:
            found = list(check(host))
        except Exception as e:
            if host.environ.get("CIVICAPP_TRACEBACK"):
                raise
            what = f"the check itself failed: {reason(e)}"
            found = [error(what, f"CIVICAPP_TRACEBACK=1 {host.on_database('doctor', host.name)}")]
        yield from (Examined(name, finding) for finding in found)
