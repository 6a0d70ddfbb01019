"""A region with a notice board: notes that anyone reads and writes, on a database of each kind."""

import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Request
from fastapi.testclient import TestClient
from sqlalchemy import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from civicapp import Cipher, MenuItem, Service, hookimpl
from civicapp.backing import Backing, connect
from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings
from civicapp.storage import Database, open_database, service_metadata, touch
from civicapp.storage.files import open_files
from civicapp.storage.lineage import Lineage
from civicapp.testing.databases import MakeDatabase
from civicapp.web import Ctx, NotFound, create_app, keep_private, public_read

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
plugins: [board]
levels:
  province: {name: {en: Province, id: Provinsi}}
"""
AREAS = "code,name,level,kind,parent,lat,lon,postal_code\n7,Isle,province,,,1.5,101.5,\n"
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "board_note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
"""


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Write tracebacks as they are: by default structlog draws them, which takes seconds."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )
    yield
    structlog.reset_defaults()


class Base(DeclarativeBase):
    """Base of the board's tables."""

    metadata = service_metadata("board")


class Note(Base):
    """A note on the board."""

    __tablename__ = "board_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.String(200))
    version: Mapped[int]


def pin(session: Session, kind: str, text: str) -> int:
    """Pin a note to the board."""
    note = Note(kind=kind, text=text, version=1)
    session.add(note)
    session.flush()
    touch(session, f"board.notes:{kind}", "board.notes:*", f"board.note:{note.id}")
    return note.id


def texts(session: Session, kind: str | None = None) -> list[str]:
    """List the notes."""
    query = sa.select(Note.text).order_by(Note.id)
    return list(session.scalars(query.where(Note.kind == kind) if kind else query))


def count_notes(session: Session) -> int:
    """Count the notes."""
    return session.scalar(sa.select(sa.func.count()).select_from(Note)) or 0


def board_routes(router: APIRouter, seen: list[str]) -> None:
    """Add routes that read. seen: where a route notes that it ran."""
    reading = [public_read("board.notes:{kind}")]

    @router.get("/notes", dependencies=reading, response_class=Response)
    async def notes(ctx: Ctx, kind: str | None = None) -> Response:
        seen.append("notes")
        found = await ctx.db.read(texts, kind)
        return JSONResponse({"language": ctx.language, "notes": found, "pad": "x" * 400})

    @router.get("/notes/latest", response_class=Response)
    async def latest(ctx: Ctx) -> Response:
        seen.append("latest")
        return JSONResponse({"latest": (await ctx.db.read(texts))[-1:]})

    @router.get("/notes/{id}", dependencies=[public_read("board.note:{id}")])
    async def note(ctx: Ctx, id: int) -> dict[str, str]:
        seen.append("note")
        found = await ctx.db.read(lambda s: s.get(Note, id))
        if found is None:
            raise NotFound
        return {"text": found.text}

    @router.get("/mine", dependencies=[public_read()], response_class=Response)
    async def mine(request: Request, how: str = "flag") -> Response:
        seen.append("mine")
        answer = JSONResponse({"yours": len(seen)})
        if how == "flag":
            keep_private(request)
        elif how == "cookie":
            answer.set_cookie("visitor", "7")
        else:
            answer.headers[how] = "no-store" if how == "cache-control" else "X-Colour"
        return answer

    @router.get("/clock", dependencies=[public_read(seconds=0.05)])
    async def clock() -> dict[str, int]:
        seen.append("clock")
        return {"tick": len(seen)}


class Board(types.ModuleType):
    """The plugin: a module with routers. seen: names of the routes that ran, in order."""

    def __init__(self, add: Callable[[APIRouter, Any], None] | None = None) -> None:
        super().__init__("board_plugin")
        self.seen: list[str] = []
        self.home: Callable[[Any], Any] | None = None
        self.area: Callable[[Any], Any] | None = None
        self.footer: Callable[[Any], Any] | None = None
        self.fact: Callable[[Any], Any] | None = None
        self.part_tags: tuple[str, ...] | None = None
        self.api = APIRouter()
        self.pages = APIRouter()
        self.Note, self.pin, self.texts, self.count = Note, pin, texts, count_notes
        board_routes(self.api, self.seen)
        if add is not None:
            add(self.api, self)

        item = MenuItem("board", "Board", "Notes of all", fact="board_plugin:fact")

        @hookimpl
        def service() -> Service:
            return Service(
                id="board",
                api="board_plugin:api",
                pages="board_plugin:pages",
                events=("board.note.pinned",),
                home="board_plugin:home" if self.home else None,
                area="board_plugin:area" if self.area else None,
                footer="board_plugin:footer" if self.footer else None,
                menu=(item,) if self.fact else (),
                part_tags=self.part_tags,
            )

        self.service = service
        sys.modules["board_plugin"] = self


def write_pack(folder: Path, region: str = REGION) -> Path:
    """Write the pack."""
    files = {
        "region.yaml": region,
        "areas/areas.csv": AREAS,
        "content/privacy.en.md": "# Privacy\n",
        "content/terms.en.md": "# Terms\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def board_lineage(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    """Return the board's migrations."""
    folder = tmp_path_factory.mktemp("board")
    (folder / "0001_first.py").write_text(MIGRATION, "utf-8")
    return Lineage("board", folder, Base.metadata)


@pytest.fixture
def database_url(make_database: MakeDatabase, board_lineage: Lineage) -> URL:
    """Return a database with the board's table."""
    return make_database([board_lineage])


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the pack."""
    return write_pack(tmp_path_factory.mktemp("pack") / "isle")


def boot_board(
    pack: Path, board: Board, also: Mapping[str, object] | None = None, **settings: Any
) -> Kernel:
    """Boot the region with its board. also: more plugins, by id; `ears` is the only one."""
    if also:
        folder = pack.parent / "with-ears" / pack.name
        pack = write_pack(folder, REGION.replace("[board]", "[board, ears]"))
    plugins = {"board": board, **(also or {})}
    found = boot(pack, plugins=plugins, settings=Settings(**settings))
    if found.kernel is None:
        raise LookupError("; ".join(p.message for p in found.problems if p.is_error))
    return found.kernel


@pytest.fixture
def board() -> Board:
    """Return the plugin."""
    return Board()


class Served:
    """A served board: a client, and writes on its database."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client, self.database = client, database
        self.get, self.post = client.get, client.post

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Write as a route does."""
        return self._call(self.database.write, fn, *args)

    def read(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Read as a route does."""
        return self._call(self.database.read, fn, *args)

    def _call(self, call: Callable[..., Any], *args: Any) -> Any:
        assert self.client.portal is not None
        return self.client.portal.call(call, *args)


Serve = Callable[..., Any]


@pytest.fixture
def serve(pack: Path, database_url: URL) -> Serve:
    """Return what serves a board on the database of this test; use it with `with`."""

    @contextmanager
    def serving(board: Board, **settings: Any) -> Iterator[Served]:
        database = open_database(database_url)
        app = create_app(boot_board(pack, board, **settings), database=database)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Served(client, database)

    return serving


@pytest.fixture
def make_app(pack: Path, database_url: URL) -> Callable[..., ASGIApp]:
    """Return what makes the app of a board, for tests that bring an event loop of their own."""

    def make(board: Board, **settings: Any) -> ASGIApp:
        make.database = open_database(database_url)  # type: ignore[attr-defined]
        make.made.append(make.database)  # type: ignore[attr-defined]
        kernel = boot_board(pack, board, **settings)
        return create_app(kernel, database=make.database)  # type: ignore[attr-defined]

    make.made = []  # type: ignore[attr-defined]
    return make


MakeBacking = Callable[..., Backing]


@pytest.fixture
def make_backing(pack: Path, database_url: URL, tmp_path: Path) -> Iterator[MakeBacking]:
    """Return what makes a board's backing; databases are closed at the end."""
    made: list[Backing] = []

    def make(board: Board, also: Mapping[str, object] | None = None, **settings: Any) -> Backing:
        kernel = boot_board(pack, board, also, **settings)
        files = open_files(tmp_path / "files")
        made.append(connect(kernel, database_url, files, Cipher([bytes(range(32))])))
        return made[-1]

    yield make
    for backing in made:
        backing.database.close_now()


@pytest.fixture
def kernel_of(pack: Path) -> Callable[..., Kernel]:
    """Return what boots a board without any database."""
    return lambda board, **settings: boot_board(pack, board, **settings)
