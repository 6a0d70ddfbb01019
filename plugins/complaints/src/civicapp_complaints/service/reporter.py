"""What reporters do with their own report; whoever calls this has checked the secret."""

import datetime
from dataclasses import dataclass

from sqlalchemy.orm import Session

from civicapp import N_
from civicapp_complaints.domain.errors import Refusal
from civicapp_complaints.domain.moves import NotYours, Step
from civicapp_complaints.domain.states import Action, Actor, Outcome, edge
from civicapp_complaints.domain.text import read_description
from civicapp_complaints.models import Report
from civicapp_complaints.service.act import carry_out, standing_of
from civicapp_complaints.service.effects import follow
from civicapp_complaints.service.errors import Fault, Invalid, fault_of
from civicapp_complaints.service.history import Deed, append, check_version
from civicapp_complaints.service.officer import missing
from civicapp_complaints.service.photos import has_new_photo
from civicapp_complaints.service.site import Site

LONGEST_TEXT = 4000
ACTIONS = frozenset(
    (
        Action.ANSWER,
        Action.CONFIRM,
        Action.DISPUTE,
        Action.WITHDRAW,
        Action.REOPEN,
        Action.APPEAL,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reporter wants done. text: the answer, or the reason. version: as seen; None: any."""

    action: str
    version: int | None = None
    text: str = ""


def act(session: Session, site: Site, report: Report, wish: Wish, now: datetime.datetime) -> Report:
    """Do an action of the reporter: answer, confirm, dispute, withdraw, reopen, appeal.

    Raise Outdated, NotPossible, NotYours, Invalid or TooLate, in this order.
    """
    check_version(report, wish.version)
    action = _action(wish.action)
    standing = standing_of(report)
    found = edge(standing.state, action, standing.outcome)
    if Actor.REPORTER not in found.who:
        raise NotYours(action, Actor.REPORTER)
    carried = _carried(site, report, action, wish.text)
    if action is Action.ANSWER and has_new_photo(session, report):
        carried["media"] = "photo"
    if faults := tuple(missing(found, carried)):
        raise Invalid(faults)
    carry_out(session, site, report, Step(action, Actor.REPORTER, now, None, carried))
    return report


def _action(name: str) -> Action:
    if name not in tuple(ACTIONS):
        raise Invalid([Fault("action", "action-unknown", N_("There is no such action."))])
    return Action(name)


def _carried(site: Site, report: Report, action: Action, text: str) -> dict[str, object]:
    try:
        text = read_description(text, limit=LONGEST_TEXT)
    except Refusal as refusal:
        fault = fault_of(refusal)
        raise Invalid([Fault("text", fault.code, fault.message, fault.words)]) from refusal
    carried: dict[str, object] = {}
    if text:
        carried["text" if action is Action.ANSWER else "reason"] = text
    if action is Action.CONFIRM:
        category = site.catalog.categories.get(report.category)
        answered = category is not None and category.kind == "information"
        carried["outcome"] = Outcome.ANSWERED if answered else Outcome.FIXED
    return carried


def set_visibility(
    session: Session,
    site: Site,
    report: Report,
    visibility: str,
    now: datetime.datetime,
    version: int | None = None,
) -> Report:
    """Choose who may see a report: `public` unless a reviewer refused, `private` at any time."""
    check_version(report, version)
    category = site.catalog.categories.get(report.category)
    if visibility not in ("private", "public"):
        raise Invalid([Fault("visibility", "choice", N_("Choose private or public."))])
    if visibility == report.visibility:
        return report
    sensitive = category is None or category.sensitive
    if visibility == "public" and (sensitive or report.review == "refused"):
        message = N_("This report stays private.")
        raise Invalid([Fault("visibility", "private-only", message)])
    was_public = report.published_at is not None
    report.visibility = visibility
    waits = visibility == "public" and report.review == "pending"
    report.review_since = now if waits else None
    data = {"visibility": visibility}
    append(session, report, Deed("visibility", Actor.REPORTER, now, data=data), report.state)
    follow(session, site, report, "visibility", was_public=was_public)
    return report
