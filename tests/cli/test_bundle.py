"""Commands that take a bundle's folder for REGION; they say what they say of the pack."""

import json
import shutil

import pytest

from civicapp.region.frozen import freeze

PLUGIN = """\
from civicapp import Date, Service, ServiceConfig, hookimpl

class Config(ServiceConfig):
    since: Date

@hookimpl
def service():
    return Service(id="tally", config=Config)
"""


@pytest.fixture
def bundled(world):
    """Return a folder with a pack that has warnings, and its bundle."""
    world.install("tally", {"tally.py": PLUGIN}, plugins="tally")
    world.pack("operator: {en: 18.10}\nplugins: [tally]\n")
    world.write("regions/isle/services/tally/config.yaml", "since: 2020-02-29\n")
    world.write("regions/isle/areas/odd.txt", "nobody reads it\n")
    folder = world.folder / "dist/isle"
    folder.mkdir(parents=True)
    (folder / "region.json").write_bytes(freeze(world.folder / "regions/isle"))
    return folder


def test_check_says_the_same_of_pack_and_bundle(run, bundled, world):
    plain = run("check", "isle")
    frozen = run("check", "dist/isle")
    assert plain.code == frozen.code == 0
    assert "regions/isle/region.yaml:7:16 unquoted-number" in plain.out
    assert "    7 | operator: {en: 18.10}\n      |                ^\n" in frozen.out
    assert frozen.out == plain.out.replace("regions/isle", "isle")
    for format in ("json", "github"):
        plain, frozen = (run("check", name, "--format", format) for name in ("isle", "dist/isle"))
        assert frozen.out == plain.out.replace("regions/isle", "isle")


def test_explain_names_the_files_of_the_pack(run, bundled, world, monkeypatch):
    shutil.rmtree(world.folder / "regions")
    done = run("explain", "dist/isle", "services/tally/since")
    assert (done.code, done.out) == (
        0,
        "2020-02-29\nfrom isle/services/tally/config.yaml:1:8\n",
    )
    monkeypatch.chdir(bundled)
    assert run("explain", ".", "services/tally/since") == done
    rows = json.loads(run("plugins", ".", "--format", "json").out)
    assert ("tally", "enabled") in [(row["id"], row["state"]) for row in rows]


def test_accounts_are_kept_for_a_bundle(run, bundled, monkeypatch):
    monkeypatch.chdir(bundled)
    refused = run("account", "list", ".")
    assert (refused.code, "secret-key a production host" in refused.err) == (2, True)
    monkeypatch.setenv("CIVICAPP_SECRET_KEY", "0123456789abcdef" * 4)
    assert run("account", "list", ".").code == 0


def test_a_bundle_is_no_name(run, bundled, world):
    shutil.rmtree(world.folder / "regions")
    done = run("check", "isle")
    assert done.code == 2
    assert "no-region" in done.out


def test_a_damaged_bundle_is_refused_in_words(run, bundled):
    whole = (bundled / "region.json").read_bytes()
    (bundled / "region.json").write_bytes(whole[:100])
    done = run("check", "dist/isle")
    assert done.code == 2
    assert "dist/isle/region.json:1:" in done.out
    assert "bundle-unreadable is no JSON" in done.out
    assert "hint: build it again with `civicapp build REGION --out DIR`" in done.out
    assert done.out.endswith("not checked: everything\n1 error in isle (dist/isle)\n")
    assert run("explain", "dist/isle", "id").err == (
        "the pack cannot be read: `civicapp check dist/isle` shows why\n"
    )
    for command in (("plugins",), ("db", "status"), ("serve",), ("worker",)):
        done = run(*command, "dist/isle")
        assert done.code == 2, command
        assert "bundle-unreadable" in done.out + done.err, command


def test_a_changed_bundle_is_refused_in_words(run, bundled):
    (bundled / "MANIFEST.json").write_text('{"files": {"region.json": {"sha256": "0"}}}')
    done = run("serve", "dist/isle")
    assert done.code == 2
    assert "dist/isle/region.json bundle-changed is not as it was built" in done.out
    assert "additions belong in overrides/" in done.out
