"""Form: a report that is being written, in question pages over a draft on the server.

The draft's secret stands in the path, so that a guest gets no cookie for it. Whatever leaves a page
is kept first as it was typed, and then checked: an error, Back and another language lose nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from civicapp import N_
from civicapp.web import Ctx, WebContext
from civicapp_complaints.config import Category
from civicapp_complaints.context import site_of
from civicapp_complaints.pages.door import HOME, WRITTEN, go, now, remember_language, show
from civicapp_complaints.pages.levels import missing_level
from civicapp_complaints.pages.sent import text_of
from civicapp_complaints.pages.words import Faulty, Fields, Words
from civicapp_complaints.service.errors import Fault, Invalid, Unknown
from civicapp_complaints.service.pages_drafts import Kept, change_kept, read_kept
from civicapp_complaints.service.site import Site
from civicapp_complaints.service.submit import Submission, check

CHECK = "check"
ASKED = ("category", "place", "kind", "describe", "contact", CHECK)
# Which page asks for a field that a submission's check may find fault with.
PAGES = {
    "category": "category",
    "lat": "place",
    "lon": "place",
    "area_code": "place",
    "area": "place",
    "landmark": "place",
    "accuracy_m": "place",
    "answer": "kind",
    "description": "describe",
    "photos": "describe",
    "name": "contact",
    "email": "contact",
    "phone": "contact",
    "visibility": "contact",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that a browser has opened. changing: one answer is changed from the check page."""

    secret: str
    kept: Kept
    category: Category | None
    changing: bool

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the fields as typed."""
        return self.kept.fields

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the pages that this report has."""
        category = self.category
        left_out = set()
        if category is None or category.location == "none":
            left_out.add("place")
        if category is None or not category.question:
            left_out.add("kind")
        return tuple(s for s in ASKED if s not in left_out)

    def path(self, step: str, *, changing: bool = False) -> str:
        """Return the address of a page of this draft; `/s/` lets logs hide what follows."""
        return f"{HOME}/new/s/{self.secret}/{step}" + ("?change=1" if changing else "")

    def here(self, step: str) -> str:
        """Return the address of a page as it was opened."""
        return self.path(step, changing=self.changing)

    def before(self, step: str) -> str:
        """Return the page that Back leads to."""
        if self.changing:
            return CHECK
        n = self.steps.index(step) if step in self.steps else 1
        return self.steps[max(0, n - 1)]

    def after(self, step: str, missing: str) -> str:
        """Return the page that comes next. missing: the first one with a fault, "" if none."""
        if self.changing and (not missing or missing == step):
            return CHECK
        if self.changing:
            return missing
        n = self.steps.index(step) if step in self.steps else 0
        return self.steps[min(n + 1, len(self.steps) - 1)]


async def draft_of(ctx: Ctx, secret: str, change: str = "") -> Draft | None:
    """Open the draft of a path; None if there is none any more."""
    site = site_of(ctx)
    try:
        kept = await ctx.db.read(read_kept, site, secret, now())
    except Unknown:
        return None
    return _opened(site, secret, kept, changing=bool(change))


Opened = Annotated[Draft | None, Depends(draft_of)]


def _opened(site: Site, secret: str, kept: Kept, *, changing: bool) -> Draft:
    category = site.catalog.category(kept.fields.get("category", ""))
    return Draft(secret, kept, category, changing)


async def keep(ctx: WebContext, draft: Draft, changes: Mapping[str, str]) -> Draft:
    """Keep what was typed; return the draft as it is then."""
    site = site_of(ctx)
    kept = await ctx.db.write(change_kept, site, draft.secret, dict(changes), now())
    return _opened(site, draft.secret, kept, changing=draft.changing)


def lost(ctx: WebContext, draft: Draft | None) -> Response:
    """Answer for a draft that is gone, or lead to the report that came of it."""
    if draft is not None and draft.kept.sent:
        return go(f"{HOME}/mine/{draft.kept.sent}")
    return show(ctx, "gone.html", status=404)


def left(ctx: WebContext, draft: Draft, step: str, form: FormData) -> Response | None:
    """Answer a press of Back or of another language, now that all is kept; None for others."""
    if language := text_of(form, "language"):
        return remember_language(ctx, go(draft.here(step), WRITTEN), language)
    if text_of(form, "go") == "back":
        return go(draft.path(draft.before(step)), WRITTEN)
    return None


def onward(ctx: WebContext, draft: Draft, step: str) -> Response:
    """Lead to the page that comes next."""
    then = draft.after(step, first_missing(ctx, draft) if draft.changing else "")
    return go(draft.path(then, changing=draft.changing and then != CHECK), WRITTEN)


def ask(
    ctx: WebContext,
    draft: Draft,
    step: str,
    faults: Sequence[Fault] = (),
    **data: object,
) -> Response:
    """Answer with a question page."""
    steps, said = draft.steps, _words(ctx, faults)
    return show(
        ctx,
        f"report_{step}.html",
        status=said.status,
        headers=WRITTEN,
        draft=draft,
        fields=Fields(draft.fields),
        step=step,
        number=steps.index(step) + 1 if step in steps else 1,
        total=len(steps),
        here=draft.here(step),
        faults=said,
        **data,
    )


def _words(ctx: WebContext, faults: Sequence[Fault]) -> Faulty:
    return Words(ctx, site_of(ctx), now()).faulty(faults)


def submission_of(fields: Mapping[str, str], draft: str, language: str) -> Submission:
    """Make the submission of a draft's fields."""
    return Submission(
        category=fields.get("category", ""),
        description=fields.get("description", ""),
        answer=fields.get("answer") or None,
        lat=_number(fields, "lat"),
        lon=_number(fields, "lon"),
        accuracy_m=_number(fields, "accuracy"),
        area_code=fields.get("area", ""),
        landmark=fields.get("landmark", ""),
        name=fields.get("name", ""),
        email=fields.get("email", ""),
        phone=fields.get("phone", ""),
        visibility=fields.get("visibility") or "private",
        share_contact=bool(fields.get("share")),
        language=language,
        channel="web",
        draft=draft,
    )


def _number(fields: Mapping[str, str], name: str) -> float | None:
    try:
        return float(fields[name]) if fields.get(name) else None
    except ValueError:
        return None


def faults_of(ctx: WebContext, draft: Draft, step: str | None = None) -> list[Fault]:
    """Return what is wrong with a draft so far: on one page, or on all."""
    photos = len(draft.kept.photos)
    found: list[Fault] = []
    try:
        check(site_of(ctx), submission_of(draft.fields, draft.kept.id, ctx.language), photos)
    except Invalid as invalid:
        found += (f for f in invalid.faults if PAGES.get(f.field) in draft.steps)
    if vague := _vague(ctx, draft):
        found = [vague, *(f for f in found if f.code != "place-missing")]
    return [f for f in found if step in (None, PAGES[f.field])]


def _vague(ctx: WebContext, draft: Draft) -> Fault | None:
    """Find fault with a place of the lists that is wider than they could say."""
    category = draft.category
    if category is None or category.location != "required" or draft.fields.get("lat"):
        return None
    level = missing_level(ctx, draft.fields.get("area", ""))
    words = {"level": level[:1].lower() + level[1:]}
    return Fault("area", "place-vague", N_("Choose the %(level)s."), words) if level else None


def first_missing(ctx: WebContext, draft: Draft) -> str:
    """Return the first page that is not answered yet, "" if all are."""
    wrong = {PAGES[f.field] for f in faults_of(ctx, draft)}
    if "kind" in draft.steps and not draft.fields.get("answer"):
        wrong.add("kind")
    return next((s for s in draft.steps if s in wrong), "")
