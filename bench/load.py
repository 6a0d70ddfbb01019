"""Load generator: keep-alive connections over one event loop, in a process of its own.

It reads a Job per line of standard input as JSON and answers each with a line. Each connection has
one request under way at a time, so the offered load follows the server: the CPU time that a server
spends per request is what counts, not the rate.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

COUNTER = b"########"  # in a request: replaced by a number that no other request has
HEAD_END = b"\r\n\r\n"
EMPTY = (204, 304)
PATIENCE = 30.0  # seconds for answers under way when the time is over


@dataclass(frozen=True, slots=True)
class Job:
    """What to send: raw requests in their order, again and again, for so long or so often."""

    port: int
    requests: list[str]
    connections: int
    seconds: float
    count: int


@dataclass(slots=True)
class Done:
    """What came back. statuses: how often each; bytes: of bodies; p50, p99: milliseconds."""

    answers: int = 0
    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    p50: float = 0.0
    p99: float = 0.0


class Run:
    """One job under way."""

    number = 0  # over all runs, since a server may keep what it has seen

    def __init__(self, job: Job) -> None:
        self.requests = [text.encode() for text in job.requests]
        self.count, self.seconds = job.count, job.seconds
        self.sent = self.bytes = 0
        self.statuses: Counter[int] = Counter()
        self.times: list[float] = []
        self.open = job.connections
        self.began = time.perf_counter()
        self.finished = asyncio.get_running_loop().create_future()

    def next(self) -> bytes | None:
        """Return the next request; None when it is enough."""
        if self.sent >= self.count or time.perf_counter() - self.began >= self.seconds:
            return None
        request = self.requests[self.sent % len(self.requests)]
        self.sent += 1
        if COUNTER in request:
            Run.number += 1
            request = request.replace(COUNTER, b"%08d" % Run.number)
        return request

    def close(self) -> None:
        """Count a connection as ended."""
        self.open -= 1
        if self.open == 0 and not self.finished.done():
            self.finished.set_result(None)

    def done(self) -> Done:
        """Sum up."""
        times = sorted(self.times) or [0.0]
        return Done(
            answers=len(self.times),
            seconds=time.perf_counter() - self.began,
            statuses={str(status): n for status, n in sorted(self.statuses.items())},
            bytes=self.bytes,
            p50=times[len(times) // 2] * 1000,
            p99=times[len(times) * 99 // 100] * 1000,
        )


class Connection(asyncio.Protocol):
    """Send one request after the other, each when the answer to the last one is complete."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.buffer = bytearray()
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        request = self.run.next()
        if request is None:
            self.transport.close()
            return
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer."""
        self.buffer += data
        end = self.buffer.find(HEAD_END)
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        status = int(head[9:12])
        length = 0 if status in EMPTY else _length(head)
        if len(self.buffer) < end + len(HEAD_END) + length:
            return
        self.buffer.clear()
        self.run.times.append(time.perf_counter() - self.began)
        self.run.statuses[status] += 1
        self.run.bytes += length
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """End."""
        self.run.close()


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError("an answer without a length")
    return int(rest.partition(b"\r\n")[0])


async def drive(job: Job) -> Done:
    """Run one job."""
    loop = asyncio.get_running_loop()
    run = Run(job)
    for _ in range(job.connections):
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", job.port)
    await asyncio.wait_for(run.finished, job.seconds + PATIENCE)
    return run.done()


def main() -> None:
    """Answer jobs until standard input ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            done = runner.run(drive(Job(**json.loads(line))))
            print(json.dumps(asdict(done)), flush=True)


if __name__ == "__main__":
    main()
