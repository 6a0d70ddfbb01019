"""A plugin that was just started: installed in an environment of its own, tested, served."""

import os
import re
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import URL

WAIT = 600  # seconds for a process under load
DOCS = Path(__file__).parents[2] / "docs/plugins.md"
BARE = "--bare --currency EUR --timezone Europe/Lisbon --language en"


@dataclass(frozen=True)
class World:
    """A folder with an environment, in which `trees` was started and installed."""

    folder: Path
    python: Path

    def run(self, *args: str, cwd: Path | None = None, code: int = 0) -> str:
        """Run Python; return what it prints, or fail with that."""
        done = subprocess.run(
            [self.python, *args],
            cwd=cwd or self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WAIT,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables for a process: none of ours, but for the server of databases."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CIVICAPP_", "PYTHON"))}
        given = os.environ.get("CIVICAPP_TEST_DATABASE_URL")
        kept["PIP_USER"] = "0"  # a personal setting that no environment of its own can follow
        return kept | ({"CIVICAPP_TEST_DATABASE_URL": given} if given else {})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Start `trees` as docs/plugins.md does, where the packages are seen that we see."""
    folder = tmp_path_factory.mktemp("world")
    venv.create(folder / "env", with_pip=False)
    found = World(folder, folder / "env/bin/python")
    site = Path(found.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # addsitedir follows the .pth files in there too: civicapp itself may be editable.
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    found.run("-m", "civicapp", "new-plugin", "trees")
    install = "-m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation"
    found.run(*install.split(), "-e", "plugins/trees")
    found.run("-m", "civicapp", "new-region", "harbour", *BARE.split())
    return found


def test_its_own_tests_pass(world: World) -> None:
    said = world.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "plugins/trees")
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said


def test_its_types_are_right(world: World) -> None:
    cache = str(world.folder / "mypy")
    world.run("-m", "mypy", "--cache-dir", cache, cwd=world.folder / "plugins/trees")


def test_civicapp_lists_it(world: World) -> None:
    listed = world.run("-m", "civicapp", "plugins")
    assert re.search(r"^trees +0\.1\.0 +source tree +installed", listed, re.MULTILINE), listed


def test_a_fault_of_its_table_is_shown_as_the_tutorial_says(world: World) -> None:
    assert BARE in DOCS.read_text("utf-8")
    _, _, rest = DOCS.read_text("utf-8").partition("$ civicapp check harbour\n")
    shown = rest.partition("```")[0].replace("parks", "trees")
    places = world.folder / "regions/harbour/services/trees/places.csv"
    sound = places.read_text("utf-8")
    places.write_text(f"{sound}field,Big,,9,\n", "utf-8")
    try:
        said = world.run("-m", "civicapp", "check", "harbour", code=2)
    finally:
        places.write_text(sound, "utf-8")
    assert shown in said
    world.run("-m", "civicapp", "check", "harbour")


@pytest.fixture
def site(world: World, empty_database_url: URL) -> Iterator[httpx2.Client]:
    """Serve the region that enables it, on a free port."""
    database = ("--database", empty_database_url.render_as_string(hide_password=False))
    world.run("-m", "civicapp", "db", "upgrade", "harbour", *database)
    command = ["-m", "civicapp", "serve", "harbour", "--port", "0", *database]
    log = world.folder / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(world.python), *command],
            cwd=world.folder,
            env=world.environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        found = next(filter(None, (re.search(r"http://\S+:\d+", line) for line in lines)), None)
        assert found is not None, log.read_text()
        with httpx2.Client(base_url=found[0], timeout=60, trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=WAIT)


def test_it_appears_in_a_region_that_enables_it(site: httpx2.Client) -> None:
    def page(path: str, **more: Any) -> httpx2.Response:
        return site.get(path, headers={"accept": "text/html", "accept-language": "en"}, **more)

    home = page("/")
    assert home.status_code == 200
    assert '<a href="/trees">Trees</a>' in home.text
    assert "First place" in page("/trees").text
    place = page("/trees/first-place")
    key = re.search(r'name="form_key" value="([^"]+)"', place.text)
    assert key is not None
    data = {"text": "It leans.", "form_key": key[1]}
    left = site.post("/trees/first-place", data=data, headers={"sec-fetch-site": "same-origin"})
    assert (left.status_code, left.headers["location"]) == (303, "/trees/first-place?left=1")
    listed = site.get("/api/v1/trees/places").json()
    assert [item["code"] for item in listed["items"]] == ["first-place"]
    desk = page("/desk/trees")
    assert desk.status_code == 303
    assert desk.headers["location"] == "/account/sign-in?next=%2Fdesk%2Ftrees"
