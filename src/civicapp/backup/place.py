"""Place: write a file whole or not at all, never over one that is there."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from civicapp.problems import Problem
from civicapp.storage.layout import Refused

CODE = "backup-file"
MODE = 0o600


class Sink:
    """A file that is written once, front to back, and its digest. After a failure it takes all."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash = file, hashlib.sha256()
        self._failed = False
        self.size = 0

    def write(self, content: Any) -> int:
        """Write, and count."""
        if not self._failed:
            try:
                self._file.write(content)
            except BaseException:
                self._failed = True
                raise
            self._hash.update(content)
            self.size += len(content)
        return len(content)

    def flush(self) -> None:
        """Do nothing: it is flushed at the end."""

    def give_up(self) -> None:
        """Write nothing more."""
        self._failed = True

    @property
    def sha256(self) -> str:
        """Return the digest of what was written."""
        return self._hash.hexdigest()


def check_place(path: Path) -> None:
    """Raise Refused when a new file cannot be made there; sooner than after an hour of work."""
    if path.exists() or path.is_symlink():
        raise _refused(f"{path} is there already", "name a new file; none is overwritten")
    if not path.parent.is_dir():
        raise _refused(f"{path.parent}: there is no such folder", "make it, or name another")


@contextmanager
def new_file(path: Path) -> Iterator[tuple[Sink, Path]]:
    """Write a file beside its place, and put it there when all is well; else nothing stays.

    Yield where to write, and the path meanwhile: what is written can be read back there.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except OSError as e:
        raise _explained(path, e) from e
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield Sink(file), part
        _publish(part, path)
    except OSError as e:
        raise _explained(path, e) from e
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def flush(path: Path) -> None:
    """Write a file down to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _publish(part: Path, path: Path) -> None:
    flush(part)
    try:
        os.link(part, path)  # unlike a rename it never replaces a file
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        check_place(path)
        part.rename(path)
    flush(path.parent)


def _explained(path: Path, error: OSError) -> Refused:
    hint = "make room, or name a place on another disk; nothing was kept of it"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _refused(f"{path}: the disk is full", hint)
    if error.errno == errno.EFBIG:
        return _refused(f"{path}: the disk is full, or no file may be so large", hint)
    if error.errno == errno.EEXIST:
        return _refused(f"{path} is there already", "name a new file; none is overwritten")
    what = f"{path} cannot be written: {os.strerror(error.errno or 0)}"
    return _refused(what, "let the user that runs civicapp write there, or name another place")


def _refused(message: str, hint: str) -> Refused:
    return Refused(Problem(CODE, message, hint))
