"""Routes that take larger bodies than the rest."""

from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter, FastAPI

from civicapp.settings import Settings
from civicapp.web import large_body
from civicapp.web.uploads import BodyLimits

KB = 1024


def _size(region: Any) -> int:
    return int(len(region.id) * KB)


def test_only_the_marked_route_takes_more():
    router = APIRouter()

    @router.post("/reports/{id}/media", dependencies=[large_body(_size)])
    async def photo(id: str) -> None: ...

    @router.post("/reports/{id}/small", dependencies=[large_body(lambda _: 1)])
    async def small(id: str) -> None: ...

    @router.get("/reports/{id}")
    async def show(id: str) -> None: ...

    app = FastAPI()
    app.include_router(router, prefix="/api")
    settings, region = Settings(body_limit=2 * KB), SimpleNamespace(id="eightkbs")
    kernel: Any = SimpleNamespace(settings=settings, region=region)
    limits = BodyLimits(app, kernel)
    assert limits.of("POST", "/api/reports/7/media") == 8 * KB
    for method, path in (
        ("PUT", "/api/reports/7/media"),
        ("POST", "/api/reports/7/media/1"),
        ("POST", "/reports/7/media"),
        ("POST", "/api/reports/7/small"),
        ("GET", "/api/reports/7"),
        ("POST", "/nowhere"),
    ):
        assert limits.of(method, path) == 2 * KB
