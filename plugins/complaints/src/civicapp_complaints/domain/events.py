"""The history of a report: events, each sealed by a hash that holds the one before it.

Nothing personal is hashed: `data` takes codes and numbers only, and of texts a digest with a salt
that is stored beside the text. When text and salt are erased, the chain still holds, and the digest
says nothing.
"""

import datetime
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TypeAlias

Value: TypeAlias = str | int | bool | None
GENESIS = ""
SALT_BYTES = 16
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
# Names under which people put what tells who someone is.
PERSONAL = frozenset(
    (
        "address",
        "contact",
        "description",
        "email",
        "internal_text",
        "ip",
        "landmark",
        "lat",
        "lon",
        "name",
        "note",
        "phone",
        "public_text",
        "question",
        "secret",
        "text",
        "token",
    )
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a report.

    report: its id. seq: counts from 1. actor: id of an account, None for reporters and the system.
    public_digest, internal_digest: of the texts, by `digest_text`. data: codes and numbers.
    prev_hash, hash: set by `seal`.
    """

    report: str
    seq: int
    action: str
    at: datetime.datetime
    actor_kind: str
    actor: str | None = None
    agency: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    public_digest: str | None = None
    internal_digest: str | None = None
    data: Mapping[str, Value] = field(default_factory=dict)
    prev_hash: str = GENESIS
    hash: str = ""


def seal(event: Event, previous: Event | None) -> Event:
    """Put an event behind the previous one: give it its hashes. ValueError if that cannot be."""
    if event.at.tzinfo is None:
        raise ValueError("an event's instant has a time zone")
    if event.seq != (previous.seq + 1 if previous else 1):
        raise ValueError(f"event {event.seq} does not follow {previous.seq if previous else 0}")
    for key, value in event.data.items():
        if not KEY.fullmatch(key) or key in PERSONAL:
            raise ValueError(f"`{key}` may not stand in an event's data")
        if not _is_code(value):
            raise ValueError(f"`{key}` is no code and no whole number")
    linked = replace(event, prev_hash=previous.hash if previous else GENESIS)
    return replace(linked, hash=hash_of(linked))


def _is_code(value: Value) -> bool:
    match value:
        case None | int():
            return True
        case str():
            return CODE.fullmatch(value) is not None
        case _:
            return False


def hash_of(event: Event) -> str:
    """Compute an event's SHA-256 over its canonical form, without the hash itself."""
    return hashlib.sha256(canonical(event)).hexdigest()


def canonical(event: Event) -> bytes:
    """Write an event as JSON with sorted keys, no spaces, UTF-8, and instants in UTC."""
    fields = asdict(event)
    del fields["hash"]
    at = event.at.astimezone(datetime.UTC)
    fields["at"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields["data"] = dict(event.data)
    return json.dumps(
        fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    ).encode()


def new_salt() -> str:
    """Draw the salt of a text."""
    return secrets.token_hex(SALT_BYTES)


def digest_text(text: str, salt: str) -> str:
    """Digest a text with its salt, so that changing it is seen and guessing it is hopeless."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold. `seq` is 0 when its end is missing."""

    seq: int
    reason: str


def verify(events: Iterable[Event], head: str | None = None) -> Break | None:
    """Check a report's whole history; return the first place where it does not hold.

    events: all events of one report, by `seq`. head: hash of the newest event, as stored with the
    report; without it a history that was cut short looks whole.
    """
    previous: Event | None = None
    for event in events:
        if reason := _break(event, previous):
            return Break(event.seq, reason)
        previous = event
    if head is not None and head != (previous.hash if previous else GENESIS):
        return Break(0, "the newest event is missing")
    return None


def _break(event: Event, previous: Event | None) -> str | None:
    checks = (
        (event.seq == (previous.seq + 1 if previous else 1), "an event is missing or doubled"),
        (not previous or event.report == previous.report, "it belongs to another report"),
        (
            event.prev_hash == (previous.hash if previous else GENESIS),
            "it does not follow the event before it",
        ),
        (event.hash == hash_of(event), "it was changed"),
        (
            not previous or event.from_state == previous.to_state,
            "its state does not follow the one before it",
        ),
    )
    return next((reason for holds, reason in checks if not holds), None)
