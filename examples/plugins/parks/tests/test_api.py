"""The API, as a program sees it."""

from typing import Any

import pytest
from civicapp.testing import Client

ROOT = "/api/v1/parks"
NOTE = {"text": "The bench by the water is broken."}


def leave(client: Client, **more: Any) -> Any:
    return client.api("POST", f"{ROOT}/places/meadow/notes", json=NOTE, **more)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["meadow", "grove", "pond"]),
        ("?area=1.1", ["meadow", "pond"]),
        ("?area=1.2.1", ["pond"]),
    ],
)
def test_places_of_an_area(client: Client, query: str, codes: list[str]) -> None:
    answer = client.api("GET", f"{ROOT}/places{query}")
    assert [item["code"] for item in answer.json()["items"]] == codes


def test_what_is_unknown_is_a_problem(client: Client) -> None:
    for path in ("/places?area=9", "/places/nowhere"):
        answer = client.api("GET", ROOT + path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_makes_a_note_once(client: Client) -> None:
    key = {"idempotency-key": "one"}
    first, again, other = leave(client, headers=key), leave(client, headers=key), leave(client)
    assert first.status_code == again.status_code == other.status_code == 201
    assert first.json() == again.json() != other.json()
    waiting = client.as_officer("officer").api("GET", f"{ROOT}/notes").json()["items"]
    assert len(waiting) == 2


def test_a_note_that_cannot_be_taken_names_its_field(client: Client) -> None:
    answer = client.api("POST", f"{ROOT}/places/meadow/notes", json={"text": ""})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["detail"]) == ("#/body/text", "Write something first.")


def test_an_answer_is_seen_at_once_though_answers_are_cached(client: Client) -> None:
    id = leave(client).json()["id"]
    page = f"{ROOT}/places/meadow"
    assert client.api("GET", page).json()["notes"] == []
    assert "hit" in client.api("GET", page).headers["cache-status"]
    officer = client.as_officer("officer")
    closed = officer.api(
        "POST", f"{ROOT}/notes/{id}/close", json={"answer": "Mended."}, headers={"if-match": '"1"'}
    )
    assert (closed.status_code, closed.headers["etag"]) == (200, '"2"')
    (shown,) = client.api("GET", page).json()["notes"]
    assert (shown["text"], shown["answer"]) == (NOTE["text"], "Mended.")


@pytest.mark.parametrize(
    ("seen", "status"), [({}, 428), ({"if-match": '"7"'}, 412), ({"if-match": "*"}, 200)]
)
def test_a_change_says_what_it_has_seen(client: Client, seen: dict[str, str], status: int) -> None:
    path = f"{ROOT}/notes/{leave(client).json()['id']}/close"
    officer = client.as_officer("officer")
    assert officer.api("POST", path, json={}, headers=seen).status_code == status


def test_the_desk_is_for_officers(client: Client) -> None:
    assert client.api("GET", f"{ROOT}/notes").status_code == 401
    admin = client.as_officer("admin")  # may manage accounts, and nothing here
    assert admin.api("GET", f"{ROOT}/notes").status_code == 403
    officer = client.as_officer("officer")
    path = f"{ROOT}/notes/0000000000000000/close"
    unknown = officer.api("POST", path, json={}, headers={"if-match": "*"})
    assert unknown.status_code == 404
