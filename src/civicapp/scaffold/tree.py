"""Write a new folder of files: whole and at once, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from civicapp.region.files import shown


class Unwritable(Exception):
    """Say why a folder cannot be written; the message is for the user, `hint` how to go on."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def refuse_existing(target: Path) -> None:
    """Raise Unwritable when something has the name of a folder that is to be made."""
    if os.path.lexists(target):
        raise Unwritable(f"{shown(target)} is there already", "give another name or folder")


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes `target` when the block ends well.

    Until then it has the target's name and lies in a hidden folder beside it; whatever goes wrong,
    nothing stays behind. Raises Unwritable when the target is there already, or when the system
    refuses something, also inside the block.
    """
    refuse_existing(target)
    stage: Path | None = None
    made: list[Path] = []
    try:
        made += _missing(target.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".civicapp-", dir=target.parent))
        folder = stage / target.name
        folder.mkdir()
        yield folder
        folder.rename(target)
        made = []
    except OSError as e:
        place = target.parent if stage is None else _final(e.filename, stage, target)
        reason = (e.strerror or "the system refuses it").lower()
        hint = "nothing was written; make room or choose another folder"
        raise Unwritable(f"{shown(place)} cannot be written: {reason}", hint) from e
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()


def _missing(folder: Path) -> list[Path]:
    """List the folders that have to be made first, the outermost in front."""
    missing: list[Path] = []
    while not os.path.lexists(folder):
        missing.insert(0, folder)
        folder = folder.parent
    return missing


def _final(name: object, stage: Path, target: Path) -> Path:
    """Name a file of the stage as it would have been."""
    path = Path(os.fsdecode(name)) if isinstance(name, str | bytes | os.PathLike) else target
    return target.parent / path.relative_to(stage) if path.is_relative_to(stage) else path


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by their path inside a folder; text as UTF-8. Raises OSError."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        except OSError as e:
            e.filename = e.filename or str(path)  # a full disk names no file
            raise
