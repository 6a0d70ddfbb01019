"""Uploads: routes that take larger bodies than all others."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, params
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

if TYPE_CHECKING:
    from civicapp.kernel import Kernel
    from civicapp.region import Region


def large_body(limit: "Callable[[Region], int]") -> params.Depends:
    """Let a route take a body up to `limit` bytes, which may depend on the pack.

    For a route's `dependencies`. The host's own `body_limit` holds if it is larger.
    """
    return params.Depends(LargeBody(limit))


@dataclass(frozen=True, slots=True, eq=False)
class LargeBody:
    """The mark that `large_body` puts on a route."""

    limit: "Callable[[Region], int]"

    async def __call__(self) -> None:
        """Do nothing: the body was measured before the route ran."""


class BodyLimits:
    """How large the body of each request may be."""

    def __init__(self, app: FastAPI, kernel: "Kernel") -> None:
        self._usual = kernel.settings.body_limit
        self._large = [
            (
                frozenset(context.methods or ()),
                re.compile(compile_path(context.path)[0].pattern),
                mark.limit(kernel.region),
            )
            for context in iter_route_contexts(app.routes)
            if context.path is not None
            for mark in _marks(getattr(context, "dependant", None))
        ]

    def of(self, method: str, path: str) -> int:
        """Return how many bytes a request may bring."""
        for methods, pattern, limit in self._large:
            if method in methods and pattern.match(path):
                return max(limit, self._usual)
        return self._usual


def _marks(dependant: Any) -> Iterator[LargeBody]:
    for below in getattr(dependant, "dependencies", ()):
        if isinstance(below.call, LargeBody):
            yield below.call
        yield from _marks(below)
