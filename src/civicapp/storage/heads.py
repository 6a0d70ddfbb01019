"""Heads: the newest revision among version files, read without running them.

Most starts find nothing to migrate. To see that, Alembic is not needed, which takes 11 MiB.
"""

import ast
from pathlib import Path

NAMES = ("revision", "down_revision", "depends_on", "branch_labels")


def find_head(versions: Path) -> str | None:
    """Return the newest revision, None when that takes more than a look at the files."""
    found: set[str] = set()
    followed: set[str] = set()
    try:
        for file in versions.glob("*.py"):
            given = _given(file.read_text("utf-8"))
            if given.get("depends_on") or given.get("branch_labels"):
                return None
            revision, before = given["revision"], given["down_revision"]
            if not isinstance(revision, str) or not isinstance(before, str | None):
                return None
            found.add(revision)
            followed |= {before} if before else set()
    except (OSError, SyntaxError, ValueError, KeyError):
        return None  # Alembic says what is wrong
    heads = found - followed
    return heads.pop() if len(heads) == 1 else None


def _given(source: str) -> dict[str, object]:
    """Return what a version file says of itself; raise ValueError when it computes that."""
    given = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in NAMES:
                given[name] = ast.literal_eval(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if (
                name in NAMES
            ):
                given[name] = ast.literal_eval(value)
    return given
