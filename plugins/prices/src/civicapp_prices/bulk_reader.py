"""Read the bulk files: from a folder, or from the address of a site; no database is opened.

    with open_bulk("https://…/api/v1/prices/bulk/") as bulk:
        for series, values in bulk.series():
            ...

Points of all years are merged a series at a time, so that memory stays small.
"""

import csv
import datetime
import hashlib
import heapq
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from civicapp_prices.bulk_fetch import Fetcher, NotFetched, TooLarge
from civicapp_prices.domain.series import Value

PACKAGE = "datapackage.json"
BLOCK = 1024 * 1024
PACKAGE_LARGEST = 16 * BLOCK
TRIES = 3


class Unusable(Exception):
    """The files cannot be read: which one, where, what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class BulkSeries:
    """What a series is of. step: `day` or `month`."""

    id: int
    source: str
    scope: str
    commodity: str
    step: str


@dataclass(frozen=True, slots=True)
class BulkAlarm:
    """A published alarm. value, class_: None unless status is `ok`."""

    series: int
    kind: str
    mode: str
    month: str
    status: str
    value: Decimal | None
    class_: str | None
    inputs: int
    inputs_hash: str
    code_version: str
    computed_at: str


class Bulk:
    """The files in a folder. damaged: those that are not as the data package says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = _package(folder / PACKAGE)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Return how alarms were computed: least histories, steps of changes, version of rules."""
        found = self.package.get("alarm_settings")
        if not isinstance(found, dict):
            raise Unusable(f"{PACKAGE}: it has no alarm_settings; fetch the files anew")
        return found

    @cached_property
    def damaged(self) -> tuple[str, ...]:
        """Name the files whose digest is another than the data package says, or which are gone."""
        return tuple(
            name
            for name, digest in _digests(self.package)
            if not (self.folder / name).is_file() or _digest(self.folder / name) != digest
        )

    @cached_property
    def known(self) -> Mapping[int, BulkSeries]:
        """Return what the series are of, by id."""
        found = {}
        for line, row in self._rows("series.csv"):
            id = _int("series.csv", line, row, "id")
            found[id] = BulkSeries(id, row["source"], row["scope"], row["commodity"], row["step"])
        return found

    def series(self) -> Iterator[tuple[BulkSeries, list[Value]]]:
        """Yield each series that has points, by id, with its values in order of time."""
        names = sorted(name for name, _ in _digests(self.package) if name.startswith("points"))
        merged = heapq.merge(*(self._points(name) for name in names), key=itemgetter(0, 1))
        for id, rows in groupby(merged, key=itemgetter(0)):
            if id not in self.known:
                raise Unusable(f"series.csv: it has no series {id}, which has points")
            yield self.known[id], [value for _, _, value in rows]

    def _points(self, name: str) -> Iterator[tuple[int, datetime.date, Value]]:
        last: tuple[int, datetime.date] | None = None
        for line, row in self._rows(name):
            id = _int(name, line, row, "series")
            try:
                date = datetime.date.fromisoformat(row["date"])
                price = Decimal(row["price"])
            except (ValueError, InvalidOperation):
                raise _bad(name, line, "its date or price cannot be read") from None
            if not price.is_finite():
                raise _bad(name, line, "its price is no number")
            if last is not None and (id, date) <= last:
                raise _bad(name, line, "it is not after the line before, by series and date")
            last = id, date
            n = _int(name, line, row, "n") if row["n"] else None
            yield id, date, Value(date, price, n)

    def alarms(self) -> Iterator[BulkAlarm]:
        """Yield the published alarms, by series."""
        name = "alarms.csv"
        for line, row in self._rows(name):
            try:
                value = Decimal(row["value"]) if row["value"] else None
            except InvalidOperation:
                raise _bad(name, line, "its value cannot be read") from None
            yield BulkAlarm(
                series=_int(name, line, row, "series"),
                kind=row["kind"],
                mode=row["mode"],
                month=row["month"],
                status=row["status"],
                value=value,
                class_=row["class"] or None,
                inputs=_int(name, line, row, "inputs"),
                inputs_hash=row["inputs_hash"],
                code_version=row["code_version"],
                computed_at=row["computed_at"],
            )

    def _rows(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows of a file with their line numbers."""
        wanted = _columns(self.package, name)
        try:
            with (self.folder / name).open(encoding="utf-8", newline="") as file:
                reader = csv.reader(file, strict=True)
                header = next(reader, [])
                if missing := [column for column in wanted if column not in header]:
                    raise _bad(name, 1, f"there is no column {', '.join(missing)}")
                for row in reader:
                    if len(row) != len(header):
                        what = f"it has {len(row)} cells instead of {len(header)}"
                        raise _bad(name, reader.line_num, what)
                    yield reader.line_num, dict(zip(header, row, strict=True))
        except FileNotFoundError:
            raise Unusable(f"{name}: it is missing; fetch the files anew") from None
        except (OSError, UnicodeDecodeError, csv.Error) as e:
            raise Unusable(f"{name}: it cannot be read ({e}); fetch the files anew") from e


@contextmanager
def open_bulk(place: str | Path) -> Iterator[Bulk]:
    """Open the files in a folder, or below an address; raise Unusable.

    What comes from an address is kept in a temporary folder. When the site writes a new set in the
    middle, the files are fetched once more.
    """
    if not isinstance(place, str) or "://" not in place:
        folder = Path(place)
        if not folder.is_dir():
            raise Unusable(f"{folder}: there is no such folder")
        yield Bulk(folder)
        return
    if not place.startswith(("http://", "https://")):
        raise Unusable(f"{place}: wants a folder, or an address that begins with https://")
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="civicapp-prices-"))
        yield _fetched(place, Path(name))


def _fetched(base: str, folder: Path) -> Bulk:
    """Fetch all files; again as long as they are not of one set, a few times."""
    fetcher = Fetcher(base.removesuffix(PACKAGE).rstrip("/") + "/")
    larger: NotFetched | None = None
    try:
        for _ in range(TRIES):
            fetcher.fetch(PACKAGE, folder / PACKAGE, PACKAGE_LARGEST)
            bulk = Bulk(folder)
            larger = _fetch_all(fetcher, bulk)
            if larger is None and not bulk.damaged:
                break
        if larger is not None:
            raise larger
    except NotFetched as e:
        raise Unusable(f"{e}; is it the folder of the files?") from e
    return bulk


def _fetch_all(fetcher: Fetcher, bulk: Bulk) -> NotFetched | None:
    """Fetch what is not there yet; return the fault when a file is of another, larger set."""
    for name, digest in _digests(bulk.package):
        path = bulk.folder / name
        if not path.is_file() or _digest(path) != digest:
            try:
                fetcher.fetch(name, path, _bytes(bulk.package, name))
            except TooLarge as e:
                return e
    return None


def _package(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Unusable(f"{path}: it is missing; the folder is not of bulk files") from None
    except (OSError, ValueError) as e:
        raise Unusable(f"{path}: it cannot be read ({e}); fetch it anew") from e
    if not isinstance(found, dict) or not isinstance(found.get("resources"), list):
        raise Unusable(f"{path}: it is no data package; fetch it anew")
    return found


def _digests(package: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 of each file; a path that leads elsewhere is refused."""
    for resource in package["resources"]:
        path, told = str(resource.get("path", "")), str(resource.get("hash", ""))
        if not path.endswith(".csv") or "/" in path or "\\" in path or path.startswith("."):
            raise Unusable(f"{PACKAGE}: `{path}` is no file of the same folder; fetch it anew")
        yield path, told.removeprefix("sha256:")


def _columns(package: Mapping[str, Any], name: str) -> list[str]:
    for resource in package["resources"]:
        if resource.get("path") == name:
            return [str(f["name"]) for f in resource.get("schema", {}).get("fields", ())]
    raise Unusable(f"{PACKAGE}: it names no {name}; fetch it anew")


def _bytes(package: Mapping[str, Any], name: str) -> int | None:
    """Return how many bytes a file is said to have."""
    for resource in package["resources"]:
        if resource.get("path") == name and isinstance(resource.get("bytes"), int):
            return int(resource["bytes"])
    return None


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def _int(name: str, line: int, row: Mapping[str, str], column: str) -> int:
    try:
        return int(row[column])
    except ValueError:
        raise _bad(name, line, f"`{row[column]}` in {column} is no number") from None


def _bad(name: str, line: int, what: str) -> Unusable:
    return Unusable(f"{name}:{line}: {what}; fetch the files anew")
