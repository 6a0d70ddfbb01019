"""`civicapp serve` and `worker` with a bundle: the same app, without the pack, in production."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from civicapp.region.frozen import freeze

SERVE = ("serve", "dist/isle", "--port", "0")
KEY = "0123456789abcdef" * 4


@pytest.fixture
def bundled(isle):
    """Return the region with its bundle in the place of its pack, and a key."""
    folder = isle.folder / "dist/isle"
    folder.mkdir(parents=True)
    (folder / "region.json").write_bytes(freeze(isle.folder / "regions/isle"))
    shutil.rmtree(isle.folder / "regions")
    isle.environment["CIVICAPP_SECRET_KEY"] = KEY
    return isle


def test_a_bundle_is_served_by_a_server_and_a_worker(bundled, start, wait):
    server = start(*SERVE, "--no-worker").ready()
    server.keep("a")
    worker = start("worker", "dist/isle")
    worker.until("isle: runs jobs\n")
    wait(lambda: bundled.codes("noted") == ["a"])
    assert bundled.processes() == {worker.process.pid}
    assert server.ask("/api/v1/keeper/env").endswith(" production")
    for running in (worker, server):
        code, err = running.end()
        assert (code, "Traceback" in err) == (0, False)


@pytest.mark.parametrize("variables", [{}, {"CIVICAPP_ENV": "development"}])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_all_processes_agree_on_how_they_run(bundled, start, wait, variables):
    bundled.environment |= variables
    server = start(*SERVE, "--workers", "2").ready()
    said: set[str] = set()
    with ThreadPoolExecutor(8) as pool:

        def both_answer() -> bool:
            said.update(pool.map(lambda _: server.ask("/api/v1/keeper/env"), range(20)))
            return len(said) == 2

        wait(both_answer)
    assert {line.split()[1] for line in said} == {variables.get("CIVICAPP_ENV", "production")}
    server.keep("a")
    wait(lambda: bundled.codes("noted") == ["a"])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_demonstration_of_a_bundle_needs_no_key(bundled, start):
    del bundled.environment["CIVICAPP_SECRET_KEY"]
    refused = bundled.run(*SERVE)
    assert refused.returncode == 2
    assert "secret-key a production host needs a secret key" in refused.stderr
    server = start(*SERVE, "--demo").ready()
    assert server.ask("/api/v1/keeper/env").endswith(" development")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_bundle_is_not_watched_for_changes(bundled):
    refused = bundled.run(*SERVE, "--reload")
    assert refused.returncode == 2
    assert refused.stderr == "--reload watches the files of a pack: a bundle does not change\n"


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_bundle_migrates_its_database(empty_isle):
    folder = empty_isle.folder / "dist/isle"
    folder.mkdir(parents=True)
    (folder / "region.json").write_bytes(freeze(empty_isle.folder / "regions/isle"))
    shutil.rmtree(empty_isle.folder / "regions")
    empty_isle.environment["CIVICAPP_SECRET_KEY"] = KEY
    refused = empty_isle.run(*SERVE)
    assert refused.returncode == 2
    assert "civicapp db upgrade dist/isle\n" in refused.stderr
    done = empty_isle.run("db", "upgrade", "dist/isle")
    assert done.stdout.splitlines()[-1] == "keeper: ran 0001"
    assert empty_isle.run("db", "check", "dist/isle").returncode == 0
    empty_isle.folder = Path(folder)
    assert empty_isle.run("db", "status", ".").returncode == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_bundle_whose_plugin_is_not_installed_is_refused(bundled):
    shutil.rmtree(bundled.folder / "site/keeper-1.0.dist-info")
    refused = bundled.run(*SERVE)
    assert refused.returncode == 2
    assert "isle/region.yaml:8:11 unknown-plugin no plugin `keeper` is installed" in refused.stdout
    assert "    8 | plugins: [keeper]\n" in refused.stdout
