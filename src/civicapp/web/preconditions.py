"""If-Match: who changes something says which version was seen (428), and is stopped when it is old.

@router.post("/notes/{id}/close", responses=problems(404, 412, 428))
async def close(ctx: Ctx, id: int, seen: IfMatch) -> NoteOut:
    return await ctx.db.write(close_note, id, seen)      # in it: seen.check(note.version)
"""

import re
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from starlette.responses import Response

from civicapp.expected import Expected, Stale
from civicapp.web.errors import HttpProblem, error_response

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)')
IfMatchHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=500,
        description='the ETag that was seen, such as `"3"`, or `*`',
    ),
]


def version_tag(version: int) -> str:
    """Return the ETag of a version, for a private answer; public reads get one from the cache."""
    return f'"{version}"'


def read_if_match(header: str | None) -> Expected | None:
    """Read an If-Match; None without one. What is no ETag of ours fits no version."""
    if header is None:
        return None
    if header.strip() == "*":
        return Expected()
    found = [tag for tag in _TAG.findall(header) if tag.isascii() and tag.isdecimal()]
    return Expected(frozenset(int(tag) for tag in found))


async def _needed(if_match: IfMatchHeader = None) -> Expected:
    expected = read_if_match(if_match)
    if expected is None:
        raise HttpProblem(428)
    return expected


async def _given(if_match: IfMatchHeader = None) -> Expected:
    return read_if_match(if_match) or Expected()


IfMatch = Annotated[Expected, Depends(_needed)]
"""The version that was seen, for a route's parameter; without the header the answer is 428."""
IfMatchGiven = Annotated[Expected, Depends(_given)]
"""The same where the header may be left out: any version will do then."""


def install(app: FastAPI) -> None:
    """Answer Stale with 412 and the ETag of now."""

    @app.exception_handler(Stale)
    async def stale(request: Request, error: Stale) -> Response:
        return error_response(request, 412, headers={"etag": version_tag(error.current)})
