"""Several reports at once: first a preview of what may be done and what not, then the deed."""

from collections.abc import Sequence

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from civicapp import Person
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.desk.pane import BULK, Reader, show_desk
from civicapp_complaints.desk.place import At
from civicapp_complaints.desk.router import router
from civicapp_complaints.desk.tried import attempt
from civicapp_complaints.domain.states import Action
from civicapp_complaints.pages.door import go
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.service.officer import Order, act
from civicapp_complaints.service.pages_queue import MOST, Candidate, candidates


def _action(form: FormData) -> Action | None:
    name = text_of(form, "action", 20)
    return next((a for a in BULK if a.value == name), None)


@router.post("/bulk", response_class=Response)
async def preview(ctx: Ctx, person: Reader, place: At, form: Sent) -> Response:
    """Show which of the ticked reports an action can be done with."""
    action, ticked = _action(form), [str(v)[:40] for v in form.getlist("report")][:MOST]
    if action is None or not ticked:
        return go(place.list())
    found = await ctx.db.read(candidates, site_of(ctx), person, ticked, action)
    return await show_desk(
        ctx,
        person,
        place,
        "desk_bulk.html",
        report=None,
        action=action.value,
        label=ctx.gettext(BULK[action]),
        allowed=[c for c in found if c.allowed],
        refused=[c for c in found if not c.allowed],
    )


@router.post("/bulk/do", response_class=Response)
async def do(ctx: Ctx, person: Reader, place: At, form: Sent) -> Response:
    """Do an action with each report of the preview that has not changed since; count them."""
    action = _action(form)
    if action is None:
        return go(place.list())
    pairs = [str(v).partition(":")[::2] for v in form.getlist("report")][:MOST]
    versions = {number: int(v) for number, v in pairs if v.isascii() and v.isdigit()}
    found = await ctx.db.read(candidates, site_of(ctx), person, list(versions), action)
    count = await _all(ctx, person, action, found, versions)
    return go(place.list(done=f"bulk-{action.value}", n=str(count)))


async def _all(
    ctx: WebContext,
    person: Person,
    action: Action,
    found: Sequence[Candidate],
    versions: dict[str, int],
) -> int:
    """Do it one by one: what one of them refuses is no hindrance for the others."""
    count = 0
    for one in found:
        carried = {"agency": one.office.code} if one.office else {}
        order = Order(action=action, version=versions[one.number], carried=carried)

        def run(session: Session, number: str = one.number, order: Order = order) -> None:
            act(session, site_of(ctx), person, number, order, ctx.act)

        count += not await attempt(ctx, run)
    return count
