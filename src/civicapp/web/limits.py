"""Limits per address: first an answer is held back, then one has to wait, and is told how long.

    await limit(ctx, "complaints.submit", Rates(slow=60, refuse=600))

Thousands of phones share one address of a mobile network: limits are generous, and nobody is ever
locked out. Addresses are counted under a keyed hash that changes every day, and stand nowhere.
"""

import asyncio
import datetime
import hashlib
import hmac
import ipaddress
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from civicapp.identity.crypto import Cipher
from civicapp.storage.buckets import Bucket, Drop, add_drops, find_bucket
from civicapp.storage.database import Database
from civicapp.web.context import WebContext
from civicapp.web.errors import HttpProblem

SLOWEST = 3.0  # seconds that an answer is held back at most
FRESH = 1.0  # seconds after which what other processes counted is read again
FLUSH = 0.5  # seconds after which others can see what was counted here
KEPT = 60.0  # seconds that a bucket is remembered in memory


@dataclass(frozen=True, slots=True)
class Rates:
    """How many requests of one address are well within `seconds`.

    slow: above it answers are held back. refuse: above it requests are refused, until one fits.
    """

    slow: int
    refuse: int
    seconds: float = 3600.0

    @property
    def leak(self) -> float:
        """Return how many requests are forgotten per second."""
        return self.refuse / self.seconds


DEMO = Rates(slow=300, refuse=300, seconds=60.0)


class TooOften(HttpProblem):
    """Refuse a request for now. wait: seconds until one fits again."""

    def __init__(self, ctx: WebContext, wait: float) -> None:
        self.wait = math.ceil(wait)
        super().__init__(429, wait_words(ctx, self.wait), headers={"retry-after": str(self.wait)})


async def limit(ctx: WebContext, name: str, rates: Rates) -> None:
    """Count a request of this address, and hold it back; raise TooOften when it has to wait.

    name: what is counted, such as `complaints.submit`. A page catches TooOften and shows its form
    again, with what was typed: `status=429, error=e.detail`. In a demonstration 300 a minute are
    well, whatever the rates.
    """
    client = ctx.request.client
    limiter: Limiter = ctx.request.app.state.limiter
    rates = DEMO if ctx.kernel.settings.demo else rates
    verdict = await limiter.count(name, client.host if client else "", rates)
    if verdict.wait > 0:
        raise TooOften(ctx, verdict.wait)
    if verdict.delay > 0:
        await asyncio.sleep(verdict.delay)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold back for `delay` seconds, or refuse for `wait`."""

    delay: float = 0.0
    wait: float = 0.0


@dataclass(slots=True)
class _Local:
    """A bucket as this process sees it.

    shared: as the database had it. own: what was counted here since; of it `pending` is to be
    written. It leaks too: should the database be out of reach, nobody is shut out by that.
    """

    shared: Bucket
    own: Bucket
    read_at: datetime.datetime
    leak: float
    pending: int = 0

    def level(self, now: datetime.datetime) -> float:
        """Return how full it is."""
        return self.shared.now(self.leak, now) + self.own.now(self.leak, now)

    def add(self, now: datetime.datetime) -> None:
        """Count one more."""
        self.own = Bucket(self.own.now(self.leak, now) + 1, now)
        self.pending += 1

    def written(self, count: int, full: Bucket) -> None:
        """Note that so many are in the database by now."""
        self.pending -= count
        self.shared, self.own = full, Bucket(self.pending, full.at)
        self.read_at = full.at


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(slots=True)
class Limiter:
    """Count in memory at once, and in the database every half second, for all processes.

    So a limit costs no write of its own; processes may let through what comes within a second.
    """

    database: Database | None
    cipher: Cipher | None
    clock: Callable[[], datetime.datetime] = _now
    _secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    _buckets: dict[str, _Local] = field(default_factory=dict)
    _flushing: asyncio.Task[None] | None = None

    async def count(self, name: str, address: str, rates: Rates) -> Verdict:
        """Count a request, or say how long it has to wait; that one is not counted."""
        now = self.clock()
        local = await self._local(self._key(name, address, now), rates, now)
        level = local.level(now) + 1
        if level > rates.refuse:
            return Verdict(wait=(level - rates.refuse) / rates.leak)
        local.add(now)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_later())
        over, room = level - rates.slow, max(1, rates.refuse - rates.slow)
        return Verdict(delay=min(SLOWEST, SLOWEST * over / room) if over > 0 else 0.0)

    def _key(self, name: str, address: str, now: datetime.datetime) -> str:
        text, purpose = network_of(address), f"limit {name} {now.date()}"
        if self.cipher is not None:
            return self.cipher.sign(text, purpose)
        return hmac.new(self._secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    async def _local(self, key: str, rates: Rates, now: datetime.datetime) -> _Local:
        local = self._buckets.get(key)
        if local is not None and (now - local.read_at).total_seconds() < FRESH:
            return local
        found = await self.database.read(find_bucket, key) if self.database else None
        empty = Bucket(0.0, now)
        local = self._buckets.setdefault(key, _Local(empty, empty, now, rates.leak))
        local.shared, local.read_at = found or local.shared, now
        return local

    async def _flush_later(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            try:
                if not await self.flush():
                    return
            except Exception:
                structlog.get_logger().exception("limits_not_written")

    async def flush(self) -> bool:
        """Write what was counted; False when there was nothing."""
        now = self.clock()
        pending = {k: Drop(b.pending, b.leak) for k, b in self._buckets.items() if b.pending}
        if self.database is None:
            full = {key: Bucket(self._buckets[key].level(now), now) for key in pending}
        elif pending:
            full = await self.database.write(add_drops, pending, now)
        else:
            full = {}
        for key, bucket in full.items():
            self._buckets[key].written(pending[key].count, bucket)
        self._forget(now)
        return bool(pending)

    def _forget(self, now: datetime.datetime) -> None:
        for key, local in list(self._buckets.items()):
            needed = local.pending or (self.database is None and local.level(now) > 0)
            if not needed and (now - local.read_at).total_seconds() > KEPT:
                del self._buckets[key]

    async def close(self) -> None:
        """Write what is left, when the app shuts down."""
        if self._flushing is not None:
            self._flushing.cancel()
        await self.flush()


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
        found = found.ipv4_mapped
    return str(found)


def wait_words(ctx: WebContext, wait: int) -> str:
    """Say how long to wait, in the caller's language."""
    if wait <= 90:
        return ctx.ngettext(
            "Very much comes from your network just now. Wait %(num)s second, then send again.",
            "Very much comes from your network just now. Wait %(num)s seconds, then send again.",
            wait,
        )
    return ctx.ngettext(
        "Very much comes from your network just now. Wait %(num)s minute, then send again.",
        "Very much comes from your network just now. Wait %(num)s minutes, then send again.",
        math.ceil(wait / 60),
    )
