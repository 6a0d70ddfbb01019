"""Plan: what a build would change in a bundle that is there, and what that means for the host."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from civicapp.bundle.facts import SecretFacts
from civicapp.bundle.manifest import NAME, Content, Entry, NoManifest, entry, read_manifest
from civicapp.bundle.rendered import Rendered
from civicapp.bundle.wheel import names_in

REGION = "region.json"
WHEELS = "wheels/"
QUIET = ("openapi.json", "README.")  # nothing that runs reads them
MANY = 8  # details of a file that are named


class Impact(StrEnum):
    """What the host must do beyond having the new files."""

    NONE = "none"
    RESTART = "restart"
    MIGRATION = "migration"
    SECRET = "new secret"  # noqa: S105 - no secret itself


@dataclass(frozen=True, slots=True)
class Step:
    """A file that is added (`+`), changed (`~`) or removed (`-`), or a secret that is made.

    details: what changed within it, as far as that can be told.
    """

    sign: str
    path: str
    impact: Impact
    details: tuple[str, ...] = ()


def plan(rendered: Rendered, target: Path, secrets: Collection[SecretFacts] = ()) -> list[Step]:
    """Compare what a build renders with the bundle that is there, or with none.

    secrets: those that are not there. Raise BadManifest and OSError.
    """
    files, old = rendered.files, _old(target)
    new = {path: entry(content) for path, content in files.items()}
    migrates = _migrates(rendered, old, target)
    steps = []
    for path in sorted({*new, *old}):
        if new.get(path) != old.get(path):
            sign = "~" if path in new and path in old else "+" if path in new else "-"
            impact = Impact.MIGRATION if path in migrates else _impact(path)
            details = _details(files[path], target / path) if path == REGION and sign == "~" else ()
            steps.append(Step(sign, path, impact, details))
    # The manifest tells nothing that the others do not, unless it alone is another.
    steps = [step for step in steps if step.path != NAME] or steps
    return steps + [Step("+", each.name, Impact.SECRET) for each in secrets]


def _old(target: Path) -> Mapping[str, Entry]:
    """Return the files that are there: one that was removed is written again."""
    try:
        listed = read_manifest(target).files
    except NoManifest:
        return {}
    found = {path: each for path, each in listed.items() if (target / path).exists()}
    return {**found, NAME: entry(target / NAME)}


def _impact(path: str) -> Impact:
    quiet = path == NAME or path.startswith(QUIET)
    return Impact.NONE if quiet else Impact.RESTART


def _migrates(rendered: Rendered, old: Collection[str], target: Path) -> set[str]:
    """Find the wheels that bring a migration which no wheel of the old bundle has."""
    before = names_in((target / path for path in old if path.startswith(WHEELS)), ".py")
    found = set()
    for path in (WHEELS + name for name in rendered.facts.wheels):
        content = rendered.files[path]
        brought = names_in([content], ".py") - before if isinstance(content, Path) else ()
        if any("/migrations/" in name for name in brought):
            found.add(path)
    return found


def _details(new: Content, old: Path) -> tuple[str, ...]:
    """Name the files of the pack and its parents that changed within region.json."""
    before = _packed(old.read_bytes())
    after = _packed(new if isinstance(new, bytes) else new.read_bytes())
    names = sorted(n for n in {*before, *after} if before.get(n) != after.get(n))
    more = [f"and {len(names) - MANY} more"] if len(names) > MANY else []
    return (*names[:MANY], *more)


def _packed(text: bytes) -> Mapping[str, object]:
    try:
        packs = json.loads(text)["packs"]
        return {f"{p['id']}/{name}": file for p in packs for name, file in p["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # another format; what it holds is told by the file as a whole


def impacts(steps: Iterable[Step]) -> list[Impact]:
    """List what the steps mean for the host, each once, the least first."""
    found = {step.impact for step in steps}
    return [impact for impact in Impact if impact in found]


def render_text(steps: Sequence[Step]) -> str:
    """Write the steps for a person: sign, impact, path, details."""
    width = max((len(step.impact) for step in steps), default=0)
    lines = []
    for step in steps:
        lines.append(f"{step.sign} {step.impact:{width}}  {step.path}")
        lines += [f"  {'':{width}}    {detail}" for detail in step.details]
    return "\n".join(lines)


def as_json(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Write the steps for a program."""
    return [
        {
            "change": {"+": "added", "~": "changed", "-": "removed"}[step.sign],
            "path": step.path,
            "impact": str(step.impact),
            "details": list(step.details),
        }
        for step in steps
    ]
