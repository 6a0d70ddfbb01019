"""Reports come in: checked, kept, given to the responsible office."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from civicapp_complaints.domain.number import ALPHABET
from civicapp_complaints.models import Clock, EventRow, Party, Report, SecretRow
from civicapp_complaints.service.errors import Invalid
from civicapp_complaints.service.responsible import responsible
from civicapp_complaints.service.submit import KeyReused, Submission, preview, submit

NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)  # Tuesday 09:00 at the place


def faults(world, **given):
    """Send a report and return the faults as (field, code)."""
    with pytest.raises(Invalid) as found:
        world.submit(**given)
    return [(f.field, f.code) for f in found.value.faults]


def test_a_report_is_kept_and_sent_to_the_office(world):
    world.officer("handler", "ROADS", "7.1")
    receipt = world.submit(email="someone@example.org", visibility="public")
    assert (receipt.state, receipt.area.code, receipt.office.code) == ("routed", "7.1", "ROADS")
    assert receipt.office.name == "Roads North District"
    assert receipt.shown.startswith("ISL-")
    assert set(receipt.number) <= set(ALPHABET)
    assert (receipt.at_desk, receipt.reachable, receipt.repeated) == (False, True, False)
    # Five working days after Tuesday: Tuesday, at the close of the office.
    assert receipt.due_at.isoformat() == "2026-12-01T16:00:00+07:00"
    row = world.report(receipt.number)
    assert (row.queue, row.rule, row.review) == ("ROADS", "roads", "pending")
    assert row.published_at is None
    assert [c.due_at for c in world.rows(Clock)] == [receipt.due_at.astimezone(datetime.UTC)]
    assert [(s.origin, s.report) for s in world.rows(SecretRow)] == [("receipt", row.id)]
    assert b"someone" not in world.rows(Party)[0].email


def test_what_follows_a_new_report(world):
    receipt = world.submit(email="someone@example.org")
    row = world.report(receipt.number)
    assert world.jobs == [("complaints.notice", f"{row.id}:1", {"report": row.id, "seq": 1})]
    assert [(name, subject) for name, subject, _ in world.events] == [
        ("complaints.report.submitted", receipt.number)
    ]
    events = sorted(world.rows(EventRow), key=lambda e: e.seq)
    assert [(e.action, e.from_state, e.to_state, e.actor_kind) for e in events] == [
        ("submit", None, "received", "reporter"),
        ("route", "received", "routed", "system"),
    ]


def test_who_cannot_be_told_causes_no_job(world):
    world.submit()
    assert world.jobs == []


def test_an_agency_without_an_officer_leaves_its_report_at_the_desk(world):
    receipt = world.submit()
    assert (receipt.office.code, receipt.at_desk) == ("ROADS", True)
    assert world.report(receipt.number).queue == "DESK"
    world.officer("handler", "ROADS", "7.2")  # the neighbour's does not help
    assert world.submit().at_desk
    world.officer("desk")  # and nor does one who only sees the area
    assert world.submit().at_desk


def test_who_does_not_know_the_owner_is_sent_to_the_nearer_office_marked_assumed(world):
    known = world.submit(category="road.hole", answer="highway")
    assert (known.office.code, known.assumed) == ("HIGHWAYS", False)
    for answer in ("unknown", None):
        guessed = world.submit(category="road.hole", answer=answer)
        assert (guessed.office.code, guessed.assumed) == ("ROADS", True)


def test_without_a_place_narrow_enough_the_desk_decides(world):
    receipt = world.submit(lat=None, lon=None, area_code="7")
    assert (receipt.state, receipt.office, receipt.at_desk) == ("received", None, True)
    assert world.report(receipt.number).queue is None


def test_an_emergency_promises_nothing(world):
    receipt = world.submit(category="order.fire")
    assert receipt.due_at is None
    assert world.rows(Clock) == []
    assert world.report(receipt.number).rank_at == NOW


def test_a_sensitive_report_stays_private_whatever_was_chosen(world):
    receipt = world.submit(category="order.crime", visibility="public")
    assert receipt.visibility == "private"
    assert world.report(receipt.number).review_since is None
    # Urgent: 24 hours by the clock.
    assert receipt.due_at - NOW == datetime.timedelta(hours=24)


def test_a_category_without_a_place_keeps_none(world):
    receipt = world.submit(category="order.hours")
    row = world.report(receipt.number)
    assert (row.lat, row.lon, row.area) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"lat": 1.5, "lon": 103.5}, ("lat", "place-outside")),  # the sea
        ({"lat": 101.5, "lon": 2.5}, ("lat", "place-swapped")),
        ({"lat": 95, "lon": 2.5}, ("lat", "place-impossible")),
        ({"lat": 2.5, "lon": 1015}, ("lon", "place-impossible")),
        ({"lat": float("nan"), "lon": 101.5}, ("lon", "place-impossible")),
        ({"lat": 2.5, "lon": None}, ("lon", "place-missing")),
        ({"lat": None, "lon": None}, ("lat", "place-missing")),
        ({"lat": None, "lon": None, "area_code": "9"}, ("area_code", "place-unknown")),
        ({"category": "nothing"}, ("category", "category-unknown")),
        ({"category": "road.hole", "answer": "sky"}, ("answer", "answer-unknown")),
        ({"description": "x" * 4001}, ("description", "bad-text")),
        ({"description": "too short"}, ("description", "bad-text")),
        ({"description": "\x00\x07" + "é" * 9}, ("description", "bad-text")),
        ({"landmark": "x" * 201}, ("landmark", "bad-text")),
        ({"visibility": "everyone"}, ("visibility", "choice")),
        ({"accuracy_m": -1}, ("accuracy_m", "choice")),
        ({"email": "no address"}, ("email", "bad-contact")),
        ({"phone": "12"}, ("phone", "bad-contact")),
        ({"name": "x" * 101}, ("name", "bad-contact")),
    ],
)
def test_what_cannot_be_taken(world, given, expected):
    assert faults(world, **given) == [expected]
    assert world.rows(Report) == []
    assert world.jobs == []


def test_all_faults_come_at_once(world):
    found = faults(world, category="x", description="", lat=95, lon=0, phone="1", email="@")
    assert sorted(field for field, _ in found) == [
        "category",
        "description",
        "email",
        "lat",
        "phone",
    ]


def test_4000_letters_fit_and_markup_stays_text(world):
    text = "<script>alert(1)</script>" + "x" * 3975
    receipt = world.submit(description=text + "\x00\x1b")
    assert world.report(receipt.number).description == text


def test_one_key_gives_one_report_and_the_same_receipt(world):
    def send(key, **given):
        sound = {"category": "road.light", "description": "The lamp is out.", "area_code": "7.1"}
        return world.write(submit, Submission(**{**sound, **given}), NOW, key)

    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda _: send("key-1"), range(20)))
    assert len({(r.number, r.secret) for r in receipts}) == 1
    assert [r.repeated for r in receipts].count(False) == 1
    assert len(world.rows(Report)) == len(world.rows(SecretRow)) == 1
    with pytest.raises(KeyReused):
        send("key-1", description="Another lamp is out.")
    assert send("key-2").number != receipts[0].number
    assert len(world.rows(Report)) == 2


def test_before_sending_one_sees_who_is_responsible(world):
    given = Submission(category="road.light", description="The lamp is out.", lat=2.5, lon=101.5)
    found = world.read(preview, given, NOW)
    assert (found.office.name, found.level, found.at_desk) == (
        "Roads North District",
        "district",
        True,
    )
    assert found.alternative.code == "HIGHWAYS"
    assert found.desk.name == "Desk"
    assert found.due_at.date() == datetime.date(2026, 12, 1)
    category = world.site.catalog.category("road.light")
    nowhere = world.read(responsible, category, None, None, NOW)
    assert (nowhere.office, nowhere.reason, nowhere.area) == (None, "no-office", None)


def test_whether_a_message_can_reach_the_reporter(world):
    assert not world.submit(phone="0812 3456 7890").reachable
    assert not world.submit().reachable
    assert world.submit(email="someone@example.org").reachable
    mute = replace(world.site, reaches=lambda channel: False)
    given = Submission(
        category="road.light",
        description="The lamp is out.",
        area_code="7.1",
        email="someone@example.org",
    )
    receipt = world.db.write_now(lambda s: submit(s, mute, given, NOW))
    assert not receipt.reachable
