"""A bundle is put in its place whole or not at all; what the operator added is carried along."""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from civicapp.bundle.faults import Unbuildable, unwritable
from civicapp.bundle.manifest import Manifest, changed, entry
from civicapp.bundle.place import check_place, put, recover

OLD = {"region.json": b"old", "Dockerfile": b"FROM x\n", "wheels/a.whl": b"a"}
NEW = {"region.json": b"new", "wheels/b.whl": b"b" * 100_000, "systemd/api.service": b"[Unit]\n"}
NOBODY = 65534


def whole(files):
    entries = {path: entry(content) for path, content in files.items()}
    return {**files, "MANIFEST.json": Manifest("isle", "1", entries).to_bytes()}


@pytest.fixture
def place(tmp_path):
    """Return a folder with an older bundle in it and what its operator added."""
    target = tmp_path / "shelf" / "isle"
    put(whole(OLD), target)
    (target / ".env").write_text("A=1\n")
    (target / ".env").chmod(0o600)
    (target / "overrides/deep").mkdir(parents=True)
    (target / "overrides/deep/compose.yaml").write_text("x: 1\n")
    return target


@pytest.fixture
def added(place):
    """Return what the operator added, with modes and instants, to be compared later."""

    def state():
        paths = sorted(p for p in place.rglob("*") if {".env", "overrides"} & set(p.parts))
        return {
            str(p.relative_to(place)): (p.lstat().st_mode, p.lstat().st_mtime_ns, p.lstat().st_uid)
            for p in paths
        }

    return state


def messages(target):
    return [p.message for p in check_place(target, "isle")]


def test_bundle_is_written_with_its_folders(tmp_path, tree):
    before = os.umask(0o077)
    try:
        put(whole(NEW), tmp_path / "a" / "b" / "isle")
    finally:
        os.umask(before)
    target = tmp_path / "a/b/isle"
    assert tree(target) == whole(NEW)
    modes = {p.stat().st_mode & 0o777 for p in target.rglob("*") if p.is_file()}
    folders = {p.stat().st_mode & 0o777 for p in (target, *target.rglob("*")) if p.is_dir()}
    assert (modes, folders) == ({0o644}, {0o755})
    assert os.listdir(target.parent) == ["isle"]


def test_older_bundle_is_replaced_and_the_operators_files_stay(place, added, tree):
    before = added()
    put(whole(NEW), place)
    assert added() == before
    assert len(before) == 4
    found = tree(place)
    assert found.pop(".env") == b"A=1\n"
    assert found.pop("overrides/deep/compose.yaml") == b"x: 1\n"
    assert found == whole(NEW)
    assert changed(place) == []
    assert os.listdir(place.parent) == ["isle"]


def test_files_of_a_wheel_are_copied_from_where_they_lie(tmp_path):
    (tmp_path / "a.whl").write_bytes(b"wheel")
    put({"wheels/a.whl": tmp_path / "a.whl"}, tmp_path / "isle")
    assert (tmp_path / "isle/wheels/a.whl").read_bytes() == b"wheel"
    assert (tmp_path / "a.whl").exists()


def faults(monkeypatch, code, at):
    """Let the call of this number, of all by which the file system is changed, fail."""
    calls = iter(range(1_000_000))

    def failing(module, name):
        real = getattr(module, name)

        def call(*args, **kwargs):
            if next(calls) == at:
                raise OSError(code, os.strerror(code), str(args[0]))
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, call)

    for module, name in (
        *((os, name) for name in ("fsync", "mkdir", "link", "rename", "chmod")),
        (shutil, "copyfileobj"),
    ):
        failing(module, name)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_whatever_fails_the_old_bundle_is_whole_and_nothing_is_left(
    place, tmp_path, monkeypatch, tree, code
):
    (tmp_path / "b.whl").write_bytes(b"b")
    files = {**whole(NEW), "wheels/b.whl": tmp_path / "b.whl"}
    before = tree(place)
    wanted = {errno.ENOSPC: "the disk is full", errno.EROFS: "Read-only file system"}[code]
    for at in range(100):
        with monkeypatch.context() as patch:
            faults(patch, code, at)
            try:
                put(files, place)
            except OSError as e:
                problem = unwritable(e, place)
            else:
                break
        assert tree(place) == before
        assert os.listdir(place.parent) == ["isle"]
        assert wanted in problem.message
        assert problem.message.endswith("; nothing was changed")
    assert 10 < at < 100  # each of the calls has failed once, then none
    assert tree(place) != before


@pytest.mark.parametrize("at", range(4))
def test_new_place_that_fails_leaves_no_folder(tmp_path, monkeypatch, at):
    with monkeypatch.context() as patch:
        faults(patch, errno.ENOSPC, at)
        with pytest.raises(OSError, match="No space left"):
            put(whole(NEW), tmp_path / "a" / "b" / "isle")
    assert os.listdir(tmp_path) == []


KILLED = """\
import os, signal, sys
from pathlib import Path
from civicapp.bundle import place
real, at = os.rename, int(sys.argv[2])
def rename(*args, **kwargs):
    global at
    at -= 1
    if at < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
os.rename = rename
place.recover(Path(sys.argv[1]))
place.put({"region.json": b"newer"}, Path(sys.argv[1]))
"""


@pytest.mark.parametrize("at", [0, 1])
def test_build_that_was_killed_is_mended_by_the_next(place, tree, at):
    before = tree(place)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(place), str(at)], check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(os.listdir(place.parent)) == 2  # what was killed cannot tidy up
    recover(place)
    assert tree(place) == before
    put(whole(NEW), place)
    assert os.listdir(place.parent) == ["isle"]
    assert tree(place).keys() - {".env", "overrides/deep/compose.yaml"} == whole(NEW).keys()


def test_remains_of_a_finished_swap_are_removed(place, tree):
    before = tree(place)
    shutil.copytree(place, place.parent / ".isle.old")
    recover(place)
    assert os.listdir(place.parent) == ["isle"]
    assert tree(place) == before


def test_two_builds_at_once_do_not_mix(place, tree):
    before = tree(place)
    staging = place.parent / ".isle.new"
    staging.mkdir()
    lock = os.open(staging, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Unbuildable, match=r"another build writes .*isle now"):
            put(whole(NEW), place)
    finally:
        os.close(lock)
    assert tree(place) == before
    put(whole(NEW), place)
    assert os.listdir(place.parent) == ["isle"]


def test_files_of_another_owner_are_carried_with_their_owner(place):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another owner")
    os.chown(place / ".env", NOBODY, NOBODY)
    os.chown(place / "overrides/deep", NOBODY, NOBODY)
    put(whole(NEW), place)
    for path in (".env", "overrides/deep"):
        assert (place / path).stat().st_uid == NOBODY
    assert (place / ".env").stat().st_mode & 0o777 == 0o600


def test_operators_files_are_copied_where_a_second_name_is_impossible(place, added, monkeypatch):
    before = added()

    def link(source, *_args, **_kwargs):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))

    monkeypatch.setattr(os, "link", link)
    put(whole(NEW), place)
    assert added() == before


def test_links_of_the_operator_stay_links(place, tmp_path):
    (tmp_path / "shared.env").write_text("B=2\n")
    (place / ".env").unlink()
    (place / ".env").symlink_to(tmp_path / "shared.env")
    put(whole(NEW), place)
    assert os.readlink(place / ".env") == str(tmp_path / "shared.env")


def test_place_without_rights_is_refused_and_stays(tree):
    with tempfile.TemporaryDirectory() as shelf:
        target = Path(shelf) / "isle"
        put(whole(OLD), target)
        Path(shelf).chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)  # root may write everywhere
        try:
            with pytest.raises(PermissionError) as caught:
                put(whole(NEW), target)
        finally:
            os.seteuid(user)
            Path(shelf).chmod(0o755)
        assert tree(target) == whole(OLD)
        assert os.listdir(shelf) == ["isle"]
    problem = unwritable(caught.value, target)
    assert "cannot be used: Permission denied; nothing was changed" in problem.message


def test_new_empty_and_unchanged_places_are_taken(tmp_path, place):
    (tmp_path / "empty").mkdir()
    assert messages(tmp_path / "none") == messages(tmp_path / "empty") == messages(place) == []


def test_file_that_was_removed_is_no_hindrance(place):
    (place / "Dockerfile").unlink()
    assert messages(place) == []


def test_changed_files_and_those_of_others_are_each_named(place):
    (place / "Dockerfile").write_text("FROM y\n")
    (place / "wheels/a.whl").write_bytes(b"A")
    (place / "notes.txt").write_text("mine")
    problems = check_place(place, "isle")
    assert [p.message.partition(": ")[2] for p in problems] == [
        "Dockerfile was changed",
        "wheels/a.whl was changed",
        "notes.txt is none of the bundle's files",
    ]
    assert {p.code for p in problems} == {"bundle-changed"}
    assert problems[0].hint == "put additions into overrides/, or remove it and build again"


def test_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/a.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    assert messages(tmp_path / "letters") == [
        f"{tmp_path / 'letters'} is no bundle and not empty: it holds no MANIFEST.json"
    ]
    assert messages(tmp_path / "file") == [f"{tmp_path / 'file'} is a file"]
    assert messages(Path("/")) == ["/ cannot be replaced"]


def test_bundle_of_another_region_is_not_replaced(place):
    [problem] = check_place(place, "lagoon")
    assert problem.message.endswith("isle holds the bundle of isle, with its operator's settings")


def test_damaged_manifest_is_refused(place):
    (place / "MANIFEST.json").write_text("{")
    assert "is damaged" in messages(place)[0]
