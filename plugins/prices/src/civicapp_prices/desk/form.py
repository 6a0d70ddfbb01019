"""Form: the prices of one market on one day, on one page with one button.

A part may be sent at any time, the rest later, from any phone: what was sent is the draft, and does
not come out before the day's hour. The form itself keeps what was typed through errors, questions
and another language; its hidden UUID lets a second send count once. What was sent is not filled in
again: a cell that stays empty stays as it is.
"""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from civicapp import N_, Person
from civicapp.web import Ctx, HttpProblem, WebContext
from civicapp_prices.context import site_of
from civicapp_prices.desk.door import (
    DESK,
    Enterer,
    Form,
    day_of,
    go,
    keep_language,
    market_of,
    market_path,
    now,
    refuse_others,
    show,
    speaking,
    text_of,
)
from civicapp_prices.desk.router import router
from civicapp_prices.desk.typed import Cell, Typed, read
from civicapp_prices.desk.words import Words
from civicapp_prices.domain.quotes import Fault, Given, Sent
from civicapp_prices.service.entry import Receipt, check, send
from civicapp_prices.service.errors import Forbidden, Invalid, Reused, Slip, Slipped
from civicapp_prices.service.panel import Sheet, sheet
from civicapp_prices.wording import NOT_YOURS, question, said

AGAIN = N_("This form was sent before. What differs now is kept below: send it as a correction.")


@router.get("/{market}", response_class=Response)
async def ask(
    ctx: Ctx, person: Enterer, market: str, date: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show the form of a market and day."""
    site = site_of(ctx)
    found = market_of(site, market)
    refuse_others(ctx, person, found)
    day = day_of(site, date, now())
    page = await ctx.db.read(sheet, site, found, day)
    return _show(ctx, page, _fresh(page))


def _fresh(page: Sheet) -> Typed:
    return Typed(str(uuid.uuid4()), page.date.isoformat(), done=set(page.current))


@router.post("/{market}", response_class=Response)
async def answer(ctx: Ctx, person: Enterer, market: str, form: Form) -> Response:
    """Take what was typed; ask again where something is wrong, or may be a slip."""
    site, by = site_of(ctx), ctx.act
    found = market_of(site, market)
    refuse_others(ctx, person, found)
    typed = read(form)
    day = _day(typed.date)
    if day is None:
        return go(market_path(found.code))
    page = await ctx.db.read(sheet, site, found, day)
    if language := text_of(form, "language", 10):
        chosen = _show(speaking(ctx, language), page, typed)
        return keep_language(ctx, chosen, language)
    if form.get("again"):
        return _show(ctx, page, typed)
    quotes = tuple(typed.quotes(page))
    sent = Sent(id=typed.entry, market=found.code, date=day, quotes=quotes)
    wrong = [(_id(page, cell), said(ctx, fault)) for cell, fault in typed.faults()]
    wrong += [(_place(page, quotes, f), said(ctx, f)) for f in check(site, sent, by.at)]
    if wrong:
        return _show(ctx, page, typed, wrong, 422)
    return await _send(ctx, person, page, typed, sent)


async def _send(ctx: WebContext, person: Person, page: Sheet, typed: Typed, sent: Sent) -> Response:
    site, by = site_of(ctx), ctx.act

    def run(session: Session) -> Receipt:
        return send(session, site, person, sent, by)

    try:
        receipt = await ctx.db.write(run)
    except Invalid as e:
        items = [(_place(page, sent.quotes, f), said(ctx, f)) for f in e.faults]
        return _show(ctx, page, typed, items, 422)
    except Slipped as e:
        return _ask_again(ctx, page, typed, e.slips)
    except Reused:
        typed.entry = str(uuid.uuid4())
        return _show(ctx, page, typed, [("entry", ctx.gettext(AGAIN))], 422)
    except Forbidden:
        raise HttpProblem(403, ctx.gettext(NOT_YOURS)) from None
    return go(f"{DESK}/entries/{receipt.id}?done=1")


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell of the form. hint: the last price and its day. now: what was sent of today."""

    id: str
    name: str
    slot: int
    typed: str
    sure: str
    hint: str
    now: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A commodity of the form with its cells."""

    id: str
    code: str
    name: str
    per: str
    not_sold: bool
    cells: tuple[Asked, ...]


def _lines(ctx: WebContext, page: Sheet, typed: Typed, w: Words) -> list[Line]:
    """Lay a sheet out: a line for each commodity, a cell for each trader."""
    return [
        Line(
            id=f"c{n}",
            code=commodity.code,
            name=ctx.text(commodity.name),
            per=w.per(commodity),
            not_sold=commodity.code in typed.not_sold,
            cells=tuple(
                _asked(page, typed, w, (commodity.code, slot))
                for slot in range(1, page.market.slots + 1)
            ),
        )
        for n, commodity in enumerate(page.commodities)
    ]


def _asked(page: Sheet, typed: Typed, w: Words, cell: Cell) -> Asked:
    code, slot = cell
    run, current = page.past.run(code, slot), page.current.get(cell)
    return Asked(
        id=_id(page, cell),
        name=f"{slot}:{code}",
        slot=slot,
        typed=typed.prices.get(cell, ""),
        sure=typed.sure.get(cell, ""),
        hint=f"{w.short(run[-1][0])} {w.price(run[-1][1])}" if run else "",
        now=w.answer(current.outcome, current.price) if current is not None else "",
        flagged=current is not None and current.state == "flagged",
    )


def _id(page: Sheet, cell: Cell) -> str:
    """Return the id of a cell on the page, that of the form for one that is not on it."""
    codes = [commodity.code for commodity in page.commodities]
    return f"p{codes.index(cell[0])}-{cell[1]}" if cell[0] in codes else "entry"


def _place(page: Sheet, quotes: Sequence[Given], fault: Fault) -> str:
    """Return the id of what a fault of the service is about."""
    kind, _, rest = fault.field.partition("/")
    number = rest.partition("/")[0]
    if kind != "quotes" or not number:
        return "entry"
    quote = quotes[int(number)]
    return _id(page, (quote.commodity, quote.slot))


def _show(
    ctx: WebContext,
    page: Sheet,
    typed: Typed,
    faults: Iterable[tuple[str, str]] = (),
    status: int = 200,
) -> Response:
    w = Words(ctx, site_of(ctx), now())
    other = None if page.date == w.today else page.date
    return show(
        ctx,
        "desk_form.html",
        status=status,
        sheet=page,
        market=page.market,
        typed=typed,
        lines=_lines(ctx, page, typed, w),
        slots=range(1, page.market.slots + 1),
        faults=w.faulty((f"#{id}", text) for id, text in faults),
        here=market_path(page.market.code),
        opened=market_path(page.market.code, other),
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """A price to ask about. price: as it is confirmed."""

    id: str
    name: str
    commodity: str
    per: str
    slot: int
    typed: str
    price: int
    question: str


def _ask_again(ctx: WebContext, page: Sheet, typed: Typed, slips: Sequence[Slip]) -> Response:
    """Ask about prices that may be slips; the rest of the form goes along unseen."""
    w = Words(ctx, site_of(ctx), now())
    doubts = [
        Doubt(
            id=_id(page, (slip.commodity, slip.slot)),
            name=f"{slip.slot}:{slip.commodity}",
            commodity=w.commodity(slip.commodity),
            per=w.per(site_of(ctx).commodities[slip.commodity]),
            slot=slip.slot,
            typed=typed.prices.get((slip.commodity, slip.slot), ""),
            price=slip.price,
            question=question(ctx, slip, page.date),
        )
        for slip in slips
    ]
    asked = {(slip.commodity, slip.slot) for slip in slips}
    return show(
        ctx,
        "desk_slip.html",
        status=422,
        market=page.market,
        day=page.date,
        typed=typed,
        doubts=doubts,
        kept=[(f"{s}:{c}", text) for (c, s), text in typed.prices.items() if (c, s) not in asked],
        sure=[(f"{s}:{c}", text) for (c, s), text in typed.sure.items() if (c, s) not in asked],
        done=[f"{s}:{c}" for c, s in sorted(typed.done)],
        here=market_path(page.market.code),
    )
