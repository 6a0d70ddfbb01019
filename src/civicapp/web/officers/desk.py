"""The desk: where officers begin, with what waits for them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from civicapp.identity.permissions import MANAGE_ACCOUNTS, READ_AUDIT
from civicapp.identity.person import Person
from civicapp.web.context import Ctx, WebContext
from civicapp.web.officers.need import Officer
from civicapp.web.officers.pages import page
from civicapp.web.officers.people import people_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the start page. count: how much waits, None if that is not known."""

    path: str
    label: str
    summary: str
    icon: str
    count: int | None


@router.get("", response_class=Response)
async def desk(ctx: Ctx, person: Officer) -> Response:
    """Show the pages that the person may open."""
    entries = [entry async for entry in _entries(ctx, person)]
    return page(ctx, "civicapp/desk.html", person=person, entries=entries, own=_own(ctx, person))


async def _entries(ctx: WebContext, person: Person) -> AsyncIterator[Entry]:
    found = [w for s in ctx.kernel.services for w in s.desk_menu if person.may(w.item.permission)]
    for wired in sorted(found, key=lambda w: (w.item.weight, w.path)):
        own, item = ctx.of(wired.service), wired.item
        count: int | None = None
        if wired.count is not None:
            try:
                count = await people_of(ctx.request).database.read(wired.count, person)
            except Exception:  # the page stands without a count
                ctx.kernel.failures[wired.service, f"count {item.key}"] += 1
                structlog.get_logger().exception("plugin_failed", plugin=wired.service)
        yield Entry(
            wired.path, own.gettext(item.label), own.gettext(item.summary), item.icon, count
        )


def _own(ctx: WebContext, person: Person) -> list[Entry]:
    """List the kernel's own pages."""
    found = []
    if person.may(MANAGE_ACCOUNTS):
        summary = ctx.gettext("Invite officers, give roles, disable accounts")
        found.append(Entry("/admin/accounts", ctx.gettext("Accounts"), summary, "people", None))
    if person.rows(READ_AUDIT).all:
        summary = ctx.gettext("Who did what, and when")
        found.append(
            Entry("/admin/audit", ctx.gettext("Record of actions"), summary, "document", None)
        )
    summary = ctx.gettext("Password, second factor, sessions")
    found.append(Entry("/account", ctx.gettext("My account"), summary, "shield", None))
    return found
