"""Problem: one finding about a pack or a plugin, where it is, and how to mend it."""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

WIDTH = 100  # longest part of a source line that a report shows
LONGEST = 400  # characters of a message
MANY = 300  # choices that are too many to compare a word with each
SECRET = frozenset({"literal-secret"})  # where one stands, no line of the file is shown
# A line that seems to set a secret is not shown either: the fault may be what hides it from us.
_SECRETIVE = re.compile(
    r"(pass?w|passphrase|secret|token|api.?key|credential)[\w-]*[\"']?\s*[:=]", re.I
)


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


def is_sound(problem: object) -> bool:
    """Tell whether an object from outside is a Problem that can be sorted and written."""
    if not isinstance(problem, Problem):
        return False
    # What it was built of is not checked by anyone else, whatever its types promise.
    texts: tuple[object, ...] = (problem.code, problem.message, problem.hint)
    severity: object = problem.severity
    placed = problem.origin is None or _is_place(problem.origin)
    return placed and isinstance(severity, Severity) and all(isinstance(t, str) for t in texts)


def _is_place(origin: object) -> bool:
    if not isinstance(origin, Origin):
        return False
    texts: tuple[object, ...] = (origin.file, origin.pointer)
    numbers: tuple[object, ...] = (origin.line, origin.column)
    return all(isinstance(t, str) for t in texts) and all(isinstance(n, int) for n in numbers)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether one of the problems is an error."""
    return any(p.is_error for p in problems)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Find the choice that a person who typed `word` most likely meant."""
    if isinstance(choices, Collection) and len(choices) > MANY:
        return _one_edit_away(word, choices)
    folded = {c.casefold(): c for c in choices}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _one_edit_away(word: str, choices: Collection[str]) -> str | None:
    """Find a choice that one slip of the finger turns into `word`; quick among thousands."""
    known = choices if isinstance(choices, Set | Mapping) else frozenset(choices)
    letters = "0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for n in range(min(len(word), 40) + 1):
        head, tail = word[:n], word[n:]
        swapped = head + tail[1:2] + tail[:1] + tail[2:]
        for guess in (swapped, head + tail[1:], *(head + x + tail[1:] for x in letters)):
            if guess in known:
                return guess
        for letter in letters:
            if (guess := head + letter + tail) in known:
                return guess
    return None


def did_you_mean(word: str, choices: Collection[str], *, what: str = "known") -> str:
    """Write a hint that names the nearest choice, else the choices when they are few."""
    if match := nearest(word, choices):
        return f"did you mean `{match}`?"
    if 0 < len(choices) <= 12:
        return f"{what}: {', '.join(sorted(choices))}"
    return ""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by file and line and drop repeats."""
    return sorted(dict.fromkeys(problems), key=_position)


def _position(problem: Problem) -> tuple[object, ...]:
    at = problem.origin or Origin("")
    steps = [
        (0, int(s), "") if s.isascii() and s.isdecimal() else (1, 0, s)
        for s in at.pointer.split("/")
    ]
    return at.file, at.line, at.column, steps, problem.code


def visible(text: str) -> str:
    """Replace characters that a terminal would obey or hide."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def render_text(problems: Iterable[Problem], texts: Mapping[str, str] | None = None) -> str:
    """Write the problems for a person: place, code, message, source line with caret, hint.

    texts: of files that lie in no folder, by the name that places have; others are read.
    """
    lines = []
    found = in_order(problems)
    secret = (p.origin.file for p in found if p.origin and p.code in SECRET)
    excerpts = _Excerpts(secret, texts or {})
    for p in found:
        place = f"{visible(str(p.origin))} " if p.origin else ""
        kind = "" if p.is_error else "warning: "
        lines.append(f"{place}{visible(p.code)} {kind}{_cut(visible(p.message))}")
        if p.origin:
            lines.extend(excerpts.of(p.origin))
        if p.hint:
            lines.append(f"    hint: {_cut(visible(p.hint))}")
    return "\n".join(lines)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


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
    # A file name that is no text holds lone surrogates; escaped they can be written to any stream.
    return (
        json.dumps(rows, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode()
    )


def render_github(problems: Iterable[Problem]) -> str:
    """Write the problems as GitHub workflow commands, which annotate a pull request."""
    lines = []
    for p in in_order(problems):
        at = p.origin or Origin("")
        fields = [("file", at.file), ("line", at.line), ("col", at.column), ("title", p.code)]
        properties = ",".join(f"{k}={_escape(str(v), inside=',:')}" for k, v in fields if v)
        text = f"{at.pointer} {p.message}".strip() + (f" ({p.hint})" if p.hint else "")
        lines.append(f"::{p.severity.value} {properties}::{_escape(text)}")
    return "\n".join(lines)


def _escape(text: str, *, inside: str = "") -> str:
    """Escape what ends a workflow command, and in a property also what ends the property."""
    shown = "".join(c if c.isprintable() or c in "\r\n" else f"\\x{ord(c):02x}" for c in text)
    return "".join(f"%{ord(c):02X}" if c in "%\r\n" + inside else c for c in shown)


class _Excerpts:
    """Source lines for a report, each file read once; none of a file that holds a secret."""

    def __init__(self, secret: Iterable[str], texts: Mapping[str, str]) -> None:
        self._lines = {file: _lines(text) for file, text in texts.items()}
        self._secret = frozenset(secret)

    def of(self, at: Origin) -> list[str]:
        """Return the line of a place, and a caret below its column."""
        if not at.line:
            return []
        source = self._source(at.file)
        if at.line > len(source):
            return []
        if at.file in self._secret or any(
            _SECRETIVE.search(line) and "${" not in line
            for line in source[max(0, at.line - 2) : at.line]
        ):
            return ["    (the line is not shown: a secret may stand there)"]
        return _excerpt(source[at.line - 1].rstrip("\r").replace("\t", " "), at)

    def _source(self, file: str) -> list[str]:
        if file not in self._lines:
            try:
                text = (
                    Path(file).read_text("utf-8", errors="replace") if Path(file).is_file() else ""
                )
            except (OSError, ValueError):
                text = ""
            self._lines[file] = _lines(text)
        return self._lines[file]


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").split("\n")


def _excerpt(source: str, at: Origin) -> list[str]:
    start = max(0, at.column - WIDTH // 2) if len(source) > WIDTH else 0
    before, shown = ("…" if start else ""), source[start : start + WIDTH]
    number = f"{at.line} | "
    lines = ["    " + number + before + visible(shown)]
    if at.column:
        width = len(before) + len(visible(shown[: max(0, at.column - 1 - start)]))
        lines.append("    " + " " * (len(number) - 2) + "| " + " " * width + "^")
    return lines
