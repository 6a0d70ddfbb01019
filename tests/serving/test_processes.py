"""`civicapp serve` and `worker` with a database: which process does what, and how they end."""

import http.client
import itertools
import json
import os
import signal
import stat
import threading
import time
import urllib.error
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

SERVE = ("serve", "isle", "--port", "0")


def test_an_empty_folder_is_set_up(isle, start, wait):
    server = start(*SERVE).ready()
    server.keep("a")
    wait(lambda: isle.codes("noted") == ["a"])
    assert isle.codes("entry") == ["a"]
    for folder in (".civicapp", ".civicapp/isle"):
        assert stat.S_IMODE((isle.folder / folder).stat().st_mode) == 0o700
    code, err = server.end()
    assert code == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_wrong_in_the_background_is_seen(isle, start):
    server = start(*SERVE, "--no-worker").ready()
    sound = json.loads(server.ask("/readyz"))
    assert sound["background"] == {"failed": {}, "stuck": {}, "late": 0}
    assert sound["status"] == "ok"
    server.keep("a")
    database = isle.database()
    change = "UPDATE core_job SET state = 'failed', name = :name WHERE key = 'a'"
    database.write_now(lambda s: s.execute(text(change), {"name": "keeper.note"}))
    database.close_now()
    degraded = json.loads(server.ask("/readyz"))
    assert degraded["background"]["failed"] == {"keeper.note": 1}
    assert degraded["status"] == "degraded"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_data_folder_is_used_as_given(isle, start):
    server = start(*SERVE, "--data", "elsewhere").ready()
    server.keep("a")
    assert (isle.folder / "elsewhere/files").is_dir()
    assert not (isle.folder / ".civicapp").exists()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_postgres_that_is_not_migrated_is_refused_with_what_to_type(empty_isle):
    refused = empty_isle.run(*SERVE)
    assert refused.returncode == 2
    assert "database-not-migrated" in refused.stderr
    assert "civicapp db upgrade isle\n" in refused.stderr
    assert empty_isle.run("db", "status", "isle").returncode == 2
    done = empty_isle.run("db", "upgrade", "isle")
    assert done.stdout.splitlines()[-1] == "keeper: ran 0001"
    assert empty_isle.run("db", "upgrade", "isle").stdout.splitlines()[-1].endswith("at 0001")
    assert empty_isle.run("db", "status", "isle").returncode == 0
    checked = empty_isle.run("db", "check", "isle")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_ending_waits_for_the_job_under_way(isle, start):
    server = start(*SERVE).ready()
    server.keep("long", ms=1500)
    server.until("job begins\n")
    code, err = server.end()
    assert (code, "Traceback" in err) == (0, False)
    assert isle.codes("noted") == ["long"]


def test_a_job_past_its_time_does_not_keep_the_server(isle, start, wait):
    server = start(*SERVE).ready()
    server.keep("endless", ms=60_000)
    server.until("job begins\n")
    began = time.monotonic()
    assert server.end()[0] == 0
    assert time.monotonic() - began < 20


def test_killing_the_server_loses_nothing_that_it_acknowledged(isle, start, wait):
    server = start(*SERVE).ready()
    acknowledged: list[str] = []

    def post(n: int) -> None:
        try:
            server.keep(f"{n}")
        except (OSError, http.client.HTTPException):  # cut off, at whichever point
            return
        acknowledged.append(f"{n}")

    killer = threading.Timer(1.0, server.kill)
    with ThreadPoolExecutor(8) as pool:
        killer.start()
        list(pool.map(post, range(1500)))
    server.process.communicate()
    assert 0 < len(acknowledged) < 1500, "it was killed too early or too late to tell anything"
    start(*SERVE).ready()
    wait(lambda: set(acknowledged) <= set(isle.codes("noted")))
    entries = isle.codes("entry")
    assert set(acknowledged) <= set(entries)
    wait(lambda: set(isle.codes("noted")) == set(entries))
    twice = [code for code, n in Counter(isle.codes("noted")).items() if n > 1]
    assert len(twice) <= 4, "only jobs under way at the time may run twice"


def test_several_processes_answer_and_the_parent_runs_the_jobs(isle, start, wait):
    server = start(*SERVE, "--workers", "2").ready()
    took: set[str] = set()
    number = itertools.count()
    with ThreadPoolExecutor(8) as pool:

        def both_answer() -> bool:
            took.update(pool.map(server.keep, (f"{next(number)}" for _ in range(20))))
            return len(took) == 2

        wait(both_answer)
    kept = next(number)
    wait(lambda: len(isle.codes("noted")) == kept)
    assert isle.processes() == {server.process.pid}
    assert str(server.process.pid) not in took
    code, err = server.end(signal.SIGINT, everyone=True)
    assert (code, "Traceback" in err) == (0, False)
    wait(lambda: not any(alive(int(pid)) for pid in took))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_children_end_when_their_parent_is_killed(isle, start, wait):
    server = start(*SERVE, "--workers", "2").ready()
    with ThreadPoolExecutor(8) as pool:
        children = set(pool.map(lambda _: server.ask("/api/v1/keeper/process"), range(40)))
    server.process.kill()
    wait(lambda: not any(alive(int(pid)) for pid in children), seconds=15)
    with pytest.raises(urllib.error.URLError):
        server.ask("/healthz")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_pack_that_children_cannot_serve_ends_the_parent(isle, start, wait):
    server = start(*SERVE, "--workers", "2").ready()
    server.ask("/healthz")
    isle.write("regions/isle/region.yaml", "format: 1\n")
    server.process.send_signal(signal.SIGHUP)  # begin anew
    time.sleep(1)
    assert server.ask("/healthz"), "the old ones go on"


def test_a_worker_runs_what_a_server_without_one_enqueues(isle, start, wait):
    server = start(*SERVE, "--no-worker").ready()
    server.keep("a")
    time.sleep(1)
    assert isle.codes("noted") == []
    worker = start("worker", "isle")
    worker.until("isle: runs jobs\n")
    wait(lambda: isle.codes("noted") == ["a"])
    assert isle.processes() == {worker.process.pid}
    server.keep("long", ms=1000)
    worker.until("job begins\n")
    code, err = worker.end()
    assert (code, "Traceback" in err) == (0, False)
    assert "long" in isle.codes("noted")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_demonstration_can_be_reloaded(isle, start):
    server = start(*SERVE, "--demo", "--reload").ready()
    assert server.ask("/api/v1/keeper/process")
    assert server.end()[0] == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_change_is_served_anew_with_its_jobs(isle, start, wait):
    server = start(*SERVE, "--reload").ready()
    server.keep("a")
    wait(lambda: isle.codes("noted") == ["a"])
    first = server.ask("/api/v1/keeper/process")
    pack = "regions/isle/region.yaml"
    isle.write(pack, (isle.folder / pack).read_text("utf-8"))

    def anew() -> bool:
        try:
            return bool(server.ask("/api/v1/keeper/process", seconds=5) != first)
        except OSError:  # between the old and the new
            return False

    wait(anew)
    server.keep("b")
    wait(lambda: isle.codes("noted") == ["a", "b"])
    assert server.end()[0] == 0
