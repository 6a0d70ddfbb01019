"""The published bulk files in a host's file store, put together without its database."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from civicapp import FileMissing, FileStore
from civicapp_prices.bulk_reader import PACKAGE, Bulk, Unusable

SERVICE = "prices"
PART = re.compile(r"prices/bulk-[0-9a-f]{64}")
PROFILE = "tabular-data-package"


@contextmanager
def stored_bulk(files: FileStore) -> Iterator[Bulk | None]:
    """Open the newest set of files in a store; None when there is none; raise Unusable.

    The database names the parts of each file; so does the data package, which is found by its look.
    """
    package = _newest(files)
    if package is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="civicapp-prices-") as name:
        folder = Path(name)
        (folder / PACKAGE).write_bytes(package)
        bulk = Bulk(folder)  # which refuses names that lead elsewhere
        for resource in bulk.package["resources"]:
            _assemble(files, resource, folder)
        yield bulk


def _newest(files: FileStore) -> bytes | None:
    times = {name: at for name, at in files.times_now(SERVICE).items() if PART.fullmatch(name)}
    for name in sorted(times, key=lambda name: (times[name], name), reverse=True):
        content = files.get_now(name)
        if _is_package(content) and f"prices/bulk-{hashlib.sha256(content).hexdigest()}" == name:
            return content
    return None


def _is_package(content: bytes) -> bool:
    if not content.startswith(b"{"):
        return False
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("profile") == PROFILE


def _assemble(files: FileStore, resource: Mapping[str, Any], folder: Path) -> None:
    """Put a file together; what is missing or damaged its digest tells later."""
    parts = resource.get("parts") or [resource.get("hash")]
    with (folder / str(resource["path"])).open("wb") as file:
        for part in parts:
            digest = str(part).removeprefix("sha256:")
            try:
                file.write(files.get_now(f"prices/bulk-{digest}"))
            except FileMissing:
                raise Unusable(
                    f"{resource['path']}: the file store lacks a part of it; see civicapp doctor"
                ) from None
            except ValueError:
                raise Unusable(f"{PACKAGE}: it names a part that is none; fetch it anew") from None
