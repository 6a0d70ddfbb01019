"""The pages for everybody, as a guest's browser sees them."""

from collections.abc import Mapping

import pytest
from civicapp.testing import Client, WatchedOutbox

NOTE = "The bench by the water is broken."


def test_the_menu_leads_to_the_places(client: Client) -> None:
    home = client.get("/")
    assert 'href="/parks"' in home.text
    assert "3 places" in client.text(home)
    listed = client.text(client.get("/parks"))
    assert all(name in listed for name in ("Meadow", "Grove", "Pond"))


def test_the_nearest_places_come_first(client: Client) -> None:
    near = client.text(client.get("/parks?area=1.1.2"))
    assert "Nearest to you: North District" in near
    assert "Meadow" in near
    assert "Grove" not in near
    assert "Grove" in client.text(client.get("/parks?area=1.1.2&all=1"))


def test_the_page_of_an_area_shows_its_places(client: Client) -> None:
    assert 'href="/parks/meadow"' in client.get("/area/1.1").text
    assert "Meadow" not in client.get("/area/1.2").text


def test_a_note_that_is_sent_twice_counts_once(client: Client, outbox: WatchedOutbox) -> None:
    client.get("/parks/meadow")
    sent = client.submit("/parks/meadow", {"text": NOTE})
    again = client.submit("/parks/meadow", {"text": NOTE})
    assert "Thank you." in client.text(client.follow(sent))
    assert "Thank you." in client.text(client.follow(again))
    (event,) = outbox.events
    assert (event.name, event.subject) == ("parks.note.left", "meadow")
    assert event.data["place"] == "meadow"


def test_what_was_typed_stays_when_it_cannot_be_taken(
    client: Client, outbox: WatchedOutbox
) -> None:
    client.get("/parks/meadow")
    text = "Call me <0812 3456 7890>"
    answer = client.submit("/parks/meadow", {"text": text})
    assert answer.status_code == 422
    assert "Leave out phone numbers" in client.text(answer)
    assert ">Call me &lt;0812 3456 7890&gt;</textarea>" in answer.text
    assert outbox.events == []


def test_an_unknown_place_is_not_found(client: Client) -> None:
    assert client.get("/parks/nowhere").status_code == 404


def test_pages_speak_the_visitors_language(client: Client) -> None:
    page = client.text(client.speak("id").get("/parks/meadow"))
    assert "Lapangan" in page
    assert "Catatan Anda" in page


class TestPace:
    """One address may send one note an hour here."""

    @pytest.fixture
    def pack_files(self, pack_files: Mapping[str, str]) -> Mapping[str, str]:
        pace = "slow_above: 1\nrefuse_above: 1\n"
        return {**pack_files, "services/parks/config.yaml": pace}

    def test_whoever_sends_too_much_is_told_how_long_to_wait(self, client: Client) -> None:
        client.get("/parks/meadow")
        assert client.submit("/parks/meadow", {"text": NOTE}).status_code == 303
        client.get("/parks/meadow")
        answer = client.submit("/parks/meadow", {"text": NOTE})
        assert answer.status_code == 429
        assert "Wait" in client.text(answer)
        assert NOTE in answer.text
