"""A small invented region served in this process, with a plugin whose parts can be made to fail."""

import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from fastapi import APIRouter
from fastapi.testclient import TestClient

from civicapp import Block, MenuItem, Service, hookimpl
from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings
from civicapp.web import Ctx, create_app

REGION = """\
format: 1
id: isle
area: "7"
name: {en: Isle, id: Pulau}
operator: {en: Isle Office, id: Kantor Pulau}
contacts: {website: "https://isle.example"}
timezone: Asia/Jakarta
currency: IDR
languages: [en, id]
plugins: [probe]
levels:
  province: {name: {en: Province, id: Provinsi}}
  district: {name: {en: District, id: Kecamatan}}
kinds:
  district: {name: {en: District, id: Kecamatan}, title: {en: "{name} District", id: "Kec. {name}"}}
"""
AREAS = """\
code,name,level,kind,parent,lat,lon,postal_code
7,Isle,province,,,1.5,101.5,
7.1,North,district,district,7,2.5,101.5,70001
7.2,South,district,district,7,0.5,101.5,70002
"""
AGENCIES = """\
code,name,short_name,level,area,scope,role
ROADS,Public Works,Works,district,,district,
NORTHROADS,Northern Roads Board,Roads Board,district,7.1,,ROADS
HARBOUR,Harbour Office,,province,7,,
"""
FEATURE = (
    '{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":'
    "[[[101,{low}],[102,{low}],[102,{high}],[101,{high}],[101,{low}]]]}}}}"
)


def write_isle(folder: Path) -> Path:
    """Write the pack of the island."""
    squares = [FEATURE.format(code="7.1", low=2, high=3), FEATURE.format(code="7.2", low=0, high=2)]
    files = {
        "region.yaml": REGION,
        "areas/areas.csv": AREAS,
        "areas/boundaries.geojson": '{"type":"FeatureCollection","features":['
        + ",".join(squares)
        + "]}",
        "organisation/agencies.csv": AGENCIES,
        "content/privacy.en.md": "# Privacy\n\nWe are {operator}.\n\n- Call {phone}\n"
        "- See {website}\n",
        "content/privacy.id.md": "# Privasi\n\nKami {operator}.\n",
        "content/terms.en.md": "# Terms\n\n<script>alert(1)</script>\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def probe_plugin() -> types.ModuleType:
    """Build a plugin whose routes and parts fail on demand."""
    module = types.ModuleType("probe_plugin")
    pages = APIRouter()

    @pages.get("/boom")
    async def boom(ctx: Ctx) -> dict[str, str]:
        raise RuntimeError("secret detail")

    def home(ctx: Ctx) -> Block | None:
        raise RuntimeError("home is broken")

    def fact(ctx: Ctx) -> str:
        raise RuntimeError("fact is broken")

    module.pages, module.home, module.fact = pages, home, fact  # type: ignore[attr-defined]
    import sys

    sys.modules["probe_plugin"] = module

    @hookimpl
    def service() -> Service:
        return Service(
            id="probe",
            pages="probe_plugin:pages",
            home="probe_plugin:home",
            menu=(
                MenuItem("probe", label="Probe", summary="Still here", fact="probe_plugin:fact"),
            ),
        )

    module.service = service  # type: ignore[attr-defined]
    return module


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the log silent: to draw a failing plugin's traceback in colours takes seconds."""
    structlog.configure(
        processors=[structlog.processors.JSONRenderer(default=repr)],
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    yield
    structlog.reset_defaults()


Make = Callable[..., TestClient]


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """Boot the island."""
    return _kernel(tmp_path, Settings())


def _kernel(folder: Path, settings: Settings) -> Kernel:
    found = boot(write_isle(folder / "isle"), plugins={"probe": probe_plugin()}, settings=settings)
    assert found.kernel is not None, found.problems
    return found.kernel


@pytest.fixture
def make_client(tmp_path: Path) -> Make:
    """Return a function that serves the island with given settings."""

    def make(**settings: object) -> TestClient:
        app = create_app(_kernel(tmp_path, Settings(**settings)))  # type: ignore[arg-type]
        return TestClient(app, raise_server_exceptions=False)

    return make


@pytest.fixture
def client(make_client: Make) -> TestClient:
    """Serve the island."""
    return make_client()
