"""Build a bundle, tell what a build would change, or whether the bundle is current."""

import json
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import typer

from civicapp.bundle.build import Order, render, secrets_of
from civicapp.bundle.faults import Unbuildable, unwritable
from civicapp.bundle.manifest import BadManifest, Change, NoManifest, changed, entry
from civicapp.bundle.place import check_place, put, recover
from civicapp.bundle.plan import Impact, Step, as_json, impacts, plan, render_text
from civicapp.bundle.rendered import Rendered
from civicapp.bundle.resources import Answers, ask_resources
from civicapp.bundle.secrets import absent, check_secrets, default_folder, make_secrets
from civicapp.cli.ending import ended_in_good_order
from civicapp.cli.loading import Loaded, bare_settings, command, report
from civicapp.cli.words import Format, counted
from civicapp.kernel import Kernel, boot
from civicapp.problems import Problem, has_errors
from civicapp.problems import render_text as render_problems
from civicapp.region.pack import names_bundle

Mode: TypeAlias = Literal["build", "plan", "check"]
MANY = 20  # changes that a build names; --plan names all


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed."""

    region: str
    out: Path
    secrets: Path | None
    wheelhouse: Path | None
    offline: bool
    mode: Mode
    format: Format

    @property
    def target(self) -> Path:
        """Return the folder of the bundle; a link to it stays a link."""
        return self.out.resolve()

    @property
    def secrets_folder(self) -> Path:
        """Return the folder of the secrets."""
        return self.secrets or default_folder(self.out.parent / self.target.name)

    def tell(self, text: str) -> None:
        """Show what takes long, when a person waits for it."""
        if self.format == "text":
            typer.echo(f"{text} …", err=True)


def run(request: Request) -> int:
    """Do what was typed; return the exit code."""
    with ended_in_good_order():
        try:
            return _run(request)
        except Unbuildable as e:
            problems = e.problems
        except OSError as e:
            problems = (unwritable(e, request.target),)
    typer.echo(render_problems(problems), err=True)
    return 2


def _run(request: Request) -> int:
    loaded = _load(request.region)
    kernel = loaded.boot.kernel
    if kernel is None or loaded.unsound:
        report(loaded)
        return 2
    answers = ask_resources(kernel)
    act = {"build": _build, "plan": _plan, "check": _check}[request.mode]
    with tempfile.TemporaryDirectory(prefix="civicapp-build-") as work:
        return act(request, loaded, kernel, answers, Path(work))


def _load(region: str) -> Loaded:
    """Boot a region; what the environment sets is of this host, and no matter of a bundle."""
    if names_bundle(region):
        what = f"{region} is a bundle: it holds a frozen pack"
        raise Unbuildable(Problem("bundle-place", what, "give the pack that it was built from"))
    booted = boot(region, settings=bare_settings())
    return Loaded(region, booted, booted.problems)


def _rendered(request: Request, kernel: Kernel, answers: Answers, work: Path) -> Rendered:
    order = Order(
        region=request.region,
        kernel=kernel,
        wheelhouse=request.wheelhouse,
        offline=request.offline,
        avoid=(request.target, request.secrets_folder),
        tell=request.tell,
    )
    return render(order, answers, work)


def _build(request: Request, loaded: Loaded, kernel: Kernel, answers: Answers, work: Path) -> int:
    target, folder = request.target, request.secrets_folder
    recover(target)
    _check_places(request, kernel, answers)
    rendered = _rendered(request, kernel, answers, work)
    made, owed = absent(folder, rendered.facts.secrets)
    steps = plan(rendered, target, made)
    if any(step.impact is not Impact.SECRET for step in steps):
        put(rendered.files, target)
    elif request.format == "text":
        typer.echo("nothing has changed")
    try:
        make_secrets(folder, rendered.facts.secrets)
    except OSError as e:
        raise Unbuildable(unwritable(e, folder, "the bundle itself is written")) from e
    if request.format == "json":
        secrets = {
            "folder": str(folder),
            "made": [secret.name for secret in made],
            "owed": [secret.name for secret in owed],
        }
        _print_json({"bundle": str(request.out), "changes": as_json(steps), "secrets": secrets})
        return 0
    _tell_written(request, rendered, steps)
    for secret in owed:
        typer.echo(f"write the secret {folder / secret.name}: {secret.help}")
    if loaded.warnings:
        typer.echo(f"{counted(loaded.warnings, 'warning')}: {command('check', loaded.name)}")
    _tell_next(request)
    return 0


def _tell_written(request: Request, rendered: Rendered, steps: Sequence[Step]) -> None:
    """Say what was written; of a new bundle its files are no news."""
    if all(step.sign == "+" for step in steps):
        steps = [step for step in steps if step.impact is Impact.SECRET]
    shown = list(steps[:MANY])
    if shown:
        typer.echo(render_text(shown))
    if len(steps) > len(shown):
        typer.echo(f"and {counted(len(steps) - len(shown), 'more change')}")
    size = sum(entry(content).size for content in rendered.files.values())
    typer.echo(f"{request.out}: {counted(len(rendered.files), 'file')}, {size / 1e6:.1f} MB")


def _tell_next(request: Request) -> None:
    out, folder = _as_path(request.out), _as_path(request.secrets_folder)
    typer.echo(f"""
Next:
  copy {out} and, once, {folder} to the host
  civicapp doctor {out}    there: what the host lacks
  {out}/README.en.md tells the rest""")


def _as_path(path: Path) -> str:
    """Write a path as one types it where a name without a slash is that of a pack."""
    return shlex.quote(str(path) if "/" in str(path) else f"./{path}")


def _check_places(request: Request, kernel: Kernel, answers: Answers) -> None:
    """Refuse a place where something of others would be lost; show what is only doubtful."""
    problems = check_place(request.target, kernel.region.id)
    problems += check_secrets(request.secrets_folder, request.target, secrets_of(answers))
    if has_errors(problems):
        raise Unbuildable(*problems)
    if problems:
        typer.echo(render_problems(problems), err=True)


def _plan(request: Request, _: Loaded, kernel: Kernel, answers: Answers, work: Path) -> int:
    _check_places(request, kernel, answers)
    rendered = _rendered(request, kernel, answers, work)
    made, _owed = absent(request.secrets_folder, rendered.facts.secrets)
    steps = plan(rendered, request.target, made)
    if request.format == "json":
        _print_json({"changes": as_json(steps), "impact": [str(i) for i in impacts(steps)]})
    elif steps:
        typer.echo(render_text(steps))
        means = ", ".join(impact for impact in impacts(steps) if impact is not Impact.NONE)
        typer.echo(f"{counted(len(steps), 'change')}" + (f": {means}" if means else ""))
    else:
        typer.echo(f"{request.out} is current: nothing would change")
    return 2 if steps else 0


def _check(request: Request, _: Loaded, kernel: Kernel, answers: Answers, work: Path) -> int:
    try:
        found = changed(request.target)
    except (NoManifest, BadManifest) as e:
        again = shlex.join(["civicapp", "build", request.region, "--out", str(request.out)])
        raise Unbuildable(Problem("bundle-changed", str(e), again)) from e
    steps = plan(_rendered(request, kernel, answers, work), request.target)
    if request.format == "json":
        changes = [{"path": each.path, "what": each.what} for each in found]
        stale = as_json(steps)
        _print_json({"current": not (found or steps), "changed": changes, "stale": stale})
    else:
        for line in _findings(found, steps):
            typer.echo(line)
        typer.echo(f"{request.out} is {'not current' if found or steps else 'current'}")
    return 2 if found or steps else 0


def _findings(found: Sequence[Change], steps: Sequence[Step]) -> Iterator[str]:
    yield from map(str, found)
    yield from render_text(steps).splitlines()


def _print_json(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
