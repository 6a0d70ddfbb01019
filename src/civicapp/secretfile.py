"""Secrets that a host keeps in files, one each: read whole, judged, and never shown."""

import os
import pwd
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

LARGEST = 64 * 1024
OTHERS = 0o077  # the rights of everybody but the owner
CREDENTIALS = "CREDENTIALS_DIRECTORY"  # where systemd puts what LoadCredential= names


class BadSecretFile(ValueError):
    """Say what is wrong with a file; the message names it and never shows what it holds."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that was read, and the secret in it; its text is the path."""

    path: Path
    content: SecretStr

    def __str__(self) -> str:
        """Show the path."""
        return str(self.path)


def read_secret(path: Path, *, strict: bool) -> SecretFile:
    """Read a file that holds a secret alone; a line break at its end is none of it.

    strict: refuse a file that others than its owner can read. Raise BadSecretFile.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe could keep us waiting for ever
            raise BadSecretFile(f"{path} is no file", "write the secret into a file of its own")
        if strict and is_open(path, found):
            raise BadSecretFile(f"{path} can be read by others", closing(path, found))
        if found.st_size > LARGEST:
            raise BadSecretFile(f"{path} is too large for a secret", "name another file")
        text = path.read_bytes().decode("utf-8-sig").rstrip("\r\n")
    except FileNotFoundError:
        hint = "write the secret into it, mode 0600, or mend the variable"
        raise BadSecretFile(f"there is no file {path}", hint) from None
    except OSError as e:
        hint = "let it belong to the user that runs civicapp: " + _chown(path)
        raise BadSecretFile(f"{path} cannot be read: {os.strerror(e.errno or 0)}", hint) from None
    except UnicodeDecodeError:
        raise BadSecretFile(f"{path} is no text", "write the secret alone, as UTF-8") from None
    if not text.strip():
        raise BadSecretFile(f"{path} is empty", "write the secret into it")
    return SecretFile(path, SecretStr(text))


def is_open(path: Path, found: os.stat_result) -> bool:
    """Tell whether others than a file's owner have a right to it.

    systemd lets a service read its credentials by an ACL, whose mask stands where else the rights
    of the group stand: there they tell nothing.
    """
    folder = os.environ.get(CREDENTIALS)
    of_systemd = bool(folder) and path.parent == Path(str(folder))
    return bool(found.st_mode & (OTHERS & 0o007 if of_systemd else OTHERS))


def closing(path: Path, found: os.stat_result) -> str:
    """Return the command that leaves a file to the user who runs this."""
    close = f"chmod 600 {shlex.quote(str(path))}"
    return close if found.st_uid == os.geteuid() else f"{_chown(path)} && {close}"


def _chown(path: Path) -> str:
    user = os.geteuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:  # as in a container
        name = str(user)
    return f"chown {shlex.quote(name)} {shlex.quote(str(path))}"
