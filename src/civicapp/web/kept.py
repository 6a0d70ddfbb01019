"""Kept: one finished answer, as it is and compressed, each under an ETag of its own."""

import asyncio
import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache

from starlette.datastructures import Headers

from civicapp.storage.seen import Seen

KEEP_LIMIT = (
    2 * 1024 * 1024
)  # bytes of an answer; a larger one is an export and is sent as it comes
SMALL = 300  # bytes that are not worth compressing
LARGE = 64 * 1024  # bytes that are compressed beside the event loop
OVERHEAD = 3000  # bytes that an entry takes beside the bodies
VARY = b"Accept-Encoding, Accept-Language, Cookie, Authorization"
TEXTS = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/geo+json",
    "image/svg",
)
TEXT_ENDINGS = ("+json", "+xml", "/xml", "/javascript")

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """An answer in one encoding: its bytes, its headers, and those that say it has not changed."""

    etag: bytes
    headers: RawHeaders
    unchanged: RawHeaders
    body: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A finished answer.

    seen: versions of its tags, None when it has none. until: when it is too old, in monotonic time.
    """

    plain: Form
    zipped: Form | None
    seen: Seen | None
    until: float | None

    @property
    def size(self) -> int:
        """Return how many bytes it takes, about."""
        return OVERHEAD + len(self.plain.body) + (len(self.zipped.body) if self.zipped else 0)

    def answer(self, encoding: bytes, none_match: bytes) -> tuple[int, RawHeaders, bytes]:
        """Return status, headers and body for a request's Accept-Encoding and If-None-Match."""
        form = self.zipped if self.zipped and takes_gzip(encoding) else self.plain
        # Weak comparison, as RFC 9110 asks for here: a tag with W/ in front matches too.
        if none_match and (form.etag in none_match or none_match.strip() == b"*"):
            return 304, form.unchanged, b""
        return 200, form.headers, form.body


@lru_cache(256)
def takes_gzip(encoding: bytes) -> bool:
    """Tell whether an Accept-Encoding takes gzip."""
    for part in encoding[:200].lower().split(b","):
        name, _, weight = part.partition(b";")
        if name.strip() in (b"gzip", b"*"):
            return weight.replace(b" ", b"").rstrip(b"0.") != b"q="
    return False


async def make_kept(
    headers: Headers, body: bytes, seen: Seen | None, until: float | None, *, private: bool = False
) -> Kept:
    """Make the forms of an answer. private: for one visitor alone, hence in one encoding."""
    kind = headers.get("content-type", "")
    shared = [
        (name, value)
        for name, value in headers.raw
        if name not in (b"cache-control", b"vary", b"etag", b"content-length")
    ]
    control = b"private, no-cache" if private else b"no-cache"
    also = b"Accept, " if "accept" in headers.get("vary", "").lower().split(", ") else b""
    always = [(b"cache-control", control), (b"vary", also + VARY)]
    language = headers.get("content-language", "")
    digest = hashlib.sha256(f"{kind}\0{language}\0".encode() + body).hexdigest()[:32].encode()
    plain = _form(b'"%s"' % digest, shared, always, body)
    zipped = None
    if not private and len(body) > SMALL and _is_text(kind):
        packed = await asyncio.to_thread(gzip, body) if len(body) > LARGE else gzip(body)
        encoded = [*shared, (b"content-encoding", b"gzip")]
        zipped = _form(b'"%s-gz"' % digest, encoded, always, packed)
    return Kept(plain, zipped, seen, until)


def gzip(body: bytes) -> bytes:
    """Compress; the same bytes for the same body, whenever it is done."""
    packer = zlib.compressobj(6, wbits=31)
    return packer.compress(body) + packer.flush()


def _form(
    etag: bytes, shared: list[tuple[bytes, bytes]], always: list[tuple[bytes, bytes]], body: bytes
) -> Form:
    unchanged = (*always, (b"etag", etag))
    headers = (*shared, *unchanged, (b"content-length", str(len(body)).encode()))
    return Form(etag, headers, unchanged, body)


def _is_text(kind: str) -> bool:
    kind = kind.partition(";")[0].strip().lower()
    return kind.startswith(TEXTS) or kind.endswith(TEXT_ENDINGS)
