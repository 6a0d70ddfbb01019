"""Settings: sound, sensible in production, none misspelt, none left in a file that nobody reads."""

import re
import shlex
from collections.abc import Iterator
from ipaddress import ip_network

from civicapp.doctor.finding import Finding, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.plugins import declared_variables
from civicapp.settings import PREFIX, Settings

_LINE = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)")


def check_settings(host: Host) -> Iterator[Finding]:
    """Look at what the environment says."""
    found = [*_unsound(host), *_misspelt(host), *_left_out(host)]
    judge = _production if host.production else _development
    found += judge(host, host.settings)
    yield from found
    if not found:
        yield ok("production" if host.production else "development")


def _unsound(host: Host) -> Iterator[Finding]:
    for problem in host.problems:
        if problem.code != "secret-file":  # the check of the secrets tells of these
            name = problem.message.partition(":")[0]
            yield error(problem.message, host.set(name))


def _misspelt(host: Host) -> Iterator[Finding]:
    for problem in host.unknown:
        name = problem.message.partition(":")[0]
        yield error(f"{problem.message}; {problem.hint}", f"unset {name}")
    kernel, settings = host.kernel, host.settings
    if kernel is None:
        return
    declared = declared_variables(kernel)
    for id in kernel.plugins.ids:
        own = f"{PREFIX}{id.upper()}_"
        known = sorted(name for name in declared if name.startswith(own))
        for name in settings.others:
            if name.startswith(own) and name not in declared:
                what = f"{name}: plugin {id} reads {', '.join(known) or 'no variable'}"
                yield warning(what, f"unset {name}")


def _left_out(host: Host) -> Iterator[Finding]:
    """Find settings in the `.env` beside the bundle that this process was not given."""
    file = host.folder / ".env" if host.folder and host.is_bundle else None
    try:
        lines = file.read_text("utf-8", errors="replace").splitlines() if file else []
    except FileNotFoundError:
        return
    except OSError as e:
        yield warning(f"{file} cannot be read: {e.strerror}", f"ls -l {shlex.quote(str(file))}")
        return
    given = [match for line in lines if (match := _LINE.fullmatch(line))]
    lost = [m[1] for m in given if m[1].startswith(PREFIX) and m[2] and m[1] not in host.environ]
    if lost:
        what = f"{file} sets {', '.join(lost)}, this process does not have it"
        yield warning(what, f"set -a && . {shlex.quote(str(file))} && set +a")


def _development(host: Host, settings: Settings) -> Iterator[Finding]:
    if settings.demo and host.is_bundle:
        yield _demonstration()
    elif host.is_bundle:
        yield warning("a bundle that runs as `development`", "unset CIVICAPP_ENV")


def _demonstration() -> Finding:
    return error("sample data, and sign-ins that everybody knows", "unset CIVICAPP_DEMO")


def _production(host: Host, settings: Settings) -> Iterator[Finding]:
    if settings.demo:
        yield _demonstration()
    if settings.maintenance:
        yield warning("every page answers with a notice, and 503", "unset CIVICAPP_MAINTENANCE")
    if "base_url" in host.unsound:
        pass
    elif settings.base_url is None:
        what = "CIVICAPP_BASE_URL is not set: links in e-mails and in the API lead nowhere sure"
        yield error(what, host.set("CIVICAPP_BASE_URL", "https://portal.example.org"))
    elif not settings.https:
        what = f"{settings.base_url}: what residents write travels in clear"
        address = settings.base_url.replace("http://", "https://", 1)
        yield warning(what, host.set("CIVICAPP_BASE_URL", address))
    yield from _proxies(host, settings)


def _proxies(host: Host, settings: Settings) -> Iterator[Finding]:
    parts = [part.strip() for part in settings.trusted_proxies.split(",") if part.strip()]
    if settings.https and not parts:
        what = (
            "https is ended by a web server in front whose word on addresses is not believed:"
            " all visitors count as one, and are slowed down together"
        )
        yield error(what, host.set("CIVICAPP_TRUSTED_PROXIES", "127.0.0.1"))
    wide = [part for part in parts if ip_network(part, strict=False).num_addresses > 2**24]
    if wide:
        what = f"everyone in {', '.join(wide)} may say from which address a request comes"
        yield warning(what, host.set("CIVICAPP_TRUSTED_PROXIES", "127.0.0.1"))


def unsound(host: Host) -> Finding:
    """Say that a check needs sound settings."""
    return skipped("the settings are not sound", host.on_database("doctor", host.name))
