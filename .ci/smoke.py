"""Try the built wheels as a stranger would: an empty venv, an empty folder, no checkout in reach.

Usage: smoke.py WHEELS LOCK. Standard library only. Exit 1 at the first thing that is amiss.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

REGION = "lampung"
START_SECONDS = 60
STOP_SECONDS = 20


def main(wheels: Path, lock: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="civicapp-smoke-") as place:
        home = Path(place)
        bin_dir = install(home / "venv", sorted(wheels.glob("*.whl")), lock, home)
        empty = home / "empty"
        empty.mkdir()
        env = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        command = str(bin_dir / "civicapp")

        say("civicapp --version, check, plugins")
        for args in (["--version"], ["check", REGION], ["plugins", REGION]):
            done = subprocess.run(
                [command, *args], cwd=empty, env=env, text=True, capture_output=True, check=False
            )
            expect(done.returncode == 0, f"civicapp {' '.join(args)}", done.stdout + done.stderr)
        expect("hotlines" in done.stdout, "civicapp plugins names hotlines", done.stdout)

        serve(command, empty, env, home / "server.log")
        say("passed")


def install(folder: Path, wheels: list[Path], lock: Path, home: Path) -> Path:
    """Install the wheels; what they declare must be all they need, in the locked versions."""
    say(f"installing {', '.join(w.name for w in wheels)}")
    for wheel in wheels:
        if wheel.name.startswith("civicapp-"):
            names = zipfile.ZipFile(wheel).namelist()
            pack = f"civicapp/regions/{REGION}/region.yaml"
            expect(pack in names, f"{wheel.name} holds {pack}")
    # Without the hashes: pip wants them of every wheel or of none, and `make install` checked them.
    pins = home / "constraints.txt"
    locked = re.findall(r"^[\w.-]+==[^\\]+", lock.read_text(), re.MULTILINE)
    pins.write_text("\n".join(locked))
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq"]
    subprocess.run([*pip, "install", "-c", str(pins), *map(str, wheels)], check=True)
    subprocess.run([*pip, "check"], check=True)
    return python.parent


def serve(command: str, folder: Path, env: dict[str, str], log: Path) -> None:
    """Start the server, ask it the first questions, stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    say(f"civicapp serve {REGION} --port {port}")
    with log.open("wb") as out:
        server = subprocess.Popen(
            [command, "serve", REGION, "--port", str(port)],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while fetch(f"{base}/healthz")[0] != 200:
            expect(server.poll() is None, "the server runs", log.read_text())
            expect(time.monotonic() < deadline, "the server answers in time", log.read_text())
            time.sleep(0.2)
        for path, kind, sound in (
            ("/readyz", None, bool),
            ("/", "text/html", lambda body: b"Lampung" in body),
            ("/api/v1/hotlines/numbers", "application/json", lambda body: bool(json.loads(body))),
        ):
            answer(base, path, kind, sound, log)
    finally:
        server.terminate()
        try:
            code = server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            code = server.wait()
    expect(code in (0, -15), f"the server stops on SIGTERM (it ended with {code})", log.read_text())


def answer(
    base: str, path: str, kind: str | None, sound: Callable[[bytes], bool], log: Path
) -> None:
    """Expect status 200, the media type and a sound body."""
    status, media_type, body = fetch(base + path)
    told = body[:2000].decode(errors="replace") + "\n" + log.read_text()
    expect(status == 200, f"{path} answers 200, not {status}", told)
    expect(kind is None or media_type == kind, f"{path} is {kind}, not {media_type}", told)
    expect(sound(body), f"{path} says what it should", told)


def fetch(url: str) -> tuple[int, str, bytes]:
    """Ask without a proxy; status 0 when nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as reply:
            return reply.status, reply.headers.get_content_type(), reply.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers.get_content_type(), e.read()
    except OSError:
        return 0, "", b""


def expect(sound: bool, what: str, told: str = "") -> None:
    """End with all that was told, unless it is as expected."""
    if not sound:
        sys.exit(f"smoke: failed: {what}\n{told}".rstrip())


def say(text: str) -> None:
    """Show progress."""
    print(f"smoke: {text}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
