"""`civicapp plugins`: states, contributions, exit codes."""

import json

PLUGIN = """\
from typing import ClassVar
from civicapp import Int, MenuItem, Row, Service, ServiceConfig, Table, Text, hookimpl

class Door(Row):
    code: Text

class Config(ServiceConfig):
    days: Int = 7
    doors: Table[Door] = ()

@hookimpl
def service():
    return Service(
        id="vault", config=Config, api="vault_web:api", menu=(MenuItem("doors", label="Doors"),),
        home="vault_web:block", commands="vault_cli:app",
    )

@hookimpl
def check_region(region):
    return ()
"""
WEB = """\
from fastapi import APIRouter
api = APIRouter()
def block(context): return None
"""
CLI = "import typer\napp = typer.Typer()\n"
RULES = """\
from civicapp import hookimpl

@hookimpl(specname="check_region")
def rules(region):
    return ()
"""


def install_vault(world):
    modules = {"vault.py": PLUGIN, "vault_web.py": WEB, "vault_cli.py": CLI}
    world.install("vault", modules, plugins="vault", commands="vault_cli:app")


def table(out):
    title, *rows = out.splitlines()
    assert title.split() == ["id", "version", "origin", "state", "contributions"]
    return {row.split()[0]: row for row in rows if not row.startswith((" ", "regions/"))}


def test_installed_plugins_are_listed_without_import(world, run):
    world.install("broken", {"broken.py": "1 / 0"}, plugins="broken")
    done = run("plugins")
    assert (done.code, done.err) == (0, "")
    assert table(done.out)["broken"].split() == ["broken", "1.0", "site", "installed"]


def test_enabled_plugin_shows_what_it_contributes(world, run):
    install_vault(world)
    world.install("rules", {"rules.py": RULES}, plugins="rules")
    world.install("idle", {"idle.py": "1 / 0"}, plugins="idle")
    world.pack("plugins: [vault, rules]\n")
    done = run("plugins", "isle")
    rows = table(done.out)
    assert (done.code, done.err) == (0, "")
    assert rows["vault"].split(maxsplit=4)[3:] == [
        "enabled",
        "api /api/v1/vault; menu doors; home; config config.yaml, doors.csv;"
        " commands civicapp vault; hooks check_region",
    ]
    assert rows["rules"].split(maxsplit=4)[3:] == ["enabled", "hooks check_region"]
    assert rows["idle"].split()[3:] == ["installed"]
    assert list(rows)[:2] == ["vault", "rules"]


def test_missing_plugin_and_one_with_a_fault_are_named(world, run):
    world.install("broken", {"broken.py": "1 / 0"}, plugins="broken")
    world.pack("plugins: [broken, gone]\n")
    done = run("plugins", "isle")
    rows = table(done.out)
    assert done.code == 2
    assert rows["broken"].split()[3:] == ["fault"]
    assert rows["gone"].split()[1:] == ["-", "-", "missing"]
    assert "region.yaml:7:11 plugin-error plugin broken: broken cannot be imported" in done.out
    assert "region.yaml:7:19 unknown-plugin no plugin `gone` is installed" in done.out


def test_plugin_brought_by_two_distributions_is_a_fault(world, run):
    world.install("twin", {"twin.py": RULES}, plugins="twin")
    info = "site/civicapp_other-1.0.dist-info"
    world.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: civicapp-other\nVersion: 1.0\n")
    world.write(f"{info}/entry_points.txt", "[civicapp.plugins]\ntwin = twin\n")
    assert "fault" in table(run("plugins").out)["twin"]
    world.pack("plugins: [twin]\n")
    done = run("plugins", "isle")
    assert done.code == 2
    assert "plugin twin: two distributions bring it: " in done.out


def test_errors_elsewhere_in_the_pack_do_not_matter(world, run):
    world.install("rules", {"rules.py": RULES}, plugins="rules")
    world.pack("plugins: [rules]\nweekend: [sonday]\n")
    assert run("plugins", "isle").code == 0


def test_json_holds_states_faults_and_contributions(world, run):
    install_vault(world)
    world.pack("plugins: [vault, gone]\n")
    done = run("plugins", "isle", "--format", "json")
    rows = {row["id"]: row for row in json.loads(done.out)}
    assert done.code == 2
    assert "no plugin `gone` is installed" in done.err
    assert rows["vault"]["distribution"] == "civicapp-vault"
    assert rows["vault"]["contributions"]["config"] == ["config.yaml", "doors.csv"]
    assert rows["gone"]["state"] == "missing"
    assert rows["gone"]["faults"] == ["it is not installed"]
    assert isinstance(json.loads(run("plugins", "--format", "json").out), list)


def test_editable_plugin_is_told_from_one_installed_from_a_file(world, run):
    world.install("here", {"here.py": RULES}, plugins="here")
    where = "site/civicapp_here-1.0.dist-info/direct_url.json"
    world.write(where, '{"url": "file:///x", "archive_info": {}}')
    assert "site" in table(run("plugins").out)["here"]
    world.write(where, '{"url": "file:///x", "dir_info": {"editable": true}}')
    assert "source tree" in table(run("plugins").out)["here"]
    world.write(where, "[")
    assert "site" in table(run("plugins").out)["here"]


def test_unknown_region_is_answered_as_check_does(run):
    done = run("plugins", "lampun")
    assert done.code == 2
    assert "no-region there is no region pack `lampun`" in done.out
