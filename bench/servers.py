"""Servers as processes of their own, and what they cost: CPU seconds and memory, out of /proc."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import Done, Job

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TICK = os.sysconf("SC_CLK_TCK")
START = 60.0  # seconds in which a server has to answer


class Broken(Exception):
    """Say what did not run, so that there is nothing to measure."""


class Server:
    """A server on 127.0.0.1; its output goes to a file, as a service's goes to a log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.port, self.log = name, port, log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def wait(self, path: str) -> "Server":
        """Wait until it answers; raise Broken."""
        until = time.monotonic() + START
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                if fetch(self.port, path).status == 200:
                    return self
            time.sleep(0.1)
        raise Broken(f"{self.name} does not start:\n{self.log.read_text('utf-8')[-2000:]}")

    def cpu(self) -> float:
        """Return the CPU seconds of its processes so far."""
        ticks = sum(sum(map(int, _stat(pid)[11:15])) for pid in self._pids())
        return ticks / TICK

    def memory(self) -> float:
        """Return the resident memory of its processes, in MiB."""
        pages = sum(int(_stat(pid)[21]) for pid in self._pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _pids(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for pid in (int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()):
            if stat := _stat(pid):
                children.setdefault(int(stat[1]), []).append(pid)
        found = [self._process.pid]
        for pid in found:
            found += children.get(pid, ())
        return found

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name; nothing when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(") ")[2].split()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Read the body."""
        return json.loads(self.body)


def fetch(port: int, path: str, body: object = None) -> Answer:
    """Send one request, as JSON when there is a body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as e:
        return Answer(e.code, dict(e.headers), e.read())


def civicapp(
    pack: Path, data: Path, log: Path, *, cache: bool = True, jobs: bool = False
) -> Server:
    """Start civicapp as a host runs it, with one process."""
    port = free_port()
    command = [f"{BIN}/civicapp", "serve", f"{pack}", "--data", f"{data}", "--port", str(port)]
    environment = {
        "CIVICAPP_ENV": "production",
        "CIVICAPP_SECRET_KEY": "0123456789abcdef" * 4,
        **({} if cache else {"CIVICAPP_CACHE_SIZE": "0"}),
    }
    command.append("--worker" if jobs else "--no-worker")
    return Server("civicapp", command, port, log, environment)


def peer(world: Path, database: Path, log: Path) -> Server:
    """Start the peer, by the server and with the options that civicapp uses."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", "bench.peer:create"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"),
        *("--no-proxy-headers", "--no-server-header", "--ws", "none"),
    ]
    environment = {"PEER_WORLD": str(world), "PEER_DATABASE": str(database)}
    return Server("peer", command, port, log, environment)


NGINX = """\
{user}daemon off; pid {folder}/pid; error_log {folder}/errors; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access; keepalive_requests 1000000; default_type application/json;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def nginx(folder: Path, files: Mapping[str, bytes], log: Path) -> Server | None:
    """Start nginx with these files, where it is installed."""
    program = shutil.which("nginx")
    if program is None:
        return None
    port = free_port()
    for name, body in files.items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    user = "user root; " if os.geteuid() == 0 else ""  # else it may not read the folder
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(user=user, folder=folder, port=port), "utf-8")
    return Server("nginx", [program, "-c", f"{config}", "-p", f"{folder}"], port, log)


class Generator:
    """The load generator's process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, job: Job) -> Done:
        """Run one job; raise Broken."""
        out, back = self._process.stdin, self._process.stdout
        assert out is not None
        assert back is not None
        out.write(json.dumps(asdict(job)) + "\n")
        out.flush()
        line = back.readline()
        if not line:
            raise Broken("the load generator has ended; its error stands above")
        return Done(**json.loads(line))

    def __enter__(self) -> "Generator":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def raw_requests(
    paths: Sequence[str], headers: Mapping[str, str] | None = None, bodies: Sequence[str] = ()
) -> Iterator[str]:
    """Write requests as they go over the line; with bodies they are posts of JSON."""
    given = {"Host": "127.0.0.1", "Accept": "application/json", **(headers or {})}
    if bodies:
        given["Content-Type"] = "application/json"
    for n, path in enumerate(paths):
        lines = [f"{name}: {value}" for name, value in given.items()]
        body = bodies[n] if bodies else ""
        if bodies:
            lines.append(f"Content-Length: {len(body.encode())}")
        yield "\r\n".join((f"{'POST' if bodies else 'GET'} {path} HTTP/1.1", *lines, "", body))
