"""The bundle's own files, and whether what it was built with is what is installed here."""

import shlex
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from civicapp.bundle.manifest import NAME, Change, Manifest, NoManifest, changed
from civicapp.doctor.finding import Finding, counted, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.version import VERSION

SHOWN = 20  # changed files that are listed
LOCK = "requirements.lock"
IMAGE = {"region.json"}  # what the Dockerfile takes into the image, beside the manifest


def check_files(host: Host) -> Iterator[Finding]:
    """Compare the bundle with its manifest, byte by byte."""
    manifest, folder = host.manifest, host.folder
    if folder is None or not host.is_bundle:
        what = f"{host.name} is a pack, not a bundle"
        yield skipped(what, shlex.join(["civicapp", "build", host.name, "--out", "DIR"]))
        return
    if not isinstance(manifest, Manifest):
        lost = isinstance(manifest, NoManifest)
        nobody = f"{folder} holds no {NAME}: nobody can tell whether it is whole"
        yield error(nobody if lost else str(manifest), _anew(host, folder))
        return
    changes = changed(folder)
    if host.is_image:
        changes = [c for c in changes if c.what != "missing" or c.path in IMAGE]
    for change in changes[:SHOWN]:
        yield _changed(manifest, folder, change)
    if len(changes) > SHOWN:
        more = f"and {counted(len(changes) - SHOWN, 'more file')} not as built"
        yield error(more, _anew(host, folder))
    if not changes:
        part = (
            "what the image holds of it" if host.is_image else counted(len(manifest.files), "file")
        )
        yield ok(f"{manifest.region}: {part}, as built")


def _changed(manifest: Manifest, folder: Path, change: Change) -> Finding:
    path = shlex.quote(str(folder / change.path))
    if change.what == "unknown":
        aside = shlex.quote(str(folder / "overrides"))
        command = f"mkdir -p {aside} && mv {path} {aside}/"
        return warning(f"{change}: a new build would refuse it", command)
    build = _build(manifest.region, folder)
    return error(str(change), build if change.what == "missing" else f"rm {path} && {build}")


def _anew(host: Host, folder: Path) -> str:
    return _build(host.region_id or "REGION", folder)


def _build(region: str, folder: Path) -> str:
    return shlex.join(["civicapp", "build", region, "--out", str(folder)])


def check_versions(host: Host) -> Iterator[Finding]:
    """Compare what is installed with what the bundle was built with."""
    manifest, folder = host.manifest, host.folder
    if not isinstance(manifest, Manifest) or folder is None:
        what = "there is no manifest to compare what is installed with"
        yield skipped(what, f"{_pip()} list")
        return
    lock = folder / LOCK
    try:
        locked = list(_requirements(lock.read_text("utf-8")))
    except OSError as e:
        locked = []
        if not host.is_image:
            yield error(f"{lock} cannot be read: {e.strerror}", f"ls -l {shlex.quote(str(lock))}")
    own = dict(_own(manifest, {each.name for each in locked}))
    found = [*_other_own(folder, own), *_other_locked(lock, locked)]
    yield from found
    if not found:
        rest = f" and {counted(len(locked), 'package')} of {LOCK}" if locked else ""
        yield ok(f"civicapp {VERSION}, {counted(len(own) - 1, 'plugin')}{rest}")


def _own(manifest: Manifest, locked: Collection[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """List version and wheel of civicapp and the plugins: what the bundle brings, not the lock."""
    yield "civicapp", (manifest.civicapp, "")
    for path in sorted(manifest.files):
        folder, _, name = path.rpartition("/")
        if folder != "wheels" or not name.endswith(".whl"):
            continue
        try:
            project, number, _, _ = parse_wheel_filename(name)
        except InvalidWheelFilename:
            continue
        if project == "civicapp":
            yield project, (manifest.civicapp, path)
        elif project not in locked:
            yield project, (str(number), path)


def _other_own(folder: Path, own: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    for name, (wanted, wheel) in sorted(own.items()):
        found = VERSION if name == "civicapp" else _installed(name)
        if found != wanted:
            source = shlex.quote(str(folder / wheel)) if wheel else f"{name}=={wanted}"
            what = f"{name} {found or 'is not installed'}; the bundle was built with {wanted}"
            yield error(what, f"{_pip()} install --no-deps {source}")


@dataclass(frozen=True, slots=True)
class Locked:
    """A package of a lock. here: whether its marker holds on this host."""

    name: str
    version: str
    here: bool


def _other_locked(lock: Path, locked: Iterable[Locked]) -> Iterator[Finding]:
    mend = f"{_pip()} install --require-hashes --requirement {shlex.quote(str(lock))}"
    wanted = {each.name: each.version for each in locked if each.here}
    found = {name: _installed(name) for name in sorted(wanted)}
    missing = [name for name, number in found.items() if not number]
    others = [
        f"{name} {number} instead of {wanted[name]}"
        for name, number in found.items()
        if number and number != wanted[name]
    ]
    if missing:
        yield error(f"not installed: {_some(missing)}", mend)
    if others:
        yield warning(f"other versions than the bundle's: {_some(others)}", mend)


def _requirements(text: str) -> Iterator[Locked]:
    for line in text.splitlines():
        if not line.strip() or line.startswith((" ", "\t", "#", "-")):
            continue
        try:
            wanted = Requirement(line.partition(" --hash")[0].rstrip().removesuffix("\\"))
        except InvalidRequirement:
            continue
        numbers = [each.version for each in wanted.specifier if each.operator == "=="]
        if numbers:
            here = wanted.marker is None or wanted.marker.evaluate()
            yield Locked(canonicalize_name(wanted.name), numbers[0], here)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _some(texts: list[str]) -> str:
    more = len(texts) - 3
    return ", ".join(texts[:3]) + (f" and {more} more" if more > 0 else "")


def _pip() -> str:
    return shlex.join([sys.executable, "-m", "pip"])
