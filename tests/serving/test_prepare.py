"""What stands in the way of serving is said plainly, and before anything is done."""

import errno
import os
import socket
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import URL

from civicapp.backing import Backing, make_folder, prepare
from civicapp.problems import Problem
from civicapp.settings import Settings
from civicapp.storage.database import sqlite_url
from civicapp.storage.faults import _explained, probe


def problem(found: Backing | list[Problem]) -> str:
    assert isinstance(found, list), "it was prepared"
    (one,) = found
    return f"{one.message} ({one.hint})"


@pytest.fixture
def database_kind() -> str:
    """These tests need no database."""
    return "sqlite"


def test_a_backing_is_made_and_closed(empty_isle, tmp_path: Path) -> None:
    made = prepare(empty_isle.kernel(), tmp_path / "data")
    assert isinstance(made, Backing)
    assert "core.compact_changes" in made.jobs
    made.database.close_now()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_the_mode_of_a_folder_that_is_there_stays(empty_isle, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o750)
    made = prepare(empty_isle.kernel(), tmp_path / "data")
    assert isinstance(made, Backing)
    made.database.close_now()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o750


def test_what_is_set_for_the_host_is_used(empty_isle, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "own.sqlite3").render_as_string()
    settings = Settings(
        data=tmp_path / "set", database=SecretStr(url), files=str(tmp_path / "photos")
    )
    made = prepare(empty_isle.kernel(settings))
    assert isinstance(made, Backing)
    made.database.close_now()
    assert (tmp_path / "own.sqlite3").exists()
    assert (tmp_path / "photos").is_dir()
    found = {path.name for path in (tmp_path / "set").iterdir()}
    assert not {"civicapp.sqlite3", "files"} & found


def test_a_file_where_the_folder_should_be(empty_isle, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert "is no folder" in problem(prepare(empty_isle.kernel(), tmp_path / "data"))
    assert "is no folder" in problem(prepare(empty_isle.kernel(), tmp_path / "data/below"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(empty_isle, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    assert "cannot be written" in problem(prepare(empty_isle.kernel(), tmp_path / "data"))


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "cannot be written"),
        (errno.ENOSPC, "the disk is full"),
    ],
)
def test_a_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, says: str
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    found = make_folder(tmp_path)
    assert found is not None
    assert says in found.message


def test_a_file_that_is_no_database_is_left_as_it_is(empty_isle, tmp_path: Path) -> None:
    file = tmp_path / "civicapp.sqlite3"
    file.write_text("Dear diary, " * 500)
    assert "is no SQLite database" in problem(prepare(empty_isle.kernel(), tmp_path))
    assert file.read_text() == "Dear diary, " * 500


def test_a_damaged_database(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    content = bytearray(file.read_bytes())
    content[100:4096] = b"\xff" * 3996
    file.write_bytes(content)
    found = probe(sqlite_url(file))
    assert found is not None
    assert "damaged" in found.message


def test_a_full_disk_at_the_start(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = 13
    found = _explained(tmp_path / "x", error)
    assert found is not None
    assert "the disk is full" in found.message


def test_a_folder_as_database(tmp_path: Path) -> None:
    found = probe(sqlite_url(tmp_path))
    assert found is not None
    assert "is a folder" in found.message


def test_a_database_in_no_folder(tmp_path: Path) -> None:
    found = probe(sqlite_url(tmp_path / "no" / "x.sqlite3"))
    assert found is not None
    assert "no such folder" in found.message
    assert not (tmp_path / "no").exists()


def test_a_host_that_is_not_there(empty_isle, tmp_path: Path) -> None:
    found = prepare(empty_isle.kernel(), tmp_path, "postgresql://u:hush@no-such.invalid/db")
    assert "there is no host `no-such.invalid`" in problem(found)
    assert "hush" not in problem(found)


def test_a_host_that_does_not_answer(empty_isle, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = prepare(empty_isle.kernel(), tmp_path, f"postgresql://u:hush@127.0.0.1:{port}/db")
    assert f"127.0.0.1, port {port} does not answer: Connection refused" in problem(found)
    assert "hush" not in problem(found)


def test_no_server_behind_a_socket(tmp_path: Path) -> None:
    found = probe(URL.create("postgresql+psycopg", database="x", query={"host": str(tmp_path)}))
    assert found is not None
    assert "no server listens" in found.message


@pytest.fixture
def refusing() -> Iterator[int]:
    """Return the port of a server that asks for a password and refuses every one."""
    error = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "u"\0\0'

    def answer(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                asked = client.recv(1000)
                if asked[4:8] == (80877103).to_bytes(4):  # may I use TLS?
                    client.sendall(b"N")
                    asked = client.recv(1000)
                if asked:
                    client.sendall(b"R" + (8).to_bytes(4) + (3).to_bytes(4))
                    client.recv(1000)
                    client.sendall(b"E" + (len(error) + 4).to_bytes(4) + error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def test_a_wrong_password(empty_isle, tmp_path: Path, refusing: int) -> None:
    found = prepare(empty_isle.kernel(), tmp_path, f"postgresql://u:hush@127.0.0.1:{refusing}/db")
    assert "the server refuses user `u`" in problem(found)
    assert "hush" not in problem(found)


def test_a_database_that_is_not_there(postgres) -> None:
    found = probe(postgres.server.set(database="nowhere"))
    assert found is not None
    assert "there is no database `nowhere`" in found.message
    assert "createdb" in found.hint


def test_a_database_in_another_encoding(postgres) -> None:
    postgres._execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    try:
        found = probe(postgres.server.set(database="latin"))
    finally:
        postgres._execute("DROP DATABASE latin")
    assert found is not None
    assert "wants UTF8" in found.message


@pytest.mark.parametrize("address", ["mysql://h/d", "postgresql://h", "what"])
def test_a_wrong_address(empty_isle, tmp_path: Path, address: str) -> None:
    assert "--database" in problem(prepare(empty_isle.kernel(), tmp_path, address))
