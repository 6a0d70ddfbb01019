"""Schemas for editors: what they accept, what they refuse, and how they are written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from civicapp.kernel import Kernel, boot
from civicapp.scaffold.schema import schema_of, schemas

PACKS = Path(__file__).parents[2] / "regions"


def kernel_of(region: str) -> Kernel:
    found = boot(region)
    assert found.kernel is not None, found.problems
    return found.kernel


@pytest.fixture(scope="module")
def lampung() -> Any:
    return schemas(kernel_of("lampung"))


@pytest.fixture(scope="module")
def indonesia() -> Any:
    return schemas(kernel_of("indonesia"))


def faults(schema: Any, text: str) -> list[str]:
    """Return what an editor would mark, as key and rule."""
    data = YAML(typ="safe").load(text)
    found = jsonschema.Draft7Validator(schema).iter_errors(
        json.loads(json.dumps(data, default=str))
    )
    return sorted(f"{error.json_path} {error.validator}" for error in found)


@pytest.mark.parametrize("region", ["lampung", "indonesia"])
def test_draft_7_knows_every_keyword_and_the_packs_have_no_fault(region: str) -> None:
    found = schemas(kernel_of(region))
    seen = set()
    for schema in found.values():
        jsonschema.Draft7Validator.check_schema(schema)
        text = json.dumps(schema)
        assert "$defs" not in text
        assert "prefixItems" not in text
    for file in (PACKS / region).rglob("*.yaml"):
        path = schema_of(file.relative_to(PACKS / region).as_posix())
        assert path is not None
        assert faults(found[path], file.read_text("utf-8")) == [], file
        seen.add(path)
    assert "region.schema.json" in seen


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("timezon: Asia/Jakarta", "$ additionalProperties"),
        ("plugins: [hotline]", "$.plugins[0] enum"),
        ("languages: []", "$.languages minItems"),
        ("name: {xx: Vera}", "$.name additionalProperties"),
        ("name: {}", "$.name minProperties"),
        ("hours: {funday: 07:30-16:00}", "$.hours enum"),
        ("weekend: sunday", "$.weekend type"),
        ("kinds: {kota: {nam: {id: Kota}}}", "$.kinds.kota additionalProperties"),
    ],
)
def test_a_fault_of_region_yaml_is_marked(lampung: Any, line: str, fault: str) -> None:
    text = f"format: 1\nid: metro\n{line}\n"
    assert faults(lampung["region.schema.json"], text) == [fault]


def test_a_pack_with_a_parent_may_leave_out_what_the_parent_has(
    lampung: Any, indonesia: Any
) -> None:
    thin = "format: 1\nid: metro\n"
    assert faults(lampung["region.schema.json"], thin) == []
    missing = faults(indonesia["region.schema.json"], thin)
    assert missing == ["$ required"] * 4  # name, timezone, currency, languages
    overlay = "kinds: {kota: {title: {id: Kota}}}\n"
    assert faults(lampung["region.schema.json"], thin + overlay) == []
    assert "$.kinds.kota required" in faults(indonesia["region.schema.json"], thin + overlay)


def test_tables_are_no_keys_of_a_config(lampung: Any) -> None:
    config = lampung["services/complaints.schema.json"]
    assert faults(config, "photos: 3\n") == []
    assert faults(config, "photos: three\n") == ["$.photos type"]
    assert faults(config, "categories: []\n") == ["$ additionalProperties"]
    assert "Category" not in json.dumps(config.get("definitions", {}))


def test_codes_of_agencies_and_permissions_are_those_that_there_are(lampung: Any) -> None:
    config = lampung["services/complaints.schema.json"]
    assert faults(config, "desk_agency: P_KOMINFO\n") == []
    assert faults(config, "desk_agency: P_KOMINF\n") == ["$.desk_agency enum"]
    role = "desk: {name: {id: Meja}, rows: all, grants: ["
    roles = lampung["roles.schema.json"]
    assert faults(roles, f"{role}complaints.report.route, complaints.*, '*']}}\n") == []
    assert faults(roles, f"{role}complaints.report.rout]}}\n") == ["$.desk.grants[0] anyOf"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('light: {brand: "#5B1A3"}', "$.light.brand pattern"),
        ("light: {danger: '#FF0000'}", "$.light additionalProperties"),
        ("radius: 99", "$.radius maximum"),
        ("ornament: stripes", "$.ornament enum"),
        ("logo: ../logo.svg", "$.logo pattern"),
    ],
)
def test_a_fault_of_theme_yaml_is_marked(lampung: Any, line: str, fault: str) -> None:
    assert faults(lampung["theme.schema.json"], line) == [fault]


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "civicapp", "schema", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_writes_one_file_each_and_replaces_it(tmp_path: Path) -> None:
    out = tmp_path / ".schema"
    for _ in range(2):
        done = run(tmp_path, "lampung", "--out", ".schema")
        assert done.returncode == 0, done.stderr
    written = sorted(p.relative_to(out).as_posix() for p in out.rglob("*.json"))
    assert sorted(done.stdout.split()) == [f".schema/{name}" for name in written]
    assert written == sorted(schemas(kernel_of("lampung")))
    assert json.loads((out / "region.schema.json").read_text("utf-8"))["title"] == "region.yaml"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    done = run(tmp_path, "lampung", "--out", "taken")
    assert done.returncode == 2
    assert "taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pack_with_errors_is_reported_instead(tmp_path: Path) -> None:
    done = run(tmp_path, "nowhere", "--out", ".schema")
    assert done.returncode == 2
    assert "no-region" in done.stdout
    assert not (tmp_path / ".schema").exists()
