"""PublicCache: finished answers of public reads, in plain ASGI, in front of all that renders.

An answer is kept with the versions that its tags had before it was rendered, and given again only
while they are the same in the database: whatever a commit of any process changed is rendered anew
by the next request for it. Nothing is kept of a request that could be somebody's own.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicapp.kernel import Kernel
from civicapp.storage.seen import Seen
from civicapp.storage.versions import TagVersions
from civicapp.web.context import HEADER_LENGTH, best_language
from civicapp.web.kept import KEEP_LIMIT, Kept, make_kept
from civicapp.web.public import PRIVATE, RAN, Match, PublicRoutes
from civicapp.web.tables import asks_for_csv

PATIENCE = 3  # how often a request waits for another's rendering before it renders for itself
MIB = 1024 * 1024
QUERY_LIMIT = 500  # characters; longer queries are nobody's bookmarks
SECRETS = (b"secret", b"token", b"key")

Key = tuple[str, bytes, bytes, str, str, bool]


@dataclass(slots=True)
class Asked:
    """What of a request's headers decides; one pass over them.

    cookie: it has one. secret: it has an Authorization or another header that opens something. csv:
    it asks for a table.
    """

    host: bytes = b""
    encoding: bytes = b""
    language: bytes = b""
    none_match: bytes = b""
    cookie: bool = False
    secret: bool = False
    csv: bool = False


def read_headers(scope: Scope) -> Asked:
    """Read the headers that matter here."""
    asked = Asked()
    for name, value in scope["headers"]:
        if name == b"host":
            asked.host = value
        elif name == b"accept-encoding":
            asked.encoding = value
        elif name == b"accept-language":
            asked.language = asked.language or value
        elif name == b"if-none-match":
            asked.none_match = value
        elif name == b"accept":
            asked.csv = asks_for_csv(value)
        elif name == b"cookie":
            asked.cookie = True
        elif name == b"authorization" or name.endswith(SECRETS):
            asked.secret = True
    return asked


class PublicCache:
    """Answer public reads from memory while that is sound, else pass the request on.

    versions: None where there is no database; then only what comes from the pack alone is kept.
    """

    def __init__(
        self, app: ASGIApp, routes: PublicRoutes, kernel: Kernel, versions: TagVersions | None
    ) -> None:
        self.app, self.routes, self.versions = app, routes, versions
        self._failures = kernel.failures
        self._kept = _Shelf(kernel.settings.cache_size * MIB)
        self._rendering: dict[Key, asyncio.Future[bool]] = {}
        self._language: Callable[[bytes], str] = lru_cache(1024)(
            lambda header: best_language(header.decode("latin-1"), kernel.region.languages)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass a request on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = read_headers(scope)
        if asked.cookie or asked.secret:
            await self._pass_on(scope, receive, send, asked)
            return
        key: Key = (
            scope["path"],
            _sorted(scope["query_string"]),
            asked.host,
            scope["scheme"],
            self._language(asked.language[:HEADER_LENGTH]),
            asked.csv,
        )
        for _ in range(PATIENCE):
            kept = self._kept.get(key)
            if kept is not None:
                if await self._is_good(kept):
                    await _answer(kept, asked, send, "hit")
                    return
                self._kept.drop(key, kept)
            rendering = self._rendering.get(key)
            if rendering is None or not await asyncio.shield(rendering):
                break
        await self._render(key, asked, scope, receive, send)

    async def _is_good(self, kept: Kept) -> bool:
        if kept.until is not None and time.monotonic() >= kept.until:
            return False
        if kept.seen is None:
            return True
        try:
            return self.versions is not None and await self.versions.valid(kept.seen)
        except Exception:  # any doubt counts as a change
            return False

    async def _render(
        self, key: Key, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        match = self.routes.match(scope["path"])
        if match is None or len(scope["query_string"]) > QUERY_LIMIT:
            await self.app(scope, receive, send)
            return
        first = key not in self._rendering
        if first:
            self._rendering[key] = asyncio.get_running_loop().create_future()
        kept: Kept | None = None
        try:
            kept = await self._run(match, scope, receive, send)
            if kept is not None:
                self._kept.put(key, kept)
        finally:
            if first:
                self._rendering.pop(key).set_result(kept is not None)
        if kept is not None:
            await _answer(kept, asked, send, "fwd=miss; stored")

    async def _run(self, match: Match, scope: Scope, receive: Receive, send: Send) -> Kept | None:
        """Let the app answer; return what may be kept. What may not has been sent already."""
        sound, seen = await self._seen(match, scope)
        if not sound:
            await self.app(scope, receive, send)
            return None
        scope.setdefault("state", {})
        collected, failures = _Collected(send), self._failures.total()
        await self.app(scope, receive, collected)
        if not collected.complete:
            return None
        state, read = scope["state"], match.read
        broken = self._failures.total() != failures  # a part of the page may have been left out
        if broken or state.get(PRIVATE) or state.get(RAN) is not read:
            await collected.forward()
            return None
        until = None if read.seconds is None else time.monotonic() + read.seconds
        return await make_kept(collected.headers, bytes(collected.body), seen, until)

    async def _seen(self, match: Match, scope: Scope) -> tuple[bool, Seen | None]:
        """Read the versions of a request's tags; first stands whether its answer may be kept."""
        tags = match.tags(scope)
        if not tags:
            return tags is not None, None
        if self.versions is None:
            return False, None
        try:
            return True, await self.versions.take(tags)
        except Exception:  # the route will meet the same database and say so
            return False, None

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, asked: Asked) -> None:
        """Let the app answer a request that may be somebody's own; nothing is kept of it here.

        With a cookie the answer gets an ETag, so that a page seen before costs a slow line nothing;
        what a secret opened is kept by nobody.
        """
        match = self.routes.match(scope["path"])
        if match is None:
            await self.app(scope, receive, send)
        elif asked.secret:
            await self.app(scope, receive, _unstored(send))
        else:
            scope.setdefault("state", {})
            collected = _Collected(send)
            await self.app(scope, receive, collected)
            if not collected.complete:
                return
            if scope["state"].get(RAN) is not match.read:
                await collected.forward()
                return
            body = bytes(collected.body)
            kept = await make_kept(collected.headers, body, None, None, private=True)
            await _answer(kept, asked, send, "fwd=request")


class _Shelf:
    """What is kept, up to a number of bytes; what was not asked for longest goes first."""

    def __init__(self, size: int) -> None:
        self._size, self._used = size, 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    def get(self, key: Key) -> Kept | None:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: Key, kept: Kept) -> None:
        self.drop(key, self._kept.get(key))
        self._kept[key] = kept
        self._used += kept.size
        while self._used > self._size:
            _, old = self._kept.popitem(last=False)
            self._used -= old.size

    def drop(self, key: Key, kept: Kept | None) -> None:
        if kept is not None and self._kept.get(key) is kept:
            del self._kept[key]
            self._used -= kept.size


class _Collected:
    """Take an answer in until it is complete; what may not be kept is sent on as it comes."""

    def __init__(self, send: Send) -> None:
        self.headers = Headers(raw=[])
        self.body = bytearray()
        self.complete = False
        self._send = send
        self._start: Message | None = None
        self._sent_on = False

    async def __call__(self, message: Message) -> None:
        """Take a message of the answer."""
        if not self._sent_on:
            if message["type"] == "http.response.start":
                self._start, self.headers = message, Headers(raw=list(message["headers"]))
                if message["status"] == 200 and _may_be_kept(self.headers):
                    return
            elif message["type"] == "http.response.body":
                self.body += message.get("body", b"")
                if len(self.body) <= KEEP_LIMIT:
                    self.complete = not message.get("more_body", False)
                    return
                message = {**message, "body": bytes(self.body)}
            await self._let_go(message)
            return
        await self._send(message)

    async def _let_go(self, message: Message) -> None:
        self._sent_on = True
        if self._start is not None and message is not self._start:
            await self._send(self._start)
        await self._send(message)

    async def forward(self) -> None:
        """Send a complete answer as the app gave it."""
        assert self._start is not None  # noqa: S101 - it is complete
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": bytes(self.body)})


OURS = frozenset({"accept", "accept-encoding", "accept-language", "cookie", "authorization"})


def _may_be_kept(headers: Headers) -> bool:
    control = headers.get("cache-control", "")
    varies = {name.strip().lower() for name in headers.get("vary", "").split(",") if name.strip()}
    return (
        "set-cookie" not in headers
        and "content-encoding" not in headers
        and "no-store" not in control
        and "private" not in control
        and varies <= OURS
    )


def _unstored(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [(n, v) for n, v in message["headers"] if n.lower() != b"cache-control"]
            message = {**message, "headers": [*others, (b"cache-control", b"no-store")]}
        await send(message)

    return sending


async def _answer(kept: Kept, asked: Asked, send: Send, how: str) -> None:
    status, headers, body = kept.answer(asked.encoding, asked.none_match)
    named = (*headers, (b"cache-status", b"civicapp; " + how.encode()))
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})


def _sorted(query: bytes) -> bytes:
    """Order a query by names alone: of a name that stands twice the last one may count."""
    if b"&" not in query:
        return query
    named = [(part.partition(b"=")[0], part) for part in query.split(b"&")]
    return b"&".join(part for _, part in sorted(named, key=itemgetter(0)))
