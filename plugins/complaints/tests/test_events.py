"""The chain of events."""

import dataclasses
import datetime
import hashlib
import itertools
import json

import pytest
from civicapp_complaints.domain.events import (
    GENESIS,
    Break,
    Event,
    canonical,
    digest_text,
    hash_of,
    new_salt,
    seal,
    verify,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 24, 3, 4, 5, 6, tzinfo=datetime.UTC)
WIB = datetime.timezone(datetime.timedelta(hours=7))
STATES = ["received", "routed", "in_progress", "resolved"]


def chain(length: int = 4) -> list[Event]:
    events: list[Event] = []
    for n in range(length):
        event = Event(
            report="r1",
            seq=n + 1,
            action="step",
            at=NOW + datetime.timedelta(n),
            actor_kind="handler",
            actor="a1",
            from_state=STATES[n - 1] if n else None,
            to_state=STATES[n],
            data={"rule": "road.hole", "assumed": True, "photos": 2, "outcome": None},
        )
        events.append(seal(event, events[-1] if events else None))
    return events


def test_a_chain_holds() -> None:
    events = chain()
    assert verify(events) is None
    assert verify(events, head=events[-1].hash) is None
    assert verify([]) is None
    assert verify([], head=GENESIS) is None
    assert events[0].prev_hash == GENESIS
    assert all(b.prev_hash == a.hash for a, b in itertools.pairwise(events))


def test_the_hash_is_that_of_canonical_json() -> None:
    event = seal(Event("r1", 1, "submit", NOW, "reporter", data={"b": 1, "a": "x"}), None)
    text = canonical(event).decode()
    assert event.hash == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(text)["at"] == "2026-11-24T03:04:05.000006Z"
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert '"hash"' not in text
    # The same instant in another zone is the same event.
    assert hash_of(dataclasses.replace(event, at=NOW.astimezone(WIB))) == event.hash


@given(st.integers(0, 3), st.sampled_from([f.name for f in dataclasses.fields(Event)]))
def test_every_changed_field_is_seen(n: int, name: str) -> None:
    events = chain()
    changed: dict[str, object] = {
        "seq": 9,
        "at": NOW + datetime.timedelta(seconds=1, days=n),
        "data": {"rule": "other"},
        "report": "r2",
    }
    value = changed.get(name, "x")
    events[n] = dataclasses.replace(events[n], **{name: value})  # type: ignore[arg-type]
    found = verify(events)
    assert found is not None
    assert found.seq in (n + 1, n + 2, 9)


def test_what_is_missing_doubled_or_swapped_is_seen() -> None:
    events = chain()
    assert verify(events[1:]) == Break(2, "an event is missing or doubled")
    assert verify([*events[:2], *events[3:]]) == Break(4, "an event is missing or doubled")
    assert verify([*events[:2], *events[1:]]) == Break(2, "an event is missing or doubled")
    assert verify(events[:3]) is None  # only the head tells
    assert verify(events[:3], head=events[3].hash) == Break(0, "the newest event is missing")


def test_a_chain_made_anew_is_seen_by_its_head() -> None:
    head = chain()[-1].hash
    forged = seal(Event("r1", 1, "submit", NOW, "reporter", to_state="received"), None)
    assert verify([forged]) is None
    assert verify([forged], head=head) is not None


def test_states_follow_one_another() -> None:
    first, *_ = chain(1)
    jump = Event("r1", 2, "x", NOW, "desk", from_state="closed", to_state="routed")
    assert verify([first, seal(jump, first)]) == Break(
        2, "its state does not follow the one before it"
    )


@pytest.mark.parametrize(
    "data",
    [
        {"phone": "x"},
        {"email": "x"},
        {"name": "x"},
        {"description": "x"},
        {"lat": 1},
        {"Rule": "x"},
        {"rule": "two words"},
        {"rule": "a@b"},
        {"rule": "+6281234567890"},
        {"rule": "x" * 65},
        {"rule": ""},
        {"rule": 1.5},
        {"rule": ["x"]},
    ],
)
def test_personal_data_and_free_text_cannot_be_hashed(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"may not stand|no code"):
        seal(Event("r1", 1, "submit", NOW, "reporter", data=data), None)


def test_a_text_is_sealed_without_being_known() -> None:
    salt = new_salt()
    digest = digest_text("The hole is filled.", salt)
    event = seal(Event("r1", 1, "reply", NOW, "handler", public_digest=digest), None)
    assert verify([event]) is None
    assert digest_text("The hole is filled.", salt) == event.public_digest
    assert digest_text("The hole is there.", salt) != event.public_digest
    assert digest_text("The hole is filled.", new_salt()) != event.public_digest


def test_events_are_sealed_in_order_and_in_a_zone() -> None:
    first, second = chain(2)
    with pytest.raises(ValueError, match="does not follow"):
        seal(second, None)
    with pytest.raises(ValueError, match="does not follow"):
        seal(first, second)
    with pytest.raises(ValueError, match="time zone"):
        seal(dataclasses.replace(first, at=NOW.replace(tzinfo=None)), None)
