"""The bulk files: everything that is published, as CSV with its data package."""

from collections.abc import AsyncIterator
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from civicapp.web import Ctx, NotFound, WebContext, problems
from civicapp_prices.service.bulk import PACKAGE, Served, find_file

router = APIRouter()
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It has not changed."}}


@router.get(
    f"/bulk/{PACKAGE}",
    operation_id="prices_bulk_package",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        **UNCHANGED,
        **problems(404),
    },
)
async def package(ctx: Ctx) -> Response:
    """Describe the bulk files: a Frictionless data package, with the digest of each."""
    return await _answer(ctx, PACKAGE)


@router.get(
    "/bulk/{file}",
    operation_id="prices_bulk_file",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **UNCHANGED,
        **problems(404, 422),
    },
)
async def bulk_file(
    ctx: Ctx,
    file: Annotated[str, Path(description="name in the data package", max_length=64)],
) -> Response:
    """Give a bulk file. Its ETag is its SHA-256, as in the data package."""
    return await _answer(ctx, file)


async def _answer(ctx: WebContext, name: str) -> Response:
    found = await ctx.db.read(find_file, name)
    if found is None:
        raise NotFound(ctx.gettext("There is no file with this name."))
    headers = {
        "etag": f'"{found.digest}"',
        "last-modified": format_datetime(found.made_at, usegmt=True),
        "cache-control": "no-cache",
    }
    if _unchanged(ctx.request, found):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = f'attachment; filename="{found.name}"'
    headers["content-length"] = str(found.bytes)
    first = await ctx.files.get(found.parts[0])  # before the answer begins, so that it may fail
    body = _parts(ctx, first, found)
    return StreamingResponse(body, media_type=found.media_type, headers=headers)


async def _parts(ctx: WebContext, first: bytes, found: Served) -> AsyncIterator[bytes]:
    """Yield a file; one part is in memory at once."""
    yield first
    for part in found.parts[1:]:
        yield await ctx.files.get(part)


def _unchanged(request: Request, found: Served) -> bool:
    """Tell whether the caller has it; If-None-Match decides alone where it is given."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or f'"{found.digest}"' in tags
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return found.made_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
