"""The database: can it be used, is it whole, does it have what this version needs?"""

import shlex
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

from civicapp.doctor.finding import Finding, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.places import network_type
from civicapp.doctor.settings import unsound
from civicapp.storage.database import BadUrl
from civicapp.storage.faults import OLDEST_POSTGRES, probe
from civicapp.storage.migrate import Status, status

QUICK_CHECK = 20.0  # seconds; a large file takes longer


def check_database(host: Host) -> Iterator[Finding]:
    """Tell whether the database can be used."""
    try:
        url = host.url
    except BadUrl as e:
        yield error(str(e), host.set("CIVICAPP_DATABASE", "postgresql://user@host/database"))
        return
    if url is None:
        yield unsound(host)
    elif url.drivername == "sqlite":
        yield from _file(host, Path(str(url.database)))
    else:
        yield from _server(host, url)


def _server(host: Host, url: URL) -> Iterator[Finding]:
    server = host.server
    if isinstance(server, Finding):
        yield server
        return
    if server.version < OLDEST_POSTGRES:
        what = f"PostgreSQL {server.version}; civicapp needs {OLDEST_POSTGRES} or newer"
        yield error(what, f"pg_upgradecluster {server.version} main")
    if server.encoding != "UTF8":
        what = f"{url.database} is kept as {server.encoding}, wants UTF8"
        name = f"{url.database}_utf8"
        yield error(what, f"createdb --encoding=UTF8 --template=template0 {shlex.quote(name)}")
    elif server.version >= OLDEST_POSTGRES:
        yield ok(f"PostgreSQL {server.version}, {server.encoding}: {url}")


def _file(host: Host, path: Path) -> Iterator[Finding]:
    if path.is_dir():
        yield error(f"{path} is a folder, wants a file", host.set("CIVICAPP_DATA"))
        return
    if kind := network_type(host, path.parent):
        what = f"{path.parent} lies on {kind}: SQLite's locks do not hold over a network"
        yield error(what, host.set("CIVICAPP_DATA", "/var/lib/civicapp"))
    if not path.exists():
        yield ok(f"SQLite, made at the first start: {path}")
        return
    if problem := probe(URL.create("sqlite", database=str(path))):
        yield error(problem.message, _mend(path, problem.message))
        return
    yield from _whole(path)


def _mend(path: Path, said: str) -> str:
    if "damaged" in said or "no SQLite database" in said:
        return f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}"
    if "disk is full" in said:
        return f"df -h {shlex.quote(str(path.parent))}"
    return f"ls -la {shlex.quote(str(path.parent))}"


def _whole(path: Path) -> Iterator[Finding]:
    end = time.monotonic() + QUICK_CHECK
    connection = sqlite3.connect(f"file:{_quoted(path)}?mode=rw", uri=True, timeout=5)
    try:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as e:
        if "interrupted" not in str(e):
            raise
        what = f"{path} is too large to be looked through in {QUICK_CHECK:g} s"
        check = ["sqlite3", str(path), "PRAGMA integrity_check"]
        yield skipped(what, shlex.join(check))
        return
    finally:
        connection.close()
    if said != "ok":
        what = f"{path} is damaged: {said}"
        yield error(what, f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}")
    elif mode != "wal":
        what = f"{path}: the write-ahead log cannot be had here, so readers wait for writers"
        yield error(what, f"findmnt --target {shlex.quote(str(path.parent))}")
    else:
        yield ok(f"SQLite, whole: {path}")


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def standing(host: Host) -> Status | None:
    """Tell where the database stands; None when it cannot be used."""
    kernel = host.kernel
    if kernel is None:
        return None
    try:
        url = host.url
    except BadUrl:
        return None
    if url is None:
        return None
    if url.drivername == "sqlite":
        path = Path(str(url.database))
        usable = not path.is_dir() and (not path.exists() or probe(url) is None)
    else:
        server = host.server
        usable = not isinstance(server, Finding) and server.encoding == "UTF8"
    return status(url, kernel.lineages) if usable else None


def check_migrations(host: Host) -> Iterator[Finding]:
    """Tell whether the database has the tables of this version."""
    if host.kernel is None:
        yield skipped("the region does not boot", host.civicapp("check", host.name))
        return
    found, command = host.migrations, host.on_database("db", "status", host.name)
    if found is None:
        yield skipped("the database cannot be used", command)
        return
    if found.unknown:
        who = ", ".join(found.unknown)
        what = f"a newer version of the program has migrated {who}: install that one again"
        yield error(what, command)
    if found.pending:
        who = ", ".join(state.id for state in found.states if state.pending)
        yield _pending(host, who)
    if not found.pending and not found.unknown:
        orphans = f"; kept without a service: {', '.join(found.orphans)}" if found.orphans else ""
        yield ok(f"tables of {', '.join(s.id for s in found.states)}{orphans}")


def _pending(host: Host, who: str) -> Finding:
    upgrade = host.on_database("db", "upgrade", host.name)
    if host.url is None or host.url.drivername != "sqlite":
        return error(f"to come: {who}", upgrade)
    if not Path(str(host.url.database)).exists():
        return ok(f"the first start makes the tables of {who}")
    return warning(f"to come at the next start: {who}", upgrade)


def migrated(host: Host) -> bool:
    """Tell whether the kernel's tables can be asked."""
    found = host.migrations
    return found is not None and all(
        state.current is not None and not state.pending and not state.unknown
        for state in found.states
        if state.id == "core"
    )
