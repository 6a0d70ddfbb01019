"""Worlds: the app of a kernel on a database, opened once and shared by tests that only look."""

import tempfile
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from civicapp.kernel import Kernel
from civicapp.storage.migrate import drift
from civicapp.testing.clients import Client, make_client
from civicapp.testing.databases import Files, Postgres
from civicapp.testing.watching import WatchedOutbox, open_watched

KEPT = 2


@dataclass
class World:
    """An app that is served. guest: whose answers of 500 come back as such."""

    kernel: Kernel
    outbox: WatchedOutbox
    guest: Client
    _officers: dict[str, Client] = field(default_factory=dict)

    def officer(self, role: str) -> Client:
        """Return an officer with a role; each is signed in once."""
        if role not in self._officers:
            self._officers[role] = self.guest.as_officer(role)
        return self._officers[role]

    @cached_property
    def drift(self) -> list[str]:
        """List where the database differs from the models."""
        return drift(self.outbox.backing.database.url, self.kernel.lineages)


class Worlds:
    """The worlds of a test run on one kind of database; few are open at once."""

    def __init__(self, maker: Files | Postgres) -> None:
        self._maker = maker
        self._open: OrderedDict[int, tuple[World, ExitStack]] = OrderedDict()

    def of(self, kernel: Kernel) -> World:
        """Return the world of a kernel, opened when it is first asked for."""
        key = id(kernel)  # the world keeps the kernel, so no other gets this number
        if key not in self._open:
            while len(self._open) >= KEPT:
                self._open.popitem(last=False)[1][1].close()
            with ExitStack() as stack:
                self._open[key] = self._make(kernel, stack), stack.pop_all()
        self._open.move_to_end(key)
        return self._open[key][0]

    def _make(self, kernel: Kernel, stack: ExitStack) -> World:
        url = self._maker.make(kernel.lineages)
        stack.callback(self._maker.drop, url)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="civicapp-test-files-"))
        outbox = open_watched(kernel, url, Path(folder))
        stack.callback(outbox.backing.database.close_now)
        guest = stack.enter_context(make_client(outbox.backing, raises=False))
        return World(kernel, outbox, guest)

    def close(self) -> None:
        """Close all of them."""
        while self._open:
            self._open.popitem()[1][1].close()
