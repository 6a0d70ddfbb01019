"""What officers do by bearer token or signed in: send prices, see flags, decide."""

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from sqlalchemy.orm import Session

from civicapp import Person
from civicapp.web import (
    Ctx,
    FieldError,
    HttpProblem,
    IfMatch,
    NotFound,
    Once,
    WebContext,
    json_answer,
    problems,
    require,
    version_tag,
)
from civicapp_prices.api.entries import (
    DecidedOut,
    DecisionIn,
    EntryIn,
    EntryOut,
    FlagList,
    FlagOut,
    NeighbourOut,
    PeerOut,
    QuoteOut,
    ReasonOut,
)
from civicapp_prices.context import site_of
from civicapp_prices.domain.checks import Reason
from civicapp_prices.domain.quotes import Fault, Given, Sent
from civicapp_prices.permissions import ENTER, READ, REVIEW
from civicapp_prices.service.entry import Line, Receipt, entry_of, send
from civicapp_prices.service.errors import (
    Decided,
    Forbidden,
    Invalid,
    Reused,
    Slipped,
    Unknown,
)
from civicapp_prices.service.flags import LATER
from civicapp_prices.service.review import PAGE, Decision, Flag, decide, flags
from civicapp_prices.service.site import Site
from civicapp_prices.wording import DECIDED, NOT_YOURS, REUSED, SURE, question, said, why

router = APIRouter()
ROOT = "/api/v1/prices"
KEY = "#/header/Idempotency-Key"
Reader = Annotated[Person, Depends(require(READ))]
Enterer = Annotated[Person, Depends(require(ENTER))]
Reviewer = Annotated[Person, Depends(require(REVIEW))]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="a UUID of the client's; it becomes the id of the entry",
        max_length=200,
    ),
]
WRITES = (401, 403, 409, 413, 422, 503, 507)


def now() -> datetime.datetime:
    """Return this moment."""
    return datetime.datetime.now(datetime.UTC)


@contextmanager
def problems_of(ctx: WebContext, site: Site, where: str = "body") -> Iterator[None]:
    """Answer what the service raises as problems, in the caller's language."""
    try:
        yield
    except Invalid as e:
        raise HttpProblem(422, errors=[_error(ctx, where, fault) for fault in e.faults]) from None
    except Slipped as e:
        today = site.today(now())
        errors = [
            FieldError(
                pointer=f"#/{where}/quotes/{slip.n}/price",
                code="price-slip",
                detail=question(ctx, slip, today),
            )
            for slip in e.slips
        ]
        raise HttpProblem(422, ctx.gettext(SURE), errors) from None
    except Reused:
        text = ctx.gettext(REUSED)
        error = FieldError(pointer=KEY, code="key-reused", detail=text)
        raise HttpProblem(422, text, [error]) from None
    except Unknown:
        raise NotFound from None
    except Forbidden:
        raise HttpProblem(403, ctx.gettext(NOT_YOURS)) from None
    except Decided:
        raise HttpProblem(409, ctx.gettext(DECIDED)) from None


def _error(ctx: WebContext, where: str, fault: Fault) -> FieldError:
    pointer = KEY if fault.field == "id" else f"#/{where}/{fault.field}"
    return FieldError(pointer=pointer, code=fault.code, detail=said(ctx, fault))


@router.post("/entries", operation_id="prices_enter", status_code=201, responses=problems(*WRITES))
async def enter(
    ctx: Ctx, person: Enterer, given: EntryIn, once: Once, idempotency_key: Key
) -> EntryOut:
    """Send prices of a market. The same key and body get the first answer again, for ever.

    A price that may be a slip of a digit is asked about: 422 with code `price-slip`, and nothing is
    stored until it comes mended, or `confirmed`. One that looks odd is stored and flagged.
    """
    site, by = site_of(ctx), ctx.act
    sent = Sent(
        id=idempotency_key,
        market=given.market,
        date=given.date,
        quotes=tuple(
            Given(q.commodity, q.slot, q.outcome, q.price, q.unit, q.confirmed)
            for q in given.quotes
        ),
        method=given.method,
        captured_at=given.captured_at,
    )

    def answer(receipt: Receipt) -> Response:
        headers = {"location": f"{ROOT}/entries/{receipt.id}", "cache-control": "no-store"}
        return json_answer(_entry(ctx, receipt), 201, headers)

    with problems_of(ctx, site):
        made = await once.write(send, site, person, sent, by, answer=answer)
    return cast("EntryOut", made)  # a finished response: FastAPI sends it as it is


@router.get("/entries/{id}", operation_id="prices_entry", responses=problems(401, 403, 404, 422))
async def entry(
    ctx: Ctx, person: Reader, id: Annotated[str, Path(description="its key", max_length=64)]
) -> EntryOut:
    """Show an entry of the caller's area as it stands now."""
    site = site_of(ctx)
    with problems_of(ctx, site):
        return _entry(ctx, await ctx.db.read(entry_of, site, person, id))


@router.get("/flags", operation_id="prices_flags", responses=problems(401, 403, 422))
async def flagged(
    ctx: Ctx,
    response: Response,
    person: Reader,
    cursor: Annotated[
        str | None, Query(description="`next` of the page before", max_length=64)
    ] = None,
    limit: Annotated[int, Query(description="quotes of a page", ge=1, le=200)] = PAGE,
) -> FlagList:
    """List the prices that wait for a supervisor's decision in the caller's area."""
    site = site_of(ctx)
    with problems_of(ctx, site, "query"):
        page = await ctx.db.read(flags, site, person, cursor, limit)
    if page.next:
        query = urlencode({"cursor": page.next, "limit": limit})
        response.headers["link"] = f'<{ROOT}/flags?{quote(query, safe="=&")}>; rel="next"'
    items = [_flag(ctx, item) for item in page.items]
    return FlagList(items=items, waiting=page.waiting, next=page.next)


@router.post(
    "/quotes/{id}/decision",
    operation_id="prices_decide",
    responses=problems(404, 412, 428, *WRITES),
)
async def decision(
    ctx: Ctx,
    response: Response,
    person: Reviewer,
    id: Annotated[int, Path(description="key of a flagged quote", ge=1, le=2**31 - 1)],
    given: DecisionIn,
    seen: IfMatch,
) -> DecidedOut:
    """Confirm a flagged price, or reject it with a reason; what is published follows at once."""
    site, by = site_of(ctx), ctx.act
    made = Decision(id, seen, given.decision, given.reason)

    def run(session: Session) -> Flag:
        return decide(session, site, person, made, by)

    with problems_of(ctx, site):
        done = await ctx.db.write(run)
    response.headers["etag"] = version_tag(done.version)
    return DecidedOut(id=done.id, state=done.state, version=done.version, reason=done.decision)


def _reasons(ctx: WebContext, reasons: Iterable[Reason]) -> list[ReasonOut]:
    return [
        ReasonOut(
            code=str(r["code"]),
            text=why(ctx, r),
            facts={name: value for name, value in r.items() if name not in ("code", LATER)},
        )
        for r in reasons
    ]


def _quote(ctx: WebContext, line: Line) -> QuoteOut:
    return QuoteOut(
        id=line.id,
        commodity=line.commodity,
        slot=line.slot,
        outcome=line.outcome,
        price=line.price,
        unit=line.unit,
        state=line.state,
        reasons=_reasons(ctx, line.reasons),
        version=line.version,
        revision_of=line.revision_of,
    )


def _entry(ctx: WebContext, receipt: Receipt) -> EntryOut:
    return EntryOut(
        id=receipt.id,
        market=receipt.market,
        date=receipt.date,
        method=receipt.method,
        captured_at=receipt.captured_at,
        received_at=receipt.received_at,
        late=receipt.late,
        quotes=[_quote(ctx, line) for line in receipt.lines],
    )


def _flag(ctx: WebContext, flag: Flag) -> FlagOut:
    return FlagOut(
        id=flag.id,
        version=flag.version,
        state=flag.state,
        entry=flag.entry,
        market=flag.market,
        commodity=flag.commodity,
        slot=flag.slot,
        date=flag.date,
        price=flag.price,
        unit=flag.unit,
        reasons=_reasons(ctx, flag.reasons),
        peers=[PeerOut(market=p.market, slot=p.slot, price=p.price) for p in flag.peers],
        neighbours=[
            NeighbourOut(area=n.area, price=n.price, before=n.before) for n in flag.neighbours
        ],
    )
