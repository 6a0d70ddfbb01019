"""The fixtures of civicapp.testing, with a plugin of this repository."""

import datetime
import re
import subprocess
import sys

import pytest

from civicapp.testing import JobsFailed

UTC = datetime.UTC
API = "/api/v1/complaints"
REPORT = {
    "category": "light.street",
    "description": "The lamp in front of the market is out.",
    "lat": 10.5,
    "lon": -30.5,
    "contact": {"email": "someone@mail.example"},
}


@pytest.fixture
def enabled_plugins():
    return ("complaints",)


def send(client, **more):
    answer = client.api("POST", f"{API}/reports", json={**REPORT, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_island_has_the_plugin_with_what_it_starts_with(kernel, region_under_test):
    assert kernel.ids == ("complaints",)
    config = (region_under_test / "services/complaints/config.yaml").read_text("utf-8")
    assert "desk_agency: OPERATOR" in config
    levels = [kernel.region.areas[code].level for code in ("1", "1.1", "1.1.1")]
    assert levels == list(kernel.region.levels)
    assert kernel.region.boundaries.locate(10.5, -30.5).area.code == "1.1.1"
    rows = {role.rows for role in kernel.region.roles.values()}
    assert rows == {"own_agency", "own_area", "own_level", "all"}


def test_a_kernel_is_booted_once_and_another_for_other_files(kernel, booted_kernels, boot_island):
    again = boot_island({}).kernel
    assert again is kernel
    other = boot_island(
        {"services/complaints/config.yaml": "number_prefix: ZZ\ndesk_agency: OPERATOR\n"}
    )
    assert other.kernel is not kernel
    assert (
        other.kernel.region.config(
            "complaints", type(kernel.region.services["complaints"])
        ).number_prefix
        == "ZZ"
    )


def test_a_changed_file_that_is_wrong_is_found(boot_island):
    booted = boot_island({"services/complaints/config.yaml": "number_prefix: ZZ\n"})
    assert booted.kernel is None
    assert [p.code for p in booted.problems if p.is_error] == ["missing-key"]


def test_no_file_is_written_beside_the_pack(booted_kernels):
    with pytest.raises(ValueError, match="outside the pack"):
        booted_kernels.island((), {"../elsewhere.txt": "x"})


def test_a_guest_reads_pages_and_sends_forms_with_their_hidden_fields(client):
    assert client.get("/desk").status_code == 303
    assert "Report a problem" in client.text(client.get("/"))
    assert "Lapor masalah" in client.speak("id").text(client.get("/"))
    page = client.get("/area?next=/menu")
    assert page.status_code == 200
    answer = client.submit("/area", {"code": "1.1"})
    assert answer.headers["location"] == "/menu"  # a hidden field of the form
    assert client.follow(answer).status_code == 200
    with pytest.raises(AssertionError, match="GET /menu answers 200, no redirect"):
        client.follow(client.get("/menu"))


def test_an_officer_is_signed_in_with_a_role_of_the_pack(client):
    officer = client.as_officer("handler", "ROADS", "1.2")
    assert officer.person.grants[0].role.id == "handler"
    assert officer.get("/desk/complaints").status_code == 200
    assert client.get("/desk/complaints").status_code == 303  # the guest stays one
    form = officer.get("/account")
    assert form.status_code == 200
    assert officer.submit("/account/sign-out").status_code == 303
    assert officer.get("/desk").status_code == 303


def test_a_role_of_an_agency_gets_one_if_none_is_given(client):
    grant = client.as_officer("handler").person.grants[0]
    assert (grant.agency, grant.area) == ("ROADS", "1.1")


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (("chief",), LookupError, "roles: admin, desk, handler, officer, supervisor"),
        (("handler", "NOBODY", "1"), ValueError, "Choose an office"),
        (("officer", None, "1.1"), ValueError, "works everywhere"),
    ],
)
def test_an_officer_that_cannot_be_is_refused(client, given, error, words):
    with pytest.raises(error, match=re.escape(words)):
        client.as_officer(*given)


def test_a_program_calls_with_a_token_of_its_officer(client):
    assert client.api("GET", f"{API}/desk/reports").status_code == 401
    answer = client.as_officer("officer").api("GET", f"{API}/desk/reports")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    with pytest.raises(RuntimeError, match="a guest has no token"):
        _ = client.token


def test_what_a_route_raises_is_raised_in_the_test(client, monkeypatch):
    monkeypatch.setattr("civicapp.web.pages.linked", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.get("/menu")


def test_time_stands_still_until_it_is_moved_for_the_whole_program(clock, client):
    start = clock.now
    assert start == clock.now == datetime.datetime(2026, 6, 1, 4, tzinfo=UTC)
    officer = client.as_officer("officer")
    clock.forward(minutes=59)
    assert officer.get("/desk").status_code == 200
    clock.forward(minutes=61)
    assert officer.get("/desk").status_code == 303
    sent = send(client)
    seen = client.as_officer("officer").api("GET", f"{API}/desk/reports/{sent['id']}").json()
    at = datetime.datetime.fromisoformat(seen["created_at"])
    assert at == clock.now == start + datetime.timedelta(hours=2)


def test_a_clock_takes_instants_alone_and_does_not_go_back_by_itself(clock):
    with pytest.raises(ValueError, match="wants a time zone"):
        clock.move_to(datetime.datetime(2027, 1, 1))  # noqa: DTZ001 - that is the fault
    with pytest.raises(ValueError, match="time goes forward"):
        clock.forward(days=-1)
    clock.move_to(datetime.datetime(2020, 1, 1, tzinfo=UTC))
    assert clock.now.year == 2020


def test_without_a_clock_time_is_real():
    assert abs(datetime.datetime.now(UTC).timestamp() - __import__("time").time()) < 5
    assert datetime.datetime.now(UTC).year > 2020


def test_messages_and_events_are_seen_once_jobs_have_run(client, outbox):
    sent = send(client)
    (event,) = outbox.events
    assert event.name == "complaints.report.submitted"
    assert sent["id"].replace("-", "").endswith(event.subject.replace("-", "")[-6:])
    assert outbox.messages == []
    assert [job.name for job in outbox.jobs] == ["complaints.notice"]
    assert outbox.run_jobs() == 2  # and the delivery that it enqueues
    (message,) = outbox.messages
    assert (message.channel, message.target) == ("email", "someone@mail.example")
    assert message.subject.startswith(sent["id"])
    assert "http://testserver/complaints/s/" in message.text
    assert message.about == f"complaints.report:{sent['id']}"
    assert outbox.jobs == []
    assert outbox.run_jobs() == 0


def test_what_was_undone_was_not_sent(outbox, backing):
    def undone(session):
        backing.outbox.emit(session, "complaints.report.closed", "X", {})
        raise KeyError

    with pytest.raises(KeyError):
        backing.database.write_now(undone)
    assert outbox.events == []


def test_jobs_by_the_clock_run_when_their_time_has_come(clock, outbox):
    outbox.run_jobs()
    assert outbox.ran["complaints.forget_drafts"] == 0
    clock.forward(hours=1)
    outbox.run_jobs()
    assert outbox.ran["complaints.forget_drafts"] == 1


def test_a_job_that_fails_fails_the_test_unless_told_otherwise(clock, outbox, client):
    send(client)
    outbox.backing.database.write_now(
        lambda s: outbox.backing.queue.enqueue(s, "complaints.photo", "k", {"wrong": 1})
    )
    with pytest.raises(
        JobsFailed, match=r"complaints\.photo 'k' \{'wrong': 1\}: KeyError: 'media'"
    ):
        outbox.run_jobs()
    assert len(outbox.messages) == 1  # the others have run
    (job,) = outbox.jobs
    assert (job.name, job.attempts) == ("complaints.photo", 1)
    assert job.at > clock.now
    assert outbox.run_jobs(fail=False) == 0  # not due yet
    clock.forward(seconds=30)
    assert outbox.run_jobs(fail=False) == 1
    assert outbox.jobs[0].attempts == 2


def test_jobs_that_enqueue_one_another_without_end_are_stopped(outbox, monkeypatch):
    monkeypatch.setattr("civicapp.testing.watching.MANY", 5)

    def again(context, refs):
        turn = int(refs["n"]) + 1
        context.db.write_now(
            lambda s: context.jobs.enqueue(s, "complaints.photo", str(turn), {"n": turn})
        )

    jobs = dict(outbox.backing.jobs)
    wired = jobs["complaints.photo"]
    monkeypatch.setitem(
        outbox.backing.jobs, "complaints.photo", type(wired)("complaints", wired.job, again)
    )
    outbox.backing.database.write_now(
        lambda s: outbox.backing.queue.enqueue(s, "complaints.photo", "0", {"n": 0})
    )
    with pytest.raises(JobsFailed, match="enqueue one another"):
        outbox.run_jobs()


BROKEN = """\
import pytest


class TestPack:
    @pytest.fixture
    def pack_files(self):
        return {"areas/areas.csv": "code,name,level\\n1,Vera,kingdom\\n"}

    def test_kernel(self, kernel): ...


class TestParts:
    @pytest.fixture
    def enabled_plugins(self):
        return ["probe"]

    def test_unseen(self, client):
        assert client.get("/").status_code == 200

    def test_wanted(self, client, kernel):
        assert client.get("/").status_code == 200
        assert list(kernel.failures) == [("probe", "home")]
        kernel.failures.clear()
"""


def test_what_is_wrong_is_said_by_the_fixture_that_finds_it(project):
    project.edit("templates/home.html", "{{ _('Notes') }}", "{{ nothing.here }}")
    project.write({"test_probe.py": BROKEN})
    found = project.run("-k", "not postgresql")
    (said,) = found["TestPack"].failed.values()
    assert "the region does not boot" in said
    assert "areas/areas.csv:2:" in said
    assert "`kingdom`" in said
    parts = found["TestParts"]
    assert parts.passed == {"test_wanted[sqlite]"}
    (said,) = parts.failed.values()
    assert "code of a plugin failed and was left out of pages: home of probe" in said


BY_NAME = """\
import civicapp.testing.databases
from civicapp.testing import Client  # before pytest has seen the plugin

pytest_plugins = ["civicapp.testing"]
civicapp.testing.databases.PROGRAMS = "hidden"
"""


def test_a_conftest_can_name_the_plugin_and_without_postgresql_tests_are_skipped(bare):
    bare.server = ""
    bare.write(
        {
            "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider\nfilterwarnings = error\n",
            "conftest.py": BY_NAME,
            "test_it.py": "def test_it(database_url): ...\n",
        }
    )
    (report,) = bare.run().values()
    assert report.passed == {"test_it[sqlite]"}, bare.output
    assert "install civicapp[testing-postgresql], or set" in report.skipped["test_it[postgresql]"]


def test_the_program_needs_no_pytest():
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "import civicapp, civicapp.__main__, civicapp.cli.root, civicapp.serving, civicapp.web\n"
        "assert not [m for m in sys.modules if m.startswith('civicapp.testing')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=120, check=False)
    assert done.returncode == 0
