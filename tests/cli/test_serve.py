"""`civicapp serve`: what it refuses, what it prints, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import civicapp
from civicapp.cli.listening import Refused, is_loopback, listen, url
from civicapp.cli.serving import options, watched
from civicapp.kernel import boot
from civicapp.settings import Settings

SLOW = """\
import asyncio
from fastapi import APIRouter
from civicapp import Service, hookimpl

router = APIRouter()

@router.get("/nap", response_model=str)
async def nap() -> str:
    print("napping", flush=True)
    await asyncio.sleep(1)
    return "WORD"

@hookimpl
def service():
    return Service(id="slow", api="slow:router")
"""
WAIT = 30


class Server:
    """A server in a process of its own; its output is read line by line."""

    def __init__(self, world, *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "civicapp", "serve", *args],
            cwd=world.folder,
            env=world.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.url = ""

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ready(self, name: str = "Isle") -> str:
        line = self.line()
        found = re.fullmatch(rf"{name}: (http://127\.0\.0\.1:\d+)\n", line)
        if not found:
            self.process.kill()
            raise AssertionError(line + str(self.process.communicate()))
        self.url = found[1]
        return self.url

    def get(self, path: str) -> tuple[int, str]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=WAIT) as reply:
            return reply.status, reply.read().decode()

    def end(self, number: int, *, everyone: bool = False) -> tuple[int, str]:
        """Send a signal, as Ctrl-C does to the process and its children."""
        (os.killpg if everyone else os.kill)(self.process.pid, number)
        _, err = self.process.communicate(timeout=WAIT)
        return self.process.returncode, err


@contextmanager
def serving(world, *args: str) -> Iterator[Server]:
    server = Server(world, *args, "--port", "0")
    try:
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_server_answers_at_the_printed_address_and_ends_cleanly(world, number):
    world.pack()
    with serving(world, "isle") as server:
        server.ready()
        assert server.get("/healthz")[0] == 200
        code, err = server.end(number)
    assert code == 0
    assert "Traceback" not in err


def test_signal_right_after_the_address_ends_cleanly(world):
    world.pack()
    with serving(world, "isle") as server:
        server.ready()
        assert server.end(signal.SIGTERM)[0] == 0


def test_open_request_is_answered_before_the_end(world):
    world.install("slow", {"slow.py": SLOW}, plugins="slow")
    world.pack("plugins: [slow]\n")
    with serving(world, "isle") as server:
        server.ready()
        answers = []
        asking = threading.Thread(target=lambda: answers.append(server.get("/api/v1/slow/nap")))
        asking.start()
        assert server.line() == "napping\n"
        code, _ = server.end(signal.SIGTERM)
        asking.join(WAIT)
    assert (code, answers) == (0, [(200, '"WORD"')])


def test_warnings_are_counted(world):
    (world.pack() / "content/terms.en.md").unlink()
    with serving(world, "./regions/isle") as server:
        server.ready()
        assert server.line() == "1 warning: civicapp check ./regions/isle shows them\n"


def test_pack_with_errors_is_not_served(world, run):
    world.pack("weekend: [sonday]\n")
    done = run("serve", "isle", "--port", "0")
    assert done.code == 2
    assert done.out == run("check", "isle").out
    assert "http://" not in done.out


def test_wrong_setting_is_not_served(world, run, monkeypatch):
    world.pack()
    monkeypatch.setenv("CIVICAPP_BASE_URL", "isle.example")
    done = run("serve", "isle", "--port", "0")
    assert done.code == 2
    assert "wrong-setting CIVICAPP_BASE_URL" in done.out


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "isle.example"])
def test_demo_is_for_this_computer_only(world, run, host, monkeypatch):
    world.pack()
    told = "--demo shows sample data: it is served on 127.0.0.1 only\n"
    done = run("serve", "isle", "--demo", "--host", host)
    assert (done.code, done.out, done.err) == (2, "", told)
    monkeypatch.setenv("CIVICAPP_DEMO", "true")
    assert run("serve", "isle", "--host", host).err == told


def test_demo_reaches_the_settings(world, run, monkeypatch):
    from civicapp.cli import serving as module

    seen = []
    world.pack()
    monkeypatch.setattr(module, "once", lambda start: lambda: seen.append(start.settings))
    assert run("serve", "isle", "--port", "0", "--demo").code == 0
    assert run("serve", "isle", "--port", "0").code == 0
    assert [settings.demo for settings in seen] == [True, False]


def test_port_in_use_is_named(world, run):
    world.pack()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "isle", "--port", str(port))
    assert (done.code, done.out) == (2, "")
    assert done.err == f"port {port} is in use: choose another with --port, or end what uses it\n"


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a..b", "x" * 300])
def test_address_that_is_not_ours_is_named(host):
    with pytest.raises(Refused, match=f"no address .*{host}.*--host"):
        listen(host, 0)


def test_port_out_of_range_is_a_usage_error(run):
    done = run("serve", "isle", "--port", "70000")
    assert done.code == 2
    assert "--port" in done.err


def test_address_to_open_is_one_of_this_computer():
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        assert url("127.0.0.1", sock) == f"http://127.0.0.1:{port}"
        assert url("localhost", sock) == f"http://localhost:{port}"
        assert url("::1", sock) == f"http://[::1]:{port}"
        assert url("0.0.0.0", sock).startswith(f"http://127.0.0.1:{port} (and every other")


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("", False)],
)
def test_loopback_addresses_are_known(host, ours):
    assert is_loopback(host) is ours


def test_forwarded_headers_are_believed_of_trusted_proxies_only():
    assert options(Settings())["proxy_headers"] is False
    trusting = options(Settings(trusted_proxies="10.1.2.3/8, 192.0.2.7"))
    assert trusting["proxy_headers"] is True
    assert trusting["forwarded_allow_ips"] == ["10.0.0.0/8", "192.0.2.7/32"]


def test_reload_watches_the_whole_chain_and_sources(world, run):
    world.pack()
    world.pack(id="shore", region="format: 1\nid: shore\nextends: isle\nname: {en: Shore}\n")
    kernel = boot("shore").kernel
    assert kernel is not None
    folders = watched("shore", kernel)
    assert folders[:2] == [world.folder / "regions/isle", world.folder / "regions/shore"]
    assert Path(civicapp.__file__).parent in folders


def test_reload_watches_editable_plugins_only(world, run):
    plugin = SLOW.replace("slow", "here")
    for id in ("here", "there"):
        code = plugin.replace("here", id)
        world.install(
            id, {f"{id}/__init__.py": "", f"{id}/plugin.py": code}, plugins=f"{id}.plugin"
        )
        world.write(f"site/{id}/plugin.py", code.replace(f'"{id}:router"', f'"{id}.plugin:router"'))
    info = '{"url": "file:///x", "dir_info": {"editable": true}}'
    world.write("site/civicapp_here-1.0.dist-info/direct_url.json", info)
    world.pack("plugins: [here, there]\n")
    kernel = boot("isle").kernel
    assert kernel is not None
    names = [folder.name for folder in watched("isle", kernel)]
    assert "here" in names
    assert "there" not in names


def shows(server: Server, text: str) -> bool:
    try:
        return text in server.get("/")[1]
    except OSError:  # the old process ends while we ask it
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_reload_starts_again_when_the_pack_changes(world, number):
    world.pack()
    with serving(world, "isle", "--reload") as server:
        server.ready()
        assert "Isle" in server.get("/")[1]
        text = (world.folder / "regions/isle/region.yaml").read_text()
        world.write("regions/isle/region.yaml", text.replace("en: Isle", "en: Atoll"))
        deadline = time.monotonic() + WAIT
        while not shows(server, "Atoll"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        code, err = server.end(number, everyone=number == signal.SIGINT)
    assert code == 0
    assert "Traceback" not in err
