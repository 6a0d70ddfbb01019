"""Run uvicorn on a socket that listens already: once, or anew after every change."""

import os
import signal
import socket
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import uvicorn

import civicapp
from civicapp.kernel import Kernel
from civicapp.plugins import SOURCE_TREE, is_editable
from civicapp.region.files import Reader
from civicapp.region.pack import read_chain
from civicapp.settings import Settings
from civicapp.wiring import package_folder

FACTORY = "civicapp.web.asgi:create"
ENDINGS = ("py", "yaml", "csv", "geojson", "md", "po", "html", "css", "js", "svg")
GRACE = 10  # seconds for open requests when the server ends


def once(_region: str, kernel: Kernel, sock: socket.socket) -> Callable[[], None]:
    """Return what serves a kernel until SIGTERM or Ctrl-C; both end it in good order."""
    from civicapp.web import create_app
    from civicapp.web.logs import configure_logging

    configure_logging(kernel.settings)
    server = uvicorn.Server(uvicorn.Config(create_app(kernel), **options(kernel.settings)))

    def stop(*_: object) -> None:
        server.should_exit = True

    def run() -> None:
        server.run(sockets=[sock])

    # uvicorn raises the signal that ended it once more; one that comes before it starts counts too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return run


def reloading(region: str, kernel: Kernel, sock: socket.socket) -> Callable[[], None]:
    """Return what serves a region in a process of its own, begun anew after every change."""
    from uvicorn.supervisors import ChangeReload

    from civicapp.web.logs import configure_logging

    configure_logging(kernel.settings)
    os.environ["CIVICAPP_REGION"] = region
    os.environ["CIVICAPP_DEMO"] = "true" if kernel.settings.demo else "false"
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        reload=True,
        reload_dirs=[str(folder) for folder in watched(region, kernel)],
        reload_includes=[f"*.{ending}" for ending in ENDINGS],
        **options(kernel.settings),
    )
    return ChangeReload(config, target=uvicorn.Server(config).run, sockets=[sock]).run


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
    folders = [layer.folder for layer in read_chain(region, Reader())]
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
