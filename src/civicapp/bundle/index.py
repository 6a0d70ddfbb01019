"""Ask this host's package index: for digests that no lock holds, and for the wheels of a lock."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from civicapp.bundle.faults import Unbuildable
from civicapp.bundle.lock import Pin, write_lock
from civicapp.bundle.manifest import entry
from civicapp.bundle.pip import PipFailed, run_pip
from civicapp.bundle.wheel import BadWheel, Wheel, read_wheel
from civicapp.problems import Problem

WHEELS_ONLY = ("--no-deps", "--only-binary=:all:")


def complete(pins: Sequence[Pin], work: Path) -> tuple[tuple[Pin, ...], bool]:
    """Give digests to the pins that have none; raise Unbuildable.

    Returns: all pins, and whether one of the new digests is of a wheel for this machine alone.
    """
    bare = [pin for pin in pins if not pin.hashes]
    if not bare:
        return tuple(pins), False
    answer = work / "answer.json"
    arguments = (*WHEELS_ONLY, "--dry-run", "--ignore-installed", "--report", str(answer))
    try:
        run_pip("install", *arguments, *map(str, bare))
    except PipFailed as e:
        names = ", ".join(map(str, bare))
        what = f"the lock of civicapp has no digests of {names}, and the index gives none: {e}"
        hint = "mend the connection to the index, or give --wheelhouse DIR with their wheels"
        raise Unbuildable(Problem("no-digest", what, hint)) from e
    found: dict[str, str] = {}
    bound = False
    for each in json.loads(answer.read_text("utf-8"))["install"]:
        digest = _digest(each)
        if digest is not None:
            found[canonicalize_name(each["metadata"]["name"])] = digest
            bound |= not each["download_info"]["url"].endswith("-none-any.whl")
    if untold := [pin for pin in bare if pin.name not in found]:
        what = f"the index gives no SHA-256 digest of {', '.join(map(str, untold))}"
        raise Unbuildable(Problem("no-digest", what, "give --wheelhouse DIR with their wheels"))
    whole = (Pin(p.name, p.version, p.hashes or (found[p.name],)) for p in pins)
    return tuple(whole), bound


def _digest(each: Mapping[str, Any]) -> str | None:
    digest = each["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
    return str(digest) if digest else None


def download(pins: Sequence[Pin], work: Path, wheelhouse: Path | None) -> tuple[Wheel, ...]:
    """Fetch the wheels of pins for this Python and machine, by their digests; raise Unbuildable."""
    folder, wanted = work / "offline", work / "offline.txt"
    wanted.write_bytes(write_lock(pins))
    links = ("--find-links", str(wheelhouse)) if wheelhouse else ()
    arguments = (*WHEELS_ONLY, "--require-hashes", "--dest", str(folder), *links)
    try:
        run_pip("download", *arguments, "--requirement", str(wanted))
    except PipFailed as e:
        what = f"--offline: not all wheels can be had: {e}"
        hint = "mend the connection to the index, or give --wheelhouse DIR with the wheels"
        raise Unbuildable(Problem("no-wheel", what, hint)) from e
    known = {(pin.name, pin.version): pin for pin in pins}
    wheels = {}
    for path in sorted(folder.glob("*.whl")):
        try:
            wheel = read_wheel(path)
        except BadWheel as e:
            raise Unbuildable(Problem("no-wheel", str(e), "download it again")) from e
        pin = known.get((wheel.name, wheel.version))
        if pin and entry(path).sha256 in pin.hashes:
            wheels[pin] = wheel
    if missing := sorted(set(pins) - set(wheels)):
        what = f"--offline: no wheel with a known digest of {', '.join(map(str, missing))}"
        raise Unbuildable(Problem("no-wheel", what, "give --wheelhouse DIR with the wheels"))
    return tuple(wheels.values())
