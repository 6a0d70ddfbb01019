"""Jobs that waited, or were under way, run where they were copied to: once."""

import datetime
import time
from collections.abc import Callable

import pytest

from civicapp.backing import Backing, connect
from civicapp.backup.move import move
from civicapp.identity.crypto import open_cipher

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def ran(parts):
    """Return what the jobs of this test wrote down: key and try."""
    parts.ran.clear()
    return parts.ran


def backing_of(host) -> Backing:
    cipher = open_cipher(host.kernel.settings, host.data)
    assert cipher is not None
    return connect(host.kernel, host.url, host.files(), cipher)


def enqueue(host, *keys: str, at: datetime.datetime | None = None) -> None:
    backing = backing_of(host)
    queue = backing.queue
    for key in keys:
        backing.database.write_now(
            lambda s, k: queue.enqueue(s, "shelf.note", k, {"n": 1}, at=at), key
        )
    backing.database.close_now()


def states(host) -> dict[str, str]:
    rows = host.execute("SELECT key, state FROM core_job WHERE name = 'shelf.note'")
    return {row[0]: row[1] for row in rows}


def run_until(host, done: Callable[[], bool]) -> None:
    """Run the jobs as a worker does."""
    backing = backing_of(host)
    runner = backing.runner()
    runner.start()
    try:
        until = time.monotonic() + 60
        while not done():
            assert time.monotonic() < until, states(host)
            time.sleep(0.05)
    finally:
        assert runner.stop(30)
        backing.database.close_now()


def with_jobs(host) -> None:
    """One waits, one waits for tomorrow, one is under way, two are over."""
    enqueue(host, "waits", "runs", "done", "failed")
    enqueue(host, "later", at=datetime.datetime.now(datetime.UTC) + 24 * HOUR)
    for key, state in (("runs", "running"), ("done", "done"), ("failed", "failed")):
        host.execute(
            "UPDATE core_job SET state = :state, attempts = 1 WHERE key = :key",
            state=state,
            key=key,
        )


WANTED = {"waits": "done", "runs": "done", "done": "done", "failed": "failed", "later": "waiting"}


def test_jobs_run_after_a_restore(make_host, kind, other_kind, tmp_path, ran):
    host, other = make_host(kind), make_host(other_kind, empty=True)
    with_jobs(host)
    host.back_up(tmp_path / "one")
    restored = other.restore(tmp_path / "one")
    assert restored.copied.jobs == 3
    run_until(other, lambda: states(other) == WANTED)
    assert sorted(ran) == [("runs", 2), ("waits", 1)]


def test_jobs_run_after_a_move(make_host, kind, other_kind, ran):
    host, other = make_host(kind), make_host(other_kind, empty=True)
    with_jobs(host)
    moved = move(host.source(), other.url)
    assert moved.jobs == 3
    run_until(other, lambda: states(other) == WANTED)
    assert sorted(ran) == [("runs", 2), ("waits", 1)]


def test_a_restored_job_is_known_by_its_key(make_host, other_kind, tmp_path, ran):
    """What was done is not done again."""
    host, other = make_host(), make_host(other_kind, empty=True)
    with_jobs(host)
    host.back_up(tmp_path / "one")
    other.restore(tmp_path / "one")
    enqueue(other, "done", "waits", "new")
    run_until(other, lambda: states(other) == {**WANTED, "new": "done"})
    assert sorted(ran) == [("new", 1), ("runs", 2), ("waits", 1)]
