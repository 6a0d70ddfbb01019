"""A region with a plugin that keeps tallies, served by processes of the real command."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings
from civicapp.storage import Database, open_database
from civicapp.testing.databases import MakeDatabase

PACK = """\
format: 1
id: isle
area: "7"
name: {en: Isle, id: Pulau}
timezone: Asia/Jakarta
currency: IDR
languages: [en, id]
plugins: [keeper]
levels:
  province: {name: {en: Province, id: Provinsi}}
"""
AREAS = "code,name,level,kind,parent,lat,lon\n7,Isle,province,,,1.5,101.5\n"
PLUGIN = """\
from civicapp import Job, Service, hookimpl

@hookimpl
def service():
    return Service(
        id="keeper",
        api="keeper_parts.parts:router",
        metadata="keeper_parts.parts:metadata",
        migrations="keeper_parts:migrations",
        jobs=(Job("keeper.note", "keeper_parts.parts:note", wait=0.2),),
    )
"""
PARTS = """\
import os
import time

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from civicapp.backing import Backing
from civicapp.storage import service_metadata
from civicapp.web import Ctx

metadata = service_metadata("keeper")
entry = sa.Table("keeper_entry", metadata, sa.Column("code", sa.String(40), primary_key=True))
noted = sa.Table(
    "keeper_noted",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("process", sa.Integer, nullable=False),
)
router = APIRouter()


def keep(session, queue, code, ms):
    session.execute(sa.insert(entry).values(code=code))
    queue.enqueue(session, "keeper.note", code, {"ms": ms})


def write_down(session, code):
    session.execute(sa.insert(noted).values(code=code, process=os.getpid()))


def note(context, refs):
    if refs["ms"]:
        print("job begins", flush=True)
    time.sleep(refs["ms"] / 1000)
    context.db.write_now(write_down, context.key)


@router.post("/keep/{code}", response_class=Response)
async def post(request: Request, code: str, ms: int = 0) -> Response:
    backing: Backing = request.state.backing
    await backing.database.write(keep, backing.queue, code, ms)
    return Response(str(os.getpid()))


@router.get("/env", response_class=Response)
async def env(request: Request) -> Response:
    return Response(f"{os.getpid()} {request.state.backing.kernel.settings.env}")


@router.get("/process", response_class=Response)
async def process() -> Response:
    return Response(str(os.getpid()))
"""
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("keeper_entry", sa.Column("code", sa.String(40), primary_key=True))
    op.create_table(
        "keeper_noted",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
    )
"""
WAIT = 40


class Isle:
    """The region in a folder of its own, with the plugin installed there."""

    def __init__(self, folder: Path, url: URL | None) -> None:
        self.folder, self.url = folder, url
        self.write("regions/isle/region.yaml", PACK)
        self.write("regions/isle/areas/areas.csv", AREAS)
        self.write("site/keeper.py", PLUGIN)
        self.write("site/keeper_parts/__init__.py", "")
        self.write("site/keeper_parts/parts.py", PARTS)
        self.write("site/keeper_parts/migrations/0001_first.py", MIGRATION)
        info = "site/keeper-1.0.dist-info"
        self.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: keeper\nVersion: 1.0\n")
        self.write(f"{info}/entry_points.txt", "[civicapp.plugins]\nkeeper = keeper\n")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CIVICAPP_")},
            "PYTHONPATH": str(folder / "site"),
            "PYTHONUNBUFFERED": "1",
        }
        if url is not None:
            self.environment["CIVICAPP_DATABASE"] = url.render_as_string(hide_password=False)

    def write(self, name: str, words: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, "utf-8")

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "civicapp", *args],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=False,
        )

    def start(self, *args: str) -> "Running":
        """Start a command that stays."""
        return Running(self, args)

    def database(self) -> Database:
        """Open the region's database."""
        file = self.folder / ".civicapp/isle/civicapp.sqlite3"
        return open_database(self.url or URL.create("sqlite", database=str(file)))

    def codes(self, table: str) -> list[str]:
        """Return what was kept, or noted by jobs."""
        database = self.database()
        try:
            query = text(f"SELECT code FROM keeper_{table}")
            return database.read_now(lambda s: list(s.scalars(query)))
        finally:
            database.close_now()

    def processes(self) -> set[int]:
        """Return which processes ran jobs."""
        database = self.database()
        try:
            query = text("SELECT DISTINCT process FROM keeper_noted")
            return database.read_now(lambda s: set(s.scalars(query)))
        finally:
            database.close_now()

    def kernel(self, settings: Settings | None = None) -> Kernel:
        """Boot the region without its plugin, in this process."""
        self.write("regions/isle/region.yaml", PACK.replace("[keeper]", "[]"))
        found = boot(self.folder / "regions/isle", settings=settings or Settings())
        assert found.kernel is not None, found.problems
        return found.kernel


class Running:
    """A command that runs in a process of its own."""

    def __init__(self, isle: Isle, args: tuple[str, ...]) -> None:
        self.isle = isle
        self.process = subprocess.Popen(
            [sys.executable, "-m", "civicapp", *args],
            cwd=isle.folder,
            env=isle.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.out = self.process.stdout
        self.url = ""

    def ready(self) -> "Running":
        """Wait until it says where it serves."""
        line = self.out.readline()
        found = re.fullmatch(r"Isle: (http://127\.0\.0\.1:\d+)\n", line)
        if not found:
            self.kill()
            raise AssertionError(line + str(self.process.communicate()))
        self.url = found[1]
        return self

    def until(self, line: str) -> None:
        """Read its output up to a line."""
        for said in self.out:
            if said == line:
                return
        raise AssertionError(self.process.communicate())

    def ask(self, path: str, method: str = "GET", *, seconds: float = WAIT) -> str:
        """Send a request and return the body of its answer."""
        request = urllib.request.Request(self.url + path, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=seconds) as reply:
            return str(reply.read().decode())

    def keep(self, code: str, ms: int = 0) -> str:
        """Post an entry; return the number of the process that took it."""
        return self.ask(f"/api/v1/keeper/keep/{code}?ms={ms}", "POST")

    def end(self, number: int = signal.SIGTERM, *, everyone: bool = False) -> tuple[int, str]:
        """Send a signal and wait for the end; return exit code and what was said on the way."""
        (os.killpg if everyone else os.kill)(self.process.pid, number)
        _, err = self.process.communicate(timeout=WAIT)
        return self.process.returncode, err

    def kill(self) -> None:
        """End it and all its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def empty_isle(database_kind: str, make_database: MakeDatabase, tmp_path: Path) -> Isle:
    """Return the region with a database that has no tables yet, or no file."""
    return Isle(tmp_path, None if database_kind == "sqlite" else make_database(None))


@pytest.fixture
def isle(empty_isle: Isle) -> Isle:
    """Return the region with a database that is ready: SQLite's is made by the server."""
    if empty_isle.url is not None:
        done = empty_isle.run("db", "upgrade", "isle")
        assert done.returncode == 0, done.stderr
    return empty_isle


Start = Callable[..., Running]


@pytest.fixture
def start(isle: Isle) -> Iterator[Start]:
    """Start commands that are ended with the test."""
    started: list[Running] = []

    def run(*args: str) -> Running:
        started.append(isle.start(*args))
        return started[-1]

    yield run
    for running in started:
        running.kill()
        running.process.communicate()


def wait(true: Callable[[], object], seconds: float = WAIT) -> None:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)


@pytest.fixture(name="wait")
def wait_fixture() -> Callable[..., None]:
    """Return what waits until something is true."""
    return wait
