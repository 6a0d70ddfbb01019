"""The record of actions, for who may read it."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from civicapp.identity.accounts import by_email
from civicapp.identity.audit import Entry, Wanted, read_audit
from civicapp.identity.permissions import READ_AUDIT
from civicapp.identity.person import Person
from civicapp.service import N_
from civicapp.web.context import Ctx, WebContext
from civicapp.web.officers.need import require
from civicapp.web.officers.pages import page, typed
from civicapp.web.officers.people import people_of

router = APIRouter(include_in_schema=False)
PAGE = 50
Reader = Annotated[Person, Depends(require(READ_AUDIT))]
ACTIONS = {
    "core.account.create": N_("Account made"),
    "core.account.invite": N_("Invitation issued"),
    "core.account.reset": N_("Reset link issued"),
    "core.account.set_password": N_("Password set"),
    "core.account.sign_in": N_("Signed in"),
    "core.account.sign_out": N_("Session ended"),
    "core.account.refuse": N_("Sign-in refused"),
    "core.account.grant": N_("Role given"),
    "core.account.revoke": N_("Role taken away"),
    "core.account.disable": N_("Account disabled"),
    "core.account.enable": N_("Account enabled"),
    "core.account.set_second_factor": N_("Second factor set up"),
    "core.account.remove_second_factor": N_("Second factor removed"),
    "core.account.renew_recovery": N_("Recovery codes renewed"),
    "core.account.create_token": N_("Token made"),
    "core.account.revoke_token": N_("Token revoked"),
}


class Asked(BaseModel):
    """What to show; empty is any. before: of the last line on the page before."""

    who: str = ""
    action: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    def filters(self) -> dict[str, str]:
        """Return what narrows the list, as it was typed."""
        values = self.model_dump(exclude={"before"})
        return {name: typed(str(value)) for name, value in values.items()}


@router.get("/audit", response_class=Response)
async def audit(ctx: Ctx, person: Reader, query: Annotated[Asked, Query()]) -> Response:
    """Show lines of the record, the newest first."""
    if not person.rows(READ_AUDIT).all:
        raise HTTPException(403)  # the record is of the whole region
    asked, before = query.filters(), query.before
    first, last = (_day(ctx, asked[name]) for name in ("since", "until"))
    wanted = Wanted(
        action=asked["action"] or None,
        subject=asked["subject"] or None,
        since=first,
        until=last + datetime.timedelta(days=1) if last else None,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    found = await people_of(ctx.request).database.read(_read, wanted, asked["who"])
    lines = found[:PAGE]
    kept = {name: value for name, value in asked.items() if value}
    more = urlencode({**kept, "before": lines[-1].id}) if len(found) > PAGE else ""
    return page(
        ctx,
        "civicapp/admin_audit.html",
        lines=[(line, action_words(ctx, line.action)) for line in lines],
        asked=asked,
        filtered=bool(kept),
        first=not before,
        more=more,
        changes=changes,
        actions=sorted((id, ctx.gettext(words)) for id, words in ACTIONS.items()),
    )


def _read(session: Session, wanted: Wanted, who: str) -> list[Entry]:
    if who:
        account = by_email(session, who)
        actor = account.id if account else who
        wanted = Wanted(
            actor, wanted.action, wanted.subject, wanted.since, wanted.until, wanted.before
        )
    return read_audit(session, wanted, PAGE + 1)


def _day(ctx: WebContext, text: str) -> datetime.datetime | None:
    """Return the beginning of a day of the region; None if it is no day."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.datetime.combine(day, datetime.time(), ZoneInfo(ctx.region.timezone))


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, Any, Any]]:
    """List what differs: name, old and new value."""
    old, new = before or {}, after or {}
    names = dict.fromkeys([*old, *new])
    return [(n, old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]


def action_words(ctx: WebContext, action: str) -> str:
    """Write an action in words: a permission of a service says its own."""
    if action in ACTIONS:
        return ctx.gettext(ACTIONS[action])
    service = action.partition(".")[0]
    known: dict[str, Any] = {
        p.id: p for w in ctx.kernel.services if w.id == service for p in w.service.permissions
    }
    return ctx.of(service).gettext(known[action].label) if action in known else action
