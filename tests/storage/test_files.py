import asyncio
import re
import stat
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from civicapp.storage.files import FileExists, FileMissing, FileStore, FilesUnavailable, open_files

NAME = "complaints/0123456789abcdef"


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as is used: put unless it is there, get, list by pages of two, delete."""

    files: dict[str, bytes]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("if-none-match") == "*" and self.path in self.files:
            self.answer(412)
        else:
            self.files[self.path] = body
            self.answer(200, {"etag": '"1"'})

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/photos" and "list-type=2" in query:
            self.list(parse_qs(query))
        elif self.path in self.files:
            headers = {"etag": '"1"', "last-modified": "Mon, 17 Aug 2026 03:00:00 GMT"}
            self.answer(200, headers, self.files[self.path])
        else:
            self.answer(404)

    def list(self, asked: dict[str, list[str]]) -> None:
        after, start = asked.get("continuation-token", [""])[0], f"/photos/{asked['prefix'][0]}"
        paths = [p for p in sorted(self.files) if p.startswith(start) and p > after]
        page = "".join(
            f"<Contents><Key>{path.removeprefix('/photos/')}</Key><Size>1</Size>"
            "<LastModified>2026-08-17T03:00:00.000Z</LastModified></Contents>"
            for path in paths[:2]
        )
        more = f"<NextContinuationToken>{paths[1]}</NextContinuationToken>" if paths[2:] else ""
        flag = "true" if more else "false"
        body = f"<ListBucketResult><IsTruncated>{flag}</IsTruncated>{more}{page}</ListBucketResult>"
        self.answer(200, body=body.encode())

    def do_POST(self) -> None:
        assert self.path == "/photos?delete"
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        keys = re.findall("<Key>(.*?)</Key>", body)
        for key in keys:
            self.files.pop(f"/photos/{key}", None)
        done = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self.answer(200, body=f"<DeleteResult>{done}</DeleteResult>".encode())

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(params=["folder", "bucket"])
def files(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FileStore]:
    """Return a store of each kind."""
    if request.param == "folder":
        yield open_files(tmp_path / "files")
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Empty", (Bucket,), {"files": {}}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    yield open_files("s3://photos/lampung")
    server.shutdown()
    server.server_close()


def test_a_file_is_kept_as_it_is(files: FileStore) -> None:
    content = bytes(range(256)) * 100
    files.put_now(NAME, content)
    assert files.get_now(NAME) == content


def test_the_loop_has_the_same_calls(files: FileStore) -> None:
    async def work() -> bytes:
        await files.put(NAME, b"one")
        with pytest.raises(FileExists):
            await files.put(NAME, b"two")
        found = await files.get(NAME)
        await files.delete(NAME)
        await files.delete(NAME)
        with pytest.raises(FileMissing):
            await files.get(NAME)
        return found

    assert asyncio.run(work()) == b"one"


def test_a_file_is_never_changed(files: FileStore) -> None:
    files.put_now(NAME, b"one")
    with pytest.raises(FileExists):
        files.put_now(NAME, b"two")
    assert files.get_now(NAME) == b"one"


def test_what_is_gone_is_missing(files: FileStore) -> None:
    files.put_now(NAME, b"one")
    files.delete_now(NAME)
    files.delete_now(NAME)
    with pytest.raises(FileMissing):
        files.get_now(NAME)


def test_what_there_is_is_listed(files: FileStore) -> None:
    assert list(files.paths_now()) == []
    names = [f"complaints/{n}" for n in range(5)]
    for name in names:
        files.put_now(name, b"x")
    assert sorted(files.paths_now()) == names


@pytest.mark.parametrize(
    "name",
    [
        *("Complaints/a", "complaints//a", "complaints/a\0", "complaints/a/b", "complaints/ä"),
        "../x",
        "a/../../x",
        "/etc/passwd",
        "complaints/../x",
        "complaints/",
        "x",
        "",
        "complaints/a.b",
    ],
)
def test_a_name_leads_nowhere_else(files: FileStore, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    for call in (files.get_now, files.delete_now, partial(files.put_now, content=b"x")):
        with pytest.raises(ValueError, match="no name of a file"):
            call(name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_is_for_us_alone(tmp_path: Path) -> None:
    open_files(tmp_path / "a" / "files")
    assert stat.S_IMODE((tmp_path / "a" / "files").stat().st_mode) == 0o700


def test_a_file_is_on_the_disk_when_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr("os.fsync", flushed.append)
    open_files(tmp_path).put_now(NAME, b"x")
    assert len(flushed) == 3


def test_a_store_out_of_reach_is_told(tmp_path: Path) -> None:
    files = open_files(tmp_path / "files")
    (tmp_path / "files" / "complaints").write_text("a file where a folder should be")
    with pytest.raises(FilesUnavailable):
        files.put_now(NAME, b"x")
