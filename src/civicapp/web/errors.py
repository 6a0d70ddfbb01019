"""Errors: RFC 9457 problems for programs, pages with a way on for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from civicapp.service import N_
from civicapp.storage.errors import DatabaseBusy, DatabaseFull, DatabaseGone
from civicapp.storage.files import FilesUnavailable
from civicapp.web.context import WebContext, make_context

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says: what happened, and what to do now."""

    title: str
    text: str


WORDS = {
    400: Words(N_("We did not understand this request"), N_("Go back and try again.")),
    401: Words(N_("Sign in first"), N_("Sign in, or send a token that is still good.")),
    403: Words(
        N_("This page is not open to you"),
        N_(
            "The form came from another site, or you may not see this page. "
            "Open it from our home page."
        ),
    ),
    404: Words(N_("Page or number not found"), N_("Check the address or the number.")),
    405: Words(N_("This address does not take that"), N_("Open the page from our home page.")),
    409: Words(
        N_("This cannot be done now"), N_("Something has changed. Load the page again and look.")
    ),
    412: Words(
        N_("Somebody changed this meanwhile"), N_("Load the page again, look, and decide anew.")
    ),
    413: Words(N_("This is too large to send"), N_("Send less at once, or smaller files.")),
    422: Words(N_("Something needs to be corrected"), N_("Check what you entered.")),
    428: Words(
        N_("This request does not say what it has seen"),
        N_("Send the ETag of the answer that you saw in If-Match."),
    ),
    429: Words(N_("That was too often"), N_("Wait one minute, then continue.")),
    500: Words(
        N_("Our side broke"),
        N_("Your data was not sent. Try in 10 minutes."),
    ),
    503: Words(
        N_("We are working on this service"),
        N_("It will be back soon. Try in 10 minutes."),
    ),
    507: Words(N_("Our storage is full"), N_("Your data was not saved. Try in one hour.")),
}


class FieldError(BaseModel):
    """One wrong value of a request."""

    pointer: str = Field(description="where the value stands: `#/body/name`, `#/query/area`")
    code: str | None = Field(default=None, description="the kind of fault, for programs")
    detail: str = Field(description="what is wrong with it")


class ProblemOut(BaseModel):
    """A problem as RFC 9457 describes it."""

    type: str = Field(default="about:blank", description="identifies the kind of problem")
    title: str = Field(description="the problem in the caller's language")
    status: int = Field(description="the HTTP status")
    detail: str | None = Field(default=None, description="what to do")
    request_id: str | None = Field(default=None, description="quote it when you ask for help")
    errors: list[FieldError] | None = Field(default=None, description="wrong values, for 422")


def _declared(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": WORDS[status].title, "content": {PROBLEM_TYPE: {"schema": schema}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problems that a route answers with, for its `responses`."""
    return {status: _declared(status) for status in statuses}


def describe(schema: dict[str, Any]) -> None:
    """Put our problems into an OpenAPI description, in place of FastAPI's own error model."""
    models = schema.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        models.pop(unused, None)
    own = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    models.update(own.pop("$defs"))
    models["ProblemOut"] = own
    for methods in schema["paths"].values():
        for operation in methods.values():
            if "422" in operation["responses"]:
                operation["responses"]["422"] = _declared(422)


class NotFound(HTTPException):
    """Say that something does not exist; `detail` is a translated sentence."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(404, detail or "")


class HttpProblem(HTTPException):
    """Answer with a problem; `detail` and `errors` are in the caller's language already."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers=headers)
        self.errors = errors


def wants_page(request: Request) -> bool:
    """Tell whether a person is asking: pages answer them in HTML, the API in JSON."""
    if request.url.path.startswith("/api/") or "authorization" in request.headers:
        return False
    return "text/html" in request.headers.get("accept", "") or "*/*" in request.headers.get(
        "accept", "*/*"
    )


def error_response(
    request: Request,
    status: int,
    *,
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with an error, as a page or as a problem."""
    ctx = make_context(request, "")
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    title, text = ctx.gettext(words.title), detail or ctx.gettext(words.text)
    number = request.scope.get("state", {}).get("request_id")
    extra = {"cache-control": "no-store", "content-language": ctx.language, **(headers or {})}
    if wants_page(request):
        return _page(ctx, status, title, text, number, extra)
    problem = ProblemOut(
        title=title, status=status, detail=text, request_id=number, errors=list(errors) or None
    )
    body = json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False)
    return Response(body, status, media_type=PROBLEM_TYPE, headers=extra)


def _page(
    ctx: WebContext,
    status: int,
    title: str,
    text: str,
    number: str | None,
    headers: Mapping[str, str],
) -> Response:
    html = ctx.portal.html(
        ctx, "civicapp/error.html", status=status, title=title, text=text, request_id=number
    )
    return Response(html, status, media_type="text/html", headers=dict(headers))


def install(app: FastAPI) -> None:
    """Answer every exception by this module's rules."""

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        ours = isinstance(error, NotFound | HttpProblem)
        return error_response(
            request,
            error.status_code,
            detail=error.detail if ours else "",
            errors=error.errors if isinstance(error, HttpProblem) else (),
            headers=error.headers,
        )

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        found = [
            FieldError(pointer="#/" + "/".join(map(str, e["loc"])), detail=str(e["msg"]))
            for e in error.errors()
        ]
        return error_response(request, 422, errors=found)

    @app.exception_handler(DatabaseFull)
    async def full(request: Request, error: DatabaseFull) -> Response:
        structlog.get_logger().error("storage_full", reason=str(error))
        return error_response(request, 507)

    async def unavailable(request: Request, error: Exception) -> Response:
        structlog.get_logger().error("storage_unavailable", kind=type(error).__name__)
        return error_response(request, 503, headers={"retry-after": "10"})

    for kind in (DatabaseBusy, DatabaseGone, FilesUnavailable):
        app.add_exception_handler(kind, unavailable)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        structlog.get_logger().error("request_failed", exc_info=error)
        return error_response(request, 500)
