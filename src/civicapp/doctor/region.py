"""Whether the region boots here, with the plugins that it enables, and its time zones are known."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from civicapp.doctor.finding import Finding, counted, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.problems import in_order


def check_boot(host: Host) -> Iterator[Finding]:
    """Boot the region as `serve` does."""
    check = host.civicapp("check", host.name)
    problems = in_order(host.boot.problems)
    errors = [p for p in problems if p.is_error]
    for problem in errors[:3]:
        place = f"{problem.origin}: " if problem.origin else ""
        yield error(f"{place}{problem.message}", check)
    if len(errors) > 3:
        yield error(f"and {counted(len(errors) - 3, 'more error')}", check)
    warnings = sum(not p.is_error for p in problems)
    if warnings:
        yield warning(f"{counted(warnings, 'warning')} of the pack", check)
    region = host.boot.region
    if region is None:
        if not errors:
            yield skipped("the region cannot be read", check)
        return
    if not errors:
        yield ok(f"{region.id} boots with {', '.join(region.plugins) or 'no plugin'}")
    yield from _zones(
        sorted({region.timezone, *(a.timezone for a in region.areas.values() if a.timezone)})
    )


def _zones(names: list[str]) -> Iterator[Finding]:
    unknown = []
    for name in names:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            unknown.append(name)
    if unknown:
        what = f"this host does not know the time zone {', '.join(unknown)}"
        yield error(what, "python -m pip install --upgrade tzdata")
    else:
        yield ok(f"time zone {', '.join(names)}")
