"""FileStore: what residents and officers upload, in a folder or in a bucket.

A name is `<service>/<id>`, never a word of a user; type, size and owner of a file stand in the
service's own rows. Put the file first, then commit the row that names it: a file without a row does
no harm, a row without a file does.
"""

import asyncio
import datetime
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from civicapp.storage.errors import DatabaseFull

if TYPE_CHECKING:
    from obstore.store import RetryConfig

NAME = re.compile(r"[a-z][a-z0-9]{1,20}/[A-Za-z0-9_-]{1,128}")
NO_SPACE = "os error 28"


class FileExists(Exception):
    """There is a file of this name; files are never changed."""


class FileMissing(Exception):
    """There is no file of this name."""


class FilesUnavailable(Exception):
    """The store cannot be reached, or refuses: try again later."""


class FileStore:
    """Files by name: put once, get, delete. Every call has a form for commands and jobs, `_now`."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store, self._folder = store, folder

    async def put(self, name: str, content: bytes) -> None:
        """Keep a new file; when this returns it is safe. Raise FileExists."""
        with _translated(name):
            await obstore.put_async(self._store, name, content, mode="create")
        if self._folder:
            await asyncio.to_thread(_flush, self._folder / name)

    def put_now(self, name: str, content: bytes) -> None:
        """Keep a new file; when this returns it is safe. Raise FileExists."""
        with _translated(name):
            obstore.put(self._store, name, content, mode="create")
        if self._folder:
            _flush(self._folder / name)

    async def get(self, name: str) -> bytes:
        """Return a file's content. Raise FileMissing."""
        with _translated(name):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())

    def get_now(self, name: str) -> bytes:
        """Return a file's content. Raise FileMissing."""
        with _translated(name):
            return bytes(obstore.get(self._store, name).bytes())

    def paths_now(self) -> Iterator[str]:
        """List what is in the store, in no order; also what nobody put there by a name of ours."""
        try:
            for chunk in obstore.list(self._store):
                yield from (entry["path"] for entry in chunk)
        except (BaseError, OSError) as e:
            raise FilesUnavailable(str(e).partition("\n")[0]) from e

    def times_now(self, service: str) -> dict[str, datetime.datetime]:
        """Return the names of a service's files, each with when it was put."""
        try:
            return {
                entry["path"]: entry["last_modified"]
                for chunk in obstore.list(self._store, prefix=service)
                for entry in chunk
            }
        except (BaseError, OSError) as e:
            raise FilesUnavailable(str(e).partition("\n")[0]) from e

    async def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is no error, so that it may be repeated."""
        try:
            with _translated(name):
                await obstore.delete_async(self._store, name)
        except FileMissing:
            pass

    def delete_now(self, name: str) -> None:
        """Remove a file; one that is gone already is no error, so that it may be repeated."""
        try:
            with _translated(name):
                obstore.delete(self._store, name)
        except FileMissing:
            pass


def open_files(place: str | Path) -> FileStore:
    """Open a store: a folder, which is made, or `s3://bucket/prefix`; keys come from AWS_*."""
    if isinstance(place, str) and place.startswith("s3://"):
        patience: RetryConfig = {"max_retries": 3, "retry_timeout": datetime.timedelta(seconds=10)}
        return FileStore(S3Store.from_url(place, retry_config=patience))
    folder = Path(place).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileStore(LocalStore(folder), folder)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    if not NAME.fullmatch(name):
        raise ValueError(f"`{name}` is no name of a file: <service>/<id>")
    try:
        yield
    except AlreadyExistsError as e:
        raise FileExists(name) from e
    except FileNotFoundError as e:
        raise FileMissing(name) from e
    except (BaseError, OSError) as e:
        if NO_SPACE in str(e):
            raise DatabaseFull(f"no space left for the file {name}") from e
        raise FilesUnavailable(str(e).partition("\n")[0]) from e


def _flush(path: Path) -> None:
    """Write a file and its entry in the folders down to the disk: the store itself does not."""
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
