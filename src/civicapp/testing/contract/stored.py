"""The part of the contract on tables and migrations."""

import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from civicapp.kernel import Boot
from civicapp.storage.migrate import MigrationFailed, drift, upgrade
from civicapp.testing.contract.base import PluginBase, check, needs
from civicapp.testing.databases import MakeDatabase
from civicapp.wiring import Wired


class Stored(PluginBase):
    """What a plugin keeps, its migrations make."""

    def test_has_one_line_of_migrations(self, wired: Wired) -> None:
        """Its version files can be read, and each but the first follows one other."""
        if wired.lineage is None:
            pytest.skip(f"{self.plugin} has no tables")
        try:
            scripts = ScriptDirectory.from_config(wired.lineage.config())
            heads = scripts.get_heads()
        except (CommandError, SyntaxError, ImportError) as e:
            pytest.fail(f"version files of {self.plugin} cannot be read: {e}", pytrace=False)
        if len(heads) > 1:
            found = ", ".join(sorted(heads))
            hint = "let the `down_revision` of one be the other"
            pytest.fail(f"there are several newest revisions: {found}; {hint}", pytrace=False)
        if not heads and wired.lineage.metadata.tables:
            hint = f"`civicapp db draft REGION {self.plugin} …` writes the first"
            pytest.fail(f"{wired.lineage.versions} holds no version file; {hint}", pytrace=False)

    def test_migrates_from_nothing_to_its_models(
        self, wired: Wired, booted: Boot, make_database: MakeDatabase
    ) -> None:
        """Its migrations run on an empty database and make what its models say, on each kind."""
        if wired.lineage is None:
            pytest.skip(f"{self.plugin} has no tables")
        if booted.kernel is None:
            needs("test_boots_in_the_invented_region")
        url = make_database(None)
        try:
            upgrade(url, booted.kernel.lineages)
        except MigrationFailed as e:
            pytest.fail(f"the migrations of {e.id} fail: {e.reason}", pytrace=False)
        except CommandError:
            needs("test_has_one_line_of_migrations")
        found = drift(url, booted.kernel.lineages)
        hint = f"`civicapp db draft REGION {self.plugin} …` writes the difference"
        own = [line for line in found if line.startswith(f"{self.plugin}:")]
        check(f"the migrations differ from the models; {hint}:", own)
