"""A file that is cut off, changed, or something else is refused before anything is written."""

import gzip
import io
import json
import random
import tarfile
from contextlib import suppress

import pytest

from civicapp.backup.archive import Archive
from civicapp.storage.layout import Refused


@pytest.fixture
def backup(make_host, tmp_path):
    """Return the path of a sound backup with rows and a file."""
    host = make_host()
    host.execute("INSERT INTO shelf_photo (id) VALUES ('p1')")
    host.files().put_now("shelf/p1", bytes(range(256)))
    host.back_up(tmp_path / "sound")
    return tmp_path / "sound"


def why_not(path) -> str:
    with pytest.raises(Refused) as refused:
        Archive(path).verify()
    (problem,) = refused.value.problems
    return f"{problem.code}: {problem.message}"


def test_a_file_that_is_cut_off_is_refused(backup, tmp_path):
    content = backup.read_bytes()
    for length in (*range(0, len(content) - 1, 97), *range(len(content) - 12, len(content))):
        (tmp_path / "cut").write_bytes(content[:length])
        assert why_not(tmp_path / "cut").startswith("backup-damaged: ")


def test_a_file_with_one_changed_byte_is_refused_or_holds_the_same(backup, tmp_path):
    """All that it holds has a digest; bits that nothing is read from may change."""
    content, manifest = backup.read_bytes(), Archive(backup).verify()
    chance = random.Random(5)
    places = {*range(40), *range(len(content) - 40, len(content))}
    places |= {chance.randrange(len(content)) for _ in range(300)}
    harmless = 0
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        (tmp_path / "changed").write_bytes(changed)
        with suppress(Refused):
            assert Archive(tmp_path / "changed").verify() == manifest
            harmless += 1
    assert harmless < 12  # time, system and the like in the first ten bytes


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 5000, b"not an archive\n" * 100, gzip.compress(b"x" * 5000), b"PK\x03\x04" * 300],
)
def test_something_else_is_no_backup(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    assert why_not(tmp_path / "other").endswith("other is no backup of civicapp")


def test_a_tar_of_somebody_else_is_no_backup(tmp_path):
    (tmp_path / "file").write_text("hello")
    with tarfile.open(tmp_path / "other", "w:gz") as tar:
        tar.add(tmp_path / "file", "manifest.json")
    assert why_not(tmp_path / "other").endswith("other is no backup of civicapp")


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path):
    assert why_not(tmp_path / "no").startswith("backup-damaged: there is no file")
    assert "cannot be read: Is a directory" in why_not(tmp_path)


def rebuilt(backup, path, change):
    """Write the backup anew, sound as an archive, with its parts changed."""
    with tarfile.open(backup) as tar:
        parts = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    change(parts)
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def replace(name, old, new):
    def change(parts):
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            replace("tables/shelf_level/000001.jsonl", b"high", b"hugh"),
            "table shelf_level is another than its digest says",
        ),
        (
            lambda parts: parts.pop("tables/shelf_log/000001.jsonl"),
            "table shelf_log is another than its digest says",
        ),
        (
            replace("files/shelf/p1", b"\x10\x11", b"\x11\x10"),
            "file shelf/p1 is another than its digest says",
        ),
        (
            lambda parts: parts.pop("files/shelf/p1"),
            "file shelf/p1 is another than its digest says",
        ),
        (
            lambda parts: parts.update({"files/shelf/p2": parts["files/shelf/p1"]}),
            "files/shelf/p2 comes after the end",
        ),
        (lambda parts: parts.pop("manifest.json"), "it is cut off: its end is missing"),
        (replace("manifest.json", b'"region"', b'"regime"'), "its manifest cannot be read"),
        (replace("manifest.json", b'"instant"', b'"someday"'), "its manifest cannot be read"),
        (
            lambda parts: parts.update({"../../etc/passwd": parts.pop("files/shelf/p1")}),
            "it holds ../../etc/passwd, which is no part of a backup",
        ),
    ],
)
def test_a_part_that_is_not_as_the_manifest_says_is_named(backup, tmp_path, change, said):
    def reordered(parts):
        change(parts)
        if "comes after" not in said and "manifest.json" in parts:
            parts["manifest.json"] = parts.pop("manifest.json")

    path = rebuilt(backup, tmp_path / "other", reordered)
    assert f"other cannot be used: {said}" in why_not(path)


def test_a_link_in_an_archive_is_refused(backup, tmp_path):
    with (
        gzip.open(tmp_path / "other", "wb") as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        member = tarfile.TarInfo("format.txt")
        member.size = 26
        tar.addfile(member, io.BytesIO(b"civicapp backup, format 1\n"))
        link = tarfile.TarInfo("files/shelf/p1")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert "it holds files/shelf/p1, which is no file" in why_not(tmp_path / "other")


def test_a_backup_of_a_later_form_is_told_apart(backup, tmp_path):
    path = rebuilt(backup, tmp_path / "other", replace("format.txt", b"format 1", b"format 7"))
    assert why_not(path) == f"backup-unfit: {path} is of format 7; this version knows 1"


def test_a_damaged_backup_changes_nothing(make_host, backup, tmp_path):
    other = make_host(empty=True)
    path = rebuilt(
        backup, tmp_path / "other", replace("tables/shelf_level/000001.jsonl", b"high", b"hugh")
    )
    with pytest.raises(Refused):
        other.restore(path)
    assert not other.data.exists()
    other.restore(backup)


def test_the_manifest_reads_as_json(backup, manifest_of):
    with tarfile.open(backup) as tar:
        assert tar.getnames()[0] == "format.txt"
        assert tar.getnames()[-1] == "manifest.json"
        last = tar.extractfile("manifest.json")
        assert last is not None
        plain = json.load(last)
    assert plain["region"] == "isle"
    assert plain["heads"]["shelf"] == "0002"
    assert plain["files"]["shelf/p1"]["size"] == 256
    (key,) = plain["keys"]
    assert key["name"] == "secret_key"
    assert manifest_of(backup).fingerprints == (key["fingerprint"],)
