"""Build: render everything that a bundle holds, from a kernel and what is installed beside it."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from civicapp.bundle.facts import KERNEL_SECRETS, BundleFacts, PluginFacts, SecretFacts
from civicapp.bundle.faults import Unbuildable
from civicapp.bundle.host import render_host
from civicapp.bundle.index import complete, download
from civicapp.bundle.lock import PACKAGED, Pin, read_lock, write_lock
from civicapp.bundle.manifest import NAME, Content, Manifest, entry
from civicapp.bundle.rendered import Rendered
from civicapp.bundle.resources import Answers
from civicapp.bundle.supply import Supply
from civicapp.bundle.target import python_version
from civicapp.bundle.wheel import Wheel
from civicapp.problems import Problem
from civicapp.region.frozen import Unfrozen, freeze
from civicapp.resource import Secret
from civicapp.version import VERSION
from civicapp.web.app import api_description

if TYPE_CHECKING:
    from civicapp.kernel import Kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to build from. region: as typed. avoid: folders that are no source of a wheel."""

    region: str
    kernel: "Kernel"
    wheelhouse: Path | None = None
    offline: bool = False
    avoid: Sequence[Path] = ()
    tell: Callable[[str], None] = lambda _: None


def secrets_of(answers: Answers) -> tuple[SecretFacts, ...]:
    """List the secrets of a bundle: the kernel's, then the plugins'."""
    asked = (
        SecretFacts(each.name, each.variable, each.help, id, generate=each.generate)
        for id, resources in answers.items()
        for each in resources
        if isinstance(each, Secret)
    )
    return (*KERNEL_SECRETS, *asked)


def render(order: Order, answers: Answers, work: Path) -> Rendered:
    """Render all files of a bundle; raise Unbuildable. work: an empty folder to build in."""
    kernel, python = order.kernel, python_version()
    _check_builder(offline=order.offline)
    plugins = tuple(
        PluginFacts(id, kernel.installed[id].distribution, kernel.installed[id].version)
        for id in kernel.plugins.ids
    )
    lock = read_lock(PACKAGED.read_text("utf-8"))
    supply = Supply(work, python, lock, order.wheelhouse, order.avoid, order.tell)
    supplies = supply.gather(["civicapp", *(plugin.distribution for plugin in plugins)])
    pins, bound = complete(supplies.pins, work)
    more: tuple[Wheel, ...] = ()
    if order.offline:
        order.tell(f"downloading {len(pins)} wheels")
        more = download(pins, work, order.wheelhouse)
    bound |= not all(wheel.is_universal for wheel in (*supplies.wheels, *more))
    region = kernel.region
    facts = BundleFacts(
        region=region.id,
        names=dict(sorted(region.name.items())),
        languages=region.languages,
        timezone=region.timezone,
        civicapp=VERSION,
        python=python,
        plugins=plugins,
        resources=answers,
        secrets=secrets_of(answers),
        wheels=tuple(wheel.path.name for wheel in supplies.wheels),
        offline=order.offline,
        architecture=platform.machine() if bound else "",
    )
    return Rendered(facts, _files(order, facts, (*supplies.wheels, *more), pins))


def _check_builder(*, offline: bool) -> None:
    """Refuse to choose wheels for another kind of Python than the one that asks the index."""
    if platform.python_implementation() != "CPython":
        what = f"a bundle is for CPython, and this is {platform.python_implementation()}"
        raise Unbuildable(Problem("wrong-builder", what, "build with CPython"))
    if offline and platform.system() != "Linux":
        what = f"--offline takes the wheels of this host, and this is {platform.system()}"
        raise Unbuildable(Problem("wrong-builder", what, "build on Linux, or without --offline"))


def _files(
    order: Order, facts: BundleFacts, wheels: Sequence[Wheel], pins: Sequence[Pin]
) -> Mapping[str, Content]:
    try:
        region = freeze(order.region)
    except Unfrozen as e:
        raise Unbuildable(*e.problems) from e
    files: dict[str, Content] = {
        "region.json": region,
        "openapi.json": api_description(order.kernel),
        "requirements.lock": write_lock(pins),
        **{f"wheels/{wheel.path.name}": wheel.path for wheel in wheels},
        **render_host(facts),
    }
    entries = {path: entry(content) for path, content in sorted(files.items())}
    return {**files, NAME: Manifest(facts.region, facts.civicapp, entries).to_bytes()}
