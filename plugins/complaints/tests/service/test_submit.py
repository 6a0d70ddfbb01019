"""Reports come in: checked, kept, given to the responsible office."""

import datetime

from civicapp_complaints.domain.number import ALPHABET
from civicapp_complaints.models import Clock, Party, SecretRow


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
