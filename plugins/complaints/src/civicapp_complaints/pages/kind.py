"""Screen 3: a question with pictures whose answer decides who is responsible."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response

from civicapp import N_
from civicapp.web import Ctx, WebContext
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.form import (
    Draft,
    Opened,
    ask,
    keep,
    left,
    lost,
    onward,
)
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.service.errors import Fault

PICTURES = Path(__file__).parent.parent / "pictures"
NONE = Fault("answer", "answer-missing", N_("Choose the picture that fits, or the last line."))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its picture."""

    code: str
    name: str
    hint: str
    picture: Markup


@router.get("/new/s/{secret}/kind", response_class=Response)
async def kind(ctx: Ctx, draft: Opened) -> Response:
    """Ask the question of the category."""
    if draft is None or draft.kept.sent or "kind" not in draft.steps:
        return lost(ctx, draft)
    return _ask(ctx, draft)


@router.post("/new/s/{secret}/kind", response_class=Response)
async def answer_kind(ctx: Ctx, draft: Opened, form: Sent) -> Response:
    """Take the answer."""
    if draft is None or draft.kept.sent or "kind" not in draft.steps:
        return lost(ctx, draft)
    if answer := text_of(form, "answer"):
        draft = await keep(ctx, draft, {"answer": answer})
    if (response := left(ctx, draft, "kind", form)) is not None:
        return response
    category = draft.category
    known = category and site_of(ctx).catalog.answer(category, draft.fields.get("answer"))
    if not known:
        return _ask(ctx, draft, (NONE,))
    return onward(ctx, draft, "kind")


def _ask(ctx: WebContext, draft: Draft, faults: tuple[Fault, ...] = ()) -> Response:
    catalog, category = site_of(ctx).catalog, draft.category
    assert category is not None  # noqa: S101 - else there is no such step
    question = catalog.question(category)
    answers = [
        Answer(a.code, ctx.text(a.name), ctx.text(a.hint), picture_of(a.picture))
        for a in catalog.answers(category)
    ]
    return ask(
        ctx,
        draft,
        "kind",
        faults,
        question=ctx.text(question.text) if question else "",
        hint=ctx.text(question.hint) if question else "",
        answers=answers,
    )


@cache
def picture_of(name: str) -> Markup:
    """Return a picture of ours by name; nothing where there is none of this name."""
    known = {path.stem: path for path in PICTURES.glob("*.svg")}
    return Markup(known[name].read_text("utf-8") if name in known else "")  # noqa: S704 - our own
