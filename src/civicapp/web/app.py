"""create_app: one kernel becomes one ASGI app."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from civicapp.kernel import Kernel
from civicapp.storage.versions import TagVersions, open_versions
from civicapp.version import VERSION
from civicapp.web import api, errors, health, idempotency, pages, preconditions, reference
from civicapp.web.cache import PublicCache
from civicapp.web.context import bind
from civicapp.web.limits import Limiter
from civicapp.web.logs import RequestLog
from civicapp.web.openapi import describe_api
from civicapp.web.portal import Portal
from civicapp.web.public import PublicRoutes
from civicapp.web.security import Refused, SecurityHeaders, check_request, limited
from civicapp.web.uploads import BodyLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from civicapp.identity.crypto import Cipher
    from civicapp.identity.passwords import Hasher
    from civicapp.storage import Database
    from civicapp.wiring import Wired


def create_app(
    kernel: Kernel,
    *,
    database: "Database | None" = None,
    cipher: "Cipher | None" = None,
    hasher: "Hasher | None" = None,
) -> ASGIApp:
    """Build the app of a kernel: API, portal, health, static files.

    database: what `ctx.db` is; it is closed when the app shuts down. Without one, as in tests of
    what comes from the pack alone, `ctx.db` raises. cipher: with it officers can sign in. hasher:
    of passwords, for tests a quick one.
    """
    versions = open_versions(database) if database else None
    app = _assemble(kernel, versions, database, cipher, hasher)
    _publish_openapi(app)
    return _front(app, kernel, versions)


def api_description(kernel: Kernel) -> bytes:
    """Return the bytes that the app of a kernel serves at /openapi.json."""
    return describe_api(_assemble(kernel, None, None, None, None))


def _assemble(
    kernel: Kernel,
    versions: TagVersions | None,
    database: "Database | None",
    cipher: "Cipher | None",
    hasher: "Hasher | None",
) -> FastAPI:
    """Mount all routes but the description of the API, which has to know them."""
    limiter = Limiter(database, cipher)
    app = FastAPI(
        title=kernel.region.name.text("en", *kernel.region.languages),
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_closing(limiter, versions, database),
    )
    app.state.kernel = kernel
    app.state.database, app.state.limiter = database, limiter
    app.state.portal = Portal(kernel)
    for part in (errors, idempotency, preconditions):
        part.install(app)
    _mount(app, kernel)
    if database is not None and cipher is not None:
        from civicapp.identity.passwords import Hasher
        from civicapp.web.officers.mount import mount_officers

        mount_officers(app, kernel, database, cipher, hasher or Hasher())
    app.include_router(_static())
    return app


def _front(app: FastAPI, kernel: Kernel, versions: TagVersions | None) -> ASGIApp:
    """Put before the app what every request passes."""
    settings = kernel.settings
    inner: ASGIApp = SecurityHeaders(Door(app, kernel), settings)
    if settings.cache_size and not settings.maintenance:
        routes = PublicRoutes(app, kernel.footer_tags, kernel.part_tags)
        inner = PublicCache(inner, routes, kernel, versions)
    return RequestLog(inner, settings)


def _closing(
    limiter: Limiter, versions: TagVersions | None, database: "Database | None"
) -> "Callable[[FastAPI], AbstractAsyncContextManager[None]]":
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for opened in (database, versions, limiter):  # closed in the opposite order, each
                if opened is not None:
                    stack.push_async_callback(opened.close)
            yield

    return lifespan


def _mount(app: FastAPI, kernel: Kernel) -> None:
    app.include_router(health.router)
    app.include_router(api.router, prefix="/api/v1/core", tags=["core"])
    app.include_router(pages.router)
    app.include_router(reference.router)
    for wired in kernel.services:
        _mount_service(app, wired)


def _mount_service(app: FastAPI, wired: "Wired") -> None:
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
    body = describe_api(app)
    app.state.reference = reference.Reference(body)

    @app.get("/openapi.json", include_in_schema=False, response_class=Response)
    async def openapi() -> Response:
        return Response(body, media_type="application/json", headers={"cache-control": "no-cache"})


class Door:
    """Check each request before any route sees it, and answer refusals as errors."""

    def __init__(self, app: FastAPI, kernel: Kernel) -> None:
        self.app = app
        self.settings = kernel.settings
        self.limits = BodyLimits(app, kernel)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["app"] = self.app
        try:
            limit = self.limits.of(scope["method"], scope["path"])
            check_request(scope, self.settings, limit)
            await self.app(scope, limited(receive, limit), send)
        except Refused as refused:
            answer = errors.error_response(
                Request(scope, receive), refused.status_code, headers=refused.headers
            )
            await answer(scope, receive, send)
