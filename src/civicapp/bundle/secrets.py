"""Secrets of a bundle: made once, one file each, outside of it, for their owner alone."""

import os
import secrets
import shlex
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from civicapp.bundle.facts import SecretFacts
from civicapp.problems import Problem, Severity
from civicapp.region.files import shown

FOLDER_MODE, FILE_MODE, OTHERS = 0o700, 0o600, 0o077
BYTES = 32


def default_folder(bundle: Path) -> Path:
    """Return where the secrets of a bundle lie when nothing else is said: beside it."""
    return bundle.with_name(f"{bundle.name}-secrets")


def check_secrets(folder: Path, bundle: Path, wanted: Sequence[SecretFacts]) -> list[Problem]:
    """Find what is wrong with the place of secrets, and with those that are there."""
    place = folder.resolve()
    if bundle in (place, *place.parents):
        what = f"{shown(folder)} lies in the bundle, which is copied, and replaced by each build"
        return [Problem("secret-place", what, "keep the secrets beside it: --secrets DIR")]
    found = list(_unsafe(folder, FOLDER_MODE, is_folder=True))
    for secret in wanted:
        path = folder / secret.name
        found += _unsafe(path, FILE_MODE, is_folder=False)
        if not secret.optional and path.is_file() and not path.stat().st_size:
            hint = "write the secret into it, or remove the file"
            found.append(Problem("secret-place", f"{shown(path)} is empty", hint))
    if _is_published(folder):
        what = f"{shown(folder)} lies in a git work tree that does not ignore it"
        hint = "add it to .gitignore, or keep the secrets elsewhere: --secrets DIR"
        found.append(Problem("secret-place", what, hint, severity=Severity.WARNING))
    return found


def _unsafe(path: Path, mode: int, *, is_folder: bool) -> Iterator[Problem]:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    kind = stat.S_ISDIR if is_folder else stat.S_ISREG
    if not kind(status.st_mode):
        what = f"{shown(path)} is no {'folder' if is_folder else 'ordinary file'}"
        yield Problem("secret-place", what, "move it away, then build again")
    elif status.st_mode & OTHERS:
        what = f"{shown(path)} can be used by others (mode {stat.S_IMODE(status.st_mode):04o})"
        yield Problem("secret-mode", what, f"chmod {mode:o} {shlex.quote(shown(path))}")


def _is_published(folder: Path) -> bool:
    """Tell whether the next `git add` would take what lies in a folder along."""
    place = folder.resolve()
    if not any((each / ".git").exists() for each in (place, *place.parents)):
        return False
    there = next(each for each in (place, *place.parents) if each.is_dir())
    asked = ["git", "-C", str(there), "check-ignore", "--quiet", str(place / "any")]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode != 0  # noqa: S603
    except OSError:
        return True  # without git nobody knows


def absent(
    folder: Path, wanted: Sequence[SecretFacts]
) -> tuple[list[SecretFacts], list[SecretFacts]]:
    """Return the secrets that a build will make, and those that the operator has to write."""
    missing = [each for each in wanted if not (folder / each.name).exists()]
    made = [each for each in missing if each.generate]
    return made, [each for each in missing if not each.generate and not each.optional]


def make_secrets(folder: Path, wanted: Sequence[SecretFacts]) -> None:
    """Make the secrets that are not there; never touch one that is. Raise OSError."""
    made, _ = absent(folder, wanted)
    if not made:
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    for secret in made:
        _write_new(folder / secret.name, secrets.token_hex(BYTES))


def _write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all, unless it is there: half a key would never be mended."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another build was quicker: its secret is the one
    finally:
        draft.unlink(missing_ok=True)
