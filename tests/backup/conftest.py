"""A region whose service keeps every kind of column; databases of both kinds; whole hosts."""

import hashlib
import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp import Job, Service, hookimpl
from civicapp.backup.archive import Archive
from civicapp.backup.manifest import Manifest
from civicapp.backup.restore import Restored, restore
from civicapp.backup.take import Source, Taken, find_source, take
from civicapp.identity.crypto import open_cipher
from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings
from civicapp.storage.database import Database, open_database
from civicapp.storage.files import FileStore, open_files
from civicapp.storage.layout import Refused
from civicapp.testing.databases import Files, Postgres

PACK = """\
format: 1
id: {id}
name: {{en: Isle}}
timezone: Asia/Jakarta
currency: IDR
languages: [en]
plugins: [{plugins}]
"""
MODELS = """\
import enum
import sqlalchemy as sa
from civicapp import APPEND_ONLY, Instant, Json, service_metadata

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLOURS = ("red", "green")


class Sealed(sa.TypeDecorator):
    "A type of a plugin's own."
    impl = sa.LargeBinary
    cache_ok = True


def make(new):
    metadata = service_metadata("shelf")
    thing = sa.Table(
        "shelf_thing",
        metadata,
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", sa.String(200)),
        sa.Column("words", sa.Text),
        sa.Column("small", sa.Integer),
        sa.Column("large", sa.BigInteger),
        sa.Column("ratio", sa.Double),
        sa.Column("fee", sa.Numeric(12, 2)),
        sa.Column("on", sa.Boolean),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("sealed", Sealed),
        sa.Column("at", Instant),
        sa.Column("wall", sa.DateTime),
        sa.Column("day", sa.Date),
        sa.Column("hour", sa.Time),
        sa.Column("data", Json),
        sa.Column("plain", sa.JSON),
        sa.Column("colour", sa.Enum(*COLOURS, name="shelf_colour")),
        sa.Column("shade", sa.Enum(*COLOURS, name="shelf_shade", native_enum=False)),
        sa.Column("uid", sa.Uuid),
        sa.Column("uhex", sa.Uuid(native_uuid=False)),
    )
    box = sa.Table(
        "shelf_box",
        metadata,
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("above_code", sa.String(40)),
        sa.Column("above_part", sa.Integer),
        sa.ForeignKeyConstraint(
            ["above_code", "above_part"], ["shelf_box.code", "shelf_box.part"]
        ),
    )
    left = sa.Table(
        "shelf_left",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("other", sa.ForeignKey("shelf_right.id", name="fk_shelf_left_other")),
    )
    right = sa.Table(
        "shelf_right",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "other",
            sa.ForeignKey("shelf_left.id", name="fk_shelf_right_other", use_alter=True),
        ),
    )
    level = sa.Table(
        "shelf_level",
        metadata,
        sa.Column("code", sa.String(10), primary_key=True),
        sa.Column("rank", sa.Integer, nullable=False),
    )
    log = sa.Table(
        "shelf_log",
        metadata,
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("what", sa.String(40), nullable=False),
        info=APPEND_ONLY,
    )
    photo = sa.Table(
        "shelf_photo",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
    )
    if new:
        photo.append_column(sa.Column("note", sa.Text))
        sa.Table("shelf_extra", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


old, new = make(False), make(True)


def files(session):
    return (f"shelf/{id}" for id in session.scalars(sa.text("SELECT id FROM shelf_photo")))


ran = []


def note(context, refs):
    ran.append((context.key, context.attempt))
"""
FIRST = """\
from alembic import op

import shelf_parts.models as models
from civicapp import append_only

revision = "0001"
down_revision = None


def upgrade():
    models.old.create_all(op.get_bind())
    append_only(op, "shelf_log")
    op.execute("INSERT INTO shelf_level (code, rank) VALUES ('low', 1), ('high', 2)")
    op.execute("INSERT INTO shelf_log (what) VALUES ('migrated')")
"""
SECOND = """\
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("shelf_photo", sa.Column("note", sa.Text))
    op.create_table("shelf_extra", sa.Column("id", sa.Integer, primary_key=True))
"""
KINDS = ("sqlite", "postgresql")
KEYS = tuple(hashlib.sha256(name).hexdigest() for name in (b"one", b"two"))


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Return the service's models, importable as a package with migrations, old and new."""
    root = tmp_path_factory.mktemp("parts")
    package = root / "shelf_parts"
    for name, content in {
        "__init__.py": "",
        "models.py": MODELS,
        "old/0001_first.py": FIRST,
        "new/0001_first.py": FIRST,
        "new/0002_more.py": SECOND,
    }.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    sys.path.insert(0, str(root))
    try:
        yield importlib.import_module("shelf_parts.models")
    finally:
        sys.path.remove(str(root))
        for name in [n for n in sys.modules if n.partition(".")[0] == "shelf_parts"]:
            del sys.modules[name]


@dataclass
class Regions:
    """Boots the region with its service, as an older or newer version of the program."""

    folder: Path
    _booted: dict[tuple[str, bool, bool], Kernel] = field(default_factory=dict)

    def kernel(self, id: str = "isle", *, new: bool = True, shelf: bool = True) -> Kernel:
        """Return the kernel; it is booted once."""
        key = (id, new, shelf)
        if key not in self._booted:
            pack = self.folder / f"{'new' if new else 'old'}{shelf}" / id
            pack.mkdir(parents=True)
            (pack / "region.yaml").write_text(PACK.format(id=id, plugins="shelf" * shelf))
            found = boot(pack, settings=Settings(), plugins={"shelf": _plugin(new)})
            assert found.kernel is not None, found.problems
            self._booted[key] = found.kernel
        return self._booted[key]


def _plugin(new: bool) -> SimpleNamespace:
    which = "new" if new else "old"

    @hookimpl
    def service() -> Service:
        return Service(
            id="shelf",
            metadata=f"shelf_parts.models:{which}",
            migrations=f"shelf_parts:{which}",
            files="shelf_parts.models:files",
            jobs=(Job("shelf.note", "shelf_parts.models:note"),),
        )

    return SimpleNamespace(service=service)


@pytest.fixture(scope="session")
def regions(parts: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Regions:
    """Return what boots the region."""
    return Regions(tmp_path_factory.mktemp("regions"))


@dataclass
class Host:
    """A host with a region's database, files and key; what a test does to it."""

    kernel: Kernel
    data: Path
    url: URL

    def with_keys(self, *keys: str) -> "Host":
        """Return the same host with keys in its settings, the newest first; none for production."""
        given: dict[str, Any] = {"secret_key": ",".join(keys)} if keys else {"env": "production"}
        return replace(self, kernel=replace(self.kernel, settings=Settings(**given)))

    def make_key(self) -> None:
        """Let the host have the key that a server makes when it first starts."""
        self.data.mkdir(parents=True, exist_ok=True)
        assert open_cipher(self.kernel.settings, self.data) is not None

    @property
    def address(self) -> str:
        """Return the database's address as it is typed."""
        return self.url.render_as_string(hide_password=False)

    def files(self) -> FileStore:
        """Open the files."""
        return open_files(self.data / "files")

    def database(self) -> Database:
        """Open the database; to be closed."""
        return open_database(self.url)

    def execute(self, *statements: str, **values: object) -> list[tuple[Any, ...]]:
        """Run statements in one transaction; return the rows of the last."""

        def run(session: Session) -> list[tuple[Any, ...]]:
            found = [session.execute(text(s), values) for s in statements]
            return [tuple(row) for row in found[-1]] if found[-1].returns_rows else []  # type: ignore[attr-defined]

        database = self.database()
        try:
            return database.write_now(run)
        finally:
            database.close_now()

    def source(self) -> Source:
        """Return it as a source of a backup."""
        return find_source(self.kernel, self.data, self.address)

    def back_up(self, path: Path, **options: Any) -> Taken:
        """Take a backup."""
        return take(self.source(), path, **options)

    def restore(self, path: Path) -> Restored:
        """Restore a backup."""
        archive = Archive(path)
        return restore(self.kernel, archive, archive.verify(), self.data, self.address)

    def refuses(self, path: Path) -> str:
        """Return why a backup is not restored, with the hints."""
        with pytest.raises(Refused) as refused:
            self.restore(path)
        return "\n".join(f"{p.code}: {p.message} ({p.hint})" for p in refused.value.problems)


MakeHost = Callable[..., Host]


@pytest.fixture
def make_host(
    regions: Regions, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[MakeHost]:
    """Make hosts: with a migrated database (`empty=False`), and with the first of KEYS."""
    made: list[tuple[Files | Postgres, URL]] = []
    numbers = itertools.count(1)

    def make(
        kind: str = "sqlite",
        *,
        empty: bool = False,
        new: bool = True,
        id: str = "isle",
        keys: tuple[str, ...] = KEYS[:1],
        shelf: bool = True,
    ) -> Host:
        kernel = regions.kernel(id, new=new, shelf=shelf)
        name = {"sqlite": "sqlite_files", "postgresql": "postgres"}[kind]
        maker: Files | Postgres = request.getfixturevalue(name)
        url = maker.make(None if empty else kernel.lineages)
        made.append((maker, url))
        host = Host(kernel, tmp_path / f"host{next(numbers)}", url)
        return host.with_keys(*keys) if keys else host

    yield make
    for maker, url in made:
        maker.drop(url)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of database in turn."""
    return str(request.param)


@pytest.fixture(params=KINDS)
def other_kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of database in turn, for the target."""
    return str(request.param)


Manifests = Callable[[Path], Manifest]


@pytest.fixture
def manifest_of() -> Manifests:
    """Return what reads the manifest of a backup."""
    return lambda path: Archive(path).verify()
