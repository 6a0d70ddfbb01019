"""Host: what the checks look at. Everything that a test replaces is a field."""

import datetime
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from civicapp.backing import FILE, data_folder, database_url
from civicapp.bundle.manifest import NAME, BadManifest, Manifest, NoManifest, read_manifest
from civicapp.kernel import Boot, Kernel, boot, settings_for
from civicapp.problems import Problem
from civicapp.region.layer import FROZEN
from civicapp.region.pack import find_pack
from civicapp.region.references import environment_names
from civicapp.secretfile import CREDENTIALS
from civicapp.settings import PREFIX, Settings, unknown_variables
from civicapp.storage.database import read_url, sqlite_url

if TYPE_CHECKING:
    from sqlalchemy import URL

    from civicapp.doctor.finding import Finding
    from civicapp.doctor.server import Server
    from civicapp.storage.migrate import Status

WAIT = 5.0  # seconds for an answer from the network
CONTAINER = Path("/opt/civicapp/bundle")  # where a bundle lies in its own image


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text("utf-8", errors="replace")
    except OSError:
        return ""


def time_status() -> str | None:
    """Ask the system whether its clock is kept right; None when nobody can be asked."""
    if shutil.which("timedatectl") is None:
        return None
    command = ["timedatectl", "show", "--property=NTP", "--property=NTPSynchronized"]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=WAIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True)
class Host:
    """A host as one process sees it, with the bundle or pack that it is to run.

    name: what the user typed. folder: of the bundle or pack, None when there is none. settings:
    with the default in the place of each that is unsound; problems: what is wrong with those.
    unknown: variables that nothing reads. data, address: as typed.
    """

    name: str
    folder: Path | None
    boot: Boot
    settings: Settings
    problems: tuple[Problem, ...] = ()
    unknown: tuple[Problem, ...] = ()
    data: Path | None = None
    address: str | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: Callable[[], datetime.datetime] = _now
    statvfs: Callable[[Path], os.statvfs_result] = os.statvfs
    mounts: Callable[[], str] = _mounts
    time_status: Callable[[], str | None] = time_status
    wait: float = WAIT

    # What is known of it

    @property
    def kernel(self) -> Kernel | None:
        """Return the kernel, None when the region does not boot."""
        return self.boot.kernel

    @property
    def region_id(self) -> str | None:
        """Return the region's id, None when nobody knows it."""
        if self.boot.region:
            return self.boot.region.id
        return self.manifest.region if isinstance(self.manifest, Manifest) else self._named

    @property
    def _named(self) -> str | None:
        """Return what region.json says by itself, None when it says nothing that can be read."""
        try:
            found = json.loads(((self.folder or Path()) / FROZEN).read_bytes())
        except (OSError, ValueError):
            return None
        name = found.get("region") if isinstance(found, dict) else None
        return name if isinstance(name, str) else None

    @cached_property
    def manifest(self) -> Manifest | NoManifest | BadManifest | OSError:
        """Return the bundle's manifest, or why there is none that can be read."""
        if self.folder is None:
            return NoManifest(f"{self.name} is no folder")
        try:
            return read_manifest(self.folder)
        except (NoManifest, BadManifest, OSError) as e:
            return e

    @property
    def is_bundle(self) -> bool:
        """Tell whether this is a bundle, sound or not; else it is a pack."""
        return self.folder is not None and any(
            (self.folder / name).exists() for name in (NAME, FROZEN)
        )

    @property
    def is_image(self) -> bool:
        """Tell whether we are in the bundle's own image, which holds a part of it."""
        return self.folder is not None and self.folder.absolute() == CONTAINER

    @property
    def production(self) -> bool:
        """Tell whether this host serves the public."""
        return self.is_bundle if "env" in self.unsound else self.settings.env == "production"

    @cached_property
    def unsound(self) -> frozenset[str]:
        """Return which settings are unsound, as fields."""
        return frozenset(map(_field, self.problems))

    @property
    def data_folder(self) -> Path | None:
        """Return the data folder, None when that depends on what is unsound."""
        if self.kernel:
            return data_folder(self.kernel, self.data)
        if found := self.data or self.settings.data:
            return found
        return Path(".civicapp") / self.region_id if self.region_id else None

    @property
    def url(self) -> "URL | None":
        """Return the database's address, None when it is unknown. Raise BadUrl."""
        if {"database", "database_password_file"} & self.unsound and not self.address:
            return None
        if self.kernel:
            return database_url(self.kernel, self.data, self.address)
        if address := self.settings.address(self.address):
            return read_url(address)
        return sqlite_url(self.data_folder / FILE) if self.data_folder else None

    @cached_property
    def server(self) -> "Server | Finding":
        """Return what the PostgreSQL server says of itself, or why it cannot be asked."""
        from civicapp.doctor.server import ask

        return ask(self)

    @cached_property
    def migrations(self) -> "Status | None":
        """Return where the database stands; None when it cannot be used."""
        from civicapp.doctor.database import standing

        return standing(self)

    # What to type

    def civicapp(self, *words: str) -> str:
        """Write a command of civicapp so that it runs with this process's settings and secrets."""
        if self.is_image:
            return shlex.join(["docker", "compose", "run", "--rm", "api", *words])
        if self.in_unit and self.folder:
            return shlex.join(["sh", str(self.folder / "systemd/command.sh"), *words])
        return shlex.join(["civicapp", *words])

    def on_database(self, *words: str) -> str:
        """Write a command of civicapp on the same data: the options are those that were typed."""
        data = ("--data", str(self.data)) if self.data else ()
        # An address may hold a password, which is not for showing.
        return self.civicapp(*words, *data) + (" --database …" if self.address else "")

    def set(self, name: str, value: str = "…") -> str:
        """Write the command that gives a setting a value."""
        line = f"{name}={value if value == '…' else shlex.quote(value)}"
        if self.is_image:
            return f"echo {line} >> .env"
        if self.in_unit:
            return f"echo {line} >> /etc/civicapp/{self.region_id}/.env"
        return f"export {line}"

    @property
    def in_unit(self) -> bool:
        """Tell whether systemd runs us with the bundle's secrets."""
        return self.environ.get(CREDENTIALS, "").startswith("/run/credentials/civicapp-")


def look(region: str, data: Path | None = None, database: str | None = None) -> Host:
    """Look at this host through the environment of this process."""
    folder = find_pack(region)
    settings, problems = _sound_part(folder or region)
    # A name that nothing reads would stop the start, and with it most checks.
    found = boot(region, settings=settings.without_others())
    unknown: list[Problem] = []
    if found.kernel:
        names = environment_names(found.kernel.region)
        unknown = unknown_variables(settings, found.kernel.installed, names)
    return Host(
        region,
        folder,
        found,
        settings,
        tuple(problems),
        tuple(unknown),
        data=data,
        address=database or None,
    )


def _sound_part(region: str | Path) -> tuple[Settings, list[Problem]]:
    """Read the settings; those that are unsound get their default."""
    settings = settings_for(region)
    if isinstance(settings, Settings):
        return settings, []
    defaults = {name: Settings.model_fields[name].default for name in map(_field, settings)}
    again = settings_for(region, **defaults)
    return again if isinstance(again, Settings) else Settings.model_construct(), settings


def _field(problem: Problem) -> str:
    return problem.message.partition(":")[0].removeprefix(PREFIX).lower()
