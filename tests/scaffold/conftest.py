"""An empty folder in which commands run, and pages of the packs that they write."""

import html
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient

from civicapp import __main__ as start
from civicapp.backing import Backing, prepare
from civicapp.kernel import Kernel, boot
from civicapp.serving import Served
from civicapp.settings import Settings
from civicapp.web import create_app
from civicapp.web.logs import configure_logging


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no setting of the host."""
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(empty: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run a command in this process, in the empty folder."""

    def run(*args: str) -> Done:
        code = start.run(list(args))
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def made(run: Callable[..., Done]) -> Callable[..., Kernel]:
    """Start a pack in ./regions, and boot it."""

    def make(name: str, *options: str) -> Kernel:
        done = run("new-region", name, *options)
        assert done.code == 0, done.err
        booted = boot(name)
        assert booted.kernel is not None, booted.problems
        return booted.kernel

    return make


class Visitor:
    """Someone with a browser that follows no redirect by itself."""

    def __init__(self, app: Any, language: str) -> None:
        self.client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        self.client.headers.update({"accept": "text/html", "sec-fetch-site": "same-origin"})
        self.client.cookies.set("language", language)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, str], **more: Any) -> Any:
        return self.client.post(path, data=data, **more)

    def follow(self, answer: Any) -> Any:
        assert answer.status_code == 303, (answer.status_code, text_of(answer)[:800])
        return self.get(answer.headers["location"])


def text_of(answer: Any) -> str:
    """Return what a page says."""
    body = re.sub(r"(?s)<(script|style|svg).*?</\1>", " ", answer.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@dataclass
class World:
    """A region that is served, with a database of its own."""

    kernel: Kernel
    backing: Backing

    @property
    def app(self) -> Any:
        app = create_app(self.kernel, database=self.backing.database, cipher=self.backing.cipher)
        return Served(app, self.backing, None)

    def visitor(self, language: str = "") -> Visitor:
        return Visitor(self.app, language or self.kernel.region.languages[0])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Kernel], World]]:
    """Serve a kernel in this process."""
    configure_logging(Settings(log_level="error"))
    opened: list[Backing] = []

    def serve(kernel: Kernel) -> World:
        backing = prepare(kernel, tmp_path / f"data-{len(opened)}")
        assert isinstance(backing, Backing), backing
        opened.append(backing)
        return World(kernel, backing)

    yield serve
    for backing in opened:
        backing.database.close_now()
    structlog.reset_defaults()


@pytest.fixture
def say() -> Callable[[Any], str]:
    return text_of
