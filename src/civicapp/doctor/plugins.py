"""What enabled plugins ask of a host, as they say for the bundle."""

from civicapp.bundle.resources import ask_resources
from civicapp.kernel import Kernel
from civicapp.resource import EnvVar, Secret, Volume


def declared_variables(kernel: Kernel) -> frozenset[str]:
    """Return the names of the variables that the enabled plugins read. Raise Unbuildable."""
    found = [each for resources in ask_resources(kernel).values() for each in resources]
    named = (each.name for each in found if isinstance(each, EnvVar))
    return frozenset((*named, *(e.variable for e in found if isinstance(e, Secret | Volume))))


def secrets_of(kernel: Kernel) -> list[tuple[str, Secret]]:
    """List the secrets that the enabled plugins ask for. Raise Unbuildable."""
    return [
        (id, each)
        for id, resources in ask_resources(kernel).items()
        for each in resources
        if isinstance(each, Secret)
    ]
