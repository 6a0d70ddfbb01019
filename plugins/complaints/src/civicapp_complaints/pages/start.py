"""Screen 1: what is the problem? A search, the numbers of those in danger, and groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from civicapp import N_
from civicapp.web import Ctx, WebContext
from civicapp_complaints.config import Category
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.door import HOME, WRITTEN, go, now, remember_language, show
from civicapp_complaints.pages.form import Draft, Opened, keep, lost, onward
from civicapp_complaints.pages.pace import BEGUN, too_fast
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.pages.words import Words
from civicapp_complaints.service.drafts import start_draft
from civicapp_complaints.service.errors import Fault
from civicapp_complaints.service.pages_drafts import Kept

FOUND = 8
NONE = Fault("groups", "category-unknown", N_("Choose what it is about."))


@dataclass(frozen=True, slots=True)
class Choice:
    """A category to choose. call: a number for those in danger, "" if none."""

    code: str
    name: str
    icon: str
    group: str
    call: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of categories. open: the chosen one is in it."""

    name: str
    icon: str
    choices: tuple[Choice, ...]
    open: bool


@router.get("/new", response_class=Response)
async def start(ctx: Ctx, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Ask what the problem is."""
    return _ask(ctx, None, q)


@router.post("/new", response_class=Response)
async def begin(ctx: Ctx, form: Sent) -> Response:
    """Begin a report with its category."""
    if language := text_of(form, "language"):
        return remember_language(ctx, go(f"{HOME}/new", WRITTEN), language)
    site, category = site_of(ctx), text_of(form, "category")
    if site.catalog.category(category) is None:
        return _ask(ctx, None, "", [NONE])
    if wait := await too_fast(ctx, "begin", BEGUN, "groups"):
        return _ask(ctx, None, "", wait)
    fields = {"category": category}
    if ctx.area is not None:
        fields["area"] = ctx.area.code
    secret = await ctx.db.write(start_draft, site, fields, now())
    found = site.catalog.category(category)
    draft = _bare(secret, found, fields)
    return go(draft.path(draft.after("category", "")), WRITTEN)


def _bare(secret: str, category: Category | None, fields: dict[str, str]) -> Draft:
    return Draft(secret, Kept("", fields, ()), category, changing=False)


@router.get("/new/s/{secret}/category", response_class=Response)
async def category(
    ctx: Ctx, draft: Opened, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Ask once more what the problem is."""
    if draft is None or draft.kept.sent:
        return lost(ctx, draft)
    return _ask(ctx, draft, q)


@router.post("/new/s/{secret}/category", response_class=Response)
async def change_category(ctx: Ctx, draft: Opened, form: Sent) -> Response:
    """Change the category; an answer to another category's question goes."""
    if draft is None or draft.kept.sent:
        return lost(ctx, draft)
    if language := text_of(form, "language"):
        return remember_language(ctx, go(draft.here("category"), WRITTEN), language)
    code = text_of(form, "category")
    chosen = site_of(ctx).catalog.category(code)
    if chosen is None:
        return _ask(ctx, draft, "", [NONE])
    same = draft.category is not None and draft.category.question == chosen.question
    changes = {"category": code} if same else {"category": code, "answer": ""}
    draft = await keep(ctx, draft, changes)
    return onward(ctx, draft, "category")


def _ask(ctx: WebContext, draft: Draft | None, q: str, faults: Iterable[Fault] = ()) -> Response:
    site, q = site_of(ctx), " ".join(q.split())
    found = site.catalog.search(q, FOUND) if q else ()
    chosen = draft.category.code if draft and draft.category else ""
    said = Words(ctx, site, now()).faulty(faults)
    return show(
        ctx,
        "report_category.html",
        status=said.status,
        headers=WRITTEN,
        draft=draft,
        here=draft.here("category") if draft else f"{HOME}/new",
        back=draft.path("check") if draft and draft.changing else "",
        q=q,
        found=[_choice(ctx, c) for c in found],
        calls=_calls(ctx),
        groups=_groups(ctx, chosen),
        chosen=chosen,
        faults=said,
    )


def _choice(ctx: WebContext, category: Category) -> Choice:
    site = site_of(ctx)
    group = next((g for g in site.catalog.groups if g.code == category.group), None)
    return Choice(
        category.code,
        ctx.text(category.name),
        site.catalog.icon(category),
        ctx.text(group.name) if group else "",
        category.call or "" if category.emergency else "",
    )


def _groups(ctx: WebContext, chosen: str) -> list[Group]:
    """List the groups that have categories."""
    found = []
    for group in site_of(ctx).catalog.groups:
        choices = tuple(_choice(ctx, c) for c in site_of(ctx).catalog.active(group.code))
        is_open = any(c.code == chosen for c in choices)
        if choices:
            found.append(Group(ctx.text(group.name), group.icon, choices, is_open))
    return found


def _calls(ctx: WebContext) -> list[tuple[str, str]]:
    """List the numbers of emergencies, each once, with what they are for."""
    found: dict[str, list[str]] = {}
    for category in site_of(ctx).catalog.active():
        if category.emergency and category.call:
            found.setdefault(category.call, []).append(ctx.text(category.name))
    return [(number, names[0]) for number, names in found.items()]
