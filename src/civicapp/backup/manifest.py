"""Manifest: the last part of a backup: what it holds, with digests, and what it does not hold."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from civicapp.storage.canonical import Column, codec
from civicapp.storage.layout import TableLayout
from civicapp.storage.transfer import Tally

FORMAT = 1


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table of a backup and the digest of its rows."""

    layout: TableLayout
    tally: Tally


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size and digest of an uploaded file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A secret that the backup does not hold. fingerprint: of keys that what is in it needs."""

    name: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of and what it holds.

    database: the kind that it was taken from, for information. heads: revisions by service.
    left_out: names of tables, each with the reason. missing: files that rows name, and that were
    not there. keys: needed, but not held.
    """

    region: str
    civicapp: str
    created_at: str
    database: str
    heads: Mapping[str, str]
    tables: Mapping[str, TableEntry]
    left_out: Mapping[str, str]
    files: Mapping[str, FileEntry]
    missing: tuple[str, ...]
    keys: tuple[KeyEntry, ...]

    @property
    def rows(self) -> int:
        """Count the rows of all tables."""
        return sum(entry.tally.rows for entry in self.tables.values())

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Return the fingerprints of the secret keys that the rows need."""
        return tuple(k.fingerprint for k in self.keys if k.name == SECRET_KEY and k.fingerprint)


SECRET_KEY = "secret_key"  # noqa: S105 - the name of a secret


def now() -> str:
    """Return this moment as it stands in a manifest."""
    moment = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds") + "Z"


def write_manifest(manifest: Manifest) -> bytes:
    """Write a manifest; its tables stand in the order of the backup."""
    tables = [
        {
            "name": name,
            "service": entry.layout.service,
            "columns": [[column.name, column.kind] for column in entry.layout.columns],
            "key": list(entry.layout.key),
            **asdict(entry.tally),
        }
        for name, entry in manifest.tables.items()
    ]
    plain = asdict(replace(manifest, tables={})) | {"format": FORMAT, "tables": tables}
    return (json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest; raise ValueError when it is none."""
    try:
        return _manifest(json.loads(content))
    except (KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"no manifest: {e!r}") from e


def _manifest(plain: Any) -> Manifest:
    return Manifest(
        region=_text(plain["region"]),
        civicapp=_text(plain["civicapp"]),
        created_at=_text(plain["created_at"]),
        database=_text(plain["database"]),
        heads={_text(id): _text(head) for id, head in plain["heads"].items()},
        tables={_text(table["name"]): _table(table) for table in plain["tables"]},
        left_out={_text(name): _text(why) for name, why in plain["left_out"].items()},
        files={
            _text(name): FileEntry(_number(f["size"]), _text(f["sha256"]))
            for name, f in plain["files"].items()
        },
        missing=tuple(map(_text, plain["missing"])),
        keys=tuple(
            KeyEntry(_text(k["name"]), k["fingerprint"] and _text(k["fingerprint"]))
            for k in plain["keys"]
        ),
    )


def _table(plain: Any) -> TableEntry:
    columns = tuple(Column(_text(name), _text(kind)) for name, kind in plain["columns"])
    for column in columns:
        codec(column.kind)
    key = tuple(map(_text, plain["key"]))
    if not key or not {*key} <= {column.name for column in columns}:
        raise ValueError("a table wants a key of its columns")
    layout = TableLayout(_text(plain["service"]), _text(plain["name"]), columns, key)
    return TableEntry(layout, Tally(_number(plain["rows"]), _text(plain["sha256"])))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value
