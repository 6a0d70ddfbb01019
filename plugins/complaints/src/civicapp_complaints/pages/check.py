"""Screen 6: who acts, by when; the answers; then the report is sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from civicapp import N_
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.door import HOME, WRITTEN, go, now, remember_report
from civicapp_complaints.pages.form import (
    CHECK,
    Draft,
    Opened,
    ask,
    first_missing,
    left,
    lost,
    submission_of,
)
from civicapp_complaints.pages.pace import reports, too_fast
from civicapp_complaints.pages.place import point_of
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent
from civicapp_complaints.service.errors import Fault, Invalid, Unknown
from civicapp_complaints.service.pages_drafts import send_kept
from civicapp_complaints.service.submit import Submission, preview
from civicapp_complaints.service.views import Responsible

BECAUSE = N_("%(office)s handles this, as it is a %(kind)s.")


@dataclass(frozen=True, slots=True)
class Promise:
    """Who acts and by when, in sentences."""

    who: str
    when: str
    notes: tuple[str, ...]


@router.get("/new/s/{secret}/check", response_class=Response)
async def review(ctx: Ctx, draft: Opened) -> Response:
    """Show what will be sent, to whom, and by when it is due."""
    if draft is None or draft.kept.sent or draft.category is None:
        return lost(ctx, draft)
    if missing := first_missing(ctx, draft):
        return go(draft.path(missing), WRITTEN)
    return await _ask(ctx, draft)


async def _ask(ctx: WebContext, draft: Draft, faults: tuple[Fault, ...] = ()) -> Response:
    assert draft.category is not None  # noqa: S101 - the caller looked
    given = submission_of(draft.fields, draft.kept.id, ctx.language)
    found = await ctx.db.read(preview, site_of(ctx), given, now())
    return ask(
        ctx,
        draft,
        CHECK,
        faults,
        promise=_promise(ctx, draft, found),
        area=found.area,
        point=point_of(draft.fields),
        kind=_kind(ctx, draft),
        photos=len(draft.kept.photos),
        sensitive=draft.category.sensitive,
        call=draft.category.call if draft.category.emergency else "",
    )


def _kind(ctx: WebContext, draft: Draft) -> str:
    """Return the answer to the category's question, in words."""
    assert draft.category is not None  # noqa: S101 - the caller looked
    answer = site_of(ctx).catalog.answer(draft.category, draft.fields.get("answer"))
    return ctx.text(answer.name) if answer else ""


def _promise(ctx: WebContext, draft: Draft, found: Responsible) -> Promise:
    notes = []
    kind = _kind(ctx, draft)
    if found.assumed:
        notes.append(ctx.gettext("Whose it is will be checked first."))
        kind = ""
    if found.office is None:
        desk = found.desk.name if found.desk else ctx.gettext("The report desk")
        who = ctx.gettext("%(desk)s receives this and finds the right office.", desk=desk)
    elif kind:
        words = {"office": found.office.name, "kind": kind[:1].lower() + kind[1:]}
        who = ctx.gettext(BECAUSE, **words)
    else:
        who = ctx.gettext("%(office)s handles this.", office=found.office.name)
    if found.office is not None and found.at_desk and found.desk is not None:
        notes.append(
            ctx.gettext(
                "That office has nobody here yet: %(desk)s passes your report on.",
                desk=found.desk.name,
            )
        )
    if found.estimated:
        notes.append(ctx.gettext("The date may move: next year's holidays are not all known."))
    return Promise(who, _when(ctx, found), tuple(notes))


def _when(ctx: WebContext, found: Responsible) -> str:
    if found.due_at is None:
        return ctx.gettext("No date is promised for an emergency. Call first.")
    zone = site_of(ctx).zone(found.area.code if found.area else None)
    local = found.due_at.astimezone(zone)
    return ctx.gettext("Due %(date)s.", date=ctx.date(local.date()))


@router.post("/new/s/{secret}/check", response_class=Response)
async def send(ctx: Ctx, draft: Opened, form: Sent) -> Response:
    """Send the report, once however often the button is pressed."""
    if draft is None:
        return lost(ctx, draft)
    if (answer := left(ctx, draft, CHECK, form)) is not None:
        return answer
    if not draft.kept.sent:
        if first_missing(ctx, draft):
            return await review(ctx, draft)
        if wait := await too_fast(ctx, "submit", reports(ctx), "send"):
            return await _ask(ctx, draft, wait)
    return await _send(ctx, draft)


async def _send(ctx: WebContext, draft: Draft) -> Response:
    """Make the report, and let this browser open it."""
    language = ctx.language

    def make(id: str, fields: Mapping[str, str]) -> Submission:
        return submission_of(fields, id, language)

    try:
        sent = await ctx.db.write(send_kept, site_of(ctx), draft.secret, make, now())
    except Invalid:
        return go(draft.path(first_missing(ctx, draft) or CHECK), WRITTEN)
    except Unknown:
        return lost(ctx, None)
    answer = go(f"{HOME}/mine/{sent.number}/sent")
    return remember_report(ctx, answer, sent.number, sent.secret)
