"""Take a backup: one state of the database, the files that belong to it, read back when written."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, Connection
from sqlalchemy.orm import Session

from civicapp.backing import data_folder, database_url
from civicapp.backup.archive import Archive, ArchiveWriter
from civicapp.backup.keys import HeldKey, held_keys, needed_cipher
from civicapp.backup.manifest import FileEntry, Manifest, TableEntry, now
from civicapp.backup.place import check_place, new_file
from civicapp.backup.scope import LEFT_OUT
from civicapp.kernel import Kernel
from civicapp.problems import Problem, Severity
from civicapp.storage.database import BadUrl
from civicapp.storage.faults import CODE, probe
from civicapp.storage.files import NAME, FileMissing, FileStore, FilesUnavailable, open_files
from civicapp.storage.layout import Layout, Refused, lay_out
from civicapp.storage.lineage import CORE
from civicapp.storage.snapshot import snapshot
from civicapp.storage.transfer import Progress, read_lines, silent
from civicapp.version import VERSION

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Source:
    """Where a region's data are: the database, and the folder of this host."""

    kernel: Kernel
    folder: Path
    url: URL


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was written and read back. problems: what is not in it, though it should."""

    manifest: Manifest
    size: int
    sha256: str
    keys: tuple[HeldKey, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Rows:
    """What was found while the rows were read. made: keys that encrypted some of them."""

    tables: dict[str, TableEntry] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)


def find_source(kernel: Kernel, data: Path | None, database: str | None) -> Source:
    """Find a database that there is; nothing is made or migrated. Raise Refused."""
    try:
        url = database_url(kernel, data, database)
    except BadUrl as e:
        raise Refused(Problem(CODE, str(e), "mend --database or CIVICAPP_DATABASE")) from e
    hint = "name the right one by --data or --database"
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        raise Refused(Problem(CODE, f"{url}: there is no such file", hint))
    if problem := probe(url):
        raise Refused(problem)
    with snapshot(url) as connection:
        if CORE.current(connection) is None:
            raise Refused(Problem(CODE, f"{url} has no tables of civicapp", hint))
    return Source(kernel, data_folder(kernel, data), url)


def take(
    source: Source, path: Path, without: Collection[str] = (), progress: Progress = silent
) -> Taken:
    """Write a backup; raise Refused, and then leave nothing behind."""
    check_place(path)
    with new_file(path) as (sink, part):
        writer = ArchiveWriter(sink)
        try:
            manifest, keys, problems = _write(writer, source, without, progress)
            writer.close(manifest)
        except BaseException:
            sink.give_up()
            writer.give_up()
            raise
        if Archive(part).verify(progress) != manifest:
            raise Refused(Problem("backup-damaged", f"{path} is not what was written", "try again"))
    return Taken(manifest, sink.size, sink.sha256, keys, problems)


def _write(
    writer: ArchiveWriter, source: Source, without: Collection[str], progress: Progress
) -> tuple[Manifest, tuple[HeldKey, ...], tuple[Problem, ...]]:
    kernel, rows = source.kernel, _Rows()
    with snapshot(source.url) as connection:
        layout = lay_out(connection, kernel.lineages, without)
        left_out = {t.name: LEFT_OUT[t.name] for t in layout.tables if t.name in LEFT_OUT}
        left_out |= dict.fromkeys(without, "left out by --without")
        _write_rows(writer, source, connection, layout, rows, progress)
        problems = _name_files(kernel, connection, layout, rows.named)
    files, strange = _write_files(writer, source, progress)
    missing = tuple(sorted(rows.named - files.keys()))
    if missing:
        what = f"rows name files that are not there: {_few(missing)}"
        hint = "the backup is whole but for these; look for them in an older one"
        problems.append(Problem("lost-file", what, hint))
    if strange:
        what = f"left out is what civicapp did not put among the files: {_few(strange)}"
        hint = "keep other things elsewhere"
        problems.append(Problem("strange-file", what, hint, severity=Severity.WARNING))
    keys = tuple(held_keys(kernel, source.folder, rows.made))
    manifest = Manifest(
        region=kernel.region.id,
        civicapp=VERSION,
        created_at=now(),
        database="SQLite" if source.url.drivername == "sqlite" else "PostgreSQL",
        heads=layout.heads,
        tables=rows.tables,
        left_out=left_out,
        files=files,
        missing=missing,
        keys=tuple(key.entry for key in keys if key.needed),
    )
    return manifest, keys, tuple(problems)


def _write_rows(
    writer: ArchiveWriter,
    source: Source,
    connection: Connection,
    layout: Layout,
    rows: _Rows,
    progress: Progress,
) -> None:
    cipher = needed_cipher(source.kernel, source.folder)

    def see(content: bytes) -> None:
        if mark := cipher.made(content):
            rows.made.add(mark)

    for table in layout.tables:
        if table.name not in LEFT_OUT:
            lines = read_lines(connection, table, see)
            tally = writer.add_table(table.name, lines, progress)
            rows.tables[table.name] = TableEntry(table, tally)


def _name_files(
    kernel: Kernel, connection: Connection, layout: Layout, named: set[str]
) -> list[Problem]:
    """Ask the services which files the rows name; return for whom that cannot be told."""
    problems = []
    for wired in kernel.services:
        if wired.files is None or wired.lineage is None or wired.id not in layout.heads:
            continue
        if wired.lineage.pending(layout.heads[wired.id]):
            what = f"files of {wired.id} are not checked: its tables are of an older version"
            hint = "what is there is in the backup"
            problems.append(Problem("lost-file", what, hint, severity=Severity.WARNING))
            continue
        with Session(connection) as session:
            named.update(wired.files(session))
    return problems


def _write_files(
    writer: ArchiveWriter, source: Source, progress: Progress
) -> tuple[dict[str, FileEntry], list[str]]:
    """Write every file of ours, after the rows: what they name was there before them."""
    store = file_store(source.kernel, source.folder)
    files: dict[str, FileEntry] = {}
    if store is None:
        return files, []
    try:
        paths = sorted(store.paths_now())
        for name, content in _contents(store, paths):
            files[name] = writer.add(f"files/{name}", content)
            progress("files", len(files))
    except FilesUnavailable as e:
        raise Refused(Problem(CODE, f"the files cannot be read: {e}", "see CIVICAPP_FILES")) from e
    return files, [path for path in paths if not NAME.fullmatch(path)]


def _contents(store: FileStore, paths: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in paths:
        if NAME.fullmatch(name):
            # One that was removed since it was listed is missed only if a row names it.
            with suppress(FileMissing):
                yield name, store.get_now(name)


def file_store(kernel: Kernel, folder: Path) -> FileStore | None:
    """Open the files of a region; None when there is no folder of them yet."""
    place = kernel.settings.files or folder / "files"
    if not str(place).startswith("s3://") and not Path(place).is_dir():
        return None
    return open_files(place)


def _few(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN:,} more"
