"""Officers: what they may see and do, and what is told of it."""

import datetime

import pytest
from civicapp_complaints.domain.events import verify
from civicapp_complaints.models import Clock, EventRow, Handover, Words
from civicapp_complaints.service import officer
from civicapp_complaints.service.errors import (
    Forbidden,
    Invalid,
    NotPossible,
    NotYours,
    Outdated,
    Unknown,
)
from civicapp_complaints.service.handover import letter_of
from civicapp_complaints.service.history import event_of
from civicapp_complaints.service.officer import Order, Reply, reply, reveal
from civicapp_complaints.service.read import officers_report, reporters_report
from civicapp_complaints.service.requeue import requeue
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from civicapp import Act
from civicapp.identity.accounts import disable, need
from civicapp.storage.people import AuditRow

NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)
NOTE = "The lamp has a new bulb and burns again."


def act(person, minutes=1):
    return Act(person.id, "", NOW + datetime.timedelta(minutes=minutes))


def do(world, person, number, action, version=None, minutes=1, **carried):
    """Let an officer do something."""
    order = Order(action=action, version=version, carried=carried)
    return world.write(officer.act, person, number, order, act(person, minutes))


def view(world, person, number):
    return world.read(officers_report, person, number, NOW)


def audited(world):
    return [(a.action, a.subject, a.before, a.after) for a in world.rows(AuditRow) if a.actor]


def test_the_whole_way_of_a_report(world):
    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit(email="someone@example.org")
    number = receipt.number
    do(world, handler, number, "accept")
    world.write(reply, handler, number, Reply(text="A crew comes tomorrow."), act(handler))
    world.write(reply, handler, number, Reply(text="Bulb 40 W.", internal=True), act(handler))
    row = do(world, handler, number, "resolve", note=NOTE, minutes=5)
    assert (row.state, row.officer, row.resolved_by) == ("resolved", handler.id, handler.id)
    assert world.rows(Clock)[0].stopped_at == NOW + datetime.timedelta(minutes=5)
    mine = world.read(reporters_report, receipt.secret, NOW)
    assert [(t.action, t.text) for t in mine.timeline] == [
        ("submit", ""),
        ("route", ""),
        ("accept", ""),
        ("reply", "A crew comes tomorrow."),
        ("resolve", NOTE),
    ]
    assert [t.officer for t in mine.timeline] == [None] * 5
    assert mine.timeline[2].office == "Roads North District"
    assert [a.action for a in mine.actions] == [
        "dispute",
        "confirm",
        "add_photo",
        "visibility",
    ]
    seen = view(world, handler, number)
    assert [(t.action, t.internal) for t in seen.timeline][-3:] == [
        ("reply", False),
        ("note", True),
        ("resolve", False),
    ]
    assert seen.timeline[2].officer == handler.name
    assert [key for job, key, _ in world.jobs if job == "complaints.notice"] == [
        f"{row.id}:{n}" for n in (1, 3, 4, 6)
    ]
    assert [name.rpartition(".")[2] for name, _, _ in world.events] == [
        "submitted",
        "accepted",
        "replied",
        "resolved",
    ]
    subject = f"complaints.report:{number}"
    assert [(a, s) for a, s, *_ in audited(world)] == [
        ("complaints.report.accept", subject),
        ("complaints.report.reply", subject),
        ("complaints.report.note", subject),
        ("complaints.report.resolve", subject),
    ]
    assert (audited(world)[0][2]["state"], audited(world)[0][3]["state"]) == (
        "routed",
        "in_progress",
    )


def test_an_officer_of_another_agency_or_area_finds_nothing(world):
    receipt = world.submit()
    for stranger in (
        world.officer("handler", "HIGHWAYS"),
        world.officer("handler", "ROADS", "7.2"),
        world.officer("verifier", area="7.2"),
        world.officer("admin"),
    ):
        with pytest.raises(Unknown):
            view(world, stranger, receipt.number)
        with pytest.raises(Unknown):
            do(world, stranger, receipt.number, "accept")
        with pytest.raises(Unknown):
            world.write(reply, stranger, receipt.number, Reply(text="Hello"), act(stranger))
    with pytest.raises(Unknown):
        view(world, world.officer("desk"), "ISL-0000-0000-0")


def test_who_may_see_may_not_do_everything(world):
    receipt = world.submit()
    desk, auditor = world.officer("desk"), world.officer("auditor")
    with pytest.raises(NotYours):
        do(world, desk, receipt.number, "accept")
    with pytest.raises(NotYours):
        do(world, auditor, receipt.number, "reassign", agency="HIGHWAYS", reason="Theirs")
    with pytest.raises(Forbidden):
        world.write(reply, auditor, receipt.number, Reply(text="Hello"), act(auditor))
    assert view(world, auditor, receipt.number).actions == ()
    assert {a.action for a in view(world, desk, receipt.number).actions} == {
        "reassign",
        "ask",
        "hand_over",
        "merge",
        "reply",
        "note",
    }


def test_what_the_state_does_not_allow_and_what_is_outdated(world):
    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit()
    with pytest.raises(NotPossible):
        do(world, handler, receipt.number, "resolve", note=NOTE)
    do(world, handler, receipt.number, "accept", version=receipt.version)
    with pytest.raises(Outdated) as found:
        do(world, handler, receipt.number, "resolve", version=receipt.version, note=NOTE)
    assert found.value.version == receipt.version + 1
    with pytest.raises(Invalid):
        do(world, handler, receipt.number, "fly")


@pytest.mark.parametrize(
    ("action", "carried", "expected"),
    [
        ("resolve", {}, ["note"]),
        ("resolve", {"note": "too short"}, ["note"]),
        ("schedule", {"promised_on": "soon"}, ["reason", "promised_on"]),
        ("ask", {"question": " "}, ["question"]),
    ],
)
def test_what_must_come_with_an_action(world, action, carried, expected):
    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit()
    do(world, handler, receipt.number, "accept")
    with pytest.raises(Invalid) as found:
        do(world, handler, receipt.number, action, **carried)
    assert [f.field for f in found.value.faults] == expected
    assert world.report(receipt.number).state == "in_progress"


def test_the_desk_sends_a_report_on(world):
    desk = world.officer("desk")
    receipt = world.submit(category="road.hole", answer="unknown")
    assert view(world, desk, receipt.number).alternative.code == "HIGHWAYS"
    for wrong in ("NOBODY", "ROADS"):
        with pytest.raises(Invalid):
            do(world, desk, receipt.number, "reassign", agency=wrong, reason="A highway")
    row = do(world, desk, receipt.number, "reassign", agency="HIGHWAYS", reason="A highway")
    assert (row.agency, row.queue, row.rule, row.assumed) == ("HIGHWAYS", "DESK", "manual", False)
    mine = world.read(reporters_report, receipt.secret, NOW)
    assert mine.timeline[-1].text == ""  # the reason is for officers
    assert mine.timeline[-1].data["agency_name"] == "Highways"
    assert view(world, desk, receipt.number).timeline[-1].text == "A highway"


def test_a_handler_returns_what_is_not_theirs_and_the_desk_routes_it(world):
    handler, desk = world.officer("handler", "ROADS", "7.1"), world.officer("desk")
    receipt = world.submit()
    row = do(world, handler, receipt.number, "return", reason="This lamp is private.")
    assert (row.state, row.agency, row.queue, row.bounces) == ("received", None, None, 1)
    with pytest.raises(Unknown):
        view(world, handler, receipt.number)
    row = do(world, desk, receipt.number, "route", agency="ROADS")
    assert (row.state, row.queue) == ("routed", "ROADS")


def test_what_came_back_twice_is_for_a_supervisor(world):
    handler, desk = world.officer("handler", "ROADS", "7.1"), world.officer("desk")
    head = world.officer("supervisor", "DESK")
    receipt = world.submit()
    for _ in range(2):
        do(world, handler, receipt.number, "return", reason="Not ours")
        if world.report(receipt.number).bounces < 2:
            do(world, desk, receipt.number, "route", agency="ROADS")
    with pytest.raises(NotYours):
        do(world, desk, receipt.number, "route", agency="HIGHWAYS")
    row = do(world, head, receipt.number, "route", agency="HIGHWAYS")
    assert (row.agency, row.bounces) == ("HIGHWAYS", 2)


def test_a_report_moves_to_its_agency_when_an_officer_comes_and_back(world):
    receipt = world.submit()
    assert world.report(receipt.number).queue == "DESK"
    handler = world.officer("handler", "ROADS", "7.1")
    view(world, handler, receipt.number)  # the agency's officer sees it before anything moves
    assert world.write(requeue) == 1
    assert world.report(receipt.number).queue == "ROADS"
    region = world.kernel.region
    world.db.write_now(lambda s: disable(s, need(s, handler.id), region, Act()))
    assert world.write(requeue) == 1
    assert world.report(receipt.number).queue == "DESK"
    assert world.write(requeue) == 0


def test_handing_over_by_letter_and_by_mail(world):
    desk = world.officer("desk")
    receipt = world.submit(phone="0812 3456 7890", name="Someone", share_contact=True)
    with pytest.raises(Invalid) as found:
        do(world, desk, receipt.number, "hand_over", body="HIGHWAYS", channel="email")
    assert [f.field for f in found.value.faults] == ["email"]
    row = do(
        world,
        desk,
        receipt.number,
        "hand_over",
        body="HIGHWAYS",
        channel="email",
        email="office@example.org",
        contact_shared="on",
    )
    assert (row.state, row.agency) == ("handed_over", "ROADS")
    assert world.jobs[-2:] == [
        ("complaints.notice", f"{row.id}:3", {"report": row.id, "seq": 3}),
        ("complaints.forward", f"{row.id}:3", {"report": row.id, "seq": 3}),
    ]
    letter = world.read(letter_of, row, str)
    assert "ISL-" in letter.subject
    for part in ("To: Highways", "Street light", "North District", "+6281234567890", "2.5, 101.5"):
        assert part in letter.body
    handover = world.rows(Handover)[0]
    assert (handover.body, handover.contact_shared) == ("HIGHWAYS", True)
    back = do(world, desk, receipt.number, "take_back", agency="ROADS")
    assert back.state == "routed"


def test_contact_goes_along_only_if_the_reporter_agreed(world):
    desk = world.officer("desk")
    receipt = world.submit(phone="0812 3456 7890")
    row = do(
        world,
        desk,
        receipt.number,
        "hand_over",
        body="HIGHWAYS",
        channel="letter",
        contact_shared="true",
    )
    assert not world.rows(Handover)[0].contact_shared
    assert "812" not in world.read(letter_of, row, str).body


def test_merging_follows_the_chain_to_the_first_report(world):
    desk = world.officer("desk")
    first, second, third = (world.submit().number for _ in range(3))
    do(world, desk, second, "merge", duplicate_of=first)
    with pytest.raises(Invalid):
        do(world, desk, first, "merge", duplicate_of=second)
    row = do(world, desk, third, "merge", duplicate_of=second)
    assert (row.outcome, row.duplicate_of) == ("duplicate", world.report(first).id)


def test_seeing_who_sent_it_needs_a_reason_and_is_on_record(world):
    handler, desk = world.officer("handler", "ROADS", "7.1"), world.officer("desk")
    receipt = world.submit(email="someone@example.org", name="Someone")
    assert view(world, handler, receipt.number).contact == ("name", "email")
    with pytest.raises(Forbidden):
        world.write(reveal, handler, receipt.number, "I am curious", act(handler))
    with pytest.raises(Invalid):
        world.write(reveal, desk, receipt.number, "", act(desk))
    found = world.write(reveal, desk, receipt.number, "Call back about the place", act(desk))
    assert (found.name, found.email) == ("Someone", "someone@example.org")
    assert audited(world)[-1][0] == "complaints.identity.reveal"
    mine = world.read(reporters_report, receipt.secret, NOW)
    assert "reveal" not in [t.action for t in mine.timeline]


def test_of_a_sensitive_report_only_who_sees_identity_learns_the_exact_place(world):
    receipt = world.submit(category="order.crime")
    desk, auditor = world.officer("desk"), world.officer("auditor")
    assert view(world, desk, receipt.number).lat == 2.5
    coarse = view(world, auditor, receipt.number)
    assert (coarse.lat, coarse.area.code) == (None, "7.1")


def test_the_history_is_sealed_and_cannot_be_changed(world):
    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit()
    do(world, handler, receipt.number, "accept")
    do(world, handler, receipt.number, "resolve", note=NOTE)
    row = world.report(receipt.number)
    events = [event_of(e) for e in sorted(world.rows(EventRow), key=lambda e: e.seq)]
    assert verify(events, row.head) is None
    assert verify(events[:-1], row.head) is not None
    for change in (
        "UPDATE complaints_event SET action = 'reject'",
        "DELETE FROM complaints_event WHERE seq = 3",
    ):
        with pytest.raises(DBAPIError):
            world.db.write_now(lambda s, c=change: s.connection().exec_driver_sql(c))
    # A text can go: the chain holds without it.
    world.db.write_now(lambda s: [s.delete(w) for w in s.scalars(select(Words))])
    assert verify(events, row.head) is None
