"""The file of a backup, the uploaded files in it, and one state of the data while others write."""

import os
import shutil
import stat
import subprocess
import sys

import pytest

from civicapp.storage.layout import Refused

LIMITED = """\
import resource, sys
from civicapp.__main__ import run
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(run(sys.argv[2:]))
"""


def why_not(host, path, **options) -> str:
    with pytest.raises(Refused) as refused:
        host.back_up(path, **options)
    return "\n".join(f"{p.code}: {p.message} ({p.hint})" for p in refused.value.problems)


def with_files(host, *names):
    host.execute(*(f"INSERT INTO shelf_photo (id) VALUES ('{name}')" for name in names))
    for name in names:
        host.files().put_now(f"shelf/{name}", name.encode() * 100)
    return host


def test_only_its_owner_can_read_a_backup(make_host, tmp_path):
    before = os.umask(0)
    try:
        make_host().back_up(tmp_path / "one")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_not_overwritten(make_host, tmp_path):
    path = tmp_path / "one"
    path.write_text("mine")
    assert why_not(make_host(), path).startswith(f"backup-file: {path} is there already")
    assert path.read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_overwritten(make_host, tmp_path):
    path = tmp_path / "one"

    def appear(_what, _number):
        path.write_text("mine")

    said = why_not(make_host(), path, progress=appear)
    assert said.startswith(f"backup-file: {path} is there already")
    assert [p.read_text() for p in tmp_path.glob("*one*")] == ["mine"]


@pytest.mark.parametrize("name", ["no/one", ".", "link"])
def test_a_place_that_cannot_be_written_is_named(make_host, tmp_path, name):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    said = why_not(make_host(), tmp_path / name)
    assert said.startswith("backup-file: ")
    assert "there is no such folder" in said or "is there already" in said


def test_a_disk_that_fills_leaves_nothing(make_host, tmp_path, regions):
    """No file may be longer, which the system refuses as it does a full disk."""
    host = make_host(shelf=False, keys=())
    host.make_key()
    host.files().put_now("shelf/p1", os.urandom(300_000))
    place = tmp_path / "place"
    place.mkdir()
    pack = regions.folder / "newFalse" / "isle"
    done = subprocess.run(
        [
            *(sys.executable, "-c", LIMITED, "150000", "backup", str(pack)),
            *("--to", str(place / "one"), "--data", str(host.data), "--database", host.address),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"backup-file {place}/one: the disk is full, or no file may be so large\n"
        "    hint: make room, or name a place on another disk; nothing was kept of it\n"
    )
    assert list(place.iterdir()) == []


def test_a_backup_is_taken_of_one_state(make_host, kind, tmp_path, manifest_of):
    """Rows that are committed while the first table is read are in none of those read later."""
    host = make_host(kind)
    value = "INSERT INTO core_audit (at, action, subject, reason, request) VALUES ({})"
    long = value.format(f"'2026-11-24T22:41:00.000000Z', 'a', 's', '{'x' * 2_000_000}', 'r'")
    host.execute(long)
    told = []

    def meanwhile(what, number):
        if what == "core_audit":
            host.execute(
                "INSERT INTO shelf_log (what) VALUES ('meanwhile')",
                "INSERT INTO shelf_level (code, rank) VALUES ('new', 3)",
                "DELETE FROM shelf_level WHERE code = 'low'",
            )
            told.append(number)

    manifest = host.back_up(tmp_path / "one", progress=meanwhile).manifest
    assert told == [1]
    assert manifest.tables["shelf_log"].tally.rows == 1
    other = make_host(empty=True)
    other.restore(tmp_path / "one")
    assert other.execute("SELECT code FROM shelf_level ORDER BY code") == [("high",), ("low",)]
    assert host.execute("SELECT code FROM shelf_level ORDER BY code") == [("high",), ("new",)]


def test_files_are_in_a_backup_also_those_that_no_row_names(make_host, tmp_path):
    host = with_files(make_host(), "p1", "p2")
    host.files().put_now("shelf/loose", b"nobody's")
    taken = host.back_up(tmp_path / "one")
    assert sorted(taken.manifest.files) == ["shelf/loose", "shelf/p1", "shelf/p2"]
    assert taken.problems == ()
    other = make_host(empty=True)
    other.restore(tmp_path / "one")
    assert other.files().get_now("shelf/p2") == b"p2" * 100


def test_a_file_that_rows_name_and_that_is_gone_is_missed(make_host, tmp_path):
    host = with_files(make_host(), "p1", "p2", "p3")
    host.files().delete_now("shelf/p2")
    taken = host.back_up(tmp_path / "one")
    (problem,) = taken.problems
    assert problem.is_error
    assert problem.code == "lost-file"
    assert problem.message == "rows name files that are not there: shelf/p2"
    assert taken.manifest.missing == ("shelf/p2",)
    other = make_host(empty=True)
    other.restore(tmp_path / "one")
    assert other.execute("SELECT count(*) FROM shelf_photo") == [(3,)]


def test_a_file_that_is_removed_while_files_are_read_is_missed_if_a_row_names_it(
    make_host, tmp_path
):
    host = with_files(make_host(), "p1", "p2")
    host.files().put_now("shelf/p3", b"nobody's")

    def remove(what, number):
        if (what, number) == ("files", 1):
            for name in ("shelf/p2", "shelf/p3"):
                host.files().delete_now(name)

    taken = host.back_up(tmp_path / "one", progress=remove)
    assert taken.manifest.missing == ("shelf/p2",)
    assert list(taken.manifest.files) == ["shelf/p1"]


def test_what_others_put_among_the_files_is_left_out_and_told(make_host, tmp_path):
    host = with_files(make_host(), "p1")
    (host.data / "files" / "shelf" / "READ ME.txt").write_text("mine")
    taken = host.back_up(tmp_path / "one")
    (problem,) = taken.problems
    assert not problem.is_error
    said = "left out is what civicapp did not put among the files: shelf/READ ME.txt"
    assert problem.message == said


def test_files_of_an_older_state_are_not_checked_and_that_is_told(make_host, tmp_path):
    host = with_files(make_host(new=False), "p1")
    host.files().delete_now("shelf/p1")
    host.kernel = make_host().kernel
    taken = host.back_up(tmp_path / "one")
    (problem,) = taken.problems
    assert not problem.is_error
    assert problem.message.startswith("files of shelf are not checked")


def test_a_host_without_files_is_backed_up_and_gets_no_folder(make_host, tmp_path):
    host = make_host(keys=())
    host.make_key()
    host.back_up(tmp_path / "one")
    assert sorted(p.name for p in host.data.iterdir()) == ["secret_key"]


def test_a_tar_unpacks_a_backup(make_host, tmp_path):
    if shutil.which("tar") is None:
        pytest.skip("there is no tar here")
    with_files(make_host(), "p1").back_up(tmp_path / "one")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xzf", tmp_path / "one", "-C", tmp_path / "out"], check=True)
    assert (tmp_path / "out/files/shelf/p1").read_bytes() == b"p1" * 100
