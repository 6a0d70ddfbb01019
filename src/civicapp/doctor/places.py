"""Folders: on which kind of file system they lie, and whether one can write there."""

import re
import tempfile
from pathlib import Path

from civicapp.doctor.host import Host

NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d*|smbfs|9p|afs|ceph|coda|ncpfs|glusterfs|lustre|gfs2?|ocfs2"
    r"|fuse\.(sshfs|s3fs|rclone|glusterfs|ceph|davfs.*|gcsfuse|goofys)|davfs"
)


def standing_folder(path: Path) -> Path:
    """Return a folder, or the nearest above it that is there."""
    path = path.absolute()
    return next((p for p in (path, *path.parents) if p.is_dir()), Path("/"))


def network_type(host: Host, folder: Path) -> str | None:
    """Return the kind of network file system on which a folder lies, None for a local one."""
    place = standing_folder(folder).resolve()
    best, kind = Path(), ""
    for line in host.mounts().splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        mounted = Path(_unescaped(words[1]))
        inside = mounted == place or mounted in place.parents
        # Of two mounts at one place the later one counts.
        if inside and len(mounted.parts) >= len(best.parts):
            best, kind = mounted, words[2]
    return kind if NETWORK.fullmatch(kind) else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), text)


def refuses_writing(folder: Path) -> OSError | None:
    """Try to write in a folder; return why that fails. What is written is gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"civicapp")
            file.flush()
    except OSError as e:
        return e
    return None
