"""The part of the contract on what a plugin says of itself."""

import os
import subprocess
import sys
from collections.abc import Collection
from typing import ClassVar

import pytest

from civicapp.identity.permissions import matches
from civicapp.kernel import Boot
from civicapp.testing.contract.base import PluginBase, check, needs
from civicapp.testing.kernels import why
from civicapp.testing.routes import api_routes, desk_routes, page_routes
from civicapp.testing.studies import Study
from civicapp.testing.words import catalog_faults
from civicapp.wiring import Wired

HEAVY = ("fastapi", "sqlalchemy")
WAIT = 120  # seconds for a process under load


class Described(PluginBase):
    """What a plugin says of itself holds.

    checked_in_code: patterns of permissions that no route asks for, because the code does
    (`person.may(…)`, `person.rows(…)`): `("parks.tree.*",)`.
    """

    checked_in_code: ClassVar[Collection[str]] = ()

    def test_is_installed_and_described(self, study: Study) -> None:
        """It is installed once under its id, and its descriptor holds what it declares."""
        check(f"plugin {self.plugin} cannot be used:", study.description_faults)

    def test_is_imported_cheaply(self, study: Study) -> None:
        """Importing its module imports neither the web framework nor the database."""
        if study.installed is None:
            needs("test_is_installed_and_described")
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
            pytest.fail(f"`import {module}` fails:\n{done.stderr}", pytrace=False)
        found = done.stdout.split()
        if found:
            what = f"`import {module}` imports {' and '.join(found)}, which every command waits for"
            hint = "describe parts by references, `module:name`; import these where they are used"
            pytest.fail(f"{what}; {hint}", pytrace=False)

    def test_refers_to_what_is_there(self, study: Study) -> None:
        """Every reference leads to what it should; jobs and events are named as they must."""
        if study.description_faults:
            needs("test_is_installed_and_described")
        check(f"the service of {self.plugin} has faults:", study.reference_faults)

    def test_claims_nothing_twice(self, wired: Wired, study: Study) -> None:
        """No route, menu item or desk entry stands twice."""
        check(f"{self.plugin} lays claim to something twice:", study.claim_faults)

    def test_asks_for_its_permissions(self, wired: Wired, study: Study) -> None:
        """Every desk route asks for a permission, and every one that is asked for is declared."""
        check(f"permissions of {self.plugin}:", study.permission_faults)

    def test_uses_its_permissions(self, wired: Wired, study: Study) -> None:
        """Every permission has a label and is asked for somewhere."""
        if study.permission_faults:
            needs("test_asks_for_its_permissions")
        routes = (*desk_routes(wired), *api_routes(wired), *page_routes(wired))
        asked = {p for route in routes for p in route.permissions}
        asked |= {item.permission for item in wired.service.desk_menu}
        own = wired.service.permissions
        faults = [f"{p.id} has no label, which says what it allows" for p in own if not p.label]
        for p in own:
            if p.id not in asked and not any(matches(c, p.id) for c in self.checked_in_code):
                hint = "if code asks for it, name it in `checked_in_code` of this class"
                faults.append(f"{p.id} is asked for by no route; {hint}")
        for pattern in self.checked_in_code:
            if not any(matches(pattern, p.id) for p in own):
                faults.append(f"checked_in_code: `{pattern}` covers no permission")
        check(f"permissions of {self.plugin}:", faults)

    def test_names_its_tables(self, wired: Wired, study: Study) -> None:
        """Every table carries the plugin's name."""
        check(f"tables of {self.plugin}:", study.table_faults)

    def test_is_translated(self, wired: Wired) -> None:
        """Each language that it ships has every message of its code and templates."""
        faults = catalog_faults(wired.folder) if wired.folder else []
        check(f"translations of {self.plugin}:", faults)

    def test_boots_in_the_invented_region(self, booted: Boot) -> None:
        """It boots with the files that it brings as `starter`, and those of `pack_files`."""
        if booted.kernel is None:
            pytest.fail(why(booted), pytrace=False)
