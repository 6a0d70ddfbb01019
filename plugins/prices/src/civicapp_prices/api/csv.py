"""Answers as tables: RFC 4180, UTF-8, a header row, nothing that a spreadsheet would run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from civicapp_prices.domain.csvtext import table

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "headers": {"Vary": {"schema": {"type": "string"}, "description": "it depends on Accept"}},
    }
}
VARY = "Accept"


async def vary(response: Response) -> None:
    """Say that an answer depends on what the caller accepts."""
    response.headers["vary"] = VARY


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Answer with a table; `name` of its file has no ending."""
    headers = {"vary": VARY, "content-disposition": f'inline; filename="{_plain(name)}.csv"'}
    return Response(table(columns, rows), media_type=MEDIA_TYPE, headers=headers)


def columns_of(model: type[BaseModel]) -> list[str]:
    """Return the columns of a model, by the names that JSON has too."""
    return [field.serialization_alias or name for name, field in model.model_fields.items()]


def row_of(item: BaseModel) -> list[object]:
    """Return the values of an item."""
    return [getattr(item, name) for name in type(item).model_fields]


def items_response(
    name: str,
    model: type[BaseModel],
    items: Sequence[BaseModel],
    of_all: Mapping[str, object] | None = None,
) -> Response:
    """Answer with a table of items; `of_all`: columns in front that are the same in every row."""
    shared = of_all or {}
    header = [*shared, *columns_of(model)]
    return csv_response(name, header, [[*shared.values(), *row_of(item)] for item in items])


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)
