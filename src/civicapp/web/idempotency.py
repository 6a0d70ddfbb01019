"""Idempotency-Key: a POST that comes again gets the first answer again, and has its effect once.

    @router.post("/notes", status_code=201, responses=problems(409, 422))
    async def pin(ctx: Ctx, note: NoteIn, once: Once) -> NoteOut:
        return await once.write(pin_note, note, answer=lambda id: json_answer(NoteOut(id=id), 201))

The answer is kept for a day, in the transaction of the write itself. A form sends the key in a
hidden field: `{{ ctx.form_key }}` in its template.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, TypeVarTuple

from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from civicapp.service import N_
from civicapp.storage.ledgers import find_answer, keep_answer
from civicapp.web.context import FORM_KEY, Ctx, WebContext
from civicapp.web.errors import FieldError, HttpProblem
from civicapp.web.sealed import BadAnswer, open_answer, seal_answer

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

WAIT = 10.0  # seconds for the same request that is still being answered
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
TOKENS = frozenset((FORM_KEY, "form_token"))  # fields that are no part of what is sent
KEY = r"^[\x21-\x7e]{1,200}$"
OTHER = N_("This key came with another request before. Take a new one.")
BUSY = N_("The same request is still being answered. Ask again in a moment.")
BAD = N_("A key has 1 to 200 visible characters; a random UUID is a good one.")
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=KEY,
        description="a random key; the same key and request get the same answer again, for a day",
    ),
]


class InProgress(Exception):
    """The same request is being answered, and it takes long."""


class Replayed(Exception):
    """The request was answered before: this answer is given again."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class OneWrite:
    """Write once per key. id: digest of route, caller and key; None when there is no key."""

    ctx: WebContext
    key: str = ""
    id: str | None = None
    body: str = ""

    async def write(
        self, fn: "Callable[[Session, *Ts], T]", *args: *Ts, answer: Callable[[T], Response]
    ) -> Response:
        """Run a service function that writes, and keep the answer made of what it returns.

        answer: makes the response; it runs inside the transaction, so it does no input or output.
        What the function raises is not kept: the same key may then be tried again.
        """
        return await self.ctx.db.write(self._run, lambda session: answer(fn(session, *args)))

    def _run(self, session: Session, work: Callable[[Session], Response]) -> Response:
        if self.id is None:
            return work(session)
        # Once more, inside the transaction: another process may have been quicker.
        if (found := self.known(session)) is not None:
            return found
        made = work(session)
        keep_answer(session, seal_answer(made, self.id, self.body, self.key))
        return made

    def known(self, session: Session) -> Response | None:
        """Return the answer given before; raise HttpProblem when the key came with another body."""
        row = find_answer(session, self.id or "")
        if row is None:
            return None
        try:
            return open_answer(row, self.body, self.key)
        except BadAnswer:
            raise _refused(self.ctx, OTHER) from None


class InFlight:
    """The keys that this process is answering; other processes meet in the transaction."""

    def __init__(self) -> None:
        self._answering: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def alone(self, id: str) -> AsyncIterator[None]:
        """Wait until no other request has this key; raise InProgress when that takes too long."""
        try:
            async with asyncio.timeout(WAIT):
                while (other := self._answering.get(id)) is not None:
                    await other.wait()
        except TimeoutError:
            raise InProgress from None
        mine = self._answering[id] = asyncio.Event()
        try:
            yield
        finally:
            del self._answering[id]
            mine.set()


async def _once(ctx: Ctx, idempotency_key: KeyHeader = None) -> AsyncIterator[OneWrite]:
    request = ctx.request
    key, body = await _read(request)
    key = idempotency_key or key
    if key is None:
        yield OneWrite(ctx)
        return
    if not re.fullmatch(KEY, key):
        raise _refused(ctx, BAD)
    caller = ctx.person.id if ctx.person else ""
    id = _digest(json.dumps([request.method, request.url.path, caller, key]).encode())
    one = OneWrite(ctx, key, id, body)
    try:
        async with in_flight(request.app).alone(id):
            if (found := await ctx.db.read(one.known)) is not None:
                raise Replayed(found)
            yield one
    except InProgress:
        busy = {"retry-after": "2"}
        raise HttpProblem(409, ctx.gettext(BUSY), headers=busy) from None


Once = Annotated[OneWrite, Depends(_once, scope="function")]
"""For a route's parameter: its write is done once per key, of the header or of the form."""


async def _read(request: Request) -> tuple[str | None, str]:
    """Return the key in a form, None if there is none, and the digest of what was sent."""
    query = request.url.query.encode()
    if not request.headers.get("content-type", "").startswith(FORMS):
        return None, _digest(query + b"\0" + await request.body())
    form = await request.form()
    key = form.get(FORM_KEY)
    sent: list[list[str]] = []
    for name, value in form.multi_items():
        if name in TOKENS:
            continue
        if isinstance(value, UploadFile):
            content = _digest(await value.read())
            await value.seek(0)
            sent.append([name, value.filename or "", content])
        else:
            sent.append([name, value])
    digest = _digest(query + b"\0" + json.dumps(sent).encode())
    return (key if isinstance(key, str) and key else None), digest


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refused(ctx: WebContext, message: str) -> HttpProblem:
    text = ctx.gettext(message)
    error = FieldError(pointer="#/header/Idempotency-Key", code="key-reused", detail=text)
    return HttpProblem(422, text, [error])


def json_answer(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Make a finished JSON answer of a model, for `once.write`."""
    body = model.model_dump_json()
    return Response(body, status, headers=dict(headers or {}), media_type="application/json")


def in_flight(app: Any) -> InFlight:
    """Return what an app is answering."""
    found: InFlight = app.state.in_flight
    return found


def install(app: FastAPI) -> None:
    """Answer what was answered before."""
    app.state.in_flight = InFlight()

    @app.exception_handler(Replayed)
    async def replayed(_request: Request, error: Replayed) -> Response:
        return error.answer
