"""What is not restored, and why; what is left when a restore is cut off; older states."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import SQLAlchemyError

from civicapp import EnvVar, Secret, Service, hookimpl
from civicapp.identity.crypto import Cipher, fingerprint, read_key
from civicapp.kernel import boot
from civicapp.storage.layout import Refused

KEYS = tuple(hashlib.sha256(name).hexdigest() for name in (b"one", b"two"))
MARKS = [fingerprint(read_key(key)) for key in KEYS]
CUT_OFF = """\
import os, signal, sys
from pathlib import Path
from civicapp.backup.archive import Archive
from civicapp.backup.restore import restore
from civicapp.kernel import boot
from civicapp.settings import Settings

pack, path, data, address, what, number = sys.argv[1:]
kernel = boot(pack, settings=Settings()).kernel
archive = Archive(Path(path))
manifest = archive.verify()


def progress(*told):
    if told == (what, int(number)):
        os.kill(os.getpid(), signal.SIGKILL)


restore(kernel, archive, manifest, Path(data), address, progress)
"""


@pytest.fixture
def backup(make_host, tmp_path):
    """Return the path of a backup with rows and two files."""
    host = make_host()
    host.execute("INSERT INTO shelf_photo (id) VALUES ('p1'), ('p2')")
    host.files().put_now("shelf/p1", b"one")
    host.files().put_now("shelf/p2", b"two")
    host.back_up(tmp_path / "backup")
    return tmp_path / "backup"


def is_empty(host) -> bool:
    """Tell whether there is nothing, or only what migrations make."""
    try:
        rows = host.execute("SELECT (SELECT count(*) FROM shelf_photo)")
    except SQLAlchemyError:
        return True
    return bool(rows == [(0,)])


def test_a_database_that_holds_rows_is_refused(make_host, backup, kind):
    other = make_host(kind)
    other.execute("INSERT INTO shelf_extra (id) VALUES (1)")
    said = other.refuses(backup)
    assert said.startswith("not-empty: ")
    assert "is not empty: it holds rows (shelf_extra 1)" in said
    assert ("move that file away" if kind == "sqlite" else "dropdb civicapp_test_") in said
    assert is_empty(other)
    assert not (other.data / "files" / "shelf").exists()


def test_what_migrations_made_counts_as_rows_once_it_was_changed(make_host, backup, kind):
    other = make_host(kind)
    other.execute("UPDATE shelf_level SET rank = 3 WHERE code = 'low'")
    assert "it holds rows (shelf_level 2)" in other.refuses(backup)


def test_a_restored_database_is_not_restored_again(make_host, backup, kind):
    other = make_host(kind, empty=True)
    other.restore(backup)
    assert other.refuses(backup).startswith("not-empty: ")


def test_files_of_others_are_refused(make_host, backup):
    other = make_host(empty=True)
    other.files().put_now("shelf/mine", b"mine")
    said = other.refuses(backup)
    assert "not-empty: the file store is not empty: it holds shelf/mine (move them" in said
    assert is_empty(other)


def test_a_file_of_another_content_is_refused_and_nothing_is_kept(make_host, backup):
    other = make_host(empty=True)
    other.files().put_now("shelf/p2", b"mine")
    assert "the file shelf/p2 is there, and another than in the backup" in other.refuses(backup)
    assert is_empty(other)
    assert [p.name for p in (other.data / "files" / "shelf").iterdir()] == ["p2"]
    assert other.files().get_now("shelf/p2") == b"mine"


def test_another_region_is_refused(make_host, backup, kind):
    other = make_host(kind, id="other", empty=True)
    said = other.refuses(backup)
    assert said.startswith("backup-unfit: the backup is of the region isle, not of other")
    assert not other.data.exists()


def test_data_of_a_plugin_that_is_not_enabled_are_refused(make_host, backup):
    other = make_host(shelf=False, empty=True)
    said = other.refuses(backup)
    assert said.startswith("backup-unfit: the backup holds data of shelf, which is not enabled")


def test_a_newer_backup_is_refused(make_host, backup, kind):
    other = make_host(kind, new=False, empty=True)
    said = other.refuses(backup)
    assert "backup-unfit: the backup is newer than this program: shelf was at 0002" in said
    assert not other.data.exists()


@pytest.mark.parametrize("empty", [True, False])
def test_an_older_backup_is_restored_and_migrated(make_host, kind, other_kind, tmp_path, empty):
    """Also into a database that is at the newest state already, as long as it is empty."""
    host, other = make_host(kind, new=False), make_host(other_kind, empty=empty)
    host.execute("INSERT INTO shelf_photo (id) VALUES ('p1')")
    host.files().put_now("shelf/p1", b"one")
    taken = host.back_up(tmp_path / "old")
    assert taken.manifest.heads["shelf"] == "0001"
    other.restore(tmp_path / "old")
    assert other.execute("SELECT id, note FROM shelf_photo") == [("p1", None)]
    assert other.execute("SELECT version_num FROM alembic_version_shelf") == [("0002",)]
    other.execute("INSERT INTO shelf_extra (id) VALUES (1)")


def test_an_older_state_is_backed_up_by_a_newer_program(make_host, kind, tmp_path):
    """As it is before an update."""
    host = make_host(kind, new=False)
    host.execute("INSERT INTO shelf_photo (id) VALUES ('p1')")
    host.kernel = make_host().kernel
    taken = host.back_up(tmp_path / "old")
    assert taken.manifest.heads["shelf"] == "0001"
    old = make_host(new=False, empty=True)
    old.restore(tmp_path / "old")
    assert old.execute("SELECT id FROM shelf_photo") == [("p1",)]


def test_a_service_that_came_later_gets_its_tables(make_host, kind, tmp_path):
    host, other = make_host(kind, shelf=False), make_host(kind, empty=True)
    host.back_up(tmp_path / "old")
    other.restore(tmp_path / "old")
    assert other.execute("SELECT count(*) FROM shelf_level") == [(2,)]


# keys


def test_a_host_without_the_key_is_refused(make_host, backup):
    other = make_host(keys=(), empty=True)
    said = other.refuses(backup)
    assert said == (
        f"secret-key: the backup needs the secret key {MARKS[0]}; this host has none"
        f" (put the key that was kept apart at {other.data}/secret_key)"
    )
    assert not other.data.exists()


def test_a_host_with_another_key_is_refused(make_host, backup):
    other = make_host(keys=KEYS[1:], empty=True)
    said = other.refuses(backup)
    assert f"the backup needs the secret key {MARKS[0]}; this host has {MARKS[1]}" in said
    assert "at CIVICAPP_SECRET_KEY, the newest first, further ones after a comma" in said
    assert not any(key in said for key in KEYS)


def test_a_host_in_production_is_told_of_its_variable(make_host, backup):
    other = make_host(empty=True).with_keys()
    assert "(put the key that was kept apart at CIVICAPP_SECRET_KEY)" in other.refuses(backup)


def test_the_key_may_be_an_older_one_of_the_host(make_host, backup):
    make_host(keys=(KEYS[1], KEYS[0]), empty=True).restore(backup)


def test_only_keys_that_made_something_are_needed(make_host, tmp_path):
    host = make_host(keys=KEYS)
    first = host.back_up(tmp_path / "one").manifest
    assert first.fingerprints == (MARKS[0],)
    sealed = Cipher([read_key(KEYS[1])]).encrypt("text", "purpose")
    host.execute("INSERT INTO shelf_thing (id, raw) VALUES (1, :sealed)", sealed=sealed)
    second = host.back_up(tmp_path / "two").manifest
    assert second.fingerprints == tuple(MARKS)
    assert f"needs the secret key {MARKS[1]}" in make_host(empty=True).refuses(tmp_path / "two")
    make_host(keys=KEYS, empty=True).restore(tmp_path / "two")


def test_no_key_is_in_a_backup(make_host, tmp_path):
    host = make_host(keys=())
    host.make_key()
    host.back_up(tmp_path / "one")
    import gzip

    key = (host.data / "secret_key").read_text("ascii").strip()
    content = gzip.decompress((tmp_path / "one").read_bytes())
    assert key.encode() not in content
    assert bytes.fromhex(key) not in content


def test_keys_of_plugins_are_named_and_missed(regions, make_host, tmp_path, monkeypatch):
    """One that is made at random has a fingerprint; a password has none: it could be guessed."""
    host = make_host(shelf=False)

    @hookimpl
    def service():
        return Service(id="tax")

    @hookimpl
    def bundle_resources(context):
        yield Secret("tax_key", "CIVICAPP_TAX_KEY_FILE", "signs", generate=True)
        yield Secret("tax_password", "CIVICAPP_TAX_PASSWORD_FILE", "of the bank")
        yield Secret("tax_other", "CIVICAPP_TAX_OTHER_FILE", "not set here")
        yield EnvVar("CIVICAPP_TAX_MODE", "no secret")

    plugin = SimpleNamespace(service=service, bundle_resources=bundle_resources)
    pack = tmp_path / "isle"
    pack.mkdir()
    region = (regions.folder / "newFalse/isle/region.yaml").read_text()
    (pack / "region.yaml").write_text(region.replace("plugins: []", "plugins: [tax]"))
    found = boot(pack, settings=host.kernel.settings, plugins={"tax": plugin})
    assert found.kernel is not None, found.problems
    host.kernel = found.kernel
    for name, content in (("key", KEYS[1]), ("password", "hunter2")):
        (tmp_path / name).write_text(content)
        monkeypatch.setenv(f"CIVICAPP_TAX_{name.upper()}_FILE", str(tmp_path / name))
    taken = host.back_up(tmp_path / "backup")
    named = {key.entry.name: (key.entry.fingerprint, key.place) for key in taken.keys}
    assert named == {
        "secret_key": (MARKS[0], "CIVICAPP_SECRET_KEY"),
        "tax_key": (MARKS[1], f"{tmp_path}/key (CIVICAPP_TAX_KEY_FILE)"),
        "tax_password": (None, f"{tmp_path}/password (CIVICAPP_TAX_PASSWORD_FILE)"),
    }
    other = make_host(shelf=False, empty=True)
    other.kernel = host.kernel
    (tmp_path / "key").write_text(KEYS[0])
    assert other.restore(tmp_path / "backup").lacking == ("tax_key",)


# cut off


@pytest.mark.parametrize("at", [("files", 1), ("files", 2), ("core_audit", 1000)])
def test_who_is_cut_off_starts_again(make_host, kind, tmp_path, regions, at):
    host, other = make_host(shelf=False), make_host(kind, shelf=False, empty=True)
    value = "('2026-11-24T22:41:00.000000Z', 'a', 's', 'r', 'q')"
    host.execute(
        "INSERT INTO core_audit (at, action, subject, reason, request)"
        f" VALUES {', '.join([value] * 1500)}"
    )
    for name in ("p1", "p2"):
        host.files().put_now(f"shelf/{name}", name.encode())
    host.back_up(tmp_path / "backup")
    pack = regions.folder / "newFalse" / "isle"
    values = (pack, tmp_path / "backup", other.data, other.address, *map(str, at))
    key = {"CIVICAPP_SECRET_KEY": KEYS[0]}
    done = subprocess.run(
        [sys.executable, "-c", CUT_OFF, *values],
        env=key,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert other.execute("SELECT count(*) FROM core_audit") == [(0,)]
    other.restore(tmp_path / "backup")
    assert other.execute("SELECT count(*) FROM core_audit") == [(1500,)]
    assert other.files().get_now("shelf/p2") == b"p2"


def test_files_are_taken_back_when_the_rest_fails(make_host, backup, tmp_path):
    other = make_host(empty=True)
    path = Path(other.data) / "files"

    def fail(what, number):
        if what == "files":
            raise Refused

    from civicapp.backup.archive import Archive
    from civicapp.backup.restore import restore

    archive = Archive(backup)
    with pytest.raises(Refused):
        restore(other.kernel, archive, archive.verify(), other.data, other.address, fail)
    assert is_empty(other)
    assert [p for p in path.rglob("*") if p.is_file()] == []
    other.restore(backup)
