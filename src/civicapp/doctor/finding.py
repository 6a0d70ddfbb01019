"""Finding: what a check found, how bad it is, and the command that mends or tells more."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Say how bad a finding is. SKIPPED: it could not be found out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. command: what to type next; there is one unless all is well."""

    level: Level
    message: str
    command: str = ""

    def __post_init__(self) -> None:
        if (self.level is Level.OK) == bool(self.command):
            raise ValueError("a finding has a command exactly when not all is well")


def ok(message: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(Level.OK, message)


def warning(message: str, command: str) -> Finding:
    """Say that something works, and not as one would wish."""
    return Finding(Level.WARNING, message, command)


def error(message: str, command: str) -> Finding:
    """Say that something does not work."""
    return Finding(Level.ERROR, message, command)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def skipped(reason: str, command: str) -> Finding:
    """Say why something could not be found out."""
    return Finding(Level.SKIPPED, reason, command)
