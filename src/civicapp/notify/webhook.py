"""Webhooks as Standard Webhooks signs them: the receiver can tell who sends, and what comes again.

A target is a secret and an address, divided by a space: `whsec_… https://host/path`.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from civicapp.notify.channel import BadTarget, Channel, Outgoing, Undeliverable

TIMEOUT = 20  # seconds
PREFIX = "whsec_"
GONE = 410
READ = 4096  # bytes of an answer that are read


@dataclass(frozen=True, slots=True)
class _Target:
    secret: bytes
    scheme: str
    host: str
    port: int
    path: str


class WebhookChannel(Channel):
    """Post a message as JSON to a program."""

    repeatable = True

    def check_target(self, target: str) -> None:
        """Raise BadTarget unless it is a secret and an address."""
        self._read(target)

    def send(self, outgoing: Outgoing) -> None:
        """Post a message; only an answer 2xx is a yes, 410 is a no for ever."""
        target = self._read(outgoing.target)
        message = outgoing.message
        body = json.dumps(
            {
                "type": "notice",
                "timestamp": outgoing.created_at.isoformat(),
                "data": {
                    "about": outgoing.about,
                    "subject": message.subject,
                    "text": message.text,
                    **message.data,
                },
            },
            ensure_ascii=False,
        ).encode()
        now = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "user-agent": "civicapp",
            "idempotency-key": outgoing.id,
            "webhook-id": outgoing.id,
            "webhook-timestamp": now,
            "webhook-signature": sign(target.secret, outgoing.id, now, body),
        }
        status = self._post(target, body, headers)
        if status == GONE:
            raise Undeliverable("the receiver answers 410: it wants no more")
        if not 200 <= status < 300:
            raise ConnectionError(f"the receiver answers {status}")

    def _post(self, target: _Target, body: bytes, headers: dict[str, str]) -> int:
        # Resolved once, checked, and that very address is used: a name cannot change in between.
        address = self._resolve(target)
        connection = _Pinned(target, address)
        try:
            connection.request("POST", target.path, body, headers)
            answer = connection.getresponse()
            answer.read(READ)
            return answer.status
        finally:
            connection.close()

    def _resolve(self, target: _Target) -> str:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        if self.settings.env == "production" and not all(_is_public(a) for a in addresses):
            raise Undeliverable("the address leads into a private network")
        return addresses[0]

    def _read(self, target: str) -> _Target:
        secret, _, address = target.partition(" ")
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
            parts = urlsplit(address)
            port = parts.port or {"https": 443, "http": 80}[parts.scheme]
        except (ValueError, KeyError, binascii.Error) as e:
            raise BadTarget("wants `whsec_… https://host/path`") from e
        secure = parts.scheme == "https" or self.settings.env == "development"
        sound = secret.startswith(PREFIX) and len(key) >= 16 and parts.hostname and secure
        if not sound or any(c.isspace() or not c.isprintable() for c in address):
            raise BadTarget("wants `whsec_… https://host/path`")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(key, parts.scheme, str(parts.hostname), port, path)


def sign(secret: bytes, id: str, timestamp: str, body: bytes) -> str:
    """Return the signature: `v1,` and the HMAC of id, timestamp and body in base64."""
    signed = b".".join((id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its host's name resolves to by now."""

    def __init__(self, target: _Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT)
        self._address, self._secure = address, target.scheme == "https"
        self.default_port = 443 if self._secure else 80  # so that Host names no usual port

    def connect(self) -> None:
        """Connect; the certificate must be that of the host's name."""
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
