"""The table of states: what is in it, what is not, and walks through it."""

import datetime
import itertools

import pytest
from civicapp_complaints.domain.moves import Standing, Step, apply, possible, submitted
from civicapp_complaints.domain.states import (
    EDGES,
    Action,
    Actor,
    NotPossible,
    Outcome,
    State,
    allowed,
    edge,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 24, 3, tzinfo=datetime.UTC)
LATER = [a for a in Action if a is not Action.SUBMIT]
CARRIED = {
    "category": "road.hole",
    "agency": "ROADS",
    "rule": "roads",
    "reason": "wrong street",
    "question": "Which house?",
    "text": "Number 7",
    "promised_on": datetime.date(2026, 12, 1),
    "body": "HIGHWAYS",
    "channel": "letter",
    "contact_shared": False,
    "note": "The hole was filled with asphalt.",
    "public_text": "Not a public road.",
    "duplicate_of": "7K3Q9XW2W",
}
# What may follow in each state, as the specification lists it.
LEGAL = {
    State.RECEIVED: "route ask hand_over reject merge withdraw",
    State.ROUTED: "return reassign accept ask hand_over merge withdraw",
    State.IN_PROGRESS: "reassign ask schedule hand_over resolve no_action merge withdraw",
    State.SCHEDULED: "reassign schedule start resolve merge withdraw",
    State.WAITING_REPORTER: "answer expire_ask withdraw",
    State.HANDED_OVER: "take_back resolve withdraw",
    State.RESOLVED: "send_back dispute confirm auto_close",
    State.CLOSED: "unmerge reopen appeal",
}


def possible_somehow(state: State, action: Action) -> bool:
    outcomes: list[Outcome | None] = list(Outcome) if state is State.CLOSED else [None]
    for outcome in outcomes:
        try:
            edge(state, action, outcome)
        except NotPossible:
            continue
        return True
    return False


def test_the_table_has_41_edges_and_23_actions_after_submit() -> None:
    assert len(EDGES) == len({(e.source, e.action) for e in EDGES}) == 41
    assert len(State) == 8
    assert len(LATER) == 23


def test_of_184_pairs_40_are_legal_and_144_refused() -> None:
    pairs = list(itertools.product(State, LATER))
    legal = {(s, a) for s, a in pairs if possible_somehow(s, a)}
    assert len(pairs) == 184
    assert len(legal) == 40
    assert legal == {(s, Action(a)) for s, names in LEGAL.items() for a in names.split()}


def test_each_of_them_is_refused_with_a_typed_error_for_everyone() -> None:
    for state, action in itertools.product(State, LATER):
        if action.value in LEGAL[state].split():
            continue
        for outcome, actor in itertools.product(Outcome, Actor):
            standing = Standing(state, outcome=outcome if state is State.CLOSED else None)
            with pytest.raises(NotPossible) as refused:
                apply(standing, Step(action, actor, NOW, "officer", CARRIED))
            assert refused.value.code == "not-possible"
            assert (refused.value.action, refused.value.state) == (action, state)


@pytest.mark.parametrize(
    ("action", "outcomes"),
    [
        (Action.UNMERGE, "duplicate"),
        (Action.REOPEN, "fixed answered no_action no_reply"),
        (Action.APPEAL, "rejected"),
    ],
)
def test_what_may_follow_closing_depends_on_the_outcome(action: Action, outcomes: str) -> None:
    for outcome in Outcome:
        found = action in {e.action for e in allowed(State.CLOSED, outcome)}
        assert found == (outcome.value in outcomes.split())
    assert allowed(State.CLOSED) == ()


def test_only_three_actions_are_fired_by_a_timer() -> None:
    by_system = {e.action for e in EDGES if Actor.SYSTEM in e.who}
    # `route` is the system's too, at once and only by a rule.
    assert by_system == {Action.EXPIRE_ASK, Action.TAKE_BACK, Action.AUTO_CLOSE, Action.ROUTE}


def test_an_agency_that_is_not_responsible_never_closes_a_report() -> None:
    ends = {e.action for e in EDGES if e.target is State.CLOSED}
    assert not ends & {Action.RETURN, Action.REASSIGN, Action.HAND_OVER, Action.RESOLVE}


def test_edges_into_closed_name_an_outcome_and_no_others_do() -> None:
    for found in EDGES:
        assert bool(found.closes) == (found.target is State.CLOSED)
        assert bool(found.after) == (found.source is State.CLOSED)


@given(st.data())
def test_random_walks_never_leave_the_table(data: st.DataObject) -> None:
    start = Step(Action.SUBMIT, Actor.REPORTER, NOW, None, CARRIED)
    standing = submitted(start)
    for n in range(data.draw(st.integers(0, 30))):
        action = data.draw(st.sampled_from(LATER))
        actor = data.draw(st.sampled_from(list(Actor)))
        outcome = data.draw(st.sampled_from([Outcome.FIXED, Outcome.ANSWERED]))
        carried = {**CARRIED, "outcome": outcome}
        step = Step(action, actor, NOW + datetime.timedelta(n), f"officer{n}", carried)
        edges = {e.action: e for e in possible(standing, frozenset({actor}))}
        before = standing
        try:
            standing = apply(before, step)
        except Exception as refused:
            # What is listed for this person can only fail by counts, times and own work.
            code = getattr(refused, "code", None)
            assert code in (
                {"not-yours", "too-late"} if action in edges else {"not-possible", "not-yours"}
            )
            continue
        assert action in edges
        assert (standing.state is State.CLOSED) == (standing.outcome is not None)
        assert (standing.state is State.CLOSED) == (standing.closed_at is not None)
        assert standing.outcome is None or standing.outcome in edges[action].closes
        if standing.state in (State.ROUTED, State.IN_PROGRESS, State.SCHEDULED, State.RESOLVED):
            assert standing.agency == "ROADS" or before.state is State.HANDED_OVER
        if standing.state is State.WAITING_REPORTER:
            assert standing.resume in (State.RECEIVED, State.ROUTED, State.IN_PROGRESS)
