"""The part of the contract on tables and migrations."""

import pytest

from civicapp.kernel import Kernel
from civicapp.storage.migrate import MigrationFailed, drift, upgrade
from civicapp.testing.contract.base import PluginBase, check, needs
from civicapp.testing.databases import MakeDatabase
from civicapp.testing.studies import Study
from civicapp.wiring import Wired


class Stored(PluginBase):
    """What a plugin keeps, its migrations make."""

    def test_has_one_line_of_migrations(self, wired: Wired, study: Study) -> None:
        """Its version files can be read, and each but the first follows one other."""
        if wired.lineage is None:
            pytest.skip(f"{self.plugin} has no tables")
        check(f"migrations of {self.plugin}:", study.line_faults)

    def test_migrates_from_nothing_to_its_models(
        self, wired: Wired, study: Study, kernel: Kernel, make_database: MakeDatabase
    ) -> None:
        """Its migrations run on an empty database and make what its models say, on each kind."""
        if wired.lineage is None:
            pytest.skip(f"{self.plugin} has no tables")
        if study.line_faults:
            needs("test_has_one_line_of_migrations")
        url = make_database(None)
        try:
            upgrade(url, kernel.lineages)
        except MigrationFailed as e:
            pytest.fail(f"the migrations of {e.id} fail: {e.reason}", pytrace=False)
        found = drift(url, kernel.lineages)
        hint = f"`civicapp db draft REGION {self.plugin} …` writes the difference"
        own = [line for line in found if line.startswith(f"{self.plugin}:")]
        check(f"the migrations differ from the models; {hint}:", own)
