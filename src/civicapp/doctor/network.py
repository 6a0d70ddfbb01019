"""Reach another computer within a time limit, and say in words why not."""

import queue
import socket
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unreached:
    """Why a port cannot be reached. unknown: there is no host of this name."""

    reason: str
    unknown: bool = False


def reach(host: str, port: int, wait: float) -> Unreached | None:
    """Try to connect; return why that fails, None when somebody answers."""
    addresses = _resolve(host, port, wait)
    if isinstance(addresses, Unreached):
        return addresses
    reason = "it has no address"
    for family, kind, protocol, _, address in addresses:
        with socket.socket(family, kind, protocol) as sock:
            sock.settimeout(wait)
            try:
                sock.connect(address)
            except TimeoutError:
                reason = f"no answer within {wait:g} s"
            except OSError as e:
                reason = e.strerror or str(e)
            else:
                return None
    return Unreached(reason)


def _resolve(
    host: str, port: int, wait: float
) -> "list[tuple[int, int, int, str, tuple[object, ...]]] | Unreached":
    """Look a name up; in a thread, since the system has its own idea of how long to wait."""
    found: queue.SimpleQueue[object] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as e:
            found.put(e)

    threading.Thread(target=ask, name="civicapp name", daemon=True).start()
    try:
        answer = found.get(timeout=wait)
    except queue.Empty:
        return Unreached(f"its name is not resolved within {wait:g} s", unknown=True)
    if isinstance(answer, list):
        return answer
    return Unreached("there is no host of this name", unknown=True)
