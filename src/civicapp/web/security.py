"""Security at the door, in plain ASGI: headers, cross-origin posts, body size, maintenance."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicapp.settings import Settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class SecurityHeaders:
    """Add the security headers to every answer; a route may set a stricter value of its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = dict(HEADERS)
        if settings.https:
            self.headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers["cross-origin-resource-policy"] = "cross-origin"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Refused(HTTPException):
    """Refuse a request before any route sees it, or while its body is read."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, headers=headers)


def is_cross_origin(method: str, headers: Headers, own: Iterable[str]) -> bool:
    """Tell whether another site sent this request with a method that changes something.

    A browser says so in Sec-Fetch-Site; an older one at least names the Origin; without either it
    is no browser's cross-site request.
    """
    if method not in UNSAFE:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin not in own


def own_origins(headers: Headers, scheme: str, settings: Settings) -> set[str]:
    """Return the origins under which this host is reached."""
    if settings.base_url:
        parts = urlsplit(settings.base_url)
        return {f"{parts.scheme}://{parts.netloc}"}
    return {f"{scheme}://{headers.get('host', '')}"}


def check_request(scope: Scope, settings: Settings, limit: int) -> None:
    """Raise Refused for a cross-site post, a body that is too large, or during maintenance."""
    headers = Headers(scope=scope)
    if settings.maintenance and not scope["path"].startswith(("/healthz", "/readyz", "/static/")):
        raise Refused(503, {"retry-after": "600"})
    if is_cross_origin(scope["method"], headers, own_origins(headers, scope["scheme"], settings)):
        raise Refused(403)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > limit:
        raise Refused(413)


def limited(receive: Receive, limit: int) -> Receive:
    """Count a body without a length; raise Refused when it passes the limit."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise Refused(413)
        return message

    return counted
