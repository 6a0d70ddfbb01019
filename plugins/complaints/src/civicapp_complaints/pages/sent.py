"""Sent: the form of a request, for a route's parameter; its files are closed after the answer."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData


async def _sent(request: Request) -> AsyncIterator[FormData]:
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(_sent)]


def text_of(form: FormData, name: str, limit: int = 20_000) -> str:
    """Return a field of a form as typed, "" for a file or none."""
    value = form.get(name)
    return value[:limit].replace("\r\n", "\n") if isinstance(value, str) else ""
