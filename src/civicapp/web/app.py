"""create_app: one kernel becomes one ASGI app."""

import json
import warnings
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from civicapp.kernel import Kernel
from civicapp.version import VERSION
from civicapp.web import api, errors, health, pages
from civicapp.web.context import bind
from civicapp.web.logs import RequestLog
from civicapp.web.portal import Portal
from civicapp.web.security import Refused, SecurityHeaders, check_request, limited

if TYPE_CHECKING:
    from civicapp.wiring import Wired


def create_app(kernel: Kernel) -> ASGIApp:
    """Build the app of a kernel: API, portal, health, static files."""
    app = FastAPI(
        title=kernel.region.name.text("en", *kernel.region.languages),
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.kernel = kernel
    app.state.portal = Portal(kernel)
    errors.install(app)
    app.include_router(health.router)
    app.include_router(api.router, prefix="/api/v1/core", tags=["core"])
    app.include_router(pages.router)
    for wired in kernel.services:
        _mount(app, wired)
    app.include_router(_static())
    _publish_openapi(app)
    return RequestLog(SecurityHeaders(Door(app, kernel), kernel.settings))


def _mount(app: FastAPI, wired: "Wired") -> None:
    bound = [Depends(bind(wired.id))]
    if wired.api:
        app.include_router(
            wired.api, prefix=f"/api/v1/{wired.id}", tags=[wired.id], dependencies=bound
        )
    if wired.pages:
        app.include_router(
            wired.pages, prefix=f"/{wired.id}", include_in_schema=False, dependencies=bound
        )


def _static() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{path:path}", response_class=Response)
    async def static(request: Request) -> Response:
        portal: Portal = request.app.state.portal
        asset = portal.assets.by_url.get(request.url.path)
        if asset is None:
            raise errors.NotFound
        return asset.response(request.headers.get("accept-encoding", ""))

    return router


def _publish_openapi(app: FastAPI) -> None:
    """Serve the description of the API as bytes that are the same from run to run."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a duplicate operation id is a fault, not a hint
        schema = app.openapi()
    errors.describe(schema)
    body = json.dumps(schema, ensure_ascii=False, sort_keys=True).encode()

    @app.get("/openapi.json", include_in_schema=False, response_class=Response)
    async def openapi() -> Response:
        return Response(body, media_type="application/json", headers={"cache-control": "no-cache"})


class Door:
    """Check each request before any route sees it, and answer refusals as errors."""

    def __init__(self, app: FastAPI, kernel: Kernel) -> None:
        self.app = app
        self.settings = kernel.settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["app"] = self.app
        try:
            check_request(scope, self.settings)
            await self.app(scope, limited(receive, self.settings.body_limit), send)
        except Refused as refused:
            answer = errors.error_response(
                Request(scope, receive), refused.status_code, headers=refused.headers
            )
            await answer(scope, receive, send)
