"""PluginContract: what every plugin keeps to, as tests; subclass it and name the plugin.

class TestParks(PluginContract):
    plugin = "parks"
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from civicapp.kernel import Boot
from civicapp.settings import Settings
from civicapp.storage.migrate import MigrationFailed, drift, upgrade
from civicapp.testing.databases import MakeDatabase
from civicapp.testing.kernels import Kernels, why
from civicapp.testing.studies import Study

HEAVY = ("fastapi", "sqlalchemy")
WAIT = 120  # seconds for a process under load


def fail(what: str, faults: Sequence[str]) -> None:
    """Fail a test with all its faults."""
    if faults:
        pytest.fail("\n  ".join([what, *faults]), pytrace=False)


class PluginContract:
    """What every plugin keeps to. plugin: its id."""

    plugin: ClassVar[str]

    @pytest.fixture
    def enabled_plugins(self) -> Sequence[str]:
        """Enable the plugin, and what it needs."""
        return (self.plugin,)

    @pytest.fixture
    def study(self) -> Study:
        """Look the plugin up."""
        return Study(self.plugin)

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
        if study.service is None:
            pytest.skip("the plugin has no descriptor: see test_is_found_and_described")
        island = booted_kernels.island(tuple(enabled_plugins), pack_files)
        return booted_kernels.boot(island, host_settings)

    def test_is_found_and_described(self, study: Study) -> None:
        """It is installed once under its id, and its descriptor says what it should."""
        fail(f"plugin {self.plugin} cannot be used:", study.faults)

    def test_is_imported_cheaply(self, study: Study) -> None:
        """Importing its module imports neither the web framework nor the database."""
        if study.installed is None:
            pytest.skip("the plugin is not installed: see test_is_found_and_described")
        module = study.installed.module.partition(":")[0]
        code = f"import sys, {module}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"import {module} fails alone:\n{done.stderr}", pytrace=False)
        if done.stdout.split():
            pytest.fail(
                f"import {module} also imports {' and '.join(done.stdout.split())}: describe the"
                " service by references, `module:name`, and import these where they are used",
                pytrace=False,
            )

    def test_boots_in_the_invented_region(self, booted: Boot) -> None:
        """It boots with the files that it brings as `starter`, and those of `pack_files`."""
        if booted.kernel is None:
            pytest.fail(why(booted), pytrace=False)

    def test_migrates_from_nothing_to_its_models(
        self, booted: Boot, make_database: MakeDatabase
    ) -> None:
        """Its migrations make what its models say, on each kind of database."""
        if booted.kernel is None:
            pytest.skip("the region does not boot: see test_boots_in_the_invented_region")
        lineages = booted.kernel.lineages
        url = make_database(None)
        try:
            upgrade(url, lineages)
        except MigrationFailed as e:
            pytest.fail(f"migrations of {e.id} fail: {e.reason}", pytrace=False)
        own = [line for line in drift(url, lineages) if line.startswith(f"{self.plugin}:")]
        hint = f"`civicapp db draft REGION {self.plugin} …` writes the difference:"
        fail(f"the models of {self.plugin} differ from its migrations; {hint}", own)
