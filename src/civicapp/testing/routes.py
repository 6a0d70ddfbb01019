"""Routes of a service, as the contract suite calls them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from civicapp.service import Router
    from civicapp.wiring import Wired

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class PluginRoute:
    """A route. path: with the prefix under which it is served. permissions: what it asks for.

    filled: the path with a value in place of each parameter, which most likely names nothing.
    bare: no parameter of path or query must be given.
    """

    method: str
    path: str
    filled: str
    bare: bool
    permissions: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the route as people write it."""
        return f"{self.method} {self.path}"


def page_routes(wired: "Wired") -> list[PluginRoute]:
    """List the routes of the service's pages."""
    return list(_routes(wired.pages, f"/{wired.id}"))


def desk_routes(wired: "Wired") -> list[PluginRoute]:
    """List the routes of the service's desk."""
    return list(_routes(wired.desk, f"/desk/{wired.id}"))


def api_routes(wired: "Wired") -> list[PluginRoute]:
    """List the routes of the service's API."""
    return list(_routes(wired.api, f"/api/v1/{wired.id}"))


def _routes(router: "Router | None", prefix: str) -> Iterator[PluginRoute]:
    from fastapi.routing import iter_route_contexts

    for context in iter_route_contexts(router.routes) if router else ():
        dependants = list(_all(getattr(context, "dependant", None)))
        paths = [f for d in dependants for f in d.path_params]
        queries = [f for d in dependants for f in d.query_params]
        path = f"{prefix}{context.path}"
        asked = (getattr(d.call, "permission", None) for d in dependants)
        for method in sorted(set(context.methods or ()) - {"HEAD"}):
            yield PluginRoute(
                method,
                path,
                fill(path, {f.alias: f.field_info.annotation for f in paths}),
                bare="{" not in path and not any(f.field_info.is_required() for f in queries),
                permissions=tuple(dict.fromkeys(p for p in asked if isinstance(p, str))),
            )


def _all(dependant: Any) -> Iterator[Any]:
    if dependant is not None:
        yield dependant
        for below in dependant.dependencies:
            yield from _all(below)


def fill(path: str, types: "dict[str, Any] | None" = None) -> str:
    """Put a value in place of each parameter of a path: 1 for a number, else x."""
    steps = []
    for step in path.split("/"):
        if "{" in step:
            name = step.partition("{")[2].partition("}")[0].partition(":")[0]
            value = "1" if (types or {}).get(name) in (int, float) else "x"
            steps.append(step.partition("{")[0] + value + step.rpartition("}")[2])
        else:
            steps.append(step)
    return "/".join(steps)


def names(routes: Iterable[PluginRoute]) -> str:
    """List routes in a message."""
    return ", ".join(route.name for route in routes)
