"""Lock: versions with the digests of their files, as requirements.lock holds them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from civicapp.bundle.target import applies

PACKAGED = Path(__file__).with_name("requirements.lock")
_LINE = re.compile(r"^([\w.-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
_HASH = re.compile(r"^\s+--hash=sha256:([0-9a-f]{64})\b")


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """A distribution in one version, and the SHA-256 digests of the files that it may come in."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write it as a requirement without its digests."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class Lock:
    """The pins that civicapp is tested with; of some distributions several, by marker."""

    pins: Mapping[tuple[str, str], Pin]
    markers: Mapping[tuple[str, str], Marker | None]

    def hashes(self, name: str, version: str) -> tuple[str, ...]:
        """Return the digests of a version's files; none when it is not locked."""
        pin = self.pins.get((name, version))
        return pin.hashes if pin else ()

    def version(self, name: str, python: str) -> str | None:
        """Return the version of a distribution that is locked for the target."""
        found = (
            v for (n, v), marker in self.markers.items() if n == name and applies(marker, python)
        )
        return next(found, None)


def read_lock(text: str) -> Lock:
    """Read what `make lock` writes."""
    hashes: dict[tuple[str, str], list[str]] = {}
    markers: dict[tuple[str, str], Marker | None] = {}
    own: list[str] = []
    for line in text.splitlines():
        if match := _LINE.match(line):
            name, version, marker = match.groups()
            key = canonicalize_name(name), version
            own = hashes.setdefault(key, [])
            markers[key] = Marker(marker) if marker else None
        elif match := _HASH.match(line):
            own.append(match[1])
    pins = {key: Pin(*key, tuple(sorted(found))) for key, found in hashes.items()}
    return Lock(pins, markers)


def write_lock(pins: Iterable[Pin]) -> bytes:
    """Write pins for `pip install --require-hashes`: no address, no comment, no path."""
    lines = []
    for pin in sorted(pins):
        lines.append(" \\\n    ".join([str(pin), *(f"--hash=sha256:{h}" for h in pin.hashes)]))
    return "".join(line + "\n" for line in lines).encode()
