"""Fields: what the form of an action asks, beyond what its name says."""

from collections.abc import Iterable

from civicapp import N_
from civicapp.web import WebContext
from civicapp_complaints.service.views import ReportView

# Why a report is rejected; "not our task" is no reason, such a report is handed over.
REASONS = {
    "unclear": N_("Nobody can tell what or where it is"),
    "untrue": N_("It does not agree with what was found there"),
    "abusive": N_("It insults or is advertising"),
    "trial": N_("It was sent to try the form"),
}
HEADS = {
    "route": N_("Send to an office"),
    "reassign": N_("Send to another office"),
    "return": N_("Return to the desk"),
    "ask": N_("Ask the reporter"),
    "schedule": N_("Promise a date"),
    "resolve": N_("Say that it is done"),
    "hand_over": N_("Hand over to another body"),
    "take_back": N_("Take back"),
    "send_back": N_("Send back: it is not done"),
    "reject": N_("Reject the report"),
    "no_action": N_("Close without action"),
    "merge": N_("Merge with another report"),
    "unmerge": N_("Separate from the other report"),
    "reopen": N_("Open the report again"),
}
# Who reads what is typed with an action.
READ_BY = {
    "route": "",
    "ask": N_("The reporter reads this and can answer."),
    "resolve": N_("Reporter and public read this. The reporter then confirms or objects."),
    "schedule": N_("Reporter and public read this."),
    "reject": N_("Reporter and public read this."),
    "no_action": N_("Reporter and public read this."),
}
INTERNAL = N_("Only officers read this.")
SPARING = {"merge", "take_back", "route"}  # nothing is typed that somebody reads


def heading(ctx: WebContext, action: str) -> str:
    """Return the heading of an action's form."""
    return ctx.gettext(HEADS[action])


def read_by(ctx: WebContext, action: str) -> str:
    """Say who reads what is typed, "" where nothing is."""
    return "" if action in SPARING else ctx.gettext(READ_BY.get(action, INTERNAL))


def offices(ctx: WebContext, report: ReportView) -> list[tuple[str, str]]:
    """List the offices that serve a report's place, the suggested one first."""
    area = report.area.code if report.area else None
    root = ctx.region.area.code if ctx.region.area else None
    serving = ctx.region.agencies.serving(area or root or "") if area or root else ()
    own = report.office.code if report.office and report.state != "handed_over" else None
    found = [(o.code, o.full_name) for o in serving if o.code != own]
    first = report.alternative.code if report.alternative else ""
    return sorted(found, key=lambda o: (o[0] != first, o[1]))


def reasons(ctx: WebContext) -> list[tuple[str, str]]:
    """List the reasons to reject."""
    return [(code, ctx.gettext(name)) for code, name in REASONS.items()]


def asked(needs: Iterable[str]) -> frozenset[str]:
    """Return the fields of an action's form."""
    names = {part for name in needs for part in name.split("/")}
    return frozenset(names - {"rule", "outcome", "media"})
