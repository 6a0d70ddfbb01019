"""docs/testing.md: it names every fixture, method, test and attribute that there is."""

import re
from pathlib import Path

import pytest

import civicapp.testing
from civicapp.testing import Client, Clock, PluginContract, RegionContract, WatchedOutbox

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
NAMED = set(re.findall(r"`(?:\w+\.)?(\w+)", PAGE))
INSIDE = {  # what tests of civicapp alone ask for
    *("booted_kernels", "database", "database_url", "empty_database_url", "make_database"),
    *("plain_logs", "postgres", "postgres_worlds", "sqlite_files", "sqlite_worlds"),
}


def fixtures():
    kind = type(civicapp.testing.kernel)
    return {name for name, value in vars(civicapp.testing).items() if isinstance(value, kind)}


def public(cls):
    return {name for name in vars(cls) if not name.startswith("_")}


def test_every_fixture_is_on_the_page():
    assert fixtures() - INSIDE <= NAMED
    assert fixtures() >= INSIDE


@pytest.mark.parametrize("suite", [PluginContract, RegionContract])
def test_every_test_of_a_suite_is_on_the_page_and_no_other(suite):
    own = {name for name in dir(suite) if name.startswith("test_")}
    heading = {PluginContract: "plugin", RegionContract: "pack"}[suite]
    part = PAGE.partition(f"## What every {heading} keeps to")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(test_\w+)`", part, re.MULTILINE)) == own


@pytest.mark.parametrize("suite", [PluginContract, RegionContract])
def test_every_attribute_of_a_suite_is_on_the_page(suite):
    said = {name for cls in suite.__mro__ for name in getattr(cls, "__annotations__", {})}
    assert said - {"plugin"} <= NAMED
    assert "cause_jobs" in NAMED


def test_what_clients_clocks_and_outboxes_can_do_is_on_the_page():
    inside = {"request", "stop"}  # overrides TestClient's; ends a clock
    assert public(Client) - inside <= NAMED
    assert public(Clock) - inside <= NAMED
    assert public(WatchedOutbox) - inside - {"by_clock", "backing"} <= NAMED


def test_areas_and_roles_of_the_page_are_those_of_the_island(kernel):
    region = kernel.region
    rows = re.findall(r"^\| (`1[^|]*) \| ([^|]+) \| `(\w+)` \|", PAGE, re.MULTILINE)
    codes = [code for row in rows for code in re.findall(r"`([\d.]+)`", row[0])]
    assert codes == list(region.areas)
    for cell, names, level in rows:
        found = [region.areas[code] for code in re.findall(r"`([\d.]+)`", cell)]
        assert [a.name for a in found] == names.removesuffix(", a district").split(", ")
        assert {a.level for a in found} == {level}
    table = PAGE.partition("| role | may |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(region.roles)
    table = PAGE.partition("| agency | works for |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z]+)`", table)) == set(region.agencies)
