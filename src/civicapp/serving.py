"""Serving: which process answers requests, which runs the jobs, and how all of them end.

One process does both, the jobs in a thread. Of several the parent runs the jobs and watches the
others; these end with it, even when it is killed.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicapp.backing import Backing, prepare
from civicapp.jobs.runner import Runner
from civicapp.kernel import Kernel, boot, settings_for
from civicapp.problems import Problem, render_text
from civicapp.settings import takes_password

REGION, JOBS = "CIVICAPP_REGION", "CIVICAPP_RUN_JOBS"
FACTORY = f"{__name__}:create"
GRACE = 5.0  # seconds for jobs under way when a server ends
WORKER_GRACE = 30.0  # the same when a worker ends, which has nothing else to do
STARTUP_FAILURE = 3  # tells uvicorn not to start this process again and again


def make_app(kernel: Kernel, backing: Backing, *, jobs: bool) -> ASGIApp:
    """Make the app of a process; with `jobs` it runs them too, from its start to its end."""
    from civicapp.web import create_app

    app = create_app(kernel, database=backing.database, cipher=backing.cipher)
    return Served(app, backing, backing.runner() if jobs else None)


def create() -> ASGIApp:
    """Make the app of a child process; what it serves comes from the environment."""
    from civicapp.web.logs import configure_logging

    region = os.environ[REGION]
    settings = settings_for(region)
    if isinstance(settings, list):
        _give_up(settings)
    configure_logging(settings)
    booted = boot(region, settings=settings)
    if booted.kernel is None:
        _give_up(booted.problems, booted.texts)
    backing = prepare(booted.kernel, region=region)
    if isinstance(backing, list):
        _give_up(backing)
    return make_app(booted.kernel, backing, jobs=os.environ.get(JOBS) == "true")


def _give_up(problems: Sequence[Problem], texts: Mapping[str, str] | None = None) -> NoReturn:
    print(render_text(problems, texts), file=sys.stderr, flush=True)
    sys.exit(STARTUP_FAILURE)


def child_environment(
    region: str, kernel: Kernel, data: Path | None, database: str | None, *, jobs: bool
) -> Mapping[str, str]:
    """Return what child processes find in their environment, so that they serve the same."""
    given = {
        REGION: region,
        JOBS: "true" if jobs else "false",
        "CIVICAPP_ENV": kernel.settings.env,
        "CIVICAPP_DEMO": "true" if kernel.settings.demo else "false",
        "CIVICAPP_TRACE_HOOKS": "true" if kernel.settings.trace_hooks else "false",
        "CIVICAPP_DATA": str(data.absolute()) if data else None,
        "CIVICAPP_DATABASE": database,
        # The file is for an address without password; beside another it would be refused.
        "CIVICAPP_DATABASE_PASSWORD_FILE": ""
        if database and not takes_password(database)
        else None,
    }
    return {name: value for name, value in given.items() if value is not None}


class Served:
    """An app that begins its jobs when it has started, and ends them before it shuts down.

    Each request finds the backing in its state.
    """

    def __init__(self, app: ASGIApp, backing: Backing, runner: Runner | None) -> None:
        self._app, self._backing, self._runner = app, backing, runner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; take part in start and end."""
        if scope["type"] != "lifespan":
            scope.setdefault("state", {})["backing"] = self._backing
            await self._app(scope, receive, send)
            return

        async def receive_end() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._runner:
                # Requests are answered by now; the app still has its database.
                await asyncio.to_thread(self._runner.stop, GRACE)
            return message

        async def send_start(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                end_with_parent()
                if self._runner:
                    self._runner.start()
            await send(message)

        await self._app(scope, receive_end, send_start)


def end_with_parent() -> None:
    """Let this process end when its parent is gone: else it would keep the port for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(parent.sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(parent.sentinel, gone)


def run_jobs(backing: Backing) -> bool:
    """Run the jobs until SIGTERM or Ctrl-C; False when some had to be left to others."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runner = backing.runner()
    runner.start()
    stop.wait()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # whoever asks twice means it
    ended = runner.stop(WORKER_GRACE)
    if ended:
        backing.database.close_now()
    return ended
