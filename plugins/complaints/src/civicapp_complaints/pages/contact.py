"""Screen 5: how can the office reach you, if you want that, and who may see the report?"""

from starlette.responses import Response

from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.form import (
    Draft,
    Opened,
    ask,
    faults_of,
    keep,
    left,
    lost,
    onward,
)
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.service.errors import Fault

TYPED = ("name", "email", "phone")


@router.get("/new/s/{secret}/contact", response_class=Response)
async def contact(ctx: Ctx, draft: Opened) -> Response:
    """Ask for ways to reach the reporter, and who may see the report."""
    if draft is None or draft.kept.sent or draft.category is None:
        return lost(ctx, draft)
    return _ask(ctx, draft)


def _ask(ctx: WebContext, draft: Draft, faults: tuple[Fault, ...] = ()) -> Response:
    config = site_of(ctx).config
    assert draft.category is not None  # noqa: S101 - the caller looked
    return ask(
        ctx,
        draft,
        "contact",
        faults,
        sensitive=draft.category.sensitive,
        mails=bool(config.email_channel),
        calls=bool(config.phone_channel),
        trunk=config.phone_trunk or "",
    )


@router.post("/new/s/{secret}/contact", response_class=Response)
async def answer_contact(ctx: Ctx, draft: Opened, form: Sent) -> Response:
    """Take contact and visibility."""
    if draft is None or draft.kept.sent or draft.category is None:
        return lost(ctx, draft)
    changes = {name: text_of(form, name, 500) for name in TYPED}
    changes["visibility"] = text_of(form, "visibility", 20)
    changes["share"] = "1" if form.get("share") else ""
    draft = await keep(ctx, draft, changes)
    if (answer := left(ctx, draft, "contact", form)) is not None:
        return answer
    faults = tuple(faults_of(ctx, draft, "contact"))
    return _ask(ctx, draft, faults) if faults else onward(ctx, draft, "contact")
