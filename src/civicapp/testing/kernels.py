"""Kernels for tests, booted once per content: a hundred tests do not boot a hundred times."""

import datetime
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from civicapp.kernel import Boot, Kernel, boot
from civicapp.problems import render_text
from civicapp.region.pack import PACKAGED
from civicapp.settings import Settings
from civicapp.testing.island import write_island
from civicapp.testing.studies import Study

TODAY = datetime.date(2026, 6, 1)
"""The day on which packs are booted: which years their calendar must cover depends on it."""
BootIsland: TypeAlias = Callable[[Mapping[str, str]], Boot]
"""What the fixture `boot_island` gives: boot the island with files changed, path → text."""
KEPT = 8  # kernels at once: that of a large region takes a hundred megabytes


def plain_settings(**given: Any) -> Settings:
    """Return settings that no variable of the environment changes."""
    fields = Settings.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
    return Settings(**{**defaults, "base_url": "http://testserver", "log_level": "error", **given})


class Kernels:
    """The kernels of a test run, and what was found out on the way. folder: where packs go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._studies: dict[str, Study] = {}
        self._packs: dict[object, Path] = {}
        self._booted: OrderedDict[object, Boot] = OrderedDict()

    def study(self, plugin: str) -> Study:
        """Return what was found out about a plugin; each is looked up once."""
        return self._studies.setdefault(plugin, Study(plugin))

    def island(self, plugins: tuple[str, ...], files: Mapping[str, str]) -> Path:
        """Return the folder of the invented island with some plugins and more files."""
        key = (plugins, tuple(sorted(files.items())))
        if key not in self._packs:
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            self._packs[key] = write_island(folder, plugins, files)
        return self._packs[key]

    def boot(
        self, region: str | Path, settings: Settings, today: datetime.date | None = TODAY
    ) -> Boot:
        """Boot a region, or return what booting it found before."""
        key = (str(region), _stamp(region), repr(settings), today)
        if key not in self._booted:
            self._booted[key] = boot(region, settings=settings, today=today)
            while len(self._booted) > KEPT:
                self._booted.popitem(last=False)
        self._booted.move_to_end(key)
        return self._booted[key]


def _stamp(region: str | Path) -> object:
    """Return what changes when a pack does: its files' names, sizes and times."""
    folder = Path(region)
    if not folder.is_dir():
        folder = PACKAGED / str(region)
    found = [(path, path.stat()) for path in sorted(folder.rglob("*"))]
    return tuple((str(path), status.st_size, status.st_mtime_ns) for path, status in found)


def kernel_of(booted: Boot) -> Kernel:
    """Return the kernel that booting made; AssertionError with every error if it made none."""
    if booted.kernel is None:
        raise AssertionError(why(booted))
    return booted.kernel


def why(booted: Boot) -> str:
    """Write why a region did not boot."""
    errors = [problem for problem in booted.problems if problem.is_error]
    return "the region does not boot:\n" + render_text(errors or booted.problems)
