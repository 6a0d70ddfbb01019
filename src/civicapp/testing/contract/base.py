"""What the parts of a contract suite share: how they fail, and the plugin that they look at.

The parts build on one another: where one fails, those that need it are skipped and say so. So a
fault is told once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NoReturn

import pytest

from civicapp.kernel import Boot, Kernel
from civicapp.settings import Settings
from civicapp.storage.migrate import MigrationFailed
from civicapp.testing.clients import Client
from civicapp.testing.databases import MakeDatabase
from civicapp.testing.fixtures import WORLDS
from civicapp.testing.kernels import Kernels
from civicapp.testing.markup import page_faults
from civicapp.testing.studies import Study
from civicapp.testing.watching import WatchedOutbox, open_watched
from civicapp.testing.worlds import World, Worlds
from civicapp.wiring import Wired

MOST = 20  # faults that are shown


def check(what: str, faults: Iterable[str]) -> None:
    """Fail the test if there are faults, and say all of them."""
    found = list(faults)
    if found:
        more = [f"… and {len(found) - MOST} more"] if len(found) > MOST else []
        pytest.fail("\n  ".join([what, *found[:MOST], *more]), pytrace=False)


def needs(test: str) -> NoReturn:
    """Skip a test that needs what another found missing."""
    pytest.skip(f"cannot be looked at before {test} passes")


def opened(world: World, client: Client, paths: Iterable[str]) -> Iterator[str]:
    """Open pages in each language of a region; yield what is wrong with them."""
    for path in paths:
        for language in world.kernel.region.languages:
            answer = client.speak(language).get(path, follow_redirects=True)
            if answer.status_code != 200:
                said = client.text(answer)[:200]
                yield f"GET {path} answers {answer.status_code} in `{language}`: {said}"
            elif answer.headers.get("content-type", "").startswith("text/html"):
                for fault in page_faults(answer.text, language):
                    yield f"GET {path} in `{language}`: {fault}"


def parts_left_out(kernel: Kernel) -> None:
    """Fail the test when code of a plugin failed and was left out of a page."""
    found = [f"{place} of {plugin}" for plugin, place in sorted(kernel.failures)]
    check("code failed and was left out of a page; the log tells why:", found)


class PluginBase:
    """The plugin that a suite looks at. plugin: its id."""

    plugin: ClassVar[str]

    @pytest.fixture
    def enabled_plugins(self) -> Sequence[str]:
        """Enable the plugin, and what it needs."""
        return (self.plugin,)

    @pytest.fixture
    def study(self, booted_kernels: Kernels) -> Study:
        """Look the plugin up."""
        return booted_kernels.study(self.plugin)

    @pytest.fixture
    def wired(self, study: Study) -> Wired:
        """Return the service with its references resolved."""
        if study.description_faults:
            needs("test_is_installed_and_described")
        if study.reference_faults:
            needs("test_refers_to_what_is_there")
        if study.wired is None:
            pytest.skip(f"{self.plugin} brings hooks only, no service")
        return study.wired

    @pytest.fixture
    def booted(
        self,
        study: Study,
        enabled_plugins: Sequence[str],
        pack_files: Mapping[str, str],
        host_settings: Settings,
        booted_kernels: Kernels,
    ) -> Boot:
        """Boot the invented island with the plugin."""
        for faults, test in (
            (study.description_faults, "test_is_installed_and_described"),
            (study.reference_faults, "test_refers_to_what_is_there"),
            (study.permission_faults, "test_asks_for_its_permissions"),
            (study.table_faults, "test_names_its_tables"),
            (study.claim_faults, "test_claims_nothing_twice"),
        ):
            if faults:
                needs(test)
        island = booted_kernels.island(tuple(enabled_plugins), pack_files)
        return booted_kernels.boot(island, host_settings)

    @pytest.fixture
    def kernel(self, booted: Boot, plain_logs: None) -> Kernel:
        """Return the kernel of the island with the plugin."""
        if booted.kernel is None:
            needs("test_boots_in_the_invented_region")
        booted.kernel.failures.clear()
        return booted.kernel

    @pytest.fixture
    def world(
        self, study: Study, kernel: Kernel, database_kind: str, request: pytest.FixtureRequest
    ) -> World:
        """Return the app on a database, of each kind, which tests share that only look."""
        worlds: Worlds = request.getfixturevalue(WORLDS[database_kind])
        return self.served(study, worlds, kernel)

    def served(self, study: Study, worlds: Worlds, kernel: Kernel) -> World:
        """Return the app of a kernel; skip the test when the migrations are not sound."""
        if study.line_faults:
            needs("test_has_one_line_of_migrations")
        try:
            world = worlds.of(kernel)
        except MigrationFailed:
            needs("test_migrates_from_nothing_to_its_models")
        if any(line.startswith(f"{self.plugin}:") for line in world.drift):
            needs("test_migrates_from_nothing_to_its_models")
        kernel.failures.clear()
        return world

    @pytest.fixture
    def fresh(
        self, kernel: Kernel, world: World, make_database: MakeDatabase, tmp_path: Path
    ) -> Iterator[WatchedOutbox]:
        """Return what the app sends, on a database of this test alone."""
        made = open_watched(kernel, make_database(kernel.lineages), tmp_path / "files")
        yield made
        made.backing.database.close_now()
