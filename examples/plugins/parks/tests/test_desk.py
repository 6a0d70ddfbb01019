"""The desk: who sees which notes, and what officers do with them."""

import pytest
from civicapp.testing import Client

NOTES = "/api/v1/parks/places/meadow/notes"
NOTE = "The bench by the water is broken."


@pytest.fixture
def note(client: Client) -> str:
    """Leave a note about the meadow; return its page at the desk."""
    left = client.api("POST", NOTES, json={"text": NOTE})
    return f"/desk/parks/{left.json()['id']}"


def test_a_guest_is_asked_to_sign_in(client: Client, note: str) -> None:
    for path in ("/desk/parks", note):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/account/sign-in")


def test_an_answer_becomes_public_with_its_note(client: Client, note: str) -> None:
    officer = client.as_officer("desk", area="1.1")
    assert "Parks (1)" in client.text(officer.get("/desk"))
    assert NOTE in client.text(officer.get("/desk/parks"))
    assert NOTE not in client.get("/parks/meadow").text
    officer.get(note)
    sent = officer.submit(note, {"decision": "answer", "answer": "It is mended next week."})
    assert "The answer is public now." in client.text(officer.follow(sent))
    page = client.text(client.get("/parks/meadow"))
    assert NOTE in page
    assert "It is mended next week." in page
    record = client.text(client.as_officer("admin").get("/admin/audit"))
    assert "Answer notes" in record


def test_a_note_that_was_only_seen_stays_private(client: Client, note: str) -> None:
    officer = client.as_officer("officer")
    officer.get(note)
    sent = officer.submit(note, {"decision": "seen", "answer": ""})
    assert "Nothing waits for you." in client.text(officer.follow(sent))
    assert NOTE not in client.get("/parks/meadow").text


def test_an_unknown_note_is_not_found(client: Client) -> None:
    officer = client.as_officer("officer")
    for id in ("0000000000000000", "%00", "%F0%9F%8C%B3"):
        assert officer.get(f"/desk/parks/{id}").status_code == 404


def test_an_answer_needs_words(client: Client, note: str) -> None:
    officer = client.as_officer("officer")
    officer.get(note)
    answer = officer.submit(note, {"decision": "answer", "answer": " "})
    assert answer.status_code == 422
    assert "Write something first." in client.text(answer)


def test_of_two_officers_the_second_is_told_what_the_first_did(client: Client, note: str) -> None:
    first, second = client.as_officer("officer"), client.as_officer("desk")
    first.get(note)
    second.get(note)
    first.submit(note, {"decision": "answer", "answer": "Mended."})
    answer = second.submit(note, {"decision": "answer", "answer": "Who knows."})
    assert answer.status_code == 412
    assert "Somebody else has changed this note" in client.text(answer)
    assert "Who knows." in answer.text
    assert "Mended." in client.text(client.get("/parks/meadow"))


@pytest.mark.parametrize(
    ("role", "agency", "area", "sees"),
    [
        ("handler", "HARBOUR", None, True),
        ("handler", "ROADS", "1.2", False),
        ("desk", None, "1.1", True),
        ("desk", None, "1.2", False),
    ],
)
def test_officers_see_the_notes_of_their_own_rows(
    client: Client, note: str, role: str, agency: str | None, area: str | None, sees: bool
) -> None:
    officer = client.as_officer(role, agency, area)
    assert (NOTE in officer.get("/desk/parks").text) is sees
    assert officer.get(note).status_code == (200 if sees else 404)


def test_a_form_from_another_site_is_refused(client: Client, note: str) -> None:
    officer = client.as_officer("officer")
    sent = officer.post(note, data={"decision": "seen", "version": "1"})
    assert sent.status_code == 403
