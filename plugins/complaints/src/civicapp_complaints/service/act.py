"""Carry out a step: ask the table of states, write where the report stands, tell the history."""

import datetime
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civicapp_complaints.domain.events import CODE, Value
from civicapp_complaints.domain.moves import Standing, Step, apply
from civicapp_complaints.domain.states import Action, Actor, Outcome, State
from civicapp_complaints.models import Clock, Report
from civicapp_complaints.service.effects import follow
from civicapp_complaints.service.history import Deed, TextFor, append
from civicapp_complaints.service.responsible import due_of, queue_of
from civicapp_complaints.service.site import Site

# What of an action is a text, and who reads it.
TEXTS: Mapping[Action, tuple[str, TextFor]] = MappingProxyType(
    {
        Action.RETURN: ("reason", "internal"),
        Action.REASSIGN: ("reason", "internal"),
        Action.ASK: ("question", "reporter"),
        Action.ANSWER: ("text", "reporter"),
        Action.SCHEDULE: ("reason", "public"),
        Action.HAND_OVER: ("note", "internal"),
        Action.RESOLVE: ("note", "public"),
        Action.SEND_BACK: ("reason", "internal"),
        Action.DISPUTE: ("reason", "reporter"),
        Action.REJECT: ("public_text", "public"),
        Action.NO_ACTION: ("reason", "public"),
        Action.UNMERGE: ("reason", "internal"),
        Action.WITHDRAW: ("reason", "reporter"),
        Action.REOPEN: ("reason", "reporter"),
        Action.APPEAL: ("reason", "reporter"),
    }
)
DATA = ("agency", "rule", "body", "channel", "contact_shared", "duplicate_of", "promised_on")
# With these the deadline starts anew.
AGAIN = frozenset((Action.DISPUTE, Action.SEND_BACK, Action.REOPEN, Action.APPEAL, Action.UNMERGE))


def standing_of(report: Report) -> Standing:
    """Say where a report stands, as the table of states wants it."""
    return Standing(
        state=State(report.state),
        outcome=Outcome(report.outcome) if report.outcome else None,
        resume=State(report.resume) if report.resume else None,
        agency=report.agency,
        bounces=report.bounces,
        changes=report.changes,
        reopened=report.reopened,
        appealed=report.appealed,
        resolved_by=report.resolved_by,
        closed_at=report.closed_at,
    )


def carry_out(
    session: Session, site: Site, report: Report, step: Step, acting: str | None = None
) -> int:
    """Do a step on a report; return its event's number, or raise why the table refuses it.

    acting: agency of the officer who does it.
    """
    after = apply(standing_of(report), step, site.windows)
    before, was_public = report.state, report.published_at is not None
    _move(report, after)
    _remember(session, site, report, step)
    _clock(session, site, report, step)
    text, audience = _text(step)
    deed = Deed(
        step.action, step.actor, step.at, step.by, acting, text, audience, _data(step, after)
    )
    seq = append(session, report, deed, before)
    follow(session, site, report, step.action, was_public=was_public)
    return seq


def _move(report: Report, after: Standing) -> None:
    report.state = after.state
    report.outcome = after.outcome
    report.resume = after.resume
    report.agency = after.agency
    report.bounces, report.changes = after.bounces, after.changes
    report.reopened, report.appealed = after.reopened, after.appealed
    report.resolved_by, report.closed_at = after.resolved_by, after.closed_at


def _remember(session: Session, site: Site, report: Report, step: Step) -> None:
    """Note beside the state who works on it, for whom it waits, what was promised."""
    action = step.action
    if action in (Action.ROUTE, Action.REASSIGN, Action.TAKE_BACK):
        report.rule = str(step.carried.get("rule") or "manual")
        report.officer = None
    if action is Action.RETURN:
        report.rule = report.officer = None
    if step.by and action in (Action.ROUTE, Action.REASSIGN, Action.TAKE_BACK, Action.ACCEPT):
        report.assumed = False  # an officer has looked
    if action is Action.ACCEPT:
        report.officer = step.by
    if action is Action.MERGE:
        report.duplicate_of = str(step.carried["duplicate_of"])
    if action is Action.UNMERGE:
        report.duplicate_of = None
    promised = step.carried.get("promised_on")
    if action is Action.SCHEDULE and isinstance(promised, datetime.date):
        report.promised_on = promised
    report.queue = queue_of(session, site, report.agency, site.area(report.area))


def _clock(session: Session, site: Site, report: Report, step: Step) -> None:
    """Stop the clock when the work is done or the report is closed; start the next one after."""
    done = report.state in (State.RESOLVED, State.CLOSED)
    if done:
        session.execute(
            update(Clock)
            .where(Clock.report == report.id, Clock.stopped_at.is_(None))
            .values(stopped_at=step.at)
        )
    category = site.catalog.categories.get(report.category)
    if step.action not in AGAIN or category is None:
        return
    due = due_of(site, category, site.area(report.area), step.at)
    if due is None:
        return
    cycle = session.scalar(select(func.max(Clock.cycle)).where(Clock.report == report.id))
    session.add(
        Clock(
            report=report.id,
            kind="resolve",
            cycle=0 if cycle is None else cycle + 1,
            started_at=step.at,
            due_at=due.at,
            estimated=due.estimated,
            stopped_at=None,
        )
    )
    report.due_at, report.due_estimated, report.rank_at = due.at, due.estimated, due.at


def _text(step: Step) -> tuple[str, TextFor]:
    name, audience = TEXTS.get(step.action, ("text", "reporter"))
    if step.action is Action.REOPEN and step.actor is not Actor.REPORTER:
        audience = "internal"
    text = step.carried.get(name)
    return (text if isinstance(text, str) else "", audience)


def _data(step: Step, after: Standing) -> dict[str, Value]:
    """Collect the codes that came with a step; a reason is one only when it is a code."""
    found: dict[str, Value] = {}
    for name in DATA:
        value = step.carried.get(name)
        if isinstance(value, bool | int):
            found[name] = value
        elif value is not None and str(value):
            found[name] = str(value)
    if step.action is Action.REJECT:
        found["reason"] = str(step.carried.get("reason"))
    if after.outcome is not None:
        found["outcome"] = after.outcome.value
    return {name: value for name, value in found.items() if _is_code(value)}


def _is_code(value: Value) -> bool:
    return value is None or isinstance(value, int) or CODE.fullmatch(value) is not None
