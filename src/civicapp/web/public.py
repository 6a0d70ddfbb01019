"""Public reads: a route says what its answer depends on, and the cache may keep that answer."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, params
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path
from starlette.types import Scope

TagsOf: TypeAlias = Callable[[Request], Iterable[str]]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
RAN, PRIVATE = "civicapp.public_read", "civicapp.private"  # in the state of a request
TAG_LENGTH = 200
NO_TAGS: frozenset[str] = frozenset()
API = "/api/"


def public_read(
    *tags: str | TagsOf, seconds: float | None = None, parts: bool = False
) -> params.Depends:
    """Let the cache keep the answers of a GET route that shows the same to everybody.

    For a route's or a router's `dependencies`:

        @router.get("/reports", dependencies=[public_read("complaints.public:{category}")])

    tags: what a write that changes the answer touches (`touch(session, …)`). `{name}` is a
    parameter of the route as it stands in the path or the query; without it in the query the tag
    ends in `*`, so a write touches `complaints.public:road.pothole` and `complaints.public:*`. A
    route that reads a parameter more generously than letter by letter gives a function of the
    request instead, else `7k3q` and `7K3Q` would depend on two tags. No tag: the answer comes from
    the pack alone. seconds: also render anew after so long, for what the clock changes. parts: a
    page of the kernel's that shows what services bring to it.

    The answer may depend on path, query, language and `wants_csv(request)`, on nothing else:
    requests with a cookie, an Authorization or a secret header never meet the cache, and neither
    does what answers with another status than 200, a Set-Cookie or `no-store`.
    """
    return params.Depends(PublicRead(tags, seconds, parts))


def keep_private(request: Request) -> None:
    """Say that this answer holds something of one visitor: it is not kept by the cache."""
    request.scope.setdefault("state", {})[PRIVATE] = True


@dataclass(frozen=True, slots=True, eq=False)
class PublicRead:
    """The mark that `public_read` puts on a route. As a dependency it proves which route ran."""

    tags: tuple[str | TagsOf, ...]
    seconds: float | None
    parts: bool = False

    async def __call__(self, request: Request) -> None:
        """Leave word that this route was the one."""
        request.scope.setdefault("state", {})[RAN] = self

    def tags_of(self, scope: Scope, path: Mapping[str, str]) -> frozenset[str] | None:
        """Return the tags of a request before it is answered; None if it cannot be kept."""
        given = _given(scope, path)
        request = Request({**scope, "path_params": dict(path)})
        found: set[str] = set()
        for tag in self.tags:
            found.update(_filled(tag, given) if isinstance(tag, str) else tag(request))
        return frozenset(found) if all(0 < len(t) <= TAG_LENGTH for t in found) else None


def _given(scope: Scope, path: Mapping[str, str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    query = scope["query_string"].decode("latin-1")
    for name, value in parse_qsl(query, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    return {**given, **{name: [value] for name, value in path.items()}}


def _filled(tag: str, given: Mapping[str, list[str]]) -> Iterator[str]:
    """Fill in a tag; a parameter that is given twice yields the tags of both."""
    name = _PLACEHOLDER.search(tag)
    if name is None:
        yield tag
        return
    for value in given.get(name[1]) or ["*"]:
        for rest in _filled(tag[name.end() :], given):
            yield tag[: name.start()] + value + rest


@dataclass(frozen=True, slots=True)
class Match:
    """A route that may be kept, the parameters in its path, and the tags of the page around it."""

    read: PublicRead
    path: Mapping[str, str]
    parts: frozenset[str]
    app: FastAPI

    def tags(self, scope: Scope) -> frozenset[str] | None:
        """Return the tags of a request before it is answered; None if it cannot be kept."""
        own = self.read.tags_of({**scope, "app": self.app}, self.path)
        return None if own is None else own | self.parts


class PublicRoutes:
    """The GET routes of an app, in the order in which they are tried.

    footer: tags of what services show on every page, parts: of all that they show on the pages of
    the kernel; None when some are unknown: then such a page is not kept.
    """

    def __init__(
        self,
        app: FastAPI,
        footer: frozenset[str] | None = NO_TAGS,
        parts: frozenset[str] | None = NO_TAGS,
    ) -> None:
        self._app, self._footer, self._parts = app, footer, parts
        self._routes = [
            (re.compile(compile_path(context.path)[0].pattern), _read_of(context))
            for context in iter_route_contexts(app.routes)
            if context.path is not None and _answers_get(context)
        ]

    def match(self, path: str) -> Match | None:
        """Return the route of a path if it may be kept."""
        for pattern, read in self._routes:
            if found := pattern.match(path):
                if read is None:
                    return None
                around = NO_TAGS if path.startswith(API) else self._around(read)
                if around is None:
                    return None
                return Match(read, found.groupdict(), around, self._app)
        return None

    def _around(self, read: PublicRead) -> frozenset[str] | None:
        return self._parts if read.parts else self._footer


def _answers_get(context: Any) -> bool:
    if "GET" in (context.methods or {"GET"}):
        return True
    if _read_of(context) is not None:
        raise ValueError(f"{_name(context)}: public_read is for GET routes")
    return False


def _read_of(context: Any) -> PublicRead | None:
    """Return the mark of a route; raise ValueError when it does not fit the route."""
    dependant = getattr(context, "dependant", None)
    calls = list(_calls(dependant)) if dependant is not None else []
    marks = [call for call in calls if isinstance(call, PublicRead)]
    if not marks:
        return None
    if any(getattr(call, "permission", None) for call in calls):
        raise ValueError(f"{_name(context)}: public_read on a route that asks for a permission")
    known = set(_parameters(dependant))
    for tag in marks[-1].tags:
        for name in _PLACEHOLDER.findall(tag) if isinstance(tag, str) else ():
            if name not in known:
                raise ValueError(f"{_name(context)}: tag `{tag}`: no parameter `{name}`")
    return marks[-1]


def _name(context: Any) -> str:
    return f"{'/'.join(sorted(context.methods or ()))} {context.path}"


def _calls(dependant: Any) -> Iterator[object]:
    for below in dependant.dependencies:
        yield below.call
        yield from _calls(below)


def _parameters(dependant: Any) -> Iterator[str]:
    for field in (*dependant.path_params, *dependant.query_params):
        yield field.alias
    for below in dependant.dependencies:
        yield from _parameters(below)
