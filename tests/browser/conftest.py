"""A server of the real region in its own process, and one Chromium for all tests."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
PATIENCE = 180  # seconds until a server answers, on a busy computer
# Nothing may be looked up but this computer, and no chatter of the browser's own.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)


class Site:
    """A running server."""

    def __init__(self, region: str, folder: Path) -> None:
        command = [sys.executable, "-m", "civicapp", "serve", region, "--demo", "--port", "0"]
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ}
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.url = found[0]
                self._wait()
                return
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()}")

    def _wait(self) -> None:
        """Wait until it answers: a demonstration makes its data first."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=PATIENCE).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.stop()
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Return a function that serves a region and returns its address."""
    running: list[Site] = []

    def start(region: str) -> str:
        running.append(Site(region, tmp_path_factory.mktemp("server")))
        return running[-1].url

    yield start
    for site in running:
        site.stop()


@pytest.fixture(scope="session")
def site(serve: Callable[[str], str]) -> str:
    """Serve Lampung."""
    return serve("lampung")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start the browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail("these tests need Chromium (Debian: apt install chromium)")
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
    yield browser
    browser.close()
    playwright.stop()


class Visitor:
    """A visitor with a browser of their own, and everything that went wrong in it."""

    def __init__(self, chromium: Any, site: str, options: dict[str, Any]) -> None:
        self.site = site
        self.faults: list[str] = []
        self.sizes: dict[str, int] = {}
        cookies = {k: options.pop(k) for k in ("language", "area") if k in options}
        width = options.pop("width", 360)
        options.setdefault("viewport", {"width": width, "height": 800 if width > 600 else 640})
        options.setdefault("locale", "id-ID")
        self.context = chromium.new_context(base_url=site, **options)
        self.context.add_cookies(
            [{"name": k, "value": v, "url": site} for k, v in cookies.items() if v]
        )
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        expected = "Failed to load resource: the server responded with a status of"
        at_page = message.location.get("url", "") == self.page.url
        if message.type in ("error", "warning") and not (expected in message.text and at_page):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _request(self, request: Any) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.site).netloc:
            self.faults.append(f"request to {request.url}")

    def open(self, path: str) -> Any:
        """Open a page of the site and return it."""
        self.page.goto(path, wait_until="load")
        return self.page


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Any, site: str) -> Iterator[Visit]:
    """Return a function that lets a visitor come; nothing may have gone wrong when they leave.

    Its options are those of a browser context, and `language`, `area`, `width`, `site`.
    """
    visitors: list[Visitor] = []

    def come(**options: Any) -> Visitor:
        visitors.append(Visitor(chromium, options.pop("site", site), options))
        return visitors[-1]

    yield come
    faults = [fault for visitor in visitors for fault in visitor.faults]
    for visitor in visitors:
        visitor.context.close()
    assert faults == []


PAGES = (
    *("/", "/menu", "/about", "/hotlines"),
    *("/pages/privacy", "/pages/terms", "/pages/accessibility", "/pages/contact"),
    *("/area", "/area?in=18.06&next=/hotlines", "/area?q=kemiling", "/area?q=kemilling"),
    *("/area/18.71", "/area/18.71.13", "/area/18.71.13.1001", "/nowhere"),
)


@pytest.fixture(scope="session")
def pages() -> tuple[str, ...]:
    """List a page of every kind."""
    return PAGES
