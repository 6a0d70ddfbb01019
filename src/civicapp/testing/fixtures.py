"""The fixtures of `civicapp.testing`: region, kernel, database, clients, clock, outbox.

A conftest.py overrides what a test starts from: `enabled_plugins`, `pack_files`,
`region_under_test`, `host_settings`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from civicapp.backing import Backing
    from civicapp.kernel import Boot, Kernel
    from civicapp.settings import Settings
    from civicapp.storage.database import Database
    from civicapp.testing.clients import Client
    from civicapp.testing.clocks import Clock
    from civicapp.testing.databases import Files, MakeDatabase, Postgres
    from civicapp.testing.kernels import BootIsland, Kernels
    from civicapp.testing.watching import WatchedOutbox
    from civicapp.testing.worlds import Worlds


@pytest.fixture
def enabled_plugins() -> Sequence[str]:
    """Return the ids of the plugins that the invented island enables: none unless overridden.

    What they need is enabled too.
    """
    return ()


@pytest.fixture
def pack_files() -> Mapping[str, str]:
    """Return more files of the invented island, path → text: none unless overridden."""
    return {}


@pytest.fixture(scope="session")
def booted_kernels(tmp_path_factory: pytest.TempPathFactory) -> "Kernels":
    """Return the kernels of this test run; each region is booted once."""
    from civicapp.testing.kernels import Kernels

    return Kernels(tmp_path_factory.mktemp("civicapp"))


@pytest.fixture
def region_under_test(
    enabled_plugins: Sequence[str], pack_files: Mapping[str, str], booted_kernels: "Kernels"
) -> str | Path:
    """Return the region to test: the invented island, unless overridden by an id or a path."""
    return booted_kernels.island(tuple(enabled_plugins), pack_files)


@pytest.fixture(scope="session")
def host_settings() -> "Settings":
    """Return the settings of the host: defaults unless overridden; the environment counts not."""
    from civicapp.testing.kernels import plain_settings

    return plain_settings()


@pytest.fixture
def boot_island(
    enabled_plugins: Sequence[str],
    pack_files: Mapping[str, str],
    host_settings: "Settings",
    booted_kernels: "Kernels",
) -> "BootIsland":
    """Return a function that boots the invented island with files changed: `boot_island(files)`.

    Its answer has the `problems` that were found, a `region` and a `kernel` if it is sound.
    """

    def boot(files: Mapping[str, str]) -> "Boot":
        island = booted_kernels.island(tuple(enabled_plugins), {**pack_files, **files})
        return booted_kernels.boot(island, host_settings)

    return boot


@pytest.fixture
def plain_logs() -> Iterator[None]:
    """Write log lines plainly, where pytest shows them beside a failure.

    By default structlog draws tracebacks with all local variables, which takes seconds each.
    """
    import logging

    import structlog

    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield
    structlog.configure(**before)


@pytest.fixture
def kernel(
    region_under_test: str | Path,
    host_settings: "Settings",
    booted_kernels: "Kernels",
    plain_logs: None,
) -> "Kernel":
    """Return the kernel of the region; a pack with errors fails the test with all of them."""
    from civicapp.testing.kernels import why

    booted = booted_kernels.boot(region_under_test, host_settings)
    if booted.kernel is None:
        pytest.fail(why(booted), pytrace=False)
    booted.kernel.failures.clear()
    return booted.kernel


@pytest.fixture
def outbox(
    kernel: "Kernel", make_database: "MakeDatabase", tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator["WatchedOutbox"]:
    """Return what the app sends: `run_jobs()`, then `messages`, `events`, `jobs`.

    Jobs with a cron line run only in a test that also asks for `clock`.
    """
    from civicapp.testing.watching import open_watched

    by_clock = "clock" in request.fixturenames
    if by_clock:
        request.getfixturevalue("clock")  # before anything is written
    url = make_database(kernel.lineages)
    made = open_watched(kernel, url, tmp_path / "files", by_clock=by_clock)
    yield made
    made.backing.database.close_now()


@pytest.fixture
def backing(outbox: "WatchedOutbox") -> "Backing":
    """Return what the app works with: database, files, queue, outbox, cipher."""
    return outbox.backing


@pytest.fixture
def db(backing: "Backing") -> "Database":
    """Return an open database, of each kind, with the tables of the kernel and its services.

    `db.write_now(fn, …)` and `db.read_now(fn, …)` run service functions.
    """
    return backing.database


@pytest.fixture
def client(backing: "Backing") -> Iterator["Client"]:
    """Return a guest's client of the whole app; `client.as_officer(role)` is an officer's.

    The test fails at its end when a plugin's code failed unseen, in a part of a page that was left
    out; one that wants this calls `kernel.failures.clear()`.
    """
    from civicapp.testing.clients import make_client

    with make_client(backing) as opened:
        yield opened
    failures = backing.kernel.failures
    if failures:
        found = ", ".join(f"{place} of {plugin}" for plugin, place in failures)
        failures.clear()
        pytest.fail(f"code of a plugin failed and was left out of pages: {found}", pytrace=False)


@pytest.fixture
def clock() -> Iterator["Clock"]:
    """Return the clock that the whole program sees; it stands still until the test moves it."""
    from civicapp.testing.clocks import Clock

    made = Clock()
    yield made
    made.stop()


WORLDS = {"sqlite": "sqlite_worlds", "postgresql": "postgres_worlds"}
"""By kind of database, the fixture with the apps that tests share: tests that only look."""


@pytest.fixture(scope="session")
def sqlite_worlds(sqlite_files: "Files") -> Iterator["Worlds"]:
    """Return the apps that tests share on SQLite."""
    from civicapp.testing.worlds import Worlds

    made = Worlds(sqlite_files)
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres_worlds(postgres: "Postgres") -> Iterator["Worlds"]:
    """Return the apps that tests share on PostgreSQL."""
    from civicapp.testing.worlds import Worlds

    made = Worlds(postgres)
    yield made
    made.close()
