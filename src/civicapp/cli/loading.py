"""Load a region for a command and report what is wrong; check and serve use the same words."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import typer

from civicapp.cli.words import counted
from civicapp.kernel import Boot, boot, settings_for
from civicapp.problems import Problem, has_errors, render_github, render_json, render_text, visible
from civicapp.region.files import shown
from civicapp.region.pack import find_pack, names_bundle
from civicapp.settings import Settings

if TYPE_CHECKING:
    from civicapp.backing import Backing

_RENDER = {"json": render_json, "github": render_github}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A region as a command finds it; `name` is what the user typed."""

    name: str
    boot: Boot
    problems: tuple[Problem, ...]

    @property
    def unsound(self) -> bool:
        """Tell whether something stops the start."""
        return self.boot.kernel is None or has_errors(self.problems)

    @property
    def is_bundle(self) -> bool:
        """Tell whether what the user typed is a bundle, not a pack."""
        return names_bundle(self.name)

    @property
    def warnings(self) -> int:
        """Count the problems that do not stop the start."""
        return sum(not p.is_error for p in self.problems)

    @property
    def id(self) -> str:
        """Return the region's id, or what stands in for it when its file cannot be read."""
        if self.boot.region:
            return self.boot.region.id
        folder = find_pack(self.name)
        return visible(folder.resolve().name if folder else self.name)


def load(region: str, **given: object) -> Loaded:
    """Boot a region with the settings of the environment; `given` settings win over those."""
    settings = settings_for(region, **given)
    if isinstance(settings, Settings) and settings.trace_hooks:
        from civicapp.web.logs import configure_logging

        configure_logging(settings)  # else the lines would stand among the command's own
    wrong = settings if isinstance(settings, list) else []
    booted = boot(region, settings=settings if isinstance(settings, Settings) else bare_settings())
    return Loaded(region, booted, (*wrong, *booted.problems))


def bare_settings() -> Settings:
    """Return settings that read no environment, for commands that need none."""
    return Settings.model_construct()


def report(loaded: Loaded, format: Literal["text", "json", "github"] = "text") -> None:
    """Print every problem, the rules that were not run, and what it comes to.

    In the formats for programs standard output holds the problems alone.
    """
    text = format == "text"
    if text:
        found = render_text(loaded.problems, loaded.boot.texts)
    else:
        found = _RENDER[format](loaded.problems)
    if found:
        typer.echo(found)
    if text and found:
        typer.echo()
    for rules in loaded.boot.skipped:
        typer.echo(f"not checked: {visible(rules)}", err=not text)
    if text:
        typer.echo(summary(loaded))


def summary(loaded: Loaded) -> str:
    """Write in one line whether a region is sound, and what it holds."""
    errors = len(loaded.problems) - loaded.warnings
    warnings = counted(loaded.warnings, "warning")
    kernel = loaded.boot.kernel
    if errors or kernel is None:
        counts = [counted(errors, "error"), *([warnings] if loaded.warnings else ())]
        folder = find_pack(loaded.name)
        place = f" ({visible(shown(folder))})" if folder else ""
        return f"{', '.join(counts)} in {loaded.id}{place}"
    region = kernel.region
    holds = (
        counted(len(region.areas), "area"),
        counted(len(region.boundaries), "boundary", "boundaries"),
        counted(len(region.agencies), "agency", "agencies"),
        counted(len(region.plugins), "plugin"),
    )
    return f"{loaded.id} is sound: {', '.join(holds)}" + (
        f"; {warnings}" if loaded.warnings else ""
    )


def usable(region: str, **given: object) -> Loaded:
    """Boot a region, or report its problems and end with exit code 2."""
    loaded = load(region, **given)
    if loaded.unsound:
        report(loaded)
        raise typer.Exit(2)
    return loaded


def ready(loaded: Loaded, data: Path | None, database: str | None) -> "Backing":
    """Prepare what a region keeps its data in, or report why not and end with exit code 2."""
    from civicapp.backing import prepare

    kernel = loaded.boot.kernel
    assert kernel is not None  # noqa: S101 - an unsound region was refused before
    found = prepare(kernel, data, database, region=loaded.name)
    if isinstance(found, list):
        refuse(found)
    return found


def refuse(problems: Sequence[Problem]) -> NoReturn:
    """Report problems of this host and end with exit code 2."""
    typer.echo(render_text(problems), err=True)
    raise typer.Exit(2)


def command(name: str, region: str) -> str:
    """Write a command as one types it."""
    return shlex.join(["civicapp", name, region])
