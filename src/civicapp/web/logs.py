"""Structured logs, and one line per request. No address, name, cookie or query is ever written."""

import datetime
import json
import logging
import re
import secrets
import sys
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from civicapp.settings import Settings

ACCESS = "civicapp.access"
PROBES = ("/healthz", "/readyz")
_encode = json.JSONEncoder(ensure_ascii=False).encode
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SECRET_PATH = re.compile(r"(/s/|/account/(?:invitation|reset)/)[^/]+")


def configure_logging(settings: Settings) -> None:
    """Send structlog's and the libraries' records to stderr, as text or as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor
    if writes_json(settings):
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
        _Formatter(
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
    # At each start it tells of every job that it knows.
    logging.getLogger("procrastinate.blueprints").setLevel("WARNING")


def writes_json(settings: Settings) -> bool:
    """Tell whether log lines are JSON."""
    return (settings.log_format or ("json" if settings.env == "production" else "text")) == "json"


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Format a record, except the line of a request, which is JSON already."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return record.msg if isinstance(record, _Line) else super().format(record)


class _Line(logging.LogRecord):
    """A finished line."""

    msg: str


class RequestLog:
    """Give each request a number, answer with it, and write one line about it.

    A line of JSON is put together here: through structlog it costs ten times as much as an answer
    from the cache.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._log = self._json if writes_json(settings) else self._text
        self._logger = logging.getLogger(ACCESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = _given_number(scope) or secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = number
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=number)
        began, status = time.perf_counter(), 500

        async def send_with_number(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                name = (b"x-request-id", number.encode())
                message = {**message, "headers": (*message["headers"], name)}
            await send(message)

        try:
            await self.app(scope, receive, send_with_number)
        finally:
            # Who watches asks every few seconds.
            if status != 200 or scope["path"] not in PROBES:
                self._log(scope, number, status, round((time.perf_counter() - began) * 1000, 1))

    def _text(self, scope: Scope, _number: str, status: int, ms: float) -> None:
        path = masked(scope["path"])
        structlog.get_logger(ACCESS).info(
            "request", method=scope["method"], path=path, status=status, ms=ms
        )

    def _json(self, scope: Scope, number: str, status: int, ms: float) -> None:
        if not self._logger.isEnabledFor(logging.INFO):
            return
        line = _encode(
            {
                "request_id": number,
                "method": scope["method"],
                "path": masked(scope["path"]),
                "status": status,
                "ms": ms,
                "event": "request",
                "level": "info",
                "timestamp": datetime.datetime.now(datetime.UTC).isoformat(),
            }
        )
        # No call of info(): it looks through the stack for who called.
        self._logger.handle(_Line(ACCESS, logging.INFO, __file__, 0, line, None, None))


def _given_number(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            return given if _REQUEST_ID.fullmatch(given) else None
    return None


def masked(path: str) -> str:
    """Hide the secret part of a path, and characters that could forge a log line."""
    path = path[:300]
    shown = path if path.isprintable() else "".join(c if c.isprintable() else "?" for c in path)
    return _SECRET_PATH.sub(r"\1…", shown)
