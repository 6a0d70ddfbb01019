"""The bulk files: everything that is published, as CSV with a Frictionless data package.

They are written from one state of the data, stored in parts named by their digest, and then named
by rows of one transaction: a reader sees the old set or the new one, and the same data gives the
same bytes.
"""

import contextlib
import datetime
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from civicapp import Database, FileExists, FileStore, touch
from civicapp_prices.domain.csvtext import LINE_END, cell, writer
from civicapp_prices.domain.reading import CODE_VERSION
from civicapp_prices.models import INVENTED, BulkFile, Entry
from civicapp_prices.service.alarms import settings_of
from civicapp_prices.service.bulk_schema import ALARMS, POINTS, Row, Table
from civicapp_prices.service.bulk_tables import Tables
from civicapp_prices.service.site import Site

JOB = "prices.bulk"
TAG = "prices.bulk"
PACKAGE = "datapackage.json"
PART = 8 * 1024 * 1024
KEEP = datetime.timedelta(days=1)  # a download that has begun can go on
TEXT, JSON = "text/csv", "application/json"
DIALECT = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "header": True,
}


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was written. parts: digests of its parts, in order."""

    name: str
    digest: str
    bytes: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """A file of the set, as it is served. parts: names in the file store, in order."""

    name: str
    digest: str
    bytes: int
    made_at: datetime.datetime
    parts: tuple[str, ...]

    @property
    def media_type(self) -> str:
        """Return what it is."""
        return JSON if self.name == PACKAGE else f"{TEXT}; charset=utf-8; header=present"


def rewrite(session: Session, site: Site, key: str) -> None:
    """Have the files written anew after this commit; once for a key.

    So it is done when a day comes out, after an import and an alarm run; what supervisors decide
    later, and what the pack says anew, comes with the nightly run.
    """
    site.enqueue(session, JOB, key)


def write_set(session: Session, site: Site, folder: Path) -> list[str]:
    """Write all files into an empty folder; return their names, the data package last."""
    for old in folder.iterdir():  # of an attempt that broke off
        old.unlink()
    tables = Tables(session, site)
    written: list[tuple[Table, str]] = []
    for table, rows in tables.small():
        _write(folder / f"{table.name}.csv", table, rows)
        written.append((table, table.name))
    _write(folder / "alarms.csv", ALARMS, tables.alarms())
    written.append((ALARMS, ALARMS.name))
    years = _write_years(folder, tables.points())
    written += [(POINTS, f"points-{year:04d}") for year in years]
    package = {
        **_package(session, site),
        "resources": [_resource(folder, table, name) for table, name in written],
    }
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / PACKAGE).write_text(text, "utf-8", newline="\n")
    return [*(f"{name}.csv" for _, name in written), PACKAGE]


def _write(path: Path, table: Table, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = writer(file).writerow
        write(table.header)
        for row in rows:
            write([cell(value) for value in row])


def _write_years(folder: Path, lines: Iterable[tuple[datetime.date, str]]) -> list[int]:
    """Write the points, a file for each year; they come by series and date and stay so."""
    with ExitStack() as stack:
        writes: dict[int, Callable[[str], object]] = {}
        for date, line in lines:
            write = writes.get(date.year)
            if write is None:
                path = folder / f"points-{date.year:04d}.csv"
                file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
                write = writes[date.year] = file.write
                write(",".join(POINTS.header) + LINE_END)
            write(line + LINE_END)
        return sorted(writes)


def alarm_settings(site: Site) -> dict[str, Any]:
    """Return how alarms are computed, as the data package tells it."""
    settings = settings_of(site)
    return {
        "code_version": CODE_VERSION,
        "alps_min_months": settings.alps_least,
        "ipa_min_months": settings.ipa_least,
        "ipa_mode": settings.ipa_mode,
        "change_watch": str(settings.steps.watch),
        "change_alert": str(settings.steps.alert),
        "change_low": str(settings.steps.low),
    }


def _package(session: Session, site: Site) -> dict[str, Any]:
    region = site.region
    invented = session.scalar(select(exists().where(Entry.method == INVENTED)))
    warning = (
        "A demonstration: the quotes of the source `survey` are invented. " if invented else ""
    )
    return {
        "profile": "tabular-data-package",
        "name": f"prices-{region.id}".lower(),
        "title": f"Prices, {region.name.text(*region.languages)}",
        "description": (
            f"{warning if invented else ''}"
            "Published prices and alarms. A missing price is no row. Series of the source `survey` "
            "are means of quotes that officers of the region entered; those of other sources were "
            "read from the files in imports.csv, whose owners' terms hold for them."
        ),
        "sources": [{"title": source} for source in site.config.sources],
        "region": region.id,
        "currency": region.currency,
        "timezone": region.timezone,
        "alarm_settings": alarm_settings(site),
    }


def _resource(folder: Path, table: Table, name: str) -> dict[str, Any]:
    path = folder / f"{name}.csv"
    digest, size, parts = hashlib.sha256(), 0, []
    for block in _blocks(path):
        digest.update(block)
        size += len(block)
        parts.append(f"sha256:{hashlib.sha256(block).hexdigest()}")
    year = name.removeprefix(table.name).removeprefix("-")
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "title": f"{table.title}, {year}" if year else table.title,
        "path": path.name,
        "format": "csv",
        "mediatype": TEXT,
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest.hexdigest()}",
        # So that who has the store alone can put a large file together.
        **({"parts": parts} if len(parts) > 1 else {}),
        "dialect": DIALECT,
        "schema": table.schema(),
    }


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(PART):
            yield block


def store(path: Path, put: Callable[[str, bytes], object]) -> Made:
    """Store a file in parts; `put` keeps one under a name that its content decides."""
    whole, size, parts = hashlib.sha256(), 0, []
    for block in _blocks(path):
        whole.update(block)
        size += len(block)
        parts.append(hashlib.sha256(block).hexdigest())
        put(part_name(parts[-1]), block)
    return Made(path.name, whole.hexdigest(), size, tuple(parts))


def part_name(digest: str) -> str:
    """Return the name of a part in the file store."""
    return f"prices/bulk-{digest}"


def publish_set(
    session: Session, made: Sequence[Made], read_at: datetime.datetime, now: datetime.datetime
) -> list[str]:
    """Make files the published set; return the names of stored parts that nobody needs any more.

    A set that was read before the one that is published changes nothing.
    """
    rows = {(row.name, row.digest): row for row in session.scalars(select(BulkFile))}
    newest = session.scalar(select(func.max(BulkFile.read_at)))
    if newest is not None and newest > read_at:
        return []
    wanted = {(file.name, file.digest): file for file in made}
    changed = False
    for key, file in wanted.items():
        row = rows.get(key)
        if row is not None and row.retired_at is None:
            row.read_at = read_at
            continue
        changed = True
        if row is None:
            row = rows[key] = BulkFile(name=file.name, digest=file.digest)
            session.add(row)
        row.bytes, row.parts = file.bytes, list(file.parts)
        row.made_at, row.read_at, row.retired_at = now.replace(microsecond=0), read_at, None
    for key, row in rows.items():
        if key not in wanted and row.retired_at is None:
            row.retired_at, changed = now, True
    old = [r for r in rows.values() if r.retired_at is not None and r.retired_at < now - KEEP]
    for row in old:
        session.delete(row)
    needed = {part for row in rows.values() if row not in old for part in row.parts}
    if changed:
        touch(session, TAG)
    return sorted({part_name(part) for row in old for part in row.parts if part not in needed})


def find_file(session: Session, name: str) -> Served | None:
    """Return a file of the set."""
    row = session.scalar(
        select(BulkFile).where(BulkFile.name == name, BulkFile.retired_at.is_(None))
    )
    if row is None:
        return None
    parts = tuple(part_name(part) for part in row.parts)
    return Served(row.name, row.digest, row.bytes, row.made_at, parts)


def list_files(session: Session) -> Mapping[str, Served]:
    """Return the set by name; empty before it was made for the first time."""
    query = select(BulkFile).where(BulkFile.retired_at.is_(None)).order_by(BulkFile.name)
    return {
        row.name: Served(
            row.name,
            row.digest,
            row.bytes,
            row.made_at,
            tuple(part_name(part) for part in row.parts),
        )
        for row in session.scalars(query)
    }


def named_files(session: Session) -> Iterator[str]:
    """Name every stored part, so that a backup can tell which are missing."""
    parts = {part for row in session.scalars(select(BulkFile)) for part in row.parts}
    yield from (part_name(part) for part in sorted(parts))


def write_files(db: Database, files: FileStore, site: Site) -> tuple[int, int]:
    """Write all files, store them, and name them at once; what nobody needs any more goes.

    Return how many there are, and how many parts of older ones went.
    """
    began = datetime.datetime.now(datetime.UTC)
    with tempfile.TemporaryDirectory(prefix="civicapp-bulk-") as name:
        folder = Path(name)
        names = db.read_now(write_set, site, folder)
        made = [
            store(folder / file, lambda part, content: _put(files, part, content)) for file in names
        ]
    gone = db.write_now(publish_set, made, began, datetime.datetime.now(datetime.UTC))
    for part in gone:
        files.delete_now(part)
    return len(made), len(gone)


def _put(files: FileStore, name: str, content: bytes) -> None:
    with contextlib.suppress(FileExists):  # its name is its content
        files.put_now(name, content)
