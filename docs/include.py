"""Include tested code in pages: what stands below a marker is copied anew from its file.

    <!-- include examples/plugins/parks/src/civicapp_parks/domain.py#nearest -->

Below it `make docs` writes the block and an end marker. After `#` stand names of a Python module's
functions, classes and constants, of a TOML file's tables, or of a template's blocks, divided by
commas; without, the whole file is taken.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
END = "<!-- end of include -->"
_MARKER = re.compile(r"^<!-- include ([^\s#]+)(?:#(\S+))? -->$", re.MULTILINE)
_BLOCK = re.compile(rf"(<!-- include [^>]+ -->)(?:\n```.*?^```\n{END})?", re.MULTILINE | re.DOTALL)
LANGUAGES = {
    ".py": "python",
    ".toml": "toml",
    ".html": "jinja",
    ".csv": "csv",
    ".yaml": "yaml",
    ".po": "po",
}


def pages() -> dict[str, str]:
    """Return the pages that include something, as they should be."""
    found = {}
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text("utf-8")
        if _MARKER.search(text):
            found[path.name] = included(text, path.name)
    return found


def included(page: str, name: str) -> str:
    """Return a page with every include written anew; stop at one that leads nowhere."""
    return _BLOCK.sub(lambda block: _written(block[1], name), page)


def _written(marker: str, page: str) -> str:
    found = _MARKER.fullmatch(marker)
    if found is None:
        sys.exit(f"docs/{page}: cannot read {marker}")
    path, names = ROOT / found[1], found[2]
    if not path.is_file():
        sys.exit(f"docs/{page}: there is no file {found[1]}")
    text = path.read_text("utf-8")
    try:
        parts = [part(text, path.suffix, name) for name in names.split(",")] if names else [text]
    except LookupError as e:
        sys.exit(f"docs/{page}: {found[1]} has no {e.args[0]}")
    apart = "\n\n\n" if path.suffix == ".py" else "\n\n"
    code = apart.join(p.strip("\n") for p in parts)
    return f"{marker}\n```{LANGUAGES[path.suffix]}\n{code}\n```\n{END}"


def part(text: str, suffix: str, name: str) -> str:
    """Return a named part of a file; raise LookupError with the name when it is not there."""
    find = {".py": _of_module, ".toml": _of_toml, ".html": _of_template}[suffix]
    found = next(find(text, name), None)
    if found is None:
        raise LookupError(name)
    return found


def _of_module(text: str, name: str) -> Iterator[str]:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        first = node.lineno
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names = [node.name]
                first = min([first, *(d.lineno for d in node.decorator_list)])
            case ast.Assign():
                names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=id)):
                names = [id]
            case _:
                names = []
        if name in names:
            yield "\n".join(lines[first - 1 : node.end_lineno])


def _of_toml(text: str, name: str) -> Iterator[str]:
    for table in re.split(r"\n(?=\[)", text):
        if table.startswith(f"[{name}]"):
            yield table


def _of_template(text: str, name: str) -> Iterator[str]:
    pattern = rf"\{{% (block|macro) {name}\b.*?\{{% end\1 %\}}"
    for found in re.finditer(pattern, text, re.DOTALL):
        yield found[0]
