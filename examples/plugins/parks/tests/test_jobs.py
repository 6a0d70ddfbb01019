"""What happens by the clock."""

from civicapp.testing import Client, Clock, WatchedOutbox

API = "/api/v1/parks"


def test_old_notes_are_forgotten_by_night(
    client: Client, clock: Clock, outbox: WatchedOutbox
) -> None:
    def waiting() -> int:
        found = client.as_officer("officer").api("GET", f"{API}/notes")
        return len(found.json()["items"])

    for days in (0, 200):
        clock.forward(days=days)
        client.api("POST", f"{API}/places/meadow/notes", json={"text": "A bench."})
    outbox.run_jobs()
    assert waiting() == 2
    clock.forward(days=200)
    outbox.run_jobs()
    assert waiting() == 1
