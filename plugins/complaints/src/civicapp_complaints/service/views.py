"""What pages, API and jobs show of reports: frozen, without a Session behind it.

Instants are UTC: `Site.local` gives them the offset of the place. Texts are as people wrote them,
so they are escaped where they are shown. Labels are messages of the plugin's gettext domain.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from civicapp import Area

Audience = Literal["public", "reporter", "officer"]


@dataclass(frozen=True, slots=True)
class OfficeView:
    """An office: code of the agency or role, and what people call it at the place."""

    code: str
    name: str
    level: str | None
    phone: str | None = None
    website: str | None = None


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who has to mend something, and by when; the answer before a report is sent.

    area: None for a point in the sea or outside. office: None while the desk has to find it; then
    `reason` says why. desk: the desk's office; at_desk: the report will wait there, since nobody is
    known or `office` has no active officer. assumed: an officer has to check the owner.
    at_once: it begins as `routed`. estimated: free days on the way are not all known yet.
    """

    area: Area | None
    office: OfficeView | None
    level: str | None
    rule: str | None
    alternative: OfficeView | None
    assumed: bool
    at_once: bool
    at_desk: bool
    desk: OfficeView | None
    reason: str
    due_at: datetime.datetime | None
    estimated: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter gets for a new report. secret: shown once, kept nowhere.

    reachable: a message can be sent; else the reporter keeps number and link alone.
    repeated: the same request had made this report before.
    """

    id: str
    number: str
    shown: str
    secret: str
    state: str
    category: str
    visibility: str
    area: Area | None
    office: OfficeView | None
    at_desk: bool
    assumed: bool
    created_at: datetime.datetime
    due_at: datetime.datetime | None
    estimated: bool
    reachable: bool
    version: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo. ready: its files can be shown; broken: it could not be read."""

    id: str
    kind: str
    ready: bool
    broken: bool
    review: str
    width: int
    height: int
    seq: int | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened. label: what to write; who: `reporter`, `office`, `desk`, `system`.

    office: name of the acting agency. officer: name of the account, for officers only. internal:
    `text` is for officers only. data: codes such as `reason`, `outcome`, `agency`.
    """

    seq: int
    at: datetime.datetime
    action: str
    label: str
    who: str
    office: str | None
    officer: str | None
    from_state: str | None
    to_state: str | None
    text: str
    internal: bool
    photos: tuple[PhotoView, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """Something that may be done now. asks: the fields that come with it, as forms name them.

    A field in `needs` must be filled in; of `a/b` one of both.
    """

    action: str
    label: str
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report as one audience may see it. What an audience may not see is None or empty.

    text: the public text, or for reporter and officers what was written. lat, lon: coarse unless it
    is about public property, exact for reporter and officers. queue: where it waits, officers only.
    proposal: the text with what is personal masked, for reviewers. contact: the ways that are
    known, `email`, `phone`, `name`, not the data themselves.
    """

    audience: Audience
    id: str
    number: str
    shown: str
    version: int
    category: str
    state: str
    outcome: str | None
    text: str
    public_text: str | None
    visibility: str
    review: str
    published: bool
    area: Area | None
    lat: float | None
    lon: float | None
    landmark: str | None = None
    office: OfficeView | None
    level: str | None
    assumed: bool = False
    at_desk: bool
    desk: OfficeView | None
    due_at: datetime.datetime | None
    estimated: bool
    overdue: bool
    promised_on: datetime.date | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    closed_at: datetime.datetime | None
    timeline: tuple[TimelineEntry, ...]
    photos: tuple[PhotoView, ...]
    actions: tuple[ActionChoice, ...]
    language: str = ""
    channel: str = ""
    accuracy_m: int | None = None
    answer: str | None = None
    contact: tuple[str, ...] = ()
    alternative: OfficeView | None = None
    proposal: str | None = None
    masked: tuple[str, ...] = ()
    officer: str | None = None
    duplicate_of: str | None = None
    bounces: int = 0
    reopened: int = 0


@dataclass(frozen=True, slots=True)
class PublicItem:
    """A line of the public list."""

    number: str
    shown: str
    category: str
    state: str
    outcome: str | None
    text: str
    area: Area | None
    lat: float | None
    lon: float | None
    office: OfficeView | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    due_at: datetime.datetime | None
    closed_at: datetime.datetime | None
    photo: str | None


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A part of the public list. next, previous: cursors, None at the ends."""

    items: tuple[PublicItem, ...]
    next: str | None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A line of an officer's queue."""

    id: str
    number: str
    shown: str
    version: int
    category: str
    state: str
    outcome: str | None
    text: str
    area: Area | None
    office: OfficeView | None
    at_desk: bool
    assumed: bool
    created_at: datetime.datetime
    due_at: datetime.datetime | None
    overdue: bool
    photos: int
    officer: str | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A part of a queue. next: cursor, None at the end."""

    items: tuple[QueueItem, ...]
    next: str | None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Contacted:
    """Contact data, opened for an officer who may see them; the opening is on record."""

    name: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A text that hands a report over to another body."""

    subject: str
    body: str
