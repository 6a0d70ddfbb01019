"""The manifest of a bundle: what it says, and what became of the files."""

import json

import pytest

from civicapp.bundle.manifest import (
    BadManifest,
    Manifest,
    NoManifest,
    changed,
    entry,
    read_manifest,
)

FILES = {"region.json": b"{}\n", "wheels/a.whl": b"a", "systemd/api.service": b"[Unit]\n"}


@pytest.fixture
def bundle(tmp_path):
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    entries = {path: entry(content) for path, content in FILES.items()}
    text = Manifest("isle", "0.1.0", entries).to_bytes()
    (tmp_path / "MANIFEST.json").write_bytes(text)
    return tmp_path


def found(bundle):
    return [(c.path, c.what) for c in changed(bundle)]


def test_manifest_is_read_as_it_was_written(bundle):
    manifest = read_manifest(bundle)
    assert (manifest.region, manifest.civicapp) == ("isle", "0.1.0")
    assert manifest.to_bytes() == (bundle / "MANIFEST.json").read_bytes()
    listed = json.loads(manifest.to_bytes())
    assert listed["format"] == 1
    assert list(listed["files"]) == sorted(FILES)
    assert listed["files"]["wheels/a.whl"] == {
        "mode": "644",
        "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "size": 1,
    }


def test_bundle_as_it_was_built_has_no_change(bundle):
    assert found(bundle) == []


@pytest.mark.parametrize("path", FILES)
def test_one_changed_byte_is_found(bundle, path):
    content = bytearray((bundle / path).read_bytes())
    content[0] ^= 1
    (bundle / path).write_bytes(content)
    assert found(bundle) == [(path, "changed")]


def test_missing_files_are_found(bundle):
    (bundle / "systemd/api.service").unlink()
    (bundle / "systemd").rmdir()
    (bundle / "region.json").unlink()
    assert found(bundle) == [("region.json", "missing"), ("systemd/api.service", "missing")]


def test_folder_in_the_place_of_a_file_is_a_change(bundle):
    (bundle / "region.json").unlink()
    (bundle / "region.json").mkdir()
    assert found(bundle) == [("region.json", "changed")]


def test_files_of_others_are_found_and_a_folder_of_theirs_once(bundle):
    (bundle / "wheels/b.whl").write_text("b")
    (bundle / "notes").mkdir()
    for name in "ab":
        (bundle / "notes" / name).write_text(name)
    (bundle / "link").symlink_to("wheels")
    assert found(bundle) == [(path, "unknown") for path in ("link", "notes/", "wheels/b.whl")]


def test_what_is_the_operators_is_no_change(bundle):
    (bundle / ".env").write_text("A=1")
    (bundle / "overrides/deep").mkdir(parents=True)
    (bundle / "overrides/deep/compose.yaml").write_text("x")
    assert found(bundle) == []


def test_folder_without_manifest_is_no_bundle(tmp_path):
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(NoManifest, match=r"is no bundle: it holds no MANIFEST\.json"):
            changed(place)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is damaged"),
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": "1"}', "is damaged"),
        ('{"format": 2}', r"is of a newer civicapp \(format 2\)"),
        ('{"format": 1, "region": "x", "civicapp": "1"}', "is damaged"),
        ('{"format": 1, "region": 3, "civicapp": "1", "files": {}}', "is damaged"),
        ('{"format": 1, "region": "x", "civicapp": "1", "files": {"a": {}}}', "is damaged"),
        ('{"format": 1, "region": "x", "civicapp": "1", "files": ["a"]}', "is damaged"),
        *(
            (
                '{"format": 1, "region": "x", "civicapp": "1",'
                f' "files": {{"{path}": {{"sha256": "", "size": 0}}}}}}',
                "is damaged",
            )
            for path in ("../passwd", "/etc/passwd", "a/../../b", "")
        ),
    ],
)
def test_damaged_manifest_is_refused(tmp_path, text, why):
    (tmp_path / "MANIFEST.json").write_text(text)
    with pytest.raises(BadManifest, match=why):
        read_manifest(tmp_path)
