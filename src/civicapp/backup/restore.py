"""Restore: put a backup into an empty database and an empty file store, all of it or nothing.

Rows are loaded and compared in one transaction, then the files are written, then it is committed.
Who is cut off in between finds an empty database, and may begin again with the same backup: files
that are the same count as written.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from civicapp.backing import data_folder, database_url, make_folder
from civicapp.backup.archive import Archive
from civicapp.backup.copy import Copied, complete, copy, prepare_copy
from civicapp.backup.keys import check_keys, other_keys
from civicapp.backup.manifest import Manifest
from civicapp.backup.take import file_store
from civicapp.kernel import Kernel
from civicapp.problems import Problem
from civicapp.storage.database import BadUrl
from civicapp.storage.errors import DatabaseFull
from civicapp.storage.faults import CODE, no_room, probe
from civicapp.storage.files import NAME, FileExists, FileStore, FilesUnavailable, open_files
from civicapp.storage.layout import Refused
from civicapp.storage.lineage import CORE
from civicapp.storage.transfer import Progress, silent
from civicapp.storage.vacancy import NOT_EMPTY

UNFIT = "backup-unfit"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. lacking: names of secrets that this host lacks, or has others of."""

    url: URL
    files: str
    copied: Copied
    lacking: tuple[str, ...]


def restore(
    kernel: Kernel,
    archive: Archive,
    manifest: Manifest,
    data: Path | None = None,
    database: str | None = None,
    progress: Progress = silent,
) -> Restored:
    """Restore a verified backup; raise Refused. What is refused is left as it was."""
    folder = data_folder(kernel, data)
    check_fit(kernel, manifest)
    check_keys(kernel, folder, manifest)
    url = _target(kernel, data, database)
    check_files(kernel, folder, manifest)
    for needed in (folder, *_parents(url)):
        if problem := make_folder(needed):
            raise Refused(problem)
    if problem := probe(url):
        raise Refused(problem)
    prepare_copy(url, kernel.lineages, manifest.heads)
    layouts = [entry.layout for entry in manifest.tables.values()]
    with _files(kernel, folder) as files:
        copied = copy(
            url,
            kernel.lineages,
            layouts,
            archive.tables(manifest),
            lambda table: manifest.tables[table.name].tally,
            progress,
            lambda: files.put_all(archive, manifest, progress),
        )
    complete(url, kernel.lineages)
    place = str(kernel.settings.files or folder / "files")
    return Restored(url, place, copied, tuple(other_keys(kernel, folder, manifest)))


def check_fit(kernel: Kernel, manifest: Manifest) -> None:
    """Raise Refused when a backup is of another region, or of a newer program."""
    if manifest.region != kernel.region.id:
        what = f"the backup is of the region {manifest.region}, not of {kernel.region.id}"
        raise Refused(Problem(UNFIT, what, f"civicapp restore FILE {manifest.region}"))
    known = {lineage.id: lineage for lineage in (CORE, *kernel.lineages)}
    problems = []
    for id, head in manifest.heads.items():
        if id not in known:
            what = f"the backup holds data of {id}, which is not enabled here"
            problems.append(Problem(UNFIT, what, f"name {id} in `plugins`, and install it"))
        elif not known[id].leads(None, head):
            what = f"the backup is newer than this program: {id} was at {head}"
            hint = f"install civicapp {manifest.civicapp} or newer, and its plugins"
            problems.append(Problem(UNFIT, what, hint))
    if problems:
        raise Refused(*problems)


def check_files(kernel: Kernel, folder: Path, manifest: Manifest) -> None:
    """Raise Refused when there are files that are not of this backup."""
    store = file_store(kernel, folder)
    with _explained():
        paths = [p for p in store.paths_now() if NAME.fullmatch(p)] if store else []
    strange = sorted(set(paths) - manifest.files.keys())
    if strange:
        more = f" and {len(strange) - 1:,} more" if len(strange) > 1 else ""
        what = f"the file store is not empty: it holds {strange[0]}{more}"
        hint = "move them away, or choose another folder: --data, or CIVICAPP_FILES"
        raise Refused(Problem(NOT_EMPTY, what, hint))


class _Files:
    """The files that this run wrote."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._put: list[str] = []

    def put_all(self, archive: Archive, manifest: Manifest, progress: Progress) -> None:
        """Write every file; one that is there must be the same."""
        for number, (name, content) in enumerate(archive.files(), 1):
            with _explained():
                try:
                    self._store.put_now(name, content)
                    self._put.append(name)
                except FileExists:
                    there = hashlib.sha256(self._store.get_now(name)).hexdigest()
                    if there != manifest.files[name].sha256:
                        what = f"the file {name} is there, and another than in the backup"
                        hint = "move the files away, then start again"
                        raise Refused(Problem(NOT_EMPTY, what, hint)) from None
            progress("files", number)

    def take_back(self) -> None:
        """Remove what was written."""
        for name in self._put:
            self._store.delete_now(name)


@contextmanager
def _files(kernel: Kernel, folder: Path) -> Iterator[_Files]:
    """Open the file store; take back what was written if all is in vain."""
    try:
        files = _Files(open_files(kernel.settings.files or folder / "files"))
    except OSError as e:
        raise Refused(no_room(folder / "files", e)) from e
    try:
        yield files
    except BaseException:
        files.take_back()
        raise


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DatabaseFull as e:
        hint = "make room, then start again; nothing was kept"
        raise Refused(Problem(CODE, f"files: the disk is full: {e}", hint)) from e
    except FilesUnavailable as e:
        raise Refused(Problem(CODE, f"files: {e}", "see CIVICAPP_FILES")) from e


def _target(kernel: Kernel, data: Path | None, database: str | None) -> URL:
    try:
        return database_url(kernel, data, database)
    except BadUrl as e:
        raise Refused(Problem(CODE, str(e), "mend --database or CIVICAPP_DATABASE")) from e


def _parents(url: URL) -> tuple[Path, ...]:
    return (Path(str(url.database)).parent,) if url.drivername == "sqlite" else ()
