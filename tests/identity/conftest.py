"""A small region with roles, a service with permissions, and officers to test with."""

import datetime
import re
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import URL

import civicapp
from civicapp import DeskItem, Permission, Person, Service, hookimpl
from civicapp.identity.accounts import Wish, create, grant
from civicapp.identity.audit import Act
from civicapp.identity.crypto import Cipher
from civicapp.identity.passwords import Hasher
from civicapp.kernel import Boot, Kernel, boot
from civicapp.region import Region
from civicapp.settings import Settings
from civicapp.storage.database import Database, open_database
from civicapp.web import create_app, require
from civicapp.web.logs import configure_logging

REGION = """\
format: 1
id: isle
area: "7"
name: {en: Isle, id: Pulau}
timezone: Asia/Jakarta
currency: IDR
languages: [en, id]
plugins: [probe]
levels:
  province: {name: {en: Province, id: Provinsi}}
  district: {name: {en: District, id: Kecamatan}}
  village: {name: {en: Village, id: Desa}}
"""
AREAS = """\
code,name,level,parent
7,Isle,province,
7.1,North,district,7
7.1.01,Bay,village,7.1
7.1.02,Cape,village,7.1
7.10,East,district,7
7.10.01,Dune,village,7.10
7.2,South,district,7
7.2.01,Fen,village,7.2
"""
AGENCIES = """\
code,name,short_name,level,area,scope,role
ROADS,Public Works,Works,district,,district,
WATER,Water Works,Water,district,,district,
NORTHROADS,Northern Roads Board,Roads Board,district,7.1,,ROADS
HARBOUR,Harbour Office,,province,7,,
RAIL,Railway,,national,,,
"""
ROLES = """\
handler:
  name: {en: Handler, id: Petugas}
  grants: [probe.report.read, probe.report.accept]
  rows: own_agency
desk:
  name: {en: Desk, id: Meja}
  grants: [probe.report.*]
  denies: [probe.report.erase]
  rows: own_area
level:
  name: {en: Level, id: Tingkat}
  grants: [probe.report.read]
  rows: own_level
auditor:
  name: {en: Auditor, id: Pemeriksa}
  grants: [probe.*, core.audit.read]
  denies: [probe.identity.*]
  rows: all
reader:
  name: {en: Reader, id: Pembaca}
  grants: [probe.identity.read]
  rows: own_area
  sees_identity: true
admin:
  name: {en: Administrator, id: Admin}
  grants: [core.*]
  rows: all
  sees_identity: true
local:
  name: {en: Local administrator, id: Admin wilayah}
  grants: [core.account.manage]
  rows: own_area
"""
PERMISSIONS = (
    Permission("probe.report.read", "Read reports"),
    Permission("probe.report.accept", "Accept reports"),
    Permission("probe.report.erase", "Erase reports"),
    Permission("probe.identity.read", "See who reported", identity=True),
)
NOW = datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)


def write_pack(folder: Path, roles: str = ROLES) -> Path:
    """Write the pack."""
    files = {
        "region.yaml": REGION,
        "areas/areas.csv": AREAS,
        "organisation/agencies.csv": AGENCIES,
        "organisation/roles.yaml": roles,
    }
    # Until the kernel's catalog has them, the words of these pages stand beside it.
    part = Path(civicapp.__file__).parent / "locale" / "id-identity.po.part"
    if part.exists():
        files["locale/id.po"] = part.read_text("utf-8")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def probe(**parts: Any) -> types.ModuleType:
    """Make a plugin whose service has some parts."""
    module = types.ModuleType("identity_probe")
    found = {"permissions": PERMISSIONS, **parts}

    @hookimpl
    def service() -> Service:
        return Service(id="probe", **found)

    module.service = service  # type: ignore[attr-defined]
    return module


BootPack = Callable[..., Boot]


@pytest.fixture
def boot_pack(tmp_path: Path) -> BootPack:
    """Return a function that boots the pack, with other roles or another plugin."""

    def run(roles: str = ROLES, **parts: Any) -> Boot:
        folder = write_pack(tmp_path / "isle", roles)
        return boot(folder, plugins={"probe": probe(**parts)}, settings=Settings())

    return run


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """Return the region."""
    found = boot(
        write_pack(tmp_path_factory.mktemp("pack") / "isle"),
        plugins={"probe": probe()},
        settings=Settings(),
    )
    assert found.kernel is not None, found.problems
    return found.kernel.region


@pytest.fixture(autouse=True, scope="session")
def logging_configured() -> None:
    """Log as the server does: without it a failed request writes every variable of every frame."""
    configure_logging(Settings(env="production"))


@pytest.fixture
def cipher() -> Cipher:
    """Return a cipher."""
    return Cipher([bytes(range(32))])


@pytest.fixture(scope="session")
def hasher() -> Hasher:
    """Return a hasher that is quick, and as weak."""
    return Hasher(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


PASSWORD = "kuda batu merah jambu"
Make = Callable[..., str]


@pytest.fixture
def now() -> datetime.datetime:
    """Return the moment at which tests begin."""
    return NOW


@pytest.fixture
def officer(database: Database, region: Region, hasher: Hasher) -> Make:
    """Return a function that makes an account with roles, and returns its id."""

    def make(name: str, *wishes: Wish, demo: bool = False, password: str = PASSWORD) -> str:
        def run(session: Any) -> str:
            act = Act(at=NOW)
            account = create(session, f"{name}@office.example", f"Officer {name}", act, demo=demo)
            account.password_hash = hasher.hash_now(password)
            for wish in wishes:
                grant(session, account, wish, region, act)
            return account.id

        return database.write_now(run)

    return make


# Pages


def desk_module() -> types.ModuleType:
    """Make the module with the probe's routes for officers."""
    module = types.ModuleType("identity_probe_desk")
    desk, api = APIRouter(), APIRouter()
    reader = Annotated[Person, Depends(require("probe.report.read"))]

    @desk.get("/queue")
    async def queue(person: reader) -> dict[str, Any]:
        return {"name": person.name, "by": person.by}

    @desk.post("/accept")
    async def accept(
        person: Annotated[Person, Depends(require("probe.report.accept"))],
    ) -> dict[str, bool]:
        return {"accepted": True}

    @api.get("/desk/queue", operation_id="probe_queue")
    async def api_queue(person: reader) -> dict[str, Any]:
        return {"name": person.name, "by": person.by}

    def waiting(session: Any, person: Person) -> int:
        return 12 if person.may("probe.report.accept") else 0

    def broken(session: Any, person: Person) -> int:
        raise RuntimeError("no count")

    module.desk, module.api = desk, api  # type: ignore[attr-defined]
    module.waiting, module.broken = waiting, broken  # type: ignore[attr-defined]
    return module


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """Boot the pack with a probe that has a desk."""
    sys.modules["identity_probe_desk"] = desk_module()
    parts = {
        "desk": "identity_probe_desk:desk",
        "api": "identity_probe_desk:api",
        "desk_menu": (
            DeskItem("queue", "Queue", "probe.report.read", path="queue",
                     count="identity_probe_desk:waiting"),
            DeskItem("other", "Other", "probe.report.accept", path="queue",
                     count="identity_probe_desk:broken"),
        ),
    }  # fmt: skip
    found = boot(
        write_pack(tmp_path_factory.mktemp("pack") / "isle"),
        plugins={"probe": probe(**parts)},
        settings=Settings(),
    )
    assert found.kernel is not None, found.problems
    return found.kernel


ORIGIN = {"origin": "https://testserver"}


class Browser:
    """A browser without script: it keeps cookies and sends the forms of the page it is on."""

    def __init__(self, app: Any, base: str = "https://testserver") -> None:
        self.client = TestClient(app, base_url=base, raise_server_exceptions=False)
        self.client.headers["accept"] = "text/html"
        self.page = ""
        self.answer: Any = None

    def get(self, path: str, **more: Any) -> Any:
        """Open a page."""
        self.answer = self.client.get(path, **more)
        self.page = self.answer.text
        return self.answer

    def send(self, action: str, *, follow: bool = True, **fields: str) -> Any:
        """Send the form of the page that goes to `action`, with its hidden fields."""
        forms = re.findall(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', self.page, re.S)
        body = next(body for path, body in forms if path == action)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body)
        data = {name: value.replace("&#34;", '"') for name, value in hidden} | fields
        origin = {"origin": str(self.client.base_url).rstrip("/")}
        self.answer = self.client.post(action, data=data, headers=origin, follow_redirects=follow)
        self.page = self.answer.text
        return self.answer

    def sign_in(self, name: str, password: str = PASSWORD, path: str = "/account/sign-in") -> Any:
        """Sign in."""
        self.get(path)
        email = f"{name}@office.example"
        return self.send("/account/sign-in", email=email, password=password)


@pytest.fixture
def app_of(kernel: Kernel, database_url: URL, cipher: Cipher, hasher: Hasher) -> Callable[..., Any]:
    """Return a function that makes the app, of a kernel with other settings if given."""

    def make(**settings: Any) -> Any:
        import dataclasses

        own = dataclasses.replace(kernel, settings=Settings(**settings)) if settings else kernel
        database = open_database(database_url)
        return create_app(own, database=database, cipher=cipher, hasher=hasher)

    return make


MakeBrowser = Callable[..., Browser]


@pytest.fixture
def make_browser(app_of: Callable[..., Any]) -> Iterator[MakeBrowser]:
    """Return a function that opens a browser on an app of its own, in one event loop."""
    opened: list[Browser] = []

    def make(base: str = "https://testserver", **settings: Any) -> Browser:
        browser = Browser(app_of(**settings), base)
        browser.client.__enter__()
        opened.append(browser)
        return browser

    yield make
    for browser in opened:
        browser.client.__exit__(None, None, None)


@pytest.fixture
def browser(make_browser: MakeBrowser) -> Browser:
    """Return a browser on the app."""
    return make_browser()
