"""Files of the bundle, versions, and whether the region boots."""

import dataclasses
import json
from importlib.metadata import version
from zoneinfo import ZoneInfoNotFoundError

import pytest

from civicapp.doctor import host as host_module
from civicapp.doctor import region
from civicapp.doctor.bundle import SHOWN
from civicapp.version import VERSION


def test_a_bundle_as_it_was_built_is_sound(world):
    assert world.only("bundle") == "ok isle: 3 files, as built"
    world.write(".env", "")
    world.write("overrides/compose.yaml", "")
    assert world.only("bundle").startswith("ok ")


def test_a_changed_byte_is_found_with_the_file(world):
    path = world.folder / "region.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Isle", b"Isla", 1))
    assert world.only("bundle") == (
        f"error region.json was changed → rm {path} && civicapp build isle --out {world.folder}"
    )
    path.write_bytes(content)
    assert world.only("bundle").startswith("ok ")


def test_a_missing_and_a_foreign_file_are_found(world):
    (world.folder / "requirements.lock").unlink()
    world.write("notes.txt", "")
    missing, unknown = sorted(world.found("bundle"))
    assert missing == (
        f"error requirements.lock is missing → civicapp build isle --out {world.folder}"
    )
    assert unknown.startswith("warning notes.txt is none of the bundle's files")
    assert unknown.endswith(f"mv {world.folder}/notes.txt {world.folder}/overrides/")


def test_many_changes_are_told_in_few_lines(world):
    for number in range(SHOWN + 5):
        world.write(f"more{number}", "")
    found = world.found("bundle")
    assert len(found) == SHOWN + 1
    assert found[-1].startswith("error and 5 more files")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 99}'])
def test_a_manifest_that_says_nothing_is_an_error(world, content):
    world.write("MANIFEST.json", content)
    found = world.only("bundle")
    assert found.startswith("error ")
    assert "MANIFEST.json" in found
    assert f"civicapp build isle --out {world.folder}" in found
    (world.folder / "MANIFEST.json").unlink()
    assert "nobody can tell whether it is whole" in world.only("bundle")


def test_an_image_holds_a_part_of_the_bundle(world, monkeypatch):
    (world.folder / "requirements.lock").unlink()
    monkeypatch.setattr(host_module, "CONTAINER", world.folder)
    assert world.found("bundle", "versions") == [
        "ok isle: what the image holds of it, as built",
        f"ok civicapp {VERSION}, 0 plugins",
    ]
    (world.folder / "region.json").write_text("{}")
    assert "error region.json was changed" in world.only("bundle")


def test_a_pack_is_no_bundle(world, tmp_path):
    found = dataclasses.replace(world, folder=tmp_path / "packs/isle").only("bundle")
    assert found == f"skipped {tmp_path}/packs/isle is a pack, not a bundle → " + (
        f"civicapp build {tmp_path}/packs/isle --out DIR"
    )


def test_other_versions_than_the_bundles_are_found(world):
    world.write(
        "requirements.lock",
        "pluggy==0.0.1 \\\n    --hash=sha256:00\n"
        "nothere==1.0 ; python_full_version < '3.1' \\\n    --hash=sha256:00\n"
        "jinja2==0.0.2\nnever-there==1.0\n",
    )
    world.seal()
    missing, other = world.found("versions")
    assert missing.startswith("error not installed: never-there → ")
    assert "other versions than the bundle's: jinja2 " in other
    assert " instead of 0.0.2, pluggy " in other
    assert (
        f"-m pip install --require-hashes --requirement {world.folder}/requirements.lock" in other
    )
    world.write("requirements.lock", "")
    world.seal()
    assert world.only("versions") == f"ok civicapp {VERSION}, 0 plugins"


def test_another_civicapp_and_a_plugin_that_is_not_there_are_found(world):
    world.write("wheels/civicapp_absent-9.0-py3-none-any.whl", "")
    world.seal(civicapp="9.9.9")
    civicapp, plugin = world.found("versions")
    assert f"error civicapp {VERSION}; the bundle was built with 9.9.9" in civicapp
    assert (
        f"install --no-deps {world.folder}/wheels/civicapp-{VERSION}-py3-none-any.whl" in civicapp
    )
    assert "error civicapp-absent is not installed; the bundle was built with 9.0" in plugin


def test_wheels_that_the_lock_names_are_no_plugins(world):
    number = version("jinja2")
    world.write(f"wheels/jinja2-{number}-py3-none-any.whl", "")
    world.write("wheels/colorama-0.1-py2.py3-none-any.whl", "")
    lock = f"jinja2=={number}\ncolorama==0.1 ; sys_platform == 'win32'\n"
    world.write("requirements.lock", lock)
    world.seal()
    assert world.only("versions") == (
        f"ok civicapp {VERSION}, 0 plugins and 2 packages of requirements.lock"
    )


def test_a_region_that_boots_and_one_that_does_not(world):
    assert world.found("region") == [
        "ok isle boots with no plugin",
        "ok time zone Pacific/Chatham",
    ]
    frozen = json.loads((world.folder / "region.json").read_text())
    frozen["format"] = 99
    world.write("region.json", json.dumps(frozen))
    found = world.found("region")
    assert found[0].startswith("error ")
    assert found[0].endswith(f"→ civicapp check {world.folder}")
    # What does not need the region is looked at all the same.
    everything = world.found()
    assert any(line.startswith("ok data") for line in everything)
    assert any("no mail server is set" in line for line in everything)


def test_a_time_zone_that_this_host_does_not_know_is_found(world, monkeypatch):
    def unknown(name):
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(region, "ZoneInfo", unknown)
    found = world.found("region")[-1]
    assert "error this host does not know the time zone Pacific/Chatham" in found
    assert found.endswith("python -m pip install --upgrade tzdata")
