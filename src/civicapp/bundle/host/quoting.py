"""Quoting: put a text of a pack or a plugin into a file without letting it change the file."""

import json
import re
import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z0-9_@:/.,=+-]+")


def line(text: str) -> str:
    """Return a text as one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def comment(text: str, mark: str = "# ") -> str:
    """Return a text as lines of a comment."""
    return textwrap.fill(
        line(text),
        WIDTH,
        initial_indent=mark,
        subsequent_indent=mark,
        break_long_words=False,
        break_on_hyphens=False,
    )


def yaml(text: str) -> str:
    """Return a text as a value of compose.yaml, in which `$` stands for itself."""
    return json.dumps(line(text).replace("$", "$$"), ensure_ascii=False)


def json_line(words: Sequence[str]) -> str:
    """Return words as JSON on one line, as Dockerfile and compose.yaml take a command."""
    return json.dumps(list(words), ensure_ascii=False)


def dockerfile(text: str) -> str:
    """Return a text as a quoted word of a Dockerfile."""
    quoted = line(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{quoted}"'


def unit(text: str) -> str:
    """Return a text as a value of a systemd unit."""
    return line(text).replace("%", "%%").rstrip("\\")


def unit_words(words: Iterable[str]) -> str:
    """Return words as a command line of a systemd unit; they reach the program as they are."""
    return " ".join(map(_unit_word, words))


def _unit_word(word: str) -> str:
    text = line(word).replace("%", "%%").replace("$", "$$")
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def cell(text: str) -> str:
    """Return a text as a cell of a table in Markdown."""
    return line(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "\\<")
