"""Reporters: their link, what they may do, what becomes public."""

import datetime

import pytest
from civicapp_complaints.models import Clock, Report, SecretRow
from civicapp_complaints.service import officer, reporter
from civicapp_complaints.service.effects import list_tag
from civicapp_complaints.service.errors import (
    Forbidden,
    Invalid,
    NotPossible,
    TooLate,
    Unknown,
)
from civicapp_complaints.service.links import Matching, derived_secret, opened, reissue, resend
from civicapp_complaints.service.lists import PublicFilter, QueueFilter, public_list, queue
from civicapp_complaints.service.officer import Order, Reply, reply
from civicapp_complaints.service.read import (
    officers_report,
    public_report,
    reporters_report,
)
from civicapp_complaints.service.reporter import Wish, set_visibility
from civicapp_complaints.service.review import Review, review
from sqlalchemy import select

from civicapp import Act
from civicapp.storage.models import Change

NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)
NOTE = "The lamp has a new bulb and burns again."


def later(days=0, minutes=1):
    return NOW + datetime.timedelta(days=days, minutes=minutes)


def do(world, person, number, action, at=None, **carried):
    order = Order(action=action, carried=carried)
    return world.write(officer.act, person, number, order, Act(person.id, "", at or later()))


def wish(world, receipt, action, text="", at=None, version=None):
    """Let the reporter do something, with the secret."""

    def run(session, site):
        report = opened(session, site, receipt.number, receipt.secret)
        given = Wish(action=action, text=text, version=version)
        return reporter.act(session, site, report, given, at or later())

    return world.write(run)


def choose(world, receipt, visibility):
    def run(session, site):
        report = opened(session, site, receipt.number, receipt.secret)
        return set_visibility(session, site, report, visibility, later())

    return world.write(run)


def resolved(world, **given):
    """Send a report and let the agency say that it is done."""
    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit(**given)
    do(world, handler, receipt.number, "accept")
    do(world, handler, receipt.number, "resolve", note=NOTE)
    return receipt, handler


def test_the_secret_opens_this_report_and_no_other(world):
    one, two = world.submit(), world.submit()
    assert world.read(reporters_report, one.secret, NOW).number == one.number
    for number, secret in (
        (one.number, two.secret),
        (one.number, ""),
        (one.number, "x" * 22),
        (one.number, "x" * 5000),
        ("ISL-0000-0000-0", one.secret),
        ("nothing", one.secret),
    ):
        with pytest.raises(Unknown):
            world.read(opened, number, secret)
    assert world.read(opened, one.shown.lower(), one.secret).number == one.number


def test_a_question_and_its_answer(world):
    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit()
    do(world, handler, receipt.number, "accept")
    row = do(world, handler, receipt.number, "ask", question="Which lamp is it?")
    assert row.state == "waiting_reporter"
    with pytest.raises(Invalid):
        wish(world, receipt, "answer", "  ")
    row = wish(world, receipt, "answer", "The third from the left.")
    assert row.state == "in_progress"
    assert [a.text for a in world.read(reporters_report, receipt.secret, NOW).timeline][-2:] == [
        "Which lamp is it?",
        "The third from the left.",
    ]


def test_confirming_and_disputing(world):
    receipt, _ = resolved(world)
    with pytest.raises(Invalid):
        wish(world, receipt, "dispute")
    row = wish(world, receipt, "dispute", "It is dark again.", at=later(days=7))
    assert (row.state, row.reopened) == ("in_progress", 1)
    # The deadline starts anew: five working days after the Tuesday.
    assert world.site.local(row.due_at, row.area).isoformat() == "2026-12-08T16:00:00+07:00"
    assert [(c.cycle, c.stopped_at is None) for c in world.rows(Clock)] == [(0, False), (1, True)]
    handler = world.officer("handler", "ROADS", "7.1")
    do(world, handler, receipt.number, "resolve", note=NOTE)
    row = wish(world, receipt, "confirm")
    assert (row.state, row.outcome) == ("closed", "fixed")
    assert world.events[-1][0] == "complaints.report.closed"


def test_information_is_answered_not_fixed(world):
    receipt = world.submit(category="order.hours")
    desk = world.officer("desk")
    assert (receipt.state, receipt.office.code) == ("routed", "DESK")
    handler = world.officer("handler", "DESK")
    do(world, handler, receipt.number, "accept")
    do(world, handler, receipt.number, "resolve", note=NOTE)
    row = wish(world, receipt, "confirm")
    assert row.outcome == "answered"
    assert world.read(officers_report, desk, receipt.number, NOW).outcome == "answered"


def test_coming_back_to_a_closed_report(world):
    receipt, _ = resolved(world)
    row = wish(world, receipt, "confirm")
    with pytest.raises(TooLate):
        wish(world, receipt, "reopen", "Again", at=row.closed_at + datetime.timedelta(days=31))
    row = wish(world, receipt, "reopen", "Again", at=row.closed_at + datetime.timedelta(days=29))
    assert (row.state, row.closed_at, row.agency) == ("routed", None, "ROADS")


def test_what_a_reporter_cannot_do(world):
    receipt = world.submit()
    with pytest.raises(NotPossible):
        wish(world, receipt, "confirm")
    for action in ("accept", "fly"):
        with pytest.raises(Invalid):
            wish(world, receipt, action)
    row = wish(world, receipt, "withdraw")
    assert row.outcome == "withdrawn"


def test_a_lost_link_goes_to_the_address_that_was_given(world):
    receipt = world.submit(email="Someone@Example.org")
    other = world.submit()
    world.jobs.clear()
    for number, email in (
        (receipt.number, "else@example.org"),
        (other.number, "someone@example.org"),
        ("ISL-0000-0000-0", "someone@example.org"),
    ):
        world.write(resend, number, email, NOW)
    assert world.jobs == []
    for _ in range(5):
        world.write(resend, receipt.shown, "someone@example.ORG", NOW)
    assert [job for job, *_ in world.jobs] == ["complaints.resend"] * 3
    secret = derived_secret(world.site, f"mail:{world.jobs[0][2]['ticket']}")
    assert world.read(reporters_report, secret, NOW).number == receipt.number
    assert world.read(reporters_report, receipt.secret, NOW).number == receipt.number
    with pytest.raises(Invalid) as found:
        world.write(resend, "ISL-1", "no address", NOW)
    assert [f.field for f in found.value.faults] == ["number", "email"]


def test_the_desk_gives_a_new_link_to_who_knows_the_details(world):
    receipt = world.submit(phone="0812 3456 7890", name="Someone")
    desk = world.officer("desk")
    act = Act(desk.id, "", later())
    for told in (Matching(), Matching(name="Someone"), Matching(phone="0812 0000 0000")):
        with pytest.raises(Invalid):
            world.write(reissue, desk, receipt.number, told, act)
    handler = world.officer("handler", "ROADS", "7.1")
    told = Matching(phone="+62 812 3456 7890", name="someone")
    with pytest.raises(Forbidden):
        world.write(reissue, handler, receipt.number, told, act)
    secret = world.write(reissue, desk, receipt.number, told, act)
    assert world.read(reporters_report, secret, NOW).number == receipt.number
    with pytest.raises(Unknown):
        world.read(reporters_report, receipt.secret, NOW)
    assert len(world.rows(SecretRow)) == 2


def reviewed(world, receipt, **given):
    reviewer = world.officer("reviewer")
    made = Review(**{"approve": True, "text": "The lamp is out.", **given})
    return world.write(review, reviewer, receipt.number, made, Act(reviewer.id, "", later()))


def is_public(world, receipt):
    try:
        world.read(public_report, receipt.number, NOW)
    except Unknown:
        return False
    return True


def test_public_is_what_the_reporter_chose_and_a_reviewer_approved(world):
    private = world.submit()
    receipt = world.submit(visibility="public", description="The lamp is out, call 0812 3456 7890.")
    assert not is_public(world, private)
    assert not is_public(world, receipt)
    with pytest.raises(Invalid):
        reviewed(world, private)
    seen = world.read(officers_report, world.officer("reviewer"), receipt.number, NOW)
    assert seen.proposal == "The lamp is out, call •••."
    assert seen.masked == ("phone",)
    found = world.read(queue, world.officer("reviewer"), QueueFilter(box="review"), NOW)
    assert [i.number for i in found.items] == [receipt.number]
    reviewed(world, receipt, text=seen.proposal)
    assert is_public(world, receipt)
    shown = world.read(public_report, receipt.number, NOW)
    assert (shown.text, shown.id, shown.contact, shown.landmark) == (seen.proposal, "", (), None)
    assert "publish" not in [t.action for t in shown.timeline]
    assert [i.number for i in world.read(public_list, PublicFilter()).items] == [receipt.number]
    found = world.read(queue, world.officer("reviewer"), QueueFilter(box="review"), NOW)
    assert found.items == ()
    choose(world, receipt, "private")
    assert not is_public(world, receipt)
    assert world.read(public_list, PublicFilter()).items == ()
    choose(world, receipt, "public")  # approved before, so it may
    assert is_public(world, receipt)


def test_a_refused_report_stays_private(world):
    receipt = world.submit(visibility="public")
    reviewed(world, receipt, approve=False, text="", reason="Names a neighbour")
    assert not is_public(world, receipt)
    choose(world, receipt, "private")
    with pytest.raises(Invalid):
        choose(world, receipt, "public")


def test_only_a_reviewer_reviews(world):
    receipt = world.submit(visibility="public")
    desk = world.officer("desk")
    with pytest.raises(Forbidden):
        world.write(
            review, desk, receipt.number, Review(approve=True, text="x"), Act(desk.id, "", NOW)
        )


def test_the_public_never_reads_what_reporters_write_later_nor_what_is_personal(world):
    receipt, handler = resolved(world, visibility="public")
    reviewed(world, receipt)
    wish(world, receipt, "dispute", "My neighbour at number 7 is to blame.")
    text = Reply(text="Call us: 0812 3456 7890.")
    world.write(reply, handler, receipt.number, text, Act(handler.id, "", later()))
    shown = world.read(public_report, receipt.number, NOW)
    assert [t.text for t in shown.timeline] == ["", "", "", NOTE, "", "Call us: •••."]


def test_the_public_point_is_coarse_unless_it_is_public_property(world):
    private_ground = world.submit(visibility="public", lat=2.51234, lon=101.51234)
    road = world.submit(
        category="road.hole", answer="street", visibility="public", lat=2.51234, lon=101.51234
    )
    for receipt in (private_ground, road):
        reviewed(world, receipt)
    assert world.read(public_report, private_ground.number, NOW).lat == 2.512
    assert world.read(public_report, road.number, NOW).lat == 2.51234
    assert {i.lat for i in world.read(public_list, PublicFilter()).items} == {2.512, 2.51234}


def tags(world):
    return {c.tag for c in world.rows(Change) if c.tag.startswith("complaints.")}


def test_only_what_the_public_sees_touches_the_tags_of_public_pages(world):
    receipt, handler = resolved(world, visibility="public")
    assert tags(world) == set()
    reviewed(world, receipt)
    expected = {
        f"complaints.report:{receipt.number}",
        "complaints.list:*",
        "complaints.list:road.light",
        "complaints.area:7",
        "complaints.area:7.1",
    }
    assert tags(world) == expected
    assert {list_tag(None, None), list_tag("road.light", None), list_tag(None, "7.1")} <= expected

    def count():
        return len(world.rows(Change))

    before = count()
    note = Reply(text="For us", internal=True)
    world.write(reply, handler, receipt.number, note, Act(handler.id, "", later()))
    assert count() == before
    world.write(reply, handler, receipt.number, Reply(text="For all"), Act(handler.id, "", later()))
    assert count() == before + len(expected)
    choose(world, receipt, "private")
    assert count() == before + 2 * len(expected)


def test_a_sensitive_category_takes_its_reports_off_the_public_pages(world):
    receipt = world.submit(visibility="public")
    reviewed(world, receipt)
    world.db.write_now(lambda s: setattr(s.scalar(select(Report)), "category", "order.crime"))
    assert not is_public(world, receipt)
    assert world.read(public_list, PublicFilter()).items == ()
