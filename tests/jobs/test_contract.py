"""The contract of background work: the same on SQLite and on PostgreSQL."""

import asyncio
import datetime
import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp.jobs.ledger import JobHealth, forget, job_health, stuck
from civicapp.jobs.queue import UnknownJob
from civicapp.jobs.schedule import Schedule
from civicapp.storage import open_database
from civicapp.testing.jobs import World, count, job, make_world

UTC = datetime.UTC


def item(session: Session, key: str) -> None:
    session.execute(text("INSERT INTO tally_item (key) VALUES (:k)"), {"k": key})


def items(session: Session) -> set[str]:
    return set(session.scalars(text("SELECT key FROM tally_item")))


def test_a_job_runs_after_the_commit_that_enqueued_it(world: World) -> None:
    world.runner()

    def work(session: Session) -> None:
        item(session, "a")
        assert world.queue.enqueue(session, "tally.count", "a", {"item": "a", "n": 1})
        time.sleep(0.5)

    world.database.write_now(work)
    assert world.runs() == []
    world.wait(world.runs)
    world.wait(lambda: world.state("count", "a")[0] == "done")
    assert world.runs() == ["a"]


def test_a_job_begins_at_once(world: World) -> None:
    """On PostgreSQL by a notification: the next look at the table would come much later."""
    world.runner(**({} if world.database.is_sqlite else {"poll": 60}))
    world.enqueue("count", "warm")
    world.wait(lambda: len(world.runs()) == 1)
    began = time.monotonic()
    world.enqueue("count", "quick")
    world.wait(lambda: len(world.runs()) == 2)
    assert time.monotonic() - began < 5


def test_a_job_of_a_write_that_fails_never_runs(world: World) -> None:
    def fail(session: Session) -> None:
        world.queue.enqueue(session, "tally.count", "a")
        raise LookupError

    world.runner()
    with pytest.raises(LookupError):
        world.database.write_now(fail)
    world.enqueue("count", "b")
    world.wait(world.runs)
    assert world.runs() == ["b"]


def test_it_is_the_same_from_the_loop(world: World, database_url: URL) -> None:
    def work(session: Session, key: str, fails: bool) -> bool:
        item(session, key)
        new = world.queue.enqueue(session, "tally.count", key)
        if fails:
            raise LookupError
        return new

    async def run() -> list[object]:
        database = open_database(database_url)
        writes = [database.write(work, f"k{n}", n % 2 == 1) for n in range(20)]
        found = await asyncio.gather(*writes, return_exceptions=True)
        await database.close()
        return list(found)

    world.runner()
    answers = asyncio.run(run())
    assert [a for a in answers if a is True] == [True] * 10
    world.wait(lambda: len(world.runs()) == 10)
    assert set(world.runs()) == {f"k{n}" for n in range(0, 20, 2)}


def test_a_key_runs_once(world: World) -> None:
    assert world.enqueue("count", "a")
    assert not world.enqueue("count", "a")
    world.runner()
    world.wait(lambda: world.state("count", "a")[0] == "done")
    assert not world.enqueue("count", "a")
    assert world.enqueue("slow", "a"), "another job has keys of its own"
    world.wait(lambda: world.state("slow", "a")[0] == "done")
    assert world.runs("count") == ["a"]


def test_a_key_that_is_enqueued_by_many_at_once_runs_once(world: World, database_url: URL) -> None:
    def work(session: Session) -> bool:
        return world.queue.enqueue(session, "tally.count", "same")

    async def run() -> list[bool]:
        database = open_database(database_url)
        found = await asyncio.gather(*(database.write(work) for _ in range(20)))
        await database.close()
        return found

    assert sorted(asyncio.run(run())) == [False] * 19 + [True]
    world.runner()
    world.wait(lambda: world.state("count", "same")[0] == "done")
    assert world.runs() == ["same"]


def test_a_job_waits_for_its_time(world: World) -> None:
    world.runner()
    world.enqueue("count", "later", at=datetime.datetime.now(UTC) + datetime.timedelta(seconds=1))
    world.enqueue("count", "now")
    world.wait(lambda: len(world.runs()) == 1)
    assert world.runs() == ["now"]
    world.wait(lambda: len(world.runs()) == 2)


def test_a_job_that_fails_is_tried_again_and_succeeds(world: World) -> None:
    world.runner()
    world.enqueue("broken", "a", good=3)
    world.wait(lambda: world.state("broken", "a")[0] == "done")
    assert world.runs() == ["a"] * 3
    assert world.state("broken", "a") == ("done", 3, None)


def test_each_wait_is_longer_than_the_one_before(world: World) -> None:
    world.runner()
    world.enqueue("broken", "a")
    world.wait(lambda: world.state("broken", "a")[0] == "failed")
    query = text("SELECT at FROM tally_run ORDER BY at")
    times = world.database.read_now(lambda s: list(s.scalars(query)))
    waits = [b - a for a, b in itertools.pairwise(times)]
    assert len(waits) == 3
    for wait, least in zip(waits, (0.05, 0.1, 0.2), strict=True):
        assert wait >= least * 0.74


def test_after_the_last_try_it_is_failed_and_seen(world: World) -> None:
    world.runner()
    world.enqueue("broken", "a")
    world.wait(lambda: world.state("broken", "a")[0] == "failed")
    assert world.state("broken", "a") == ("failed", 4, "ValueError: try 4, last: True")
    health = world.database.read_now(job_health, list(world.work.jobs), datetime.datetime.now(UTC))
    assert health == JobHealth(failed={"tally.broken": 1}, stuck={}, late=0)
    assert not health.sound


def test_a_failed_job_can_be_begun_anew(world: World) -> None:
    world.runner()
    world.enqueue("broken", "a", good=5)
    world.wait(lambda: world.state("broken", "a")[0] == "failed")
    id = world.database.read_now(lambda s: s.scalar(text("SELECT id FROM core_job")))
    # The tries begin at 1 again, so `good` is out of reach; it only has to run once more.
    assert world.database.write_now(world.queue.retry, id)
    world.wait(lambda: len(world.runs()) > 4)
    assert not world.database.write_now(world.queue.retry, 4711)


def test_one_that_fails_holds_up_no_other(world: World) -> None:
    world.runner()
    for n in range(5):
        world.enqueue("broken", f"bad{n}")
        world.enqueue("count", f"good{n}")
    world.wait(lambda: len(world.runs("count")) == 5, seconds=5)


def test_an_unknown_job_is_refused_at_once(world: World) -> None:
    with pytest.raises(UnknownJob, match=r"did you mean .tally\.count"):
        world.enqueue("coumt", "a")


@pytest.mark.parametrize("refs", [{"a": 1.5}, {"a": None}, {"a": ["x"]}, {"a": "x" * 501}])
def test_references_are_ids(world: World, refs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="references"):
        world.enqueue("count", "a", **refs)


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_a_sensible_length(world: World, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        world.enqueue("count", key)


def test_a_job_that_no_worker_knows_waits_and_is_told(
    world: World, database_url: URL, tmp_path: Path
) -> None:
    newer = make_world(database_url, tmp_path / "files", [job("newer", count), job("count", count)])
    newer.enqueue("newer", "a")
    world.runner()
    world.enqueue("count", "b")
    world.wait(lambda: world.runs() == ["b"])
    time.sleep(0.5)
    assert world.state("newer", "a")[0] == "waiting"
    assert world.database.read_now(stuck, list(world.work.jobs)) == {"tally.newer": 1}
    newer.runner()
    world.runners[0].stop(5)
    world.wait(lambda: world.state("newer", "a")[0] == "done")
    newer.close()


def test_stopping_waits_for_the_job_under_way_and_begins_no_other(world: World) -> None:
    runner = world.runner(concurrency=1)
    world.enqueue("slow", "a", ms=800)
    world.wait(lambda: world.state("slow", "a")[0] == "running")
    world.enqueue("slow", "b")
    assert runner.stop(10)
    assert world.runs() == ["a"]
    assert world.state("slow", "a")[0] == "done"
    assert world.state("slow", "b")[0] == "waiting"
    world.runner()
    world.wait(lambda: world.state("slow", "b")[0] == "done")


def test_stopping_gives_up_in_time(world: World) -> None:
    runner = world.runner()
    world.enqueue("slow", "a", ms=3000)
    world.wait(lambda: world.state("slow", "a")[0] == "running")
    began = time.monotonic()
    assert not runner.stop(0.3)
    assert time.monotonic() - began < 2.8


def test_a_runner_that_never_began_stops(world: World) -> None:
    assert world.runner().stop(5)


Process = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def process(database_url: URL, tmp_path: Path) -> Iterator[Process]:
    """Start worker processes, `graceful` or to be `killed`; none outlives the test."""
    address = database_url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "civicapp.testing.jobs", address, str(tmp_path / "files")]
    started: list[subprocess.Popen[str]] = []

    def start(mode: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        made = subprocess.Popen([*command, mode], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        started.append(made)
        assert made.stdout is not None
        assert made.stdout.readline() == "started\n", made.communicate()[1]
        return made

    yield start
    for made in started:
        end(made)


def end(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    if worker.stdout and not worker.stdout.closed:
        worker.communicate()


def test_killing_a_worker_midway_loses_nothing(world: World, process: Process) -> None:
    """200 jobs, each with a row of its own in one transaction; 10 more rolled back."""

    def work(session: Session, n: int) -> None:
        item(session, f"{n}")
        world.queue.enqueue(session, "tally.slow", f"{n}", {"ms": 15})
        if n >= 200:
            raise LookupError

    for n in range(210):
        try:
            world.database.write_now(work, n)
        except LookupError:
            assert n >= 200
    worker = process("killed")
    world.wait(lambda: len(world.runs()) >= 60)
    end(worker)
    killed_at = len(world.runs())
    world.runner()
    world.wait(lambda: len(set(world.runs())) == 200, seconds=30)
    query = text("SELECT count(*) FROM core_job WHERE state = 'done'")
    world.wait(lambda: world.database.read_now(lambda s: s.scalar(query)) == 200)
    assert killed_at < 200, "it was killed too late to tell anything"
    assert set(world.runs()) == world.database.read_now(items) == {f"{n}" for n in range(200)}
    assert len(world.runs()) - 200 <= 4, "only what was under way may run twice"


def test_a_job_that_takes_its_process_along_is_given_up(world: World, process: Process) -> None:
    world.enqueue("deadly", "a")
    for _ in range(2):
        worker = process("killed")
        worker.wait(20)
        worker.communicate()
    world.runner()
    world.enqueue("count", "after")
    world.wait(lambda: world.state("deadly", "a")[0] == "failed")
    assert "ended its process" in str(world.state("deadly", "a")[2])
    assert world.runs("deadly") == ["a", "a"]
    world.wait(lambda: world.runs("count") == ["after"])


def test_a_worker_process_ends_in_good_order(world: World, process: Process) -> None:
    worker = process("graceful")
    world.enqueue("slow", "a", ms=700)
    world.wait(lambda: world.state("slow", "a")[0] == "running")
    out, _ = worker.communicate("stop\n", timeout=15)
    assert out == "True\n"
    assert worker.returncode == 0
    assert world.state("slow", "a")[0] == "done"


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_two_workers_share_the_jobs(world: World, process: Process) -> None:
    process("killed")
    process("killed")
    number = itertools.count()
    query = text("SELECT count(DISTINCT worker) FROM tally_run")

    def both_ran() -> bool:
        for _ in range(10):
            world.enqueue("slow", f"{next(number)}", ms=50)
        return bool(world.database.read_now(lambda s: s.scalar(query)) == 2)

    world.wait(both_ran)
    enqueued = next(number)
    world.wait(lambda: len(world.runs()) == enqueued)
    assert len(set(world.runs())) == enqueued


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_second_runner_stands_by_until_the_first_ends(world: World, process: Process) -> None:
    worker = process("killed")
    world.enqueue("count", "first")
    world.wait(lambda: "first" in world.runs())  # it is the one that runs jobs
    world.runner()
    for n in range(20):
        world.enqueue("count", f"{n}")
    world.wait(lambda: len(world.runs()) == 21)
    query = text("SELECT DISTINCT worker FROM tally_run")
    assert world.database.read_now(lambda s: list(s.scalars(query))) == [str(worker.pid)]
    end(worker)
    world.enqueue("count", "after")
    world.wait(lambda: "after" in world.runs())


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_worker_outlives_its_connections(world: World) -> None:
    world.runner()
    world.enqueue("count", "before")
    world.wait(lambda: len(world.runs()) == 1)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    world.database.read_now(lambda s: s.execute(cut).all())
    world.enqueue("count", "after")
    world.wait(lambda: len(world.runs()) == 2)


# The clock


def clocked(world: World, cron: str, timezone: str) -> Schedule:
    wired = job("count", count, cron=cron)
    return Schedule([wired], world.queue, timezone)


def ticks(world: World) -> list[str]:
    query = text("SELECT key FROM core_job WHERE state = 'waiting' ORDER BY id")
    return world.database.read_now(lambda s: [k.removeprefix("cron ") for k in s.scalars(query)])


def run_clock(schedule: Schedule, world: World, start: str, hours: int) -> None:
    now = datetime.datetime.fromisoformat(start).replace(tzinfo=UTC)
    for _ in range(hours * 12):
        schedule.enqueue_due(world.database, now)
        now += datetime.timedelta(minutes=5)


def test_the_clock_is_that_of_the_region(world: World) -> None:
    schedule = clocked(world, "0 3 * * *", "Asia/Jakarta")
    run_clock(schedule, world, "2026-08-16T12:00", 48)
    assert ticks(world) == ["2026-08-16T20:00:00Z", "2026-08-17T20:00:00Z"]


def test_when_clocks_change_each_day_has_its_tick_once(world: World) -> None:
    schedule = clocked(world, "30 2 * * *", "America/New_York")
    run_clock(schedule, world, "2026-03-07T12:00", 48)
    assert ticks(world) == ["2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"]


def test_an_hour_that_comes_twice_has_its_tick_once(world: World) -> None:
    schedule = clocked(world, "30 1 * * *", "America/New_York")
    run_clock(schedule, world, "2026-10-31T12:00", 48)
    assert ticks(world) == ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]


def test_several_schedulers_enqueue_a_tick_once(world: World) -> None:
    for schedule in [clocked(world, "0 * * * *", "Asia/Jakarta") for _ in range(3)]:
        run_clock(schedule, world, "2026-08-17T00:30", 3)
    assert ticks(world) == [f"2026-08-17T0{n}:00:00Z" for n in (1, 2, 3)]


def test_what_was_missed_is_made_up_for_once(world: World) -> None:
    run_clock(clocked(world, "0 3 * * *", "Asia/Jakarta"), world, "2026-08-17T00:00", 24)
    run_clock(clocked(world, "0 3 * * *", "Asia/Jakarta"), world, "2026-08-25T00:00", 1)
    assert ticks(world) == ["2026-08-17T20:00:00Z", "2026-08-24T20:00:00Z"]


def test_a_new_installation_makes_up_for_nothing(world: World) -> None:
    run_clock(clocked(world, "0 3 * * *", "Asia/Jakarta"), world, "2026-08-17T00:00", 12)
    assert ticks(world) == []


def test_a_runner_follows_the_clock(database_url: URL, tmp_path: Path) -> None:
    jobs = [job("count", count, cron="* * * * * *")]
    world = make_world(database_url, tmp_path / "files", jobs)
    world.runner()
    world.wait(lambda: len(world.runs()) >= 3)
    assert len(set(world.runs())) == len(world.runs())
    world.close()


def test_the_ledger_forgets_what_is_long_done_but_no_last_tick(world: World) -> None:
    run_clock(clocked(world, "0 3 1 * *", "Asia/Jakarta"), world, "2026-07-31T12:00", 24)
    for key in ("a", "b"):
        world.enqueue("count", key)
    world.runner()
    world.wait(lambda: len(world.runs()) == 3)
    world.wait(lambda: ticks(world) == [])
    world.runners[0].stop(5)
    later = datetime.datetime.now(UTC) + datetime.timedelta(days=40)
    world.database.write_now(forget, later)
    keys = text("SELECT key FROM core_job ORDER BY id")
    left = world.database.read_now(lambda s: list(s.scalars(keys)))
    assert left == ["cron 2026-07-31T20:00:00Z", "b"]
    assert not world.enqueue("count", "b")


def test_what_nobody_runs_is_late(world: World) -> None:
    world.enqueue("count", "a")
    soon = datetime.datetime.now(UTC) + datetime.timedelta(minutes=11)
    assert world.database.read_now(job_health, ["tally.count"], soon).late == 1
    assert world.database.read_now(job_health, ["tally.count"], datetime.datetime.now(UTC)).sound
