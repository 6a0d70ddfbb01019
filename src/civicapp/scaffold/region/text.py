"""Write values as YAML and CSV that read back as what they were."""

import csv
import io
import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

# Letters of any script first; no mark that means something to YAML, also inside { }.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()'-]*[\w).])?")
CONTACTS = """\
# Ways to reach it; leave out what nobody has confirmed.
# contacts:
#   website: https://…
#   email: …
#   phone: …
#   address: {{{language}: …}}
#   hours: {{{language}: …}}
"""
_WORDS = frozenset("true false null yes no on off y n".split())


def scalar(text: str) -> str:
    """Write a text as a YAML scalar; it is quoted where an editor would see something else."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def quoted(code: str) -> str:
    """Write a code as text, whatever it looks like."""
    text = scalar(code)
    return text if text.startswith('"') else f'"{text}"'


def flow(values: Mapping[str, str]) -> str:
    """Write a mapping on one line: `{id: Beras, en: Rice}`."""
    return "{" + ", ".join(f"{scalar(k)}: {scalar(v)}" for k, v in values.items()) + "}"


def listing(values: Iterable[str]) -> str:
    """Write a list on one line: `[ar, en]`."""
    return "[" + ", ".join(map(scalar, values)) + "]"


def comment(text: str, width: int = 100) -> str:
    """Write text as comment lines."""
    return "\n".join(f"# {line}".rstrip() for line in textwrap.wrap(text, width - 2))


def table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Write rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def commands(*lines: tuple[str, str]) -> str:
    """Write commands in a column, beside what each does."""
    width = max(len(command) for command, _ in lines)
    return "\n".join(f"{command:{width}}  {what}" for command, what in lines)
