"""`civicapp build` as its users see it: what it writes, refuses, plans and checks."""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from civicapp.bundle.lock import read_lock
from civicapp.bundle.manifest import changed, entry, read_manifest
from civicapp.identity.crypto import Cipher
from civicapp.kernel import boot
from civicapp.settings import Settings
from civicapp.web import create_app

ROOT = Path(__file__).resolve().parents[2]
PARKS = """\
from civicapp import EnvVar, Secret, Service, hookimpl

@hookimpl
def service():
    return Service(id="parks")

@hookimpl
def bundle_resources(context):
    yield EnvVar("CIVICAPP_PARKS_OFFICE", "who answers")
    yield Secret("parks_key", "CIVICAPP_PARKS_KEY_FILE", "signs tickets", generate=True)
    yield Secret("parks_bank", "CIVICAPP_PARKS_BANK_FILE", "what the bank gave out")
"""


@pytest.fixture
def isle(yard):
    yard.pack()
    return yard


def make_parks(yard):
    """Install a plugin with resources, and enable it."""
    yard.write("site/yard_parks.py", PARKS)
    yard.install("civicapp-parks", "civicapp", plugin="yard_parks")
    shelf = yard.folder / "shelf"
    shutil.copytree(yard.wheelhouse, shelf)
    yard.wheel("civicapp-parks", "civicapp")
    yard.wheelhouse = shelf
    yard.pack("plugins: [hotlines, parks]\n")


def test_bundle_holds_what_a_host_needs(isle, build, tree):
    done = build()
    assert done.code == 0, done.err
    files = tree(isle.folder / "out")
    assert {
        *("MANIFEST.json", "region.json", "openapi.json", "requirements.lock"),
        *("Dockerfile", "compose.yaml", "Caddyfile", ".env.example", "README.en.md"),
        *(f"systemd/civicapp-isle-{name}.service" for name in ("api", "worker", "migrate")),
    } <= files.keys()
    wheels = [path for path in files if path.startswith("wheels/")]
    assert wheels == [f"wheels/{w.name}" for w in sorted(isle.wheelhouse.iterdir())]
    manifest = read_manifest(isle.folder / "out")
    assert (manifest.region, manifest.civicapp) == ("isle", distribution("civicapp").version)
    assert {*manifest.files, "MANIFEST.json"} == files.keys()
    assert changed(isle.folder / "out") == []
    pins = read_lock(files["requirements.lock"].decode()).pins.values()
    assert {"fastapi", "pluggy"} <= {pin.name for pin in pins}
    assert all(pin.hashes for pin in pins)


def test_people_are_told_what_to_type_next(isle, build):
    done = build()
    assert "out: " in done.out
    assert "+ new secret  secret_key" in done.out
    assert "copy ./out and, once, ./out-secrets to the host" in done.out
    assert "civicapp doctor ./out " in done.out


def test_openapi_is_what_a_running_app_serves(isle, build, database):
    assert build().code == 0
    booted = boot("isle", settings=Settings(secret_key=SecretStr("ab" * 32)))
    assert booted.kernel is not None
    app = create_app(booted.kernel, database=database, cipher=Cipher([b"k" * 32]))
    with TestClient(app) as client:
        served = client.get("/openapi.json").content
    assert (isle.folder / "out/openapi.json").read_bytes() == served
    assert b"/api/v1/hotlines/numbers" in served


def test_second_build_changes_nothing(isle, build):
    build()
    paths = [*isle.folder.glob("out/**/*"), *isle.folder.glob("out-secrets/*")]
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}
    done = build()
    assert (done.code, "nothing has changed" in done.out) == (0, True)
    assert before == {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def test_no_secret_is_in_the_bundle(yard, build, tree):
    make_parks(yard)
    assert build().code == 0
    secrets = tree(yard.folder / "out-secrets")
    assert sorted(secrets) == ["database_password", "parks_key", "secret_key"]
    everything = b"".join(tree(yard.folder / "out").values())
    for wheel in (yard.folder / "out/wheels").iterdir():
        with zipfile.ZipFile(wheel) as archive:
            everything += b"".join(archive.read(name) for name in archive.namelist())
    for secret in secrets.values():
        assert len(secret) == 64
        assert secret not in everything
    assert str(yard.folder).encode() not in everything
    assert str(ROOT).encode() not in everything


def test_resources_of_plugins_reach_the_bundle(yard, build):
    make_parks(yard)
    done = build()
    assert done.code == 0, done.err
    assert "write the secret out-secrets/parks_bank: what the bank gave out" in done.out
    assert "CIVICAPP_PARKS_OFFICE" in (yard.folder / "out/.env.example").read_text()
    assert "parks_bank" in (yard.folder / "out/compose.yaml").read_text()
    assert (yard.folder / "out/wheels/civicapp_parks-1.0-py3-none-any.whl").exists()


def test_clash_of_resources_stops_the_build(yard, build):
    make_parks(yard)
    yard.write("site/yard_parks.py", PARKS.replace("CIVICAPP_PARKS_OFFICE", "CIVICAPP_DATA"))
    done = build()
    assert done.code == 2
    assert "region.yaml:7:21 plugin-error plugin parks: variable `CIVICAPP_DATA`" in done.err
    assert not (yard.folder / "out").exists()
    assert not (yard.folder / "out-secrets").exists()


def test_secrets_lie_where_they_are_wanted(isle, build):
    assert build("--secrets", "kept/safe").code == 0
    assert len(os.listdir(isle.folder / "kept/safe")) == 2
    assert not (isle.folder / "out-secrets").exists()


def test_secret_that_others_can_read_stops_the_build(isle, build, tree):
    build()
    (isle.folder / "out-secrets/secret_key").chmod(0o644)
    isle.write("regions/isle/content/terms.en.md", "# Terms\n\nOthers.\n")
    before = tree(isle.folder)
    done = build()
    assert done.code == 2
    assert "secret-mode out-secrets/secret_key can be used by others (mode 0644)" in done.err
    assert "hint: chmod 600 out-secrets/secret_key" in done.err
    assert tree(isle.folder) == before


def test_unsound_pack_is_reported_as_check_does_and_nothing_is_written(isle, build):
    isle.pack("plugins: [hotlines]\ntimzone: x\n")
    done = build()
    assert done.code == 2
    assert "regions/isle/region.yaml:8:1 unknown-key unknown key `timzone`" in done.out
    assert sorted(os.listdir(isle.folder)) == ["regions", "site"]


def test_what_the_environment_sets_is_no_matter_of_a_bundle(isle, build, monkeypatch, tree):
    build()
    before = tree(isle.folder / "out")
    monkeypatch.setenv("CIVICAPP_ENV", "nonsense")
    monkeypatch.setenv("CIVICAPP_BASE_URL", "https://services.example.org")
    assert build().code == 0
    assert tree(isle.folder / "out") == before


@pytest.mark.parametrize("name", ["./out", "out/"])
def test_bundle_is_no_region_to_build(isle, build, name):
    build()
    done = build(region=name, out="other")
    assert done.code == 2
    assert f"{name} is a bundle: it holds a frozen pack" in done.err
    assert not (isle.folder / "other").exists()


def test_changed_file_is_refused_and_named(isle, build, tree):
    build()
    for path in ("Dockerfile", "compose.yaml"):
        isle.write(f"out/{path}", "mine\n")
    isle.write("out/notes/a.txt", "mine\n")
    before = tree(isle.folder)
    done = build()
    assert done.code == 2
    for line in (
        "bundle-changed out: Dockerfile was changed",
        "bundle-changed out: compose.yaml was changed",
        "bundle-changed out: notes/ is none of the bundle's files",
    ):
        assert line in done.err
    assert tree(isle.folder) == before


def test_removed_file_is_written_anew(isle, build):
    build()
    (isle.folder / "out/Dockerfile").unlink()
    done = build()
    assert (done.code, changed(isle.folder / "out")) == (0, [])


def test_operators_files_are_carried_along(isle, build):
    build()
    isle.write("out/.env", "CIVICAPP_BASE_URL=https://services.example.org\n").chmod(0o640)
    isle.write("out/overrides/compose.override.yaml", "services: {}\n")
    isle.write("regions/isle/content/terms.en.md", "# Terms\n\nOthers.\n")
    done = build()
    assert done.code == 0
    assert "~ restart  region.json\n             isle/content/terms.en.md" in done.out
    assert (isle.folder / "out/.env").stat().st_mode & 0o777 == 0o640
    assert (isle.folder / "out/overrides/compose.override.yaml").read_text() == "services: {}\n"
    assert changed(isle.folder / "out") == []


def test_link_to_a_bundle_stays_a_link(isle, build):
    build(out="releases/one")
    (isle.folder / "current").symlink_to("releases/one")
    isle.write("regions/isle/content/terms.en.md", "# Terms\n\nOthers.\n")
    assert build(out="current").code == 0
    assert os.readlink(isle.folder / "current") == "releases/one"
    assert sorted(os.listdir(isle.folder / "releases")) == ["one", "one-secrets"]


def test_disabled_plugin_leaves_nothing_behind(yard, build):
    make_parks(yard)
    build()
    yard.pack("plugins: [hotlines]\n")
    done = build()
    assert done.code == 0, done.err
    assert "- restart  wheels/civicapp_parks-1.0-py3-none-any.whl" in done.out
    assert "PARKS" not in (yard.folder / "out/.env.example").read_text()
    assert (yard.folder / "out-secrets/parks_key").exists()


def test_check_tells_whether_the_bundle_is_current(isle, build, tree):
    build()
    before = tree(isle.folder)
    assert build("--check").out == "out is current\n"
    isle.write("regions/isle/content/terms.en.md", "# Terms\n\nOthers.\n")
    stale = build("--check")
    assert stale.code == 2
    assert "~ restart  region.json" in stale.out
    assert stale.out.endswith("out is not current\n")
    isle.write("regions/isle/content/terms.en.md", "# Terms\n\nText.\n")
    assert build("--check").code == 0
    assert tree(isle.folder) == before


@pytest.mark.parametrize("path", ["region.json", "wheels/civicapp_hotlines-0.1.0-py3-none-any.whl"])
def test_check_finds_one_changed_byte(isle, build, path):
    build()
    content = bytearray((isle.folder / "out" / path).read_bytes())
    content[len(content) // 2] ^= 1
    isle.write(f"out/{path}", bytes(content))
    done = build("--check")
    assert (done.code, f"{path} was changed" in done.out) == (2, True)
    told = json.loads(build("--check", "--format", "json").out)
    assert told == {"current": False, "changed": [{"path": path, "what": "changed"}], "stale": []}


def test_check_finds_what_is_missing_and_what_is_strange(isle, build):
    build()
    (isle.folder / "out/Dockerfile").unlink()
    isle.write("out/notes.txt", "mine")
    done = build("--check")
    assert done.code == 2
    assert done.out.splitlines()[:2] == [
        "Dockerfile is missing",
        "notes.txt is none of the bundle's files",
    ]


def test_check_of_no_bundle_says_how_to_build_one(isle, build):
    done = build("--check")
    assert done.code == 2
    assert "out is no bundle: it holds no MANIFEST.json" in done.err
    assert "hint: civicapp build isle --out out" in done.err


def test_plan_tells_what_would_change_and_what_that_means(yard, build, tree):
    yard.pack()
    new = build("--plan")
    assert new.code == 2
    assert "+ restart     region.json" in new.out
    assert "+ migration   wheels/civicapp-" in new.out
    assert "+ new secret  secret_key" in new.out
    assert sorted(os.listdir(yard.folder)) == ["regions", "site"]
    build()
    assert build("--plan").out == "out is current: nothing would change\n"
    make_parks(yard)
    yard.write("regions/isle/content/about.en.md", "# About\n\nText.\n")
    before = tree(yard.folder)
    done = build("--plan", "--format", "json")
    assert done.code == 2
    told = json.loads(done.out)
    steps = {step["path"]: step for step in told["changes"]}
    assert steps["region.json"] == {
        "change": "changed",
        "path": "region.json",
        "impact": "restart",
        "details": ["isle/content/about.en.md", "isle/region.yaml"],
    }
    assert steps["wheels/civicapp_parks-1.0-py3-none-any.whl"]["change"] == "added"
    assert steps["parks_key"]["impact"] == "new secret"
    assert steps["README.en.md"]["impact"] == "none"
    assert told["impact"] == ["none", "restart", "new secret"]
    assert "MANIFEST.json" not in steps
    assert tree(yard.folder) == before


def test_plan_tells_of_a_migration(yard, build):
    make_parks(yard)
    build()
    wheel = yard.wheel("civicapp-parks", "civicapp")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("civicapp_parks/migrations/0002_trees.py", "")
    told = json.loads(build("--plan", "--format", "json").out)
    assert told["changes"] == [
        {
            "change": "changed",
            "path": f"wheels/{wheel.name}",
            "impact": "migration",
            "details": [],
        }
    ]


def test_plan_says_what_build_would_refuse(isle, build):
    build()
    isle.write("out/Dockerfile", "mine\n")
    done = build("--plan")
    assert done.code == 2
    assert "out: Dockerfile was changed" in done.err


def test_build_answers_programs_in_json(isle, build):
    told = json.loads(build("--format", "json").out)
    assert told["bundle"] == "out"
    assert told["secrets"] == {
        "folder": "out-secrets",
        "made": ["secret_key", "database_password"],
        "owed": [],
    }
    assert {"change": "added", "path": "region.json", "impact": "restart", "details": []} in told[
        "changes"
    ]


def test_check_and_plan_exclude_one_another(isle, build):
    done = build("--check", "--plan")
    assert done.code == 2
    assert "give one of --check and --plan" in done.err


def test_full_disk_is_one_clear_message(isle, build, monkeypatch, tree):
    build()
    isle.write("regions/isle/content/terms.en.md", "# Terms\n\nOthers.\n")
    before = tree(isle.folder)

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        done = build()
    assert done.code == 2
    assert "bundle-unwritten out: the disk is full; nothing was changed" in done.err
    assert "hint: make room, then build again" in done.err
    assert tree(isle.folder) == before


def test_place_that_cannot_be_written_is_one_clear_message(isle, build):
    isle.write("file", "x")
    done = build(out="file/out")
    assert done.code == 2
    assert "bundle-unwritten file" in done.err
    done = build(out="/proc/civicapp/out")
    assert done.code == 2
    assert "bundle-unwritten /proc/civicapp" in done.err


def test_terminated_build_leaves_nothing_behind(isle):
    """SIGTERM while wheels are built: neither a bundle nor a temporary folder stays."""
    temporary = isle.folder / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "civicapp", "build", "isle", "--out", "out"],
        cwd=isle.folder,
        env={**isle.environment, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        assert "building the wheel of civicapp " in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert os.listdir(temporary) == []
    assert sorted(os.listdir(isle.folder)) == ["regions", "site", "tmp"]


SURROUNDINGS = (
    {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1", "HOME": "/nonexistent"},
    {"TZ": "America/Lima", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "COLUMNS": "40"},
)


def build_elsewhere(yard, tmp_path, region, *args):
    """Build a region twice, in surroundings as different as can be; return both folders."""
    folders = []
    for n, (surroundings, umask) in enumerate(zip(SURROUNDINGS, (0o077, 0o002), strict=True)):
        home = tmp_path / f"home{n}" / ("deep" if n else "")
        home.mkdir(parents=True)
        if (yard.folder / "regions").exists():
            shutil.copytree(yard.folder / "regions", home / "regions")
        yard.env = {**surroundings}
        done = yard.build(region, "--out", f"made{n}/bundle{n}", *args, cwd=home, umask=umask)
        assert done.code == 0, done.err
        folders.append(home / f"made{n}/bundle{n}")
    return folders


def modes(folder):
    return {str(p.relative_to(folder)): p.stat().st_mode for p in sorted(folder.rglob("*"))}


def test_builds_in_different_surroundings_are_the_same_bytes(isle, tmp_path, tree):
    one, two = build_elsewhere(isle, tmp_path, "isle", "--wheelhouse", str(isle.wheelhouse))
    assert tree(one) == tree(two)
    assert modes(one) == modes(two)


def test_builds_of_lampung_from_sources_are_the_same_bytes(yard, tmp_path, tree):
    one, two = build_elsewhere(yard, tmp_path, "lampung")
    assert tree(one) == tree(two)
    assert modes(one) == modes(two)
    wheels = {path.partition("-")[0] for path in tree(one) if path.startswith("wheels/")}
    names = ("civicapp", "civicapp_complaints", "civicapp_hotlines", "civicapp_prices")
    assert wheels == {f"wheels/{name}" for name in names}


PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def test_offline_bundle_holds_all_that_pip_wants(isle, build, tmp_path):
    """The only test that asks the index; skipped where that cannot be reached."""
    wanted = f"pluggy=={distribution('pluggy').version}"
    probe = [*PIP, "download", "--no-deps", "--dest", str(tmp_path / "probe"), wanted]
    asked = subprocess.run(probe, capture_output=True, check=False, timeout=240)
    if asked.returncode:
        pytest.skip("the package index cannot be reached")
    made = build("--offline")
    assert made.code == 0, made.err
    bundle = isle.folder / "out"
    assert changed(bundle) == []
    # The resolver of pip is the judge: all that the wheels require is pinned, and lies beside them.
    ours = [
        f"{path} --hash=sha256:{entry(path).sha256}"
        for name in ("civicapp", "civicapp_hotlines")
        for path in bundle.glob(f"wheels/{name}-*.whl")
    ]
    lock = (bundle / "requirements.lock").read_text()
    wanted = isle.write("wanted.txt", "\n".join([lock, *ours, ""]))
    answer = tmp_path / "answer.json"
    install = [*PIP, "install", "--dry-run", "--ignore-installed", "--require-hashes"]
    local = ["--no-index", "--find-links", str(bundle / "wheels"), "--report", str(answer)]
    done = subprocess.run(
        [*install, *local, "-r", str(wanted)],
        env={"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    taken = {each["download_info"]["url"] for each in json.loads(answer.read_text())["install"]}
    assert taken == {path.as_uri() for path in bundle.glob("wheels/*.whl")}
