"""Unbuildable: why no bundle can be made or written, as problems for whoever typed the command."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from civicapp.problems import Problem
from civicapp.region.files import shown


class Unbuildable(Exception):
    """Say what stands in the way of a bundle; nothing was written."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = problems


def refuse(problems: Iterable[Problem]) -> None:
    """Raise Unbuildable when there is a problem."""
    if found := tuple(problems):
        raise Unbuildable(*found)


def unwritable(error: OSError, place: Path, so_far: str = "nothing was changed") -> Problem:
    """Say why a file or folder cannot be made. place: what was to be written."""
    path = shown(Path(os.fsdecode(error.filename2 or error.filename or place)))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what, hint = "the disk is full", "make room, then build again"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what = f"cannot be used: {os.strerror(error.errno)}"
        hint = "choose another folder, or give this user the right to read and write there"
    else:
        what, hint = str(error.strerror or error), "choose another folder"
    return Problem("bundle-unwritten", f"{path}: {what}; {so_far}", hint)
