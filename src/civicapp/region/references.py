"""Find the secrets that a region's config refers to: `${env:NAME}`, `${file:/path}`."""

from collections.abc import Iterator, Mapping

from civicapp.config import ConfigModel, Localized, Secret
from civicapp.region.region import Region


def secret_references(region: Region) -> dict[str, Secret]:
    """Return the references by their key, such as `services/tax/gateway/key`."""
    return {
        key: secret
        for id, config in region.services.items()
        for key, secret in _inside(config, f"services/{id}")
    }


def environment_names(region: Region) -> frozenset[str]:
    """Return the names of the environment variables that the config refers to."""
    found = (Secret.PATTERN.fullmatch(s.reference) for s in secret_references(region).values())
    named = (match[1].partition(":") for match in found if match)
    return frozenset(name for kind, _, name in named if kind == "env")


def _inside(value: object, key: str) -> Iterator[tuple[str, Secret]]:
    match value:
        case Secret():
            yield key, value
        case Localized():
            return
        case ConfigModel():
            for name in type(value).model_fields:
                yield from _inside(getattr(value, name), f"{key}/{name}")
        case Mapping():
            for name, item in value.items():
                yield from _inside(item, f"{key}/{name}")
        case tuple():
            for number, item in enumerate(value):
                yield from _inside(item, f"{key}/{number}")
