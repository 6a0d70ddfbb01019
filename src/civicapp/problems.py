"""Problem: one finding about a pack or a plugin, where it is, and how to mend it."""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

WIDTH = 100  # longest part of a source line that a report shows
SECRET = frozenset({"literal-secret"})  # codes whose source line is never shown


class Severity(StrEnum):
    """Say whether a Problem stops the start (`error`) or is only shown (`warning`)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Name the place of a value: line and column count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        """Write `file:line:column`, or the file with a JSON pointer inside it."""
        if self.pointer:
            return f"{self.file}:{self.pointer}"
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold one finding: `code` is for machines, `message` says what, `hint` how to mend it."""

    code: str
    message: str
    hint: str = ""
    origin: Origin | None = None
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Tell whether this Problem stops the start."""
        return self.severity is Severity.ERROR


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether one of the problems is an error."""
    return any(p.is_error for p in problems)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Find the choice that a person who typed `word` most likely meant."""
    folded = {c.casefold(): c for c in choices}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, choices: Sequence[str], *, what: str = "known") -> str:
    """Write a hint that names the nearest choice, else the choices when they are few."""
    if match := nearest(word, choices):
        return f"did you mean `{match}`?"
    if 0 < len(choices) <= 12:
        return f"{what}: {', '.join(sorted(choices))}"
    return ""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by file and line and drop repeats."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.origin or Origin(""), p.code))


def visible(text: str) -> str:
    """Replace characters that a terminal would obey or hide."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def render_text(problems: Iterable[Problem]) -> str:
    """Write the problems for a person: place, code, message, source line with caret, hint."""
    lines = []
    files: dict[str, list[str]] = {}
    for p in in_order(problems):
        place = f"{visible(str(p.origin))} " if p.origin else ""
        kind = "" if p.is_error else "warning: "
        lines.append(f"{place}{p.code} {kind}{visible(p.message)}")
        if p.origin and p.code not in SECRET:
            lines.extend(_excerpt(p.origin, files))
        if p.hint:
            lines.append(f"    hint: {visible(p.hint)}")
    return "\n".join(lines)


def render_json(problems: Iterable[Problem]) -> str:
    """Write the problems as a JSON list of objects."""
    rows = []
    for p in in_order(problems):
        at = p.origin or Origin("")
        rows.append(
            {
                "file": at.file or None,
                "line": at.line or None,
                "column": at.column or None,
                "pointer": at.pointer or None,
                "code": p.code,
                "severity": p.severity.value,
                "message": p.message,
                "hint": p.hint or None,
            }
        )
    return json.dumps(rows, ensure_ascii=False, indent=2)


def render_github(problems: Iterable[Problem]) -> str:
    """Write the problems as GitHub workflow commands, which annotate a pull request."""
    lines = []
    for p in in_order(problems):
        at = p.origin or Origin("")
        fields = [("file", at.file), ("line", at.line), ("col", at.column), ("title", p.code)]
        properties = ",".join(f"{k}={_escape(str(v), property=True)}" for k, v in fields if v)
        text = f"{at.pointer} {p.message}".strip() + (f" ({p.hint})" if p.hint else "")
        lines.append(f"::{p.severity.value} {properties}::{_escape(text)}")
    return "\n".join(lines)


def _escape(text: str, *, property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property else text


def _excerpt(at: Origin, files: dict[str, list[str]]) -> list[str]:
    if not at.line:
        return []
    if at.file not in files:
        try:
            files[at.file] = Path(at.file).read_text("utf-8", errors="replace").split("\n")
        except OSError:
            files[at.file] = []
    if at.line > len(files[at.file]):
        return []
    source = files[at.file][at.line - 1].rstrip("\r").replace("\t", " ")
    start = max(0, at.column - WIDTH // 2) if len(source) > WIDTH else 0
    before, shown = ("…" if start else ""), source[start : start + WIDTH]
    number = f"{at.line} | "
    lines = ["    " + number + before + visible(shown)]
    if at.column:
        width = len(before) + len(visible(shown[: at.column - 1 - start]))
        lines.append("    " + " " * (len(number) - 2) + "| " + " " * width + "^")
    return lines
