"""Disk: room for data, in bytes and in files, wherever this host keeps them."""

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from civicapp.doctor.finding import Finding, error, ok, skipped, warning
from civicapp.doctor.host import Host
from civicapp.doctor.places import refuses_writing, standing_folder
from civicapp.doctor.server import Server, is_local
from civicapp.storage.database import BadUrl

MIB, GIB = 2**20, 2**30
LITTLE, TOO_LITTLE = 2 * GIB, 256 * MIB  # free bytes: a warning, an error
FEW, TOO_FEW = 0.05, 0.01  # free inodes, of all that a file system has


def check_disk(host: Host) -> Iterator[Finding]:
    """Look for room in each folder that grows."""
    data = host.data_folder
    if data is None:
        yield skipped("the data folder is unknown", host.set("CIVICAPP_DATA"))
        return
    yield from _data(data)
    named: dict[Path, list[str]] = {}
    for name, folder in _folders(host, data).items():
        named.setdefault(folder, []).append(name)
    for folder, names in named.items():
        yield from _room(host, ", ".join(names), folder)


def _data(data: Path) -> Iterator[Finding]:
    quoted = shlex.quote(str(data))
    if data.exists() and not data.is_dir():
        yield error(f"{data} is no folder", f"mv {quoted} {shlex.quote(f'{data}.old')}")
        return
    place = standing_folder(data)
    if problem := refuses_writing(place):
        what = f"{place} cannot be written: {problem.strerror or problem}"
        yield error(what, f"ls -ld {shlex.quote(str(place))} && findmnt --target {quoted}")
    if data.is_dir() and data.stat().st_mode & 0o077:
        mode = stat.S_IMODE(data.stat().st_mode)
        yield warning(f"{data} is open to others (mode {mode:04o})", f"chmod 700 {quoted}")


def _folders(host: Host, data: Path) -> dict[str, Path]:
    found = {"data": data}
    files = host.settings.files
    if files and not files.startswith("s3://"):
        found["files"] = Path(files)
    try:
        url = host.url
    except BadUrl:
        return found
    if url is not None and url.drivername == "sqlite":
        found["database"] = Path(str(url.database)).parent
    elif url is not None and is_local(url) and isinstance(server := host.server, Server):
        # In a container the server's path is another file system's.
        found |= {"database": server.folder} if server.folder and server.folder.is_dir() else {}
    return found


def _room(host: Host, name: str, folder: Path) -> Iterator[Finding]:
    place = standing_folder(folder)
    try:
        found = host.statvfs(place)
    except OSError as e:
        what = f"{name}: {place}: {e.strerror}"
        yield skipped(what, f"df -h {shlex.quote(str(place))}")
        return
    free = found.f_bavail * found.f_frsize
    search = f"du -xhd2 {shlex.quote(str(place))} | sort -h | tail"
    if free < LITTLE:
        say = error if free < TOO_LITTLE else warning
        yield say(f"{name}: {_size(free)} free for {folder}", search)
    share = found.f_favail / found.f_files if found.f_files else 1.0
    if share < FEW:
        say = error if share < TOO_FEW else warning
        many = f"du -x --inodes -d2 {shlex.quote(str(place))} | sort -n | tail"
        yield say(f"{name}: {share:.1%} of the inodes free for {folder}", many)
    if free >= LITTLE and share >= FEW:
        yield ok(f"{name}: {_size(free)} free for {folder}")


def _size(room: int) -> str:
    return f"{room / GIB:.1f} GiB" if room >= GIB else f"{room / MIB:.0f} MiB"
