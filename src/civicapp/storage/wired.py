"""A service's tables and migrations, resolved, and what is wrong with them."""

from typing import TYPE_CHECKING, Any

from civicapp.plugins import PluginError, resolve, resolve_folder
from civicapp.service import Service

if TYPE_CHECKING:
    from civicapp.storage.lineage import Lineage


def wire_lineage(service: Service) -> "Lineage | None":
    """Resolve a service's tables and version files; raise PluginError. None when it has none."""
    if service.metadata is None and service.migrations is None:
        return None
    if service.metadata is None or service.migrations is None:
        have, lack = ("metadata", "migrations") if service.metadata else ("migrations", "metadata")
        raise PluginError(service.id, f"`{have}` is given without `{lack}`", "name both")
    # Now SQLAlchemy is needed; a pack of services without tables does without.
    from sqlalchemy import MetaData

    from civicapp.storage.lineage import Lineage

    metadata: Any = resolve(service.id, service.metadata, "metadata")
    if not isinstance(metadata, MetaData):
        what = f"metadata `{service.metadata}` is a {type(metadata).__name__}"
        raise PluginError(service.id, f"{what}, wants a MetaData", "service_metadata makes one")
    hint = "`<package>:<folder>`, and the folder holds version files such as 0001_first.py"
    folder = resolve_folder(service.id, service.migrations, "migrations", hint)
    return Lineage(service.id, folder, metadata)


def table_faults(lineage: "Lineage", prefixes: dict[str, str]) -> list[tuple[str, str]]:
    """Find tables that do not carry their service's name; `prefixes`: whose each prefix is."""
    faults = []
    for name in sorted(lineage.metadata.tables):
        if not name.startswith(f"{lineage.id}_"):
            owner = next((id for prefix, id in prefixes.items() if name.startswith(prefix)), None)
            whose = f", and `{owner}_` belongs to {owner}" if owner else ""
            message = f"table `{name}` must be named {lineage.id}_…{whose}"
            faults.append((message, "service_metadata refuses such names at once"))
    return faults
