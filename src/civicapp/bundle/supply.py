"""Supply: the wheels of civicapp and the plugins, and the pins of all that they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from civicapp.bundle.faults import Unbuildable, refuse
from civicapp.bundle.lock import Lock, Pin
from civicapp.bundle.pip import PipFailed
from civicapp.bundle.source import build_wheel, source_tree
from civicapp.bundle.target import applies
from civicapp.bundle.wheel import BadWheel, Wheel, best_wheel, read_wheel
from civicapp.problems import Problem

CIVICAPP = canonicalize_name("civicapp")


@dataclass(frozen=True, slots=True)
class Supplies:
    """What a host installs: wheels of the bundle's own, civicapp's first, and pins of the rest."""

    wheels: tuple[Wheel, ...]
    pins: tuple[Pin, ...]


@dataclass(slots=True)
class Supply:
    """Find the wheels and the closure of what they need.

    work: a folder to build in. avoid: folders that are no source, whatever tree they lie in. tell:
    is told what takes long.
    """

    work: Path
    python: str
    lock: Lock
    wheelhouse: Path | None = None
    avoid: Sequence[Path] = ()
    tell: Callable[[str], None] = lambda _: None
    wheels: dict[NormalizedName, Wheel] = field(default_factory=dict)
    pins: dict[NormalizedName, Pin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def gather(self, distributions: Sequence[str]) -> Supplies:
        """Return the wheels of these distributions and all that they need; raise Unbuildable."""
        roots = [canonicalize_name(name) for name in distributions]
        for name in dict.fromkeys(roots):
            self._take(name, distribution(name))
        refuse(self.problems)
        asked: set[tuple[NormalizedName, frozenset[str]]] = set()
        waiting = [(wheel.name, r) for wheel in self.wheels.values() for r in wheel.requires]
        waiting = [(by, r) for by, r in waiting if applies(r.marker, self.python)]
        while waiting:
            by, requirement = waiting.pop(0)
            name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
            below = self._needs(name, by, requirement)
            if (name, extras) not in asked:
                asked.add((name, extras))
                waiting += [(name, r) for r in below if applies(r.marker, self.python, extras)]
        refuse(self.problems)
        own = sorted(self.wheels.values(), key=lambda w: (w.name != CIVICAPP, w.name))
        return Supplies(tuple(own), tuple(sorted(self.pins.values())))

    def _needs(
        self, name: NormalizedName, by: NormalizedName, wanted: Requirement
    ) -> tuple[Requirement, ...]:
        """Find what is wanted, and return its own requirements."""
        requires: tuple[Requirement, ...] = ()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            self._pin_absent(name, by, wanted)
        else:
            version = str(Version(found.version))
            if name not in self.wheels and name not in self.pins:
                self._provide(name, version, found)
            requires = tuple(Requirement(r) for r in found.requires or ())
        if name in self.wheels:
            requires = self.wheels[name].requires
        self._check_version(name, by, wanted)
        return requires

    def _pin_absent(self, name: NormalizedName, by: NormalizedName, wanted: Requirement) -> None:
        """Pin what the target needs and this host does not: its version can only be the locked one.

        What it needs in turn is not known here; the lock was made of all that civicapp needs.
        """
        version = self.lock.version(name, self.python)
        needed_here = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if version is None or needed_here:
            what = f"{by} needs {name}{wanted.specifier}, which is not installed"
            hint = f"pip install '{name}{wanted.specifier}', then build again"
            self.problems.append(Problem("missing-dependency", what, hint))
        elif name not in self.pins:
            self.pins[name] = Pin(name, version, self.lock.hashes(name, version))

    def _provide(self, name: NormalizedName, version: str, found: Distribution) -> None:
        """Take a wheel along when an index may not have it; else pin it."""
        hashes = self.lock.hashes(name, version)
        if not hashes and (source_tree(found) or self._in_wheelhouse(name, version)):
            self._take(name, found)
        else:
            self.pins[name] = Pin(name, version, hashes)

    def _check_version(self, name: NormalizedName, by: NormalizedName, wanted: Requirement) -> None:
        chosen = self.wheels.get(name) or self.pins.get(name)
        if chosen and not wanted.specifier.contains(chosen.version, prereleases=True):
            what = f"{by} needs {name}{wanted.specifier}, {chosen.version} is installed"
            hint = f"pip install '{name}{wanted.specifier}', then build again"
            self.problems.append(Problem("missing-dependency", what, hint))

    def _take(self, name: NormalizedName, found: Distribution) -> None:
        """Take the wheel of an installed distribution out of the wheelhouse, else build it."""
        version = str(Version(found.version))
        try:
            path = self._in_wheelhouse(name, version) or self._built(name, version, found)
            wheel = read_wheel(path)
        except BadWheel as e:
            self.problems.append(Problem("no-wheel", str(e), "build or download it again"))
            return
        except Unbuildable as e:
            self.problems += e.problems
            return
        if (wheel.name, wheel.version) != (name, version):
            what = f"{name} {version} is installed, but its sources are of {wheel.version} now"
            self.problems.append(Problem("no-wheel", what, f"pip install -e {source_tree(found)}"))
        self.wheels[name] = wheel

    def _in_wheelhouse(self, name: NormalizedName, version: str) -> Path | None:
        return best_wheel(self.wheelhouse, name, version) if self.wheelhouse else None

    def _built(self, name: NormalizedName, version: str, found: Distribution) -> Path:
        source = source_tree(found)
        if source is None:
            what = f"{name} {version} was installed from a wheel or an index, not from its sources"
            where = f"{self.wheelhouse} has no wheel of it" if self.wheelhouse else "none is given"
            hint = f"give --wheelhouse DIR with the wheel of {name} {version}; {where}"
            raise Unbuildable(Problem("no-wheel", what, hint))
        self.tell(f"building the wheel of {name} {version}")
        try:
            return build_wheel(source, self.work / name, version, self.avoid)
        except PipFailed as e:
            hint = f"pip wheel --no-deps {source}"
            what = f"the wheel of {name} cannot be built: {e}"
            raise Unbuildable(Problem("no-wheel", what, hint)) from e
