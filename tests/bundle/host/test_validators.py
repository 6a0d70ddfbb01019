"""What other programs say of the files; one that is not installed is reported as skipped.

Each is first shown to find a fault, since some of them pass over what they do not know.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

VENDOR = Path(__file__).parent / "vendor"
ROOT = Path(__file__).parents[3]
EXPOSURE = 20  # of 100: systemd-analyze shows it as 2.0


def run(*words, cwd=None, **env):
    """Run a validator; return what it says and its exit code."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CIVICAPP_")}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**clean, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# Compose


@pytest.fixture(scope="module")
def schema():
    found = json.loads((VENDOR / "compose-spec.json").read_text("utf-8"))
    return jsonschema.validators.validator_for(found)(found)


def test_the_schema_is_the_one_that_was_checked_in():
    content = (VENDOR / "compose-spec.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() in (ROOT / "THIRD_PARTY.md").read_text("utf-8")


def test_compose_follows_its_schema(bundle, schema):
    assert [error.message for error in schema.iter_errors(bundle.compose)] == []
    broken = bundle.compose
    broken["services"]["api"]["read_onyl"] = True
    assert list(schema.iter_errors(broken))


# Dockerfile


def test_dockerfile_satisfies_hadolint(bundle, tmp_path, tool):
    hadolint = tool("hadolint")
    folder = bundle.write(tmp_path / "bundle")
    found = run(hadolint, "--no-color", folder / "Dockerfile")
    assert (found.stdout, found.returncode) == ("", 0)
    (folder / "Bad").write_text("FROM debian\nRUN cd /tmp && apt-get install x\n")
    assert run(hadolint, "--no-color", folder / "Bad").returncode == 1


# systemd


def units(bundle, folder):
    """Write the units into a folder, with a program that there is here."""
    for path in bundle.write(folder).glob("systemd/*.service"):
        text = path.read_text("utf-8")
        swapped = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text)
        assert swapped != text
        path.write_text(swapped, "utf-8")
    return sorted(folder.glob("systemd/*.service"))


def test_units_satisfy_systemd(bundle, tmp_path, tool):
    analyze = tool("systemd-analyze")
    found = run(analyze, "verify", "--man=no", *(paths := units(bundle, tmp_path)))
    # It ends with 0 on keys that it does not know, and only says so.
    assert (found.stderr, found.returncode) == ("", 0)
    paths[0].write_text(paths[0].read_text("utf-8") + "Nonsense=1\n", "utf-8")
    assert "Nonsense" in run(analyze, "verify", "--man=no", *paths).stderr


def test_units_are_exposed_little(bundle, tmp_path, tool):
    analyze = tool("systemd-analyze")
    check = (analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager")
    for path in units(bundle, tmp_path):
        found = run(*check, path)
        assert found.returncode == 0, found.stdout
    path.write_text("[Service]\nExecStart=/bin/true\n")
    assert run(*check, path).returncode == 1


def test_the_script_is_one(bundle, tmp_path, tool):
    script = bundle.write(tmp_path) / "systemd" / "command.sh"
    assert run(tool("sh"), "-n", script).returncode == 0
    assert run(tool("shellcheck"), script).stdout == ""


# Caddy

SITE = {"CIVICAPP_BASE_URL": "https://isle.example"}


def test_caddyfile_satisfies_caddy(bundle, tmp_path, tool):
    caddy = tool("caddy")
    folder = bundle.write(tmp_path / "bundle")
    check = (caddy, "validate", "--adapter", "caddyfile", "--config")
    env = {**SITE, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    found = run(*check, folder / "Caddyfile", **env)
    assert found.returncode == 0, found.stderr
    assert run(caddy, "fmt", "--diff", folder / "Caddyfile").stdout.find("\n+ ") == -1
    (folder / "overrides").mkdir()
    (folder / "overrides" / "own.caddy").write_text("nonsense\n")
    found = run(*check, folder / "Caddyfile", **env)
    assert found.returncode == 1
    assert "nonsense" in found.stderr


def test_the_file_of_the_host_may_import_it(bundle, tmp_path, tool):
    caddy = tool("caddy")
    folder = bundle.write(tmp_path / "bundle")
    (folder / "overrides").mkdir()
    (folder / "overrides" / "own.caddy").write_text("header X-Isle 7\n")
    (tmp_path / "Caddyfile").write_text(f"import {folder}/Caddyfile\n")
    env = {**SITE, "API_PORT": "8123", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    found = run(caddy, "adapt", "--config", tmp_path / "Caddyfile", **env)
    assert found.returncode == 0, found.stderr
    made = json.loads(found.stdout)
    assert "X-Isle" in found.stdout
    assert "127.0.0.1:8123" in found.stdout
    (site,) = made["apps"]["http"]["servers"].values()
    assert site["routes"][0]["match"] == [{"host": ["isle.example"]}]
