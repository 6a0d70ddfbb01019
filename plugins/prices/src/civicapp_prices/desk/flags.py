"""Flags: prices that look odd, with their reasons and neighbours, for a supervisor to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from civicapp import Expected, Person, Stale
from civicapp.web import Ctx, NotFound, WebContext
from civicapp_prices.context import site_of
from civicapp_prices.desk.door import (
    DESK,
    Form,
    Reader,
    Reviewer,
    go,
    now,
    show,
    text_of,
)
from civicapp_prices.desk.router import router
from civicapp_prices.desk.words import Words
from civicapp_prices.domain.checks import SAME
from civicapp_prices.permissions import REVIEW
from civicapp_prices.service.errors import Decided, Forbidden, Invalid, Unknown
from civicapp_prices.service.review import Decision, Flag, Flags, Verdict, decide, flags
from civicapp_prices.wording import CHANGED, DECIDED, said

FLAGS = f"{DESK}/flags"
MOST = 400  # quotes that are decided about at once: all of one entry


@dataclass(frozen=True, slots=True)
class Card:
    """What is decided about together: one price, or all of an entry that only agree too well."""

    id: str
    flags: tuple[Flag, ...]

    @property
    def first(self) -> Flag:
        """Return the first price, which stands for the others."""
        return self.flags[0]

    @property
    def seen(self) -> list[str]:
        """Return quotes and versions, as the form carries them."""
        return [f"{flag.id}:{flag.version}" for flag in self.flags]


def cards(items: Sequence[Flag]) -> list[Card]:
    """Put together the prices of an entry whose only reason is that its traders all agree."""
    groups: dict[str, list[Flag]] = {}
    for flag in items:
        alone = {reason["code"] for reason in flag.reasons} != {SAME}
        groups.setdefault(f"q{flag.id}" if alone else f"e{flag.entry}", []).append(flag)
    return [Card(f"q{group[0].id}", tuple(group)) for group in groups.values()]


@router.get("/flags", response_class=Response)
async def listed(
    ctx: Ctx,
    person: Reader,
    after: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """List what waits for a decision."""
    site = site_of(ctx)
    try:
        page = await ctx.db.read(flags, site, person, after)
    except Invalid:
        return go(FLAGS)
    return _show(ctx, person, page, after, done=done)


def _show(  # noqa: PLR0913 - each is a part of the page
    ctx: WebContext,
    person: Person,
    page: Flags,
    after: str = "",
    *,
    done: str = "",
    faults: Sequence[tuple[str, str]] = (),
    reason: str = "",
    status: int = 200,
) -> Response:
    w = Words(ctx, site_of(ctx), now())
    return show(
        ctx,
        "desk_flags.html",
        status=status,
        cards=cards(page.items),
        page=page,
        after=after,
        done=done,
        faults=w.faulty(faults),
        reason=reason,
        decides=person.may(REVIEW),
        here=f"{FLAGS}?after={after}" if after else FLAGS,
    )


@router.post("/flags", response_class=Response)
async def decided(ctx: Ctx, person: Reviewer, form: Form) -> Response:
    """Decide about a price, or about all of a card."""
    site, by = site_of(ctx), ctx.act
    verdict: Verdict = "confirm" if text_of(form, "decision", 10) == "confirm" else "reject"
    reason, after = text_of(form, "reason", 500), text_of(form, "after", 64)
    wanted = [Decision(id, Expected.of(version), verdict, reason) for id, version in _seen(form)]
    card = f"q{wanted[0].quote}" if wanted else "flags"

    def run(session: Session) -> None:
        for one in wanted:
            decide(session, site, person, one, by)

    faults: list[tuple[str, str]] = []
    status = 422
    try:
        await ctx.db.write(run)
    except Unknown:
        raise NotFound from None
    except Invalid as e:
        faults = [(f"#{card}-reason", said(ctx, fault)) for fault in e.faults]
    except Stale:
        status, faults = 412, [("#flags", ctx.gettext(CHANGED))]
    except Decided:
        status, faults = 409, [("#flags", ctx.gettext(DECIDED))]
    except Forbidden:
        status, faults = 403, [("#flags", ctx.gettext("Someone else has to do this."))]
    if faults:
        try:
            page = await ctx.db.read(flags, site, person, after)
        except Invalid:
            page, after = await ctx.db.read(flags, site, person), ""
        return _show(ctx, person, page, after, faults=faults, reason=reason, status=status)
    then = f"{FLAGS}?done={verdict}" if wanted else FLAGS
    return go(then)


def _seen(form: FormData) -> list[tuple[int, int]]:
    """Read which quotes were decided about, and in which version."""
    found = []
    for value in form.getlist("quote")[:MOST]:
        id, _, version = str(value).partition(":")
        if all(t.isascii() and t.isdecimal() and len(t) < 10 for t in (id, version)):
            found.append((int(id), int(version)))
    return found
