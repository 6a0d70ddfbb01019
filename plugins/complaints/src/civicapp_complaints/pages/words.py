"""Words: how pages write states, times, places and faults, in the reader's language."""

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from civicapp import N_, Area
from civicapp.web import WebContext
from civicapp_complaints.domain.states import State
from civicapp_complaints.service.errors import Fault
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.views import Audience, TimelineEntry
from civicapp_complaints.service.words import OUTCOMES, STATES

WORKED_ON = (State.IN_PROGRESS, State.SCHEDULED)
WAITS = (State.WAITING_REPORTER, State.RESOLVED)
YOURS, THEIRS = N_("Waiting for you"), N_("Waiting for the reporter")
YOU, REPORTER = N_("You"), N_("Reporter")
STOPPED = (*WAITS, State.HANDED_OVER)


class Standing(Protocol):
    """What a tag tells of: a report as a list or a page shows it."""

    @property
    def state(self) -> str:
        """Return its state."""
        ...

    @property
    def outcome(self) -> str | None:
        """Return how it ended, if it has."""
        ...


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: kind of the portal kit, and word."""

    kind: str
    word: str


class Fields(dict[str, str]):
    """What a form's fields hold; one that was not sent holds nothing."""

    def __missing__(self, name: str) -> str:
        """Return the empty text."""
        return ""


@dataclass(frozen=True, slots=True)
class Faulty:
    """What is wrong with a form, for its template. items: target and sentence."""

    items: tuple[tuple[str, str], ...] = ()
    codes: frozenset[str] = frozenset()

    @property
    def status(self) -> int:
        """Return the status of the page that shows it."""
        return (429 if "too-often" in self.codes else 422) if self.items else 200

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.items)

    def of(self, field: str) -> str:
        """Return what is wrong with a field, "" if nothing."""
        return next((text for target, text in self.items if target == f"#{field}"), "")


class Words:
    """Write what one reader sees. now: when."""

    def __init__(self, ctx: WebContext, site: Site, now: datetime.datetime) -> None:
        self._ctx, self._site, self._now = ctx, site, now

    # What a report is about, and where

    def category(self, code: str) -> str:
        """Name a category."""
        found = self._site.catalog.categories.get(code)
        return self._ctx.text(found.name) if found else code

    def icon(self, code: str) -> str:
        """Return the icon of a category."""
        found = self._site.catalog.categories.get(code)
        return self._site.catalog.icon(found) if found else "dot"

    def place(self, area: Area | None) -> str:
        """Name an area with those above it."""
        return self._ctx.portal.place(area) if area else ""

    def shown(self, number: str) -> str:
        """Write a number as people see it."""
        return self._site.shown(number)

    # When

    def moment(self, at: datetime.datetime, area: Area | None = None) -> str:
        """Write an instant in the time of a place."""
        return self._ctx.moment(at, str(self._zone(area)))

    def day(self, at: datetime.datetime | datetime.date, area: Area | None = None) -> str:
        """Write a day in the time of a place: `22 Mei 2026`."""
        if isinstance(at, datetime.datetime):
            at = at.astimezone(self._zone(area)).date()
        return self._ctx.date(at)

    def short_day(self, at: datetime.datetime, area: Area | None = None) -> str:
        """Write a day with a short month: `17 Agu 2026`."""
        return self._ctx.date(at.astimezone(self._zone(area)).date(), "medium")

    def _zone(self, area: Area | None) -> datetime.tzinfo:
        return self._site.zone(area.code if area else None)

    def ago(self, at: datetime.datetime) -> str:
        """Say how long ago something was."""
        days = (self._now - at).days
        if days < 1:
            return self._ctx.gettext("today")
        return self._ctx.ngettext("%(num)s day ago", "%(num)s days ago", days)

    def left(self, due: datetime.datetime | None, state: str) -> str:
        """Say how much time is left: `sisa 2 hari`, `lewat 5 jam`, `jam berhenti`."""
        if due is None:
            return self._ctx.gettext("no date promised")
        if state in STOPPED:
            return self._ctx.gettext("clock stopped")
        hours = math.floor(abs((due - self._now).total_seconds()) / 3600)
        late, ngettext = due < self._now, self._ctx.ngettext
        if hours < 48:
            n = max(1, hours)
            if late:
                return ngettext("%(num)s hour over", "%(num)s hours over", n)
            return ngettext("%(num)s hour left", "%(num)s hours left", n)
        n = hours // 24
        if late:
            return ngettext("%(num)s day over", "%(num)s days over", n)
        return ngettext("%(num)s day left", "%(num)s days left", n)

    def late(self, due: datetime.datetime) -> str:
        """Say how late something is: `Terlambat 2 hari`."""
        hours = max(1, math.floor((self._now - due).total_seconds() / 3600))
        ngettext = self._ctx.ngettext
        if hours < 48:
            return ngettext("%(num)s hour late", "%(num)s hours late", hours)
        return ngettext("%(num)s day late", "%(num)s days late", hours // 24)

    # How it stands

    def tag(self, report: Standing, audience: Audience = "public") -> Tag:
        """Say where a report stands, in few words for residents and in eight for officers."""
        gettext = self._ctx.gettext
        if report.state == State.CLOSED:
            outcome = gettext(OUTCOMES.get(report.outcome or "", N_("Closed")))
            return Tag("done", outcome)
        if audience == "officer":
            kinds = {**dict.fromkeys(WORKED_ON, "info"), **dict.fromkeys(STOPPED, "warn")}
            asked = report.state == State.WAITING_REPORTER  # the state's word speaks to reporters
            word = THEIRS if asked else STATES[report.state]
            return Tag(kinds.get(State(report.state), "neutral"), gettext(word))
        if report.state in WORKED_ON:
            return Tag("info", gettext("Being worked on"))
        if report.state in WAITS:
            word = YOURS if audience == "reporter" else THEIRS
            return Tag("warn", gettext(word))
        if report.state == State.HANDED_OVER:
            return Tag("neutral", gettext("With another body"))
        return Tag("neutral", gettext("Received"))

    def who(self, entry: TimelineEntry, audience: Audience) -> str:
        """Say who did something: the office, the officer for officers, or `you`."""
        if entry.who == "reporter":
            word = YOU if audience == "reporter" else REPORTER
            return self._ctx.gettext(word)
        if entry.who == "system":
            return self._ctx.gettext("automatic")
        names = (entry.officer, entry.office)
        return ", ".join(n for n in names if n) or self._ctx.gettext("Report desk")

    def happened(self, entry: TimelineEntry) -> str:
        """Say what happened, with the office that it went to."""
        label = self._ctx.gettext(entry.label)
        office = entry.data.get("agency_name") or entry.data.get("body_name")
        return f"{label}: {office}" if office else label

    # What is wrong

    def said(self, fault: Fault) -> str:
        """Translate a fault."""
        words = {k: str(v) for k, v in fault.words.items()}
        return self._ctx.gettext(fault.message, **words)

    def faulty(self, faults: Iterable[Fault]) -> Faulty:
        """Write faults for a form: those of one field with the same words stand once."""
        found = list(faults)
        items = dict.fromkeys((f"#{f.field}", self.said(f)) for f in found)
        return Faulty(tuple(items), frozenset(f.code for f in found))
