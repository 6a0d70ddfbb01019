"""Listen on an address: say plainly why that cannot be done, before anything is served."""

import errno
import ipaddress
import os
import socket

_HINTS = {
    errno.EADDRINUSE: "port {port} is in use: choose another with --port, or end what uses it",
    errno.EACCES: "port {port} is kept for the system: choose one above 1023 with --port",
    errno.EADDRNOTAVAIL: "this computer has no address {host}: choose another with --host",
}
BACKLOG = 2048


class Refused(Exception):
    """Say why an address cannot be listened on, and what to do."""


def is_loopback(host: str) -> bool:
    """Tell whether only this computer can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, so that a first request waits instead of being turned away."""
    try:
        # Quicker and plainer than what a name server may answer.
        name = "127.0.0.1" if host == "localhost" else host
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as e:
        raise Refused(f"there is no address `{host}`: choose another with --host") from e
    family, kind, protocol, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as e:
        sock.close()
        hint = _HINTS.get(e.errno or 0, "cannot listen on {host}, port {port}: {why}")
        why = os.strerror(e.errno) if e.errno else str(e)
        raise Refused(hint.format(host=host, port=port, why=why)) from e
    sock.setblocking(False)
    return sock


def url(host: str, sock: socket.socket) -> str:
    """Return the address to open on this computer."""
    port = sock.getsockname()[1]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://127.0.0.1:{port} (and every other address of this computer)"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"
