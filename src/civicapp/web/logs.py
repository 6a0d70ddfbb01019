"""Structured logs, and one line per request. No address, name, cookie or query is ever written."""

import logging
import re
import sys
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicapp.settings import Settings

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SECRET_PATH = re.compile(r"(/s/|/account/(?:invitation|reset)/)[^/]+")


def configure_logging(settings: Settings) -> None:
    """Send structlog's and the libraries' records to stderr, as text or as JSON lines."""
    json = (settings.log_format or ("json" if settings.env == "production" else "text")) == "json"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor
    if json:
        # structlog's own dict_tracebacks writes every local variable: passwords, reports, tokens.
        described = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        shared.append(structlog.processors.ExceptionRenderer(described))
        last = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        last = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # uvicorn's start-up lines say what the command has said already.
    logging.getLogger("uvicorn.error").setLevel("WARNING")
    logging.getLogger("uvicorn.access").disabled = True


class RequestLog:
    """Give each request a number, answer with it, and write one line about it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = number
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=number)
        began, status = time.perf_counter(), 500

        async def send_with_number(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = number
            await send(message)

        try:
            await self.app(scope, receive, send_with_number)
        finally:
            structlog.get_logger("civicapp.access").info(
                "request",
                method=scope["method"],
                path=masked(scope["path"]),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )


def masked(path: str) -> str:
    """Hide the secret part of a path, and characters that could forge a log line."""
    shown = "".join(c if c.isprintable() else "?" for c in path[:300])
    return _SECRET_PATH.sub(r"\1…", shown)
