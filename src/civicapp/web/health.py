"""Health: is the process alive, and is it able to serve?"""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from civicapp.backing import Backing
from civicapp.version import VERSION

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field(description="always `ok`")


class Failure(BaseModel):
    """A plugin's code that failed and was left out."""

    plugin: str = Field(description="the plugin's id")
    place: str = Field(description="where it failed, such as `home`")
    count: int = Field(description="how often since the start")


class Background(BaseModel):
    """What is wrong with the jobs."""

    failed: dict[str, int] = Field(description="given up after the last try, by the job's name")
    stuck: dict[str, int] = Field(description="waiting under a name that no service has")
    late: int = Field(description="due for more than ten minutes: does a worker run?")


class Ready(BaseModel):
    """The app can serve; `degraded` when a plugin's code or a job failed."""

    status: Literal["ok", "degraded"] = Field(description="`degraded` still serves")
    region: str = Field(description="id of the region")
    version: str = Field(description="version of civicapp")
    plugins: list[str] = Field(description="ids of the enabled plugins")
    failures: list[Failure] = Field(description="what failed since the start")
    background: Background | None = Field(description="null where the app has no database")


@router.get("/healthz", operation_id="healthz")
async def healthz() -> Alive:
    """Tell that the process is alive."""
    return Alive(status="ok")


@router.get("/readyz", operation_id="readyz")
async def readyz(request: Request) -> Ready:
    """Tell whether the app can serve."""
    kernel = request.app.state.kernel
    failures = [
        Failure(plugin=plugin, place=place, count=count)
        for (plugin, place), count in sorted(kernel.failures.items())
    ]
    backing: Backing | None = getattr(request.state, "backing", None)
    jobs = await backing.health() if backing else None
    return Ready(
        status="degraded" if failures or (jobs and not jobs.sound) else "ok",
        region=kernel.region.id,
        version=VERSION,
        plugins=list(kernel.plugins.ids),
        failures=failures,
        background=Background(failed=jobs.failed, stuck=jobs.stuck, late=jobs.late)
        if jobs
        else None,
    )
