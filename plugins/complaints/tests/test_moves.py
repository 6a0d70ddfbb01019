"""Who may act, with what, how often, and where the report is then."""

import datetime
from dataclasses import replace

import pytest
from civicapp_complaints.domain.moves import (
    Incomplete,
    NotYours,
    Standing,
    Step,
    TooLate,
    Windows,
    apply,
    possible,
    submitted,
)
from civicapp_complaints.domain.states import Action, Actor, Outcome, State

NOW = datetime.datetime(2026, 11, 24, 3, tzinfo=datetime.UTC)
ROUTED = Standing(State.ROUTED, agency="ROADS")
WORKING = Standing(State.IN_PROGRESS, agency="ROADS")
RESOLVED = Standing(State.RESOLVED, agency="ROADS", resolved_by="officer-1")
CLOSED = Standing(State.CLOSED, Outcome.FIXED, agency="ROADS", closed_at=NOW)
NOTE = "The hole was filled with asphalt."


def step(name: str, actor: str, by: str | None = None, days: float = 0, **carried: object) -> Step:
    return Step(Action(name), Actor(actor), NOW + datetime.timedelta(days), by, carried)


def test_the_whole_path_of_a_report() -> None:
    standing = submitted(step("submit", "reporter", category="road.hole"))
    assert standing == Standing(State.RECEIVED)
    standing = apply(standing, step("route", "system", agency="ROADS", rule="roads"))
    assert (standing.state, standing.agency) == (State.ROUTED, "ROADS")
    standing = apply(standing, step("accept", "handler", "officer-1"))
    standing = apply(standing, step("resolve", "handler", "officer-1", note=NOTE))
    assert standing == RESOLVED
    standing = apply(standing, step("confirm", "reporter", outcome="fixed"))
    assert standing == replace(CLOSED, resolved_by="officer-1")


@pytest.mark.parametrize(
    ("standing", "refused"),
    [
        (ROUTED, step("accept", "desk", "officer-1")),
        (ROUTED, step("accept", "reporter")),
        (WORKING, step("no_action", "handler", "officer-1", reason="no money")),
        (RESOLVED, step("auto_close", "desk", "officer-1", outcome="fixed")),
        (RESOLVED, step("dispute", "handler", "officer-1", reason="not done")),
        (CLOSED, step("reopen", "handler", "officer-1", reason="again")),
    ],
)
def test_others_are_refused(standing: Standing, refused: Step) -> None:
    with pytest.raises(NotYours):
        apply(standing, refused)


def test_nobody_verifies_own_work() -> None:
    for checked in (
        step("send_back", "verifier", reason="not done"),
        step("confirm", "verifier", outcome="fixed"),
    ):
        for by in ("officer-1", None):
            with pytest.raises(NotYours):
                apply(RESOLVED, replace(checked, by=by))
        apply(RESOLVED, replace(checked, by="officer-2"))


@pytest.mark.parametrize(
    ("standing", "incomplete", "field"),
    [
        (Standing(State.RECEIVED), step("route", "desk", agency="ROADS"), "rule"),
        (Standing(State.RECEIVED), step("reject", "desk", reason="spam"), "public_text"),
        (ROUTED, step("return", "handler", "officer-1"), "reason"),
        (ROUTED, step("return", "handler", "officer-1", reason="  "), "reason"),
        (ROUTED, step("hand_over", "desk", body="X", channel="letter"), "contact_shared"),
        (WORKING, step("resolve", "handler", "officer-1"), "note"),
        (WORKING, step("resolve", "handler", "officer-1", note="Done."), "note"),
        (WORKING, step("resolve", "handler", "officer-1", note=" " * 30 + "Done."), "note"),
        (WORKING, step("schedule", "handler", "officer-1", reason="rain"), "promised_on"),
        (Standing(State.WAITING_REPORTER), step("answer", "reporter"), "text"),
        (RESOLVED, step("confirm", "reporter"), "outcome"),
        (RESOLVED, step("confirm", "reporter", outcome="rejected"), "outcome"),
    ],
)
def test_what_must_come_with_an_action(standing: Standing, incomplete: Step, field: str) -> None:
    with pytest.raises(Incomplete) as refused:
        apply(standing, incomplete)
    assert refused.value.field == field


def test_a_photo_is_an_answer_and_no_is_one_too() -> None:
    waiting = Standing(State.WAITING_REPORTER, resume=State.ROUTED)
    assert apply(waiting, step("answer", "reporter", media=("photo",))).state is State.ROUTED
    handed = step("hand_over", "desk", body="X", channel="letter", contact_shared=False)
    assert apply(ROUTED, handed).state is State.HANDED_OVER


@pytest.mark.parametrize("state", [State.RECEIVED, State.ROUTED, State.IN_PROGRESS])
def test_a_question_leads_back_to_where_the_report_was(state: State) -> None:
    asked = apply(Standing(state, agency="A"), step("ask", "desk", question="Where?"))
    assert asked.resume is state
    answered = apply(asked, step("answer", "reporter", text="Here."))
    assert answered == Standing(state, agency="A")


def test_a_merged_report_comes_back_where_it_was() -> None:
    merged = apply(WORKING, step("merge", "handler", "officer-1", duplicate_of="7K3Q9XW2W"))
    assert (merged.state, merged.outcome) == (State.CLOSED, Outcome.DUPLICATE)
    assert apply(merged, step("unmerge", "supervisor", "officer-3", reason="differs")) == WORKING


def test_after_two_returns_only_a_supervisor_routes() -> None:
    standing = ROUTED
    for _ in range(2):
        standing = apply(standing, step("return", "handler", "officer-1", reason="not ours"))
        assert (standing.state, standing.agency) == (State.RECEIVED, None)
        again = step("route", "supervisor", "officer-3", agency="ROADS", rule="manual")
        standing = apply(standing, again)
    returned = apply(standing, step("return", "handler", "officer-1", reason="not ours"))
    assert returned.bounces == 3
    with pytest.raises(NotYours):
        apply(returned, step("route", "desk", "officer-4", agency="ROADS", rule="manual"))


def test_a_date_is_moved_twice_at_most() -> None:
    moved = step("schedule", "handler", "officer-1", promised_on=NOW.date(), reason="rain")
    standing = apply(WORKING, moved)  # set, not moved
    standing = apply(apply(standing, moved), moved)
    with pytest.raises(TooLate) as refused:
        apply(standing, moved)
    assert refused.value.words == {"n": 2}


def test_a_reporter_reopens_twice_within_thirty_days() -> None:
    again = step("reopen", "reporter", days=30, reason="broken again")
    reopened = apply(CLOSED, again)
    assert (reopened.state, reopened.outcome, reopened.reopened) == (State.ROUTED, None, 1)
    assert apply(replace(CLOSED, agency=None), again).state is State.RECEIVED
    with pytest.raises(TooLate):
        apply(CLOSED, step("reopen", "reporter", days=30.1, reason="broken again"))
    with pytest.raises(TooLate):
        apply(replace(CLOSED, reopened=2), again)
    with pytest.raises(TooLate):
        apply(CLOSED, again, Windows(reopen_days=7))
    late = step("reopen", "supervisor", "officer-3", days=400, reason="broken again")
    assert apply(replace(CLOSED, reopened=9), late).state is State.ROUTED


def test_a_dispute_counts_as_reopening() -> None:
    disputed = apply(RESOLVED, step("dispute", "reporter", reason="still there"))
    assert (disputed.state, disputed.reopened) == (State.IN_PROGRESS, 1)


def test_a_reporter_appeals_once_within_two_weeks() -> None:
    rejected = Standing(State.CLOSED, Outcome.REJECTED, closed_at=NOW)
    appeal = step("appeal", "reporter", days=14, reason="it is public")
    appealed = apply(rejected, appeal)
    assert (appealed.state, appealed.appealed) == (State.RECEIVED, True)
    with pytest.raises(TooLate):
        apply(rejected, step("appeal", "reporter", days=15, reason="it is public"))
    with pytest.raises(TooLate):
        apply(replace(rejected, appealed=True), appeal)


def test_what_someone_may_do_now() -> None:
    handler = possible(WORKING, frozenset({Actor.HANDLER}))
    assert [e.action for e in handler] == [
        Action.ASK,
        Action.SCHEDULE,
        Action.RESOLVE,
        Action.MERGE,
    ]
    assert possible(WORKING, frozenset()) == ()
