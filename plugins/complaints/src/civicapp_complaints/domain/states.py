"""Eight states, and the one table of what may happen to a report in each of them.

What the table does not list is refused; `moves.py` carries out what it lists.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from civicapp import N_
from civicapp_complaints.domain.errors import Refusal


class State(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    ROUTED = "routed"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    WAITING_REPORTER = "waiting_reporter"
    HANDED_OVER = "handed_over"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a closed report ended. Only `fixed` counts as fixed."""

    FIXED = "fixed"
    ANSWERED = "answered"
    NO_ACTION = "no_action"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    NO_REPLY = "no_reply"


class Action(StrEnum):
    """What may happen to a report."""

    SUBMIT = "submit"
    ROUTE = "route"
    RETURN = "return"
    REASSIGN = "reassign"
    ACCEPT = "accept"
    ASK = "ask"
    ANSWER = "answer"
    EXPIRE_ASK = "expire_ask"
    SCHEDULE = "schedule"
    START = "start"
    HAND_OVER = "hand_over"
    TAKE_BACK = "take_back"
    RESOLVE = "resolve"
    SEND_BACK = "send_back"
    DISPUTE = "dispute"
    CONFIRM = "confirm"
    AUTO_CLOSE = "auto_close"
    REJECT = "reject"
    NO_ACTION = "no_action"
    MERGE = "merge"
    UNMERGE = "unmerge"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    APPEAL = "appeal"


class Actor(StrEnum):
    """In which part someone acts. A person can have several."""

    REPORTER = "reporter"
    DESK = "desk"
    HANDLER = "handler"
    VERIFIER = "verifier"
    SUPERVISOR = "supervisor"
    PARTNER = "partner"
    SYSTEM = "system"


class Back(StrEnum):
    """A target that depends on the report: where it was, or with its agency if one is known."""

    RESUME = "resume"
    AGENCY = "agency"


@dataclass(frozen=True, slots=True)
class Edge:
    """One action in one state.

    source: None before the report exists. who: who may do it. carries: what must come with it;
    `a/b` means one of both. after: outcomes of a closed report in which it may be done. closes:
    outcomes that it can have; of several, the step names one.
    """

    action: Action
    source: State | None
    target: State | Back
    who: frozenset[Actor]
    carries: tuple[str, ...] = ()
    after: frozenset[Outcome] = frozenset()
    closes: tuple[Outcome, ...] = ()


# action | from | to | who | must carry. `closed:a,b` names outcomes, on either side.
TABLE = """
submit     | -                                     | received              | reporter desk partner | category
route      | received                              | routed                | desk supervisor system | agency rule
return     | routed                                | received              | handler               | reason
reassign   | routed in_progress scheduled          | routed                | desk supervisor       | agency reason
accept     | routed                                | in_progress           | handler               |
ask        | received routed in_progress           | waiting_reporter      | desk handler          | question
answer     | waiting_reporter                      | resume                | reporter              | text/media
expire_ask | waiting_reporter                      | closed:no_reply       | system                |
schedule   | in_progress scheduled                 | scheduled             | handler               | promised_on reason
start      | scheduled                             | in_progress           | handler               |
hand_over  | received routed in_progress           | handed_over           | desk supervisor       | body channel contact_shared
take_back  | handed_over                           | routed                | desk system           | agency
resolve    | in_progress scheduled                 | resolved              | handler               | note
resolve    | handed_over                           | resolved              | desk partner          | note
send_back  | resolved                              | in_progress           | verifier              | reason
dispute    | resolved                              | in_progress           | reporter              | reason
confirm    | resolved                              | closed:fixed,answered | reporter verifier     |
auto_close | resolved                              | closed:fixed,answered | system                |
reject     | received                              | closed:rejected       | desk                  | reason public_text
no_action  | in_progress                           | closed:no_action      | supervisor            | reason
merge      | received routed in_progress scheduled | closed:duplicate      | desk handler          | duplicate_of
unmerge    | closed:duplicate                      | resume                | supervisor            | reason
withdraw   | received routed in_progress scheduled waiting_reporter handed_over | closed:withdrawn | reporter |
reopen     | closed:fixed,answered,no_action,no_reply | agency             | reporter supervisor   | reason
appeal     | closed:rejected                       | received              | reporter              | reason
"""  # noqa: E501


def _edges(table: str) -> Iterator[Edge]:
    for line in table.strip().splitlines():
        name, sources, target, who, carries = (cell.strip() for cell in line.split("|"))
        goal, closes = _with_outcomes(target)
        for source in sources.split():
            state, after = _with_outcomes(source)
            yield Edge(
                action=Action(name),
                source=None if state == "-" else State(state),
                target=Back(goal) if goal in tuple(Back) else State(goal),
                who=frozenset(map(Actor, who.split())),
                carries=tuple(carries.split()),
                after=frozenset(after),
                closes=closes,
            )


def _with_outcomes(word: str) -> tuple[str, tuple[Outcome, ...]]:
    state, _, outcomes = word.partition(":")
    return state, tuple(map(Outcome, filter(None, outcomes.split(","))))


EDGES: tuple[Edge, ...] = tuple(_edges(TABLE))
_BY_STATE: Mapping[tuple[State | None, Action], Edge] = {(e.source, e.action): e for e in EDGES}


class NotPossible(Refusal):
    """The action does not exist in this state: 409."""

    code: ClassVar[str] = "not-possible"

    def __init__(self, action: Action, state: State | None, outcome: Outcome | None = None) -> None:
        super().__init__(N_("This cannot be done now: the report has moved on. Load it again."))
        self.action, self.state, self.outcome = action, state, outcome


def edge(state: State | None, action: Action, outcome: Outcome | None = None) -> Edge:
    """Return the edge of an action; NotPossible if the table has none.

    state: None before the report exists. outcome: how it ended, if it is closed.
    """
    found = _BY_STATE.get((state, action))
    if found is None or (found.after and outcome not in found.after):
        raise NotPossible(action, state, outcome)
    return found


def allowed(state: State | None, outcome: Outcome | None = None) -> tuple[Edge, ...]:
    """List what may happen in a state, in the order of the table."""
    return tuple(e for e in EDGES if e.source == state and (not e.after or outcome in e.after))
