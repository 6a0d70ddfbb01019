"""Resources: ask the plugins what a host must bring for them, and put the answers together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from civicapp import hookspecs
from civicapp.bundle.facts import KERNEL_SECRETS
from civicapp.bundle.faults import refuse
from civicapp.bundle.naming import Fault, misfit, misnamed
from civicapp.plugins import PluginError, article
from civicapp.problems import Problem
from civicapp.resource import EnvVar, Process, Resource, Route, Secret, Volume
from civicapp.settings import variables

if TYPE_CHECKING:
    from civicapp.kernel import Kernel

Answers: TypeAlias = Mapping[str, tuple[Resource, ...]]

HOOK = "hook `bundle_resources`"
KERNEL = "the kernel"
# What a bundle has without any plugin.
PORT = 8000
PROCESSES = ("api", "caddy", "db", "migrate", "proxy", "worker")
VOLUMES = ("caddy", "data", "database", "db", "files", "proxy")


def ask_resources(kernel: "Kernel") -> Answers:
    """Return what each plugin adds to the bundle, by plugin; raise Unbuildable with every fault."""
    faults: list[PluginError] = []
    answers: dict[str, tuple[Resource, ...]] = {}
    for id in kernel.plugins.ids:
        context = kernel.context(id, kernel.region.languages[0])
        try:
            answer: object = kernel.plugins.ask(id, hookspecs.bundle_resources, context=context)
            if found := _resources(id, answer):
                answers[id] = found
        except PluginError as e:
            faults.append(e)
    for id, resources in answers.items():
        found_faults = [*_misnamed(id, resources), *_lost_routes(resources)]
        faults += [PluginError(id, *fault) for fault in found_faults]
    faults += _clashes(answers)
    refuse(_placed(kernel, fault) for fault in faults)
    return answers


def _placed(kernel: "Kernel", fault: PluginError) -> Problem:
    """Place a fault at the line that enables the plugin."""
    place = f"plugins/{kernel.region.plugins.index(fault.plugin)}"
    what = f"plugin {fault.plugin}: {fault.message}"
    return kernel.region.problem(place, "plugin-error", what, fault.hint)


def _resources(id: str, answer: object) -> tuple[Resource, ...]:
    if answer is None:
        return ()
    if not isinstance(answer, list | tuple):
        what = f"{HOOK} returned {article(answer)}"
        raise PluginError(id, what, "return a list of resources, or yield them")
    for each in answer:
        if not isinstance(each, Resource):
            hint = "build each of EnvVar, Secret, Process, Route, Volume"
            raise PluginError(id, f"{HOOK} gave {article(each)}", hint)
        if wrong := misfit(each):
            what = f"{HOOK}: {type(each).__name__}.{wrong}"
            raise PluginError(id, what, "compare with civicapp.resource")
    return tuple(answer)


def _misnamed(id: str, resources: Iterable[Resource]) -> Iterator[Fault]:
    for each in resources:
        yield from misnamed(id, each)


def _lost_routes(resources: Iterable[Resource]) -> Iterator[Fault]:
    """Find routes that lead to no process of the same plugin, or to one that does not listen."""
    resources = tuple(resources)
    ports = {each.name: each.port for each in resources if isinstance(each, Process)}
    for each in resources:
        if not isinstance(each, Route):
            continue
        if each.process not in ports:
            known = ", ".join(sorted(ports)) or "none"
            what = f"route `{each.path}` leads to a process `{each.process}` that it does not have"
            yield what, f"its processes: {known}"
        elif ports[each.process] is None:
            what = f"route `{each.path}` leads to `{each.process}`, which has no port"
            yield what, "give the Process its `port`"


def _clashes(answers: Answers) -> list[PluginError]:
    """Find what two plugins, a plugin and the kernel, or one plugin twice lay claim to."""
    owners = dict.fromkeys(_kernel_claims(), KERNEL)
    errors = []
    for id, resources in answers.items():
        for each in resources:
            for claim in _claims(each):
                if claim in owners:
                    first = owners[claim]
                    what = f"{claim[0]} `{claim[1]}` " + (
                        "stands twice" if first == id else f"belongs to {first} too"
                    )
                    errors.append(PluginError(id, what, "give it a name of its own"))
                owners.setdefault(claim, id)
    return errors


def _kernel_claims() -> Iterator[tuple[str, str]]:
    yield "port", str(PORT)
    yield from (("process", name) for name in PROCESSES)
    yield from (("volume", name) for name in VOLUMES)
    yield from (("secret", secret.name) for secret in KERNEL_SECRETS)
    yield from (("variable", name) for name in sorted(variables()))


def _claims(resource: Resource) -> Iterator[tuple[str, str]]:
    match resource:
        case EnvVar():
            yield "variable", resource.name
        case Secret() | Volume():
            yield "secret" if isinstance(resource, Secret) else "volume", resource.name
            yield "variable", resource.variable
        case Process():
            yield "process", resource.name
            if resource.port is not None:
                yield "port", str(resource.port)
        case Route():
            yield "path", resource.path
