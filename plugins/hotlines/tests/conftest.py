"""A small invented island with telephone numbers, for the tests of this plugin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fastapi.testclient import TestClient

from civicapp.kernel import Boot, boot
from civicapp.web import create_app

REGION = """\
format: 1
id: isle
area: "7"
name: {en: Isle, id: Pulau}
timezone: Asia/Jakarta
currency: IDR
languages: [en, id]
plugins: [hotlines]
levels:
  province: {name: {en: Province, id: Provinsi}}
  district: {name: {en: District, id: Kecamatan}}
kinds:
  district: {name: {en: District, id: Kecamatan}, title: {en: "{name} District", id: "Kec. {name}"}}
"""
AREAS = """\
code,name,level,kind,parent,lat,lon
7,Isle,province,,,1.5,101.5
7.1,North,district,district,7,2.5,101.5
7.2,South,district,district,7,0.5,101.5
"""
SQUARE = (
    '{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":'
    "[[[101,{low}],[102,{low}],[102,{high}],[101,{high}],[101,{low}]]]}}}}"
)
NUMBERS = """\
number,area,kind,name_en,name_id,note_en,status,source
110,,police,Police,Polisi,,confirmed,a gazette
112,7.1,emergency,Any emergency,Semua darurat,,confirmed,a gazette
119,,ambulance,Ambulance,Ambulans,Free of charge.,confirmed,a gazette
0811729444,7.1,police,North police,Polisi Utara,,confirmed,a gazette
117,,disaster,Disasters,Bencana,,unconfirmed,
123,,utility,Power,Listrik,,confirmed,a gazette
"""


class Isle:
    """The island's pack; change a file, then boot it."""

    numbers = NUMBERS

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        squares = [
            SQUARE.format(code="7.1", low=2, high=3),
            SQUARE.format(code="7.2", low=0, high=2),
        ]
        shapes = '{"type":"FeatureCollection","features":[' + ",".join(squares) + "]}"
        self.write("region.yaml", REGION)
        self.write("areas/areas.csv", AREAS)
        self.write("areas/boundaries.geojson", shapes)
        self.write("services/hotlines/numbers.csv", NUMBERS)

    def write(self, name: str, text: str) -> None:
        """Write a file of the pack."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def boot(self) -> Boot:
        """Load the pack."""
        return boot(self.folder)

    def client(self) -> TestClient:
        """Serve the pack in this process."""
        found = self.boot()
        assert found.kernel is not None, found.problems
        return TestClient(create_app(found.kernel))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the log silent: to draw a failing plugin's traceback in colours takes seconds."""
    structlog.configure(
        processors=[structlog.processors.JSONRenderer(default=repr)],
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def isle(tmp_path: Path) -> Isle:
    """Return the island's pack in a temporary folder."""
    return Isle(tmp_path / "isle")


@pytest.fixture
def client(isle: Isle) -> TestClient:
    """Serve the island."""
    return isle.client()
