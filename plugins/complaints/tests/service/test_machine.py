"""Anyone does anything, in any order: what the service keeps agrees with the table of states."""

import datetime

from civicapp_complaints.domain.events import verify
from civicapp_complaints.domain.moves import Standing
from civicapp_complaints.domain.states import EDGES, Action, Actor, State, edge
from civicapp_complaints.models import Clock, EventRow
from civicapp_complaints.service import officer, reporter
from civicapp_complaints.service.act import standing_of
from civicapp_complaints.service.errors import (
    Invalid,
    NotPossible,
    NotYours,
    Outdated,
    TooLate,
    Unknown,
)
from civicapp_complaints.service.history import event_of
from civicapp_complaints.service.links import opened
from civicapp_complaints.service.officer import Order
from civicapp_complaints.service.read import officers_report, public_report, reporters_report
from civicapp_complaints.service.reporter import Wish
from civicapp_complaints.service.review import Review, review
from civicapp_complaints.service.rows import may, parts_of, permission_of
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from civicapp import Act

NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)
PEOPLE = {
    "handler": ("handler", "ROADS", "7.1"),
    "stranger": ("handler", "ROADS", "7.2"),
    "highways": ("handler", "HIGHWAYS", None),
    "desk": ("desk", None, None),
    "head": ("supervisor", "ROADS", "7.1"),
    "desk's head": ("supervisor", "DESK", None),
    "verifier": ("verifier", None, None),
    "reviewer": ("reviewer", None, None),
    "auditor": ("auditor", None, None),
}
ANY = st.sampled_from([a.value for a in Action])
OFFERED = st.integers(0, 9)  # one of the actions that this person is offered
STEPS = st.tuples(
    st.sampled_from(["handler", "handler", "desk", "reporter", *PEOPLE]),
    st.one_of(OFFERED, OFFERED, OFFERED, OFFERED, ANY),
    st.sampled_from(["ROADS", "HIGHWAYS", "ROADS", "NOBODY"]),
    st.sampled_from(["Enough words to be taken as a note."] * 5 + [""]),
    st.sampled_from([0, 0, 1, 20]),  # days until then
    st.sampled_from([False] * 9 + [True]),  # whether it comes with an outdated version
)
REFUSED = (NotPossible, NotYours, TooLate, Invalid, Unknown)


class Play:
    """One report on which random people act."""

    def __init__(self, world):
        self.world = world
        self.people = {name: world.officer(*who) for name, who in PEOPLE.items()}
        self.receipt = world.submit(visibility="public", email="someone@example.org")
        self.other = world.submit()
        self.now = NOW

    def row(self):
        return self.world.report(self.receipt.number)

    def chosen(self, name, action):
        """Return an action: the one that is named, or one that this person is offered."""
        if isinstance(action, str):
            return action
        try:
            if name == "reporter":
                view = self.world.read(reporters_report, self.receipt.secret, self.now)
            else:
                number = self.receipt.number
                view = self.world.read(officers_report, self.people[name], number, self.now)
        except Unknown:
            return "accept"
        offered = [a.action for a in view.actions if a.action in tuple(Action)]
        return offered[action % len(offered)] if offered else "accept"

    def step(self, name, action, agency, words, days, outdated):
        self.now += datetime.timedelta(days=days, minutes=1)
        before = self.row()
        version = before.version - outdated
        try:
            if name == "reporter":
                self.as_reporter(action, words, version)
            else:
                self.as_officer(name, action, agency, words, version)
        except REFUSED as refused:
            return before, refused
        except Outdated as refused:
            return before, refused if outdated else None
        return before, None

    def as_reporter(self, action, words, version):
        def run(session, site):
            report = opened(session, site, self.receipt.number, self.receipt.secret)
            return reporter.act(
                session, site, report, Wish(action=action, text=words, version=version), self.now
            )

        self.world.write(run)

    def as_officer(self, name, action, agency, words, version):
        person = self.people[name]
        carried = {
            "agency": agency,
            "body": agency,
            "channel": "letter",
            "duplicate_of": self.other.number,
            "outcome": "fixed",
            "promised_on": "2027-01-01",
            **dict.fromkeys(("reason", "note", "question", "public_text"), words),
        }
        if action == "reject":
            carried["reason"] = "no_place" if words else ""
        order = Order(action=action, version=version, carried=carried)
        act = Act(person.id, "", self.now)
        self.world.write(officer.act, person, self.receipt.number, order, act)


@given(steps=st.lists(STEPS, min_size=8, max_size=25), approve=st.integers(0, 13))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_anyone_does_the_report_stays_sound(world, steps, approve):
    play = Play(world)
    for n, step in enumerate(steps):
        if n == approve and play.row().visibility == "public":
            reviewer = play.people["reviewer"]
            given_ = Review(approve=True, text="The lamp is out.")
            world.write(
                review, reviewer, play.receipt.number, given_, Act(reviewer.id, "", play.now)
            )
        name, action, *rest = step
        action = play.chosen(name, action)
        before, refused = play.step(name, action, *rest)
        after = play.row()
        if refused is not None:
            assert (after.version, after.seq, after.state) == (
                before.version,
                before.seq,
                before.state,
            )
        else:
            check_step(play, (name, action), before, after)
            event(action)
        check_row(world, after)
    check_choices(play)


def check_step(play, step, before, after):
    """What was done stands in the table, for someone who acts in that part."""
    name, action = step[0], Action(step[1])
    found = edge(State(before.state), action, standing_of(before).outcome)
    if name == "reporter":
        assert Actor.REPORTER in found.who
    else:
        person = play.people[name]
        assert may(play.world.site, person, permission_of(action), before)
        assert parts_of(play.world.site, person, before) & found.who
    assert (after.version, after.seq) == (before.version + 1, before.seq + 1)
    assert isinstance(found.target, str)
    if isinstance(found.target, State):
        assert after.state == found.target


def check_row(world, row):
    """A report agrees with its history and with itself."""

    def read(session):
        events = session.scalars(
            select(EventRow).where(EventRow.report == row.id).order_by(EventRow.seq)
        )
        clocks = session.scalars(select(Clock).where(Clock.report == row.id))
        return [event_of(e) for e in events], list(clocks)

    events, clocks = world.db.read_now(read)
    assert verify(events, row.head) is None
    assert events[-1].to_state == row.state
    assert (row.closed_at is not None) == (row.state == "closed") == (row.outcome is not None)
    assert (row.resume is not None) <= (row.state in ("waiting_reporter", "closed"))
    running = [c for c in clocks if c.stopped_at is None]
    assert len(running) == (0 if row.state in ("resolved", "closed") else 1)
    assert row.due_at == max(clocks, key=lambda c: c.cycle).due_at
    assert (row.queue is None) == (row.agency is None)
    assert row.queue in (row.agency, "DESK")
    public = row.visibility == "public" and row.review == "approved"
    assert (row.published_at is not None) == public
    if public:
        world.read(public_report, row.number, NOW)


def check_choices(play):
    """What an officer is offered is what the table and the permissions allow, and nothing else."""
    row, world = play.row(), play.world
    standing: Standing = standing_of(row)
    for person in play.people.values():
        try:
            offered = {
                a.action for a in world.read(officers_report, person, row.number, NOW).actions
            }
        except Unknown:
            continue
        parts = parts_of(world.site, person, row)
        allowed = {
            e.action.value
            for e in EDGES
            if e.source == standing.state
            and (not e.after or standing.outcome in e.after)
            and e.who & parts
            and may(world.site, person, permission_of(e.action), row)
        }
        assert offered - {"reply", "note"} == allowed
