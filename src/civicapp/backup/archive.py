"""Archive: the one file of a backup, a tar in gzip that any tar opens.

`format.txt` first; then `tables/<table>/<part>.jsonl`, canonical rows in the order of their
keys; then `files/<service>/<id>`; the manifest last. Written and read as a stream, so that neither
a large table nor a large file store needs memory. Same content, same bytes.
"""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from civicapp.backup.manifest import FileEntry, Manifest, read_manifest, write_manifest
from civicapp.problems import Problem
from civicapp.storage.files import NAME
from civicapp.storage.layout import Refused, TableLayout
from civicapp.storage.transfer import Counter, Progress, Tally, silent

DAMAGED = "backup-damaged"
FIRST, LAST = "format.txt", "manifest.json"
MARK = "civicapp backup, format "
FORMAT = 1
PART = 1024 * 1024  # bytes of a table's part, about
LEVEL = 6
OPTIONS: Mapping[str, Any] = {"format": tarfile.PAX_FORMAT, "bufsize": 64 * 1024}
_TABLE = re.compile(r"tables/([a-z][a-z0-9_]*)/\d{6}\.jsonl")


class ArchiveWriter:
    """Write an archive into what has `write` and `flush`; `close` completes it."""

    def __init__(self, file: Any) -> None:
        # Neither name nor time in the header: the same content gives the same bytes.
        self._gzip = gzip.GzipFile("", "wb", LEVEL, file, mtime=0)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", **OPTIONS)  # noqa: SIM115
        self.add(FIRST, f"{MARK}{FORMAT}\n".encode())

    def add(self, name: str, content: bytes) -> FileEntry:
        """Add a part."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))
        return FileEntry(len(content), hashlib.sha256(content).hexdigest())

    def add_table(self, name: str, lines: Iterable[str], progress: Progress) -> Tally:
        """Add the lines of a table, in parts of some size."""
        counter, part, number = Counter(), bytearray(), 0
        for line in lines:
            part += counter.add(line)
            if len(part) >= PART:
                number += 1
                self.add(f"tables/{name}/{number:06}.jsonl", bytes(part))
                part.clear()
                progress(name, counter.rows)
        if part:
            self.add(f"tables/{name}/{number + 1:06}.jsonl", bytes(part))
        return counter.tally

    def close(self, manifest: Manifest) -> None:
        """Add the manifest, and end."""
        self.add(LAST, write_manifest(manifest))
        self._tar.close()
        self._gzip.close()

    def give_up(self) -> None:
        """End without an end: the file is of no use."""
        # Else both would try to write what is left when they are forgotten.
        with suppress(OSError, ValueError):
            self._tar.close()
        with suppress(OSError, ValueError):
            self._gzip.close()


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    tables: dict[str, Counter] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)
    manifest: Manifest | None = None


class _Rest:
    """What is still to be read of an archive's parts."""

    def __init__(self, parts: Iterator[tuple[str, IO[bytes]]]) -> None:
        self._parts = parts
        self._next = next(parts, None)

    def lines(self, folder: str) -> Iterator[str]:
        """Yield the lines of the parts in a folder, if they are what comes next."""
        while self._next is not None and self._next[0].startswith(folder):
            for line in self._next[1]:
                yield line.decode().removesuffix("\n")
            self._next = next(self._parts, None)


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup on disk. All of it may raise Refused."""

    path: Path

    def verify(self, progress: Progress = silent) -> Manifest:
        """Read all of it, compare every digest, and return the manifest."""
        found = _Found()
        with self._parts() as parts:
            for number, (name, content) in enumerate(parts, 1):
                if found.manifest is not None:
                    raise self._damaged(f"{name} comes after the end")
                self._take(found, name, content)
                progress("parts read", number)
        if found.manifest is None:
            raise self._damaged("it is cut off: its end is missing")
        self._compare(found, found.manifest)
        return found.manifest

    def tables(self, manifest: Manifest) -> Iterator[tuple[TableLayout, Iterator[str]]]:
        """Yield each table with its lines, which are to be read before the next."""
        with self._parts() as parts:
            rest = _Rest(parts)
            for name, entry in manifest.tables.items():
                yield entry.layout, rest.lines(f"tables/{name}/")

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield each file with its content."""
        with self._parts() as parts:
            for name, content in parts:
                if name.startswith("files/"):
                    yield name.removeprefix("files/"), content.read()

    def digest(self) -> str:
        """Return the SHA-256 of the file itself."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _take(self, found: _Found, name: str, content: IO[bytes]) -> None:
        if name == LAST:
            try:
                found.manifest = read_manifest(content.read())
            except ValueError as e:
                raise self._damaged(f"its manifest cannot be read: {e}") from e
        elif table := _TABLE.fullmatch(name):
            counter = found.tables.setdefault(table[1], Counter())
            for line in content:
                counter.add(line.decode().removesuffix("\n"))
        elif name.startswith("files/") and NAME.fullmatch(name.removeprefix("files/")):
            size, digest = 0, hashlib.sha256()
            while block := content.read(PART):
                size += len(block)
                digest.update(block)
            found.files[name.removeprefix("files/")] = FileEntry(size, digest.hexdigest())
        else:
            raise self._damaged(f"it holds {name}, which is no part of a backup")

    def _compare(self, found: _Found, manifest: Manifest) -> None:
        empty = Counter().tally
        for name in sorted({*found.tables, *manifest.tables}):
            entry = manifest.tables.get(name)
            read = found.tables[name].tally if name in found.tables else empty
            if entry is None or entry.tally != read:
                raise self._damaged(f"table {name} is another than its digest says")
        for name in sorted({*found.files, *manifest.files}):
            if found.files.get(name) != manifest.files.get(name):
                raise self._damaged(f"file {name} is another than its digest says")

    @contextmanager
    def _parts(self) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
        try:
            with self.path.open("rb") as file, gzip.GzipFile(fileobj=file) as unpacked:
                yield self._members(unpacked)
        except (gzip.BadGzipFile, zlib.error, tarfile.TarError, EOFError, UnicodeError) as e:
            raise self._damaged("it is damaged or cut off") from e
        except FileNotFoundError as e:
            raise Refused(Problem(DAMAGED, f"there is no file {self.path}", "mend its name")) from e
        except OSError as e:
            what = f"{self.path} cannot be read: {e.strerror or e}"
            raise Refused(Problem(DAMAGED, what, "check owner and permissions")) from e

    def _members(self, unpacked: gzip.GzipFile) -> Iterator[tuple[str, IO[bytes]]]:
        self._check_mark(unpacked)
        with tarfile.open(fileobj=unpacked, mode="r|", **OPTIONS) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    raise self._damaged(f"it holds {member.name}, which is no file")
                if member.name != FIRST:
                    yield member.name, content
        while rest := unpacked.read(PART):  # to the end, where the checksum stands
            if rest.strip(b"\0"):
                raise self._damaged("something stands after its end")

    def _check_mark(self, unpacked: gzip.GzipFile) -> None:
        """Look at the first part: is it a backup, and one of a form that we know?"""
        try:
            head = unpacked.peek(2 * tarfile.BLOCKSIZE)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            head = b""
        said = head[tarfile.BLOCKSIZE :].partition(b"\n")[0].decode("ascii", "replace")
        if not head.startswith(FIRST.encode()) or not said.startswith(MARK):
            hint = "name the file that `civicapp backup` wrote"
            raise Refused(Problem(DAMAGED, f"{self.path} is no backup of civicapp", hint))
        if (form := said.removeprefix(MARK)) != str(FORMAT):
            what = f"{self.path} is of format {form}; this version knows {FORMAT}"
            raise Refused(Problem("backup-unfit", what, "restore it by the version that wrote it"))

    def _damaged(self, why: str) -> Refused:
        what = f"{self.path} cannot be used: {why}"
        return Refused(Problem(DAMAGED, what, "take another backup; nothing was changed"))
