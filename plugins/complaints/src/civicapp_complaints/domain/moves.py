"""Carry out what the table of states allows: who, with what, how often; where a report is then."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from civicapp import N_
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.states import (
    Action,
    Actor,
    Back,
    Edge,
    Outcome,
    State,
    allowed,
    edge,
)

SHORTEST_NOTE = 20
MOST_BOUNCES = 2
MOST_CHANGES = 2


class NotYours(Refusal):
    """Someone else may do it: 403."""

    code: ClassVar[str] = "not-yours"

    def __init__(self, action: Action, actor: Actor) -> None:
        super().__init__(N_("Someone else has to do this."))
        self.action, self.actor = action, actor


class Incomplete(Refusal):
    """Something that must come with the action is missing: 422."""

    code: ClassVar[str] = "incomplete"

    def __init__(self, missing: str, message: str = "", **words: object) -> None:
        super().__init__(message or N_("Fill in this field."), words, field=missing)


class TooLate(Refusal):
    """The time for it is over, or it was done as often as allowed: 409."""

    code: ClassVar[str] = "too-late"


@dataclass(frozen=True, slots=True)
class Windows:
    """How long and how often a reporter may come back to a closed report."""

    reopen_days: int = 30
    reopen_times: int = 2
    appeal_days: int = 14


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a report decides what may happen next.

    resume: the state to go back to after a question or a merge. agency: the responsible one, if
    known. bounces: how often a handler returned it. changes: how often its date was moved.
    reopened: how often its reporter did not agree. resolved_by: account of the officer who says it
    is done.
    """

    state: State
    outcome: Outcome | None = None
    resume: State | None = None
    agency: str | None = None
    bounces: int = 0
    changes: int = 0
    reopened: int = 0
    appealed: bool = False
    resolved_by: str | None = None
    closed_at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that someone does to a report.

    by: the account of an officer, None for others. carried: what comes with it, by the names of the
    table; `outcome` where an edge can close in several ways. The rule of an officer who chooses the
    agency by hand is `manual`.
    """

    action: Action
    actor: Actor
    at: datetime.datetime
    by: str | None = None
    carried: Mapping[str, object] = field(default_factory=dict)


def submitted(step: Step) -> Standing:
    """Begin a report."""
    _check(edge(None, step.action), step)
    return Standing(State.RECEIVED)


def possible(standing: Standing, actors: frozenset[Actor]) -> tuple[Edge, ...]:
    """List what someone who acts in these parts may do now; times and counts are not looked at."""
    return tuple(e for e in allowed(standing.state, standing.outcome) if e.who & actors)


def apply(standing: Standing, step: Step, windows: Windows | None = None) -> Standing:
    """Do an action: return where the report stands then, or raise why it cannot be done.

    Raises NotPossible, NotYours, Incomplete or TooLate; the first that holds, in this order.
    """
    found = edge(standing.state, step.action, standing.outcome)
    _check(found, step)
    _check_person(standing, step)
    _check_counts(standing, step, windows or Windows())
    target = _target(found, standing)
    closed = target is State.CLOSED
    action = step.action
    return Standing(
        state=target,
        outcome=_outcome(found, step) if closed else None,
        resume=standing.state if action in (Action.ASK, Action.MERGE) else None,
        agency=_agency(standing, step),
        bounces=standing.bounces + (action is Action.RETURN),
        changes=standing.changes + _moves_date(standing, action),
        reopened=standing.reopened + (action in (Action.DISPUTE, Action.REOPEN)),
        appealed=standing.appealed or action is Action.APPEAL,
        resolved_by=step.by if action is Action.RESOLVE else standing.resolved_by,
        closed_at=step.at if closed else None,
    )


def _check(found: Edge, step: Step) -> None:
    if step.actor not in found.who:
        raise NotYours(step.action, step.actor)
    for names in found.carries:
        if not any(_given(step.carried.get(name)) for name in names.split("/")):
            raise Incomplete(names.split("/")[0])
    if "note" in found.carries and len(str(step.carried["note"]).strip()) < SHORTEST_NOTE:
        raise Incomplete("note", N_("Write at least %(n)s letters."), n=SHORTEST_NOTE)
    if len(found.closes) > 1 and step.carried.get("outcome") not in found.closes:
        raise Incomplete("outcome")


def _given(value: object) -> bool:
    """Tell whether something was filled in; False and 0 are answers."""
    return value is not None and str(value).strip() != ""


def _check_person(standing: Standing, step: Step) -> None:
    """Nobody verifies own work; what bounced twice is for a supervisor."""
    own = step.actor is Actor.VERIFIER and step.by in (None, standing.resolved_by)
    bounced = step.action is Action.ROUTE and standing.bounces >= MOST_BOUNCES
    if own or (bounced and step.actor is not Actor.SUPERVISOR):
        raise NotYours(step.action, step.actor)


def _check_counts(standing: Standing, step: Step, windows: Windows) -> None:
    if _moves_date(standing, step.action) and standing.changes >= MOST_CHANGES:
        message = N_("The date was moved %(n)s times already. Start the work, or resolve it.")
        raise TooLate(message, {"n": MOST_CHANGES})
    if step.actor is not Actor.REPORTER:
        return
    if step.action is Action.REOPEN:
        if standing.reopened >= windows.reopen_times:
            message = N_("This report was reopened %(n)s times already. Please send a new one.")
            raise TooLate(message, {"n": windows.reopen_times})
        _check_days(standing, step, windows.reopen_days)
    if step.action is Action.APPEAL:
        if standing.appealed:
            raise TooLate(N_("You have objected once already."))
        _check_days(standing, step, windows.appeal_days)


def _check_days(standing: Standing, step: Step, days: int) -> None:
    if standing.closed_at and step.at - standing.closed_at > datetime.timedelta(days):
        message = N_("This was possible for %(n)s days after closing. Please send a new report.")
        raise TooLate(message, {"n": days})


def _target(found: Edge, standing: Standing) -> State:
    match found.target:
        case Back.RESUME:
            return standing.resume or State.RECEIVED
        case Back.AGENCY:
            return State.ROUTED if standing.agency else State.RECEIVED
        case State() as state:
            return state


def _outcome(found: Edge, step: Step) -> Outcome:
    return found.closes[0] if len(found.closes) == 1 else Outcome(str(step.carried["outcome"]))


def _agency(standing: Standing, step: Step) -> str | None:
    if step.action in (Action.ROUTE, Action.REASSIGN, Action.TAKE_BACK):
        return str(step.carried["agency"])
    return None if step.action is Action.RETURN else standing.agency


def _moves_date(standing: Standing, action: Action) -> bool:
    return action is Action.SCHEDULE and standing.state is State.SCHEDULED
