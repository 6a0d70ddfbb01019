"""Run uvicorn on a socket that listens already: once, several times, or anew after a change."""

import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

import civicapp
from civicapp.backing import Backing
from civicapp.kernel import Kernel
from civicapp.plugins import SOURCE_TREE, is_editable
from civicapp.region.files import Reader
from civicapp.region.pack import read_chain
from civicapp.serving import FACTORY, STARTUP_FAILURE, child_environment, make_app
from civicapp.serving import GRACE as JOBS_GRACE
from civicapp.settings import Settings
from civicapp.wiring import package_folder

ENDINGS = ("py", "yaml", "csv", "geojson", "md", "po", "html", "css", "js", "svg")
GRACE = 10  # seconds for open requests when the server ends


@dataclass(frozen=True, slots=True)
class Start:
    """What a server starts from. region, data, database: as typed; jobs: run them too."""

    region: str
    backing: Backing
    sock: socket.socket
    data: Path | None
    database: str | None
    jobs: bool

    @property
    def settings(self) -> Settings:
        """Return the settings of this host."""
        return self.backing.kernel.settings

    def inherit(self, *, jobs: bool) -> None:
        """Let child processes serve the same; `jobs`: whether they run them."""
        kernel = self.backing.kernel
        os.environ.update(
            child_environment(self.region, kernel, self.data, self.database, jobs=jobs)
        )


def once(start: Start) -> Callable[[], None]:
    """Return what serves in this process until SIGTERM or Ctrl-C; both end it in good order."""
    app = make_app(start.backing.kernel, start.backing, jobs=start.jobs)
    server = uvicorn.Server(uvicorn.Config(app, **options(start.settings)))

    def stop(*_: object) -> None:
        server.should_exit = True

    def run() -> None:
        server.run(sockets=[start.sock])

    # uvicorn raises the signal that ended it once more; one that comes before it starts counts too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return run


def several(start: Start, workers: int) -> Callable[[], None]:
    """Return what serves by several processes; this one watches them, and runs the jobs."""
    start.inherit(jobs=False)
    config = uvicorn.Config(FACTORY, factory=True, workers=workers, **options(start.settings))
    parent = Multiprocess(config, sockets=[start.sock])
    runner = start.backing.runner() if start.jobs else None

    def run() -> None:
        if runner:
            runner.start()
        try:
            parent.run()
        finally:
            if not runner or runner.stop(JOBS_GRACE):
                start.backing.database.close_now()
        if any(process.exitcode == STARTUP_FAILURE for process in parent.processes):
            raise SystemExit(STARTUP_FAILURE)

    return run


def reloading(start: Start) -> Callable[[], None]:
    """Return what serves by a process of its own, begun anew after every change."""
    from uvicorn.supervisors import ChangeReload

    start.inherit(jobs=start.jobs)
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        reload=True,
        reload_dirs=[str(folder) for folder in watched(start.region, start.backing.kernel)],
        reload_includes=[f"*.{ending}" for ending in ENDINGS],
        **options(start.settings),
    )
    parent = ChangeReload(config, target=uvicorn.Server(config).run, sockets=[start.sock])

    def run() -> None:
        start.backing.database.close_now()  # by now sample data are made
        parent.run()

    return run


def options(settings: Settings) -> Mapping[str, Any]:
    """Return uvicorn's options: it neither logs requests nor believes a header of a stranger."""
    trusted = [
        str(ip_network(part.strip(), strict=False))
        for part in settings.trusted_proxies.split(",")
        if part.strip()
    ]
    return {
        "timeout_graceful_shutdown": GRACE,
        "proxy_headers": bool(trusted),
        "forwarded_allow_ips": trusted,
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "ws": "none",
    }


def watched(region: str, kernel: Kernel) -> list[Path]:
    """List the folders whose changes count: the pack's and its parents', and sources in use."""
    folders = [layer.folder for layer in read_chain(region, Reader()) if layer.folder]
    try:
        if is_editable(distribution("civicapp")):
            folders.append(Path(civicapp.__file__).parent)
    except PackageNotFoundError:
        pass
    for id in kernel.plugins.ids:
        package = package_folder(kernel.plugins.module(id))
        if package is not None and kernel.installed[id].origin == SOURCE_TREE:
            folders.append(package)
    return list(dict.fromkeys(folder.resolve() for folder in folders))
