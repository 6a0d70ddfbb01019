"""Backing: where a kernel keeps what must last: database, files, jobs.

`prepare` finds or makes it, and says in one go what stands in the way.
"""

import datetime
import os
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL

from civicapp.identity.crypto import BadKey, Cipher, open_cipher
from civicapp.jobs.carrier import Carrier, ProcrastinateCarrier
from civicapp.jobs.ledger import JobHealth, job_health
from civicapp.jobs.listening import listeners
from civicapp.jobs.outbox import Outbox
from civicapp.jobs.queue import JobQueue, Queue
from civicapp.jobs.runner import Runner, make_runner
from civicapp.jobs.work import Work
from civicapp.kernel import Kernel
from civicapp.notify.channels import Channels
from civicapp.notify.messages import Messages
from civicapp.problems import Problem
from civicapp.storage.database import BadUrl, Database, open_database, read_url, sqlite_url
from civicapp.storage.faults import CODE, no_room, probe
from civicapp.storage.files import FileStore, open_files
from civicapp.storage.migrate import MigrationFailed, Status, is_current, status, upgrade

if TYPE_CHECKING:
    from civicapp.context import Context
    from civicapp.jobs.wired import WiredJob

FILE = "civicapp.sqlite3"


@dataclass(frozen=True, slots=True)
class Backing:
    """What one process of a kernel works with. Close it with `database.close()`.

    outbox: what a transaction sends with its commit. cipher: encrypts what is personal.
    """

    kernel: Kernel
    database: Database
    files: FileStore
    queue: JobQueue
    outbox: Outbox
    cipher: Cipher = field(repr=False)
    jobs: "Mapping[str, WiredJob]"
    carrier: Carrier | None

    def runner(self, concurrency: int | None = None) -> Runner:
        """Make the runner of this kernel's jobs, not begun yet."""
        work = Work(
            database=self.database,
            files=self.files,
            queue=self.queue,
            jobs=self.jobs,
            context=self._context,
            carrier=self.carrier,
            outbox=self.outbox,
        )
        return make_runner(work, self.kernel.region.timezone, concurrency)

    def _context(self, service: str) -> "Context":
        context = self.kernel.context(service, self.kernel.region.languages[0])
        return replace(context, _cipher=self.cipher)

    async def health(self) -> JobHealth:
        """Tell what is wrong in the background, for /readyz."""
        now = datetime.datetime.now(datetime.UTC)
        return await self.database.read(job_health, tuple(self.jobs), now)


def data_folder(kernel: Kernel, data: Path | None = None) -> Path:
    """Return the data folder: as given, as set for this host, or `.civicapp/<region>`."""
    return data or kernel.settings.data or Path(".civicapp") / kernel.region.id


def files_place(kernel: Kernel, data: Path | None = None) -> str | Path:
    """Return where files are kept: as set for this host, or a folder of the data folder."""
    return kernel.settings.files or data_folder(kernel, data) / "files"


def database_url(kernel: Kernel, data: Path | None = None, database: str | None = None) -> URL:
    """Return the address of the database: as given, as set, or the file in the data folder.

    Raise BadUrl.
    """
    address = kernel.settings.address(database or None)
    if address is None and (file := kernel.settings.database_password_file):
        raise BadUrl(f"the password in {file} is of no database: none is named")
    return read_url(address) if address else sqlite_url(data_folder(kernel, data) / FILE)


def prepare(
    kernel: Kernel,
    data: Path | None = None,
    database: str | None = None,
    *,
    region: str | None = None,
) -> Backing | list[Problem]:
    """Make a kernel's backing ready to serve, or say what stands in the way.

    An absent data folder is made, for its owner alone. A SQLite database is migrated; a PostgreSQL
    database must be: with many hosts one of them does it, once, by `civicapp db upgrade`. region:
    what the user typed, for the command to type next.
    """
    folder = data_folder(kernel, data)
    if problem := make_folder(folder):
        return [problem]
    try:
        url = database_url(kernel, data, database)
    except BadUrl as e:
        return [Problem(CODE, str(e), "mend --database or CIVICAPP_DATABASE")]
    if problem := probe(url) or _migrate(kernel, url, region, given=bool(database)):
        return [problem]
    kept = _open(kernel, folder)
    return [kept] if isinstance(kept, Problem) else connect(kernel, url, *kept)


def _open(kernel: Kernel, folder: Path) -> tuple[FileStore, Cipher] | Problem:
    hint = "set CIVICAPP_SECRET_KEY to what `openssl rand -hex 32` prints, and keep a copy"
    try:
        files = open_files(files_place(kernel, folder))
        cipher = open_cipher(kernel.settings, folder)
    except OSError as e:
        return no_room(folder / "files", e)
    except BadKey as e:
        return Problem("secret-key", str(e), hint)
    if cipher is None:
        return Problem("secret-key", "a production host needs a secret key", hint)
    return files, cipher


def connect(kernel: Kernel, url: URL, files: FileStore, cipher: Cipher) -> Backing:
    """Make the backing of a database that is ready; nothing is connected yet."""
    jobs = kernel.jobs
    opened = open_database(url)
    carrier = None if opened.is_sqlite else ProcrastinateCarrier(url)
    queue = Queue(jobs, carrier)
    outbox = Outbox(
        queue=queue,
        channels=Channels(kernel.channels, kernel.settings),
        messages=Messages({s.id: s.folder for s in kernel.services}, kernel.context),
        sealer=cipher,
        events=kernel.events,
        listeners=listeners(kernel.plugins),
        base_url=kernel.settings.base_url,
    )
    return Backing(kernel, opened, files, queue, outbox, cipher, jobs, carrier)


def make_folder(folder: Path) -> Problem | None:
    """Make a data folder for its owner alone, unless it is there; return why it cannot be used."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o700)
        if not folder.is_dir():
            raise NotADirectoryError(20, os.strerror(20))
        with tempfile.TemporaryFile(dir=folder):
            pass  # rights alone do not tell: the disk may be full, or mounted for reading
    except OSError as e:
        return no_room(folder, e)
    return None


def _migrate(kernel: Kernel, url: URL, region: str | None, *, given: bool) -> Problem | None:
    """Migrate a SQLite database; of a PostgreSQL database say that somebody must."""
    if is_current(url, kernel.lineages):
        return None
    if url.drivername != "sqlite":
        found = status(url, kernel.lineages)
        return unmigrated(found, region or kernel.region.id, given=given)
    try:
        upgrade(url, kernel.lineages)
    except MigrationFailed as e:
        return failed(e, url)
    return None


def failed(error: MigrationFailed, url: URL) -> Problem:
    """Say that a migration failed."""
    hint = "nothing of it was kept; the database works with the version of before"
    if "disk is full" in error.reason or "No space left" in error.reason:
        hint = "make room, then start again; nothing of it was kept"
    return Problem("migration-failed", f"migration of {error.id}: {error.reason} ({url})", hint)


def unmigrated(found: Status, region: str, *, given: bool) -> Problem | None:
    """Say what to type when a database is not as this version needs it, None if it is.

    given: the address was typed, so that it must be typed again.
    """
    if found.unknown:
        who = ", ".join(found.unknown)
        hint = "install that version again; there is no way back for the data"
        return Problem("database-newer", f"a newer version has migrated {who}", hint)
    if found.pending:
        who = ", ".join(s.id for s in found.states if s.pending)
        command = shlex.join(["civicapp", "db", "upgrade", region])
        hint = command + (" --database …" if given else "")
        return Problem("database-not-migrated", f"the database lacks migrations of {who}", hint)
    return None
