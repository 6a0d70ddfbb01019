"""Databases for tests: every test that asks for one runs on SQLite and on PostgreSQL.

Each test gets a database of its own, copied from one that is migrated. CIVICAPP_TEST_DATABASE_URL
names a PostgreSQL server to use, as a user who may create databases; without it a server is started
for the test run, from the wheel that the extra `testing-postgresql` brings.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from civicapp.storage.database import Database, open_database, read_url, sqlite_url
from civicapp.storage.lineage import Lineage
from civicapp.storage.migrate import upgrade
from civicapp.testing.server import PROGRAMS, Server, in_memory, make_folder

SERVER = "CIVICAPP_TEST_DATABASE_URL"
KINDS = ("sqlite", "postgresql")


def _key(services: Sequence[Lineage]) -> tuple[str, ...]:
    return ("core", *(f"{lineage.id} {lineage.versions}" for lineage in services))


class Postgres:
    """Make and drop databases of a server; migrated ones are copies of a template."""

    def __init__(self, url: URL) -> None:
        self.server = read_url(url)
        self._templates: dict[tuple[str, ...], str] = {}
        self._made: list[str] = []

    @cached_property
    def _quickly(self) -> str:
        """Return how to copy a database in a fifth of the time, where the server knows it."""
        version = int(self._execute("SHOW server_version_num")[0][0])
        return " STRATEGY FILE_COPY" if version >= 150000 else ""

    def make(self, services: Sequence[Lineage] | None) -> URL:
        """Make a database; `services`: whose tables it has besides the kernel's, None for empty."""
        if services is None:
            return self._create("template0")
        key = _key(services)
        if key not in self._templates:
            template = self._create("template0")
            upgrade(template, services)
            self._templates[key] = str(template.database)
        return self._create(self._templates[key])

    def _create(self, template: str) -> URL:
        name = f"civicapp_test_{secrets.token_hex(6)}"
        create = f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'"
        self._execute(create + self._quickly)
        self._made.append(name)
        return self.server.set(database=name)

    def drop(self, url: URL) -> None:
        """Drop a database, and whoever is still connected."""
        self._execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")
        self._made.remove(str(url.database))

    def clean(self) -> None:
        """Drop all that is left."""
        for name in list(self._made):
            self.drop(self.server.set(database=name))

    def _execute(self, statement: str) -> list[tuple[str, ...]]:
        url = self.server.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return the PostgreSQL server of this test run; it is started when a test first needs it."""
    if address := os.environ.get(SERVER):
        given = Postgres(read_url(address))
        yield given
        given.clean()
        return
    if find_spec(PROGRAMS) is None:
        pytest.skip(f"no PostgreSQL: install civicapp[testing-postgresql], or set {SERVER}")
    server = Server()
    try:
        yield Postgres(server.url())
    finally:
        server.stop()


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that this run of the test uses."""
    return str(request.param)


MakeDatabase = Callable[[Sequence[Lineage] | None], URL]


class Files:
    """Make SQLite files; migrated ones are copies of a template."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._templates: dict[tuple[str, ...], Path] = {}

    def make(self, services: Sequence[Lineage] | None) -> URL:
        """Make a file; `services`: whose tables it has besides the kernel's, None for no file."""
        file = self.folder / f"{secrets.token_hex(6)}.sqlite3"
        if services is not None:
            shutil.copyfile(self._template(services), file)
        return sqlite_url(file)

    def _template(self, services: Sequence[Lineage]) -> Path:
        key = _key(services)
        if key not in self._templates:
            file = self.folder / f"template{len(self._templates)}.sqlite3"
            upgrade(sqlite_url(file), services)
            self._templates[key] = file
        return self._templates[key]

    def drop(self, url: URL) -> None:
        """Remove a file and what SQLite keeps beside it."""
        file = Path(str(url.database))
        for path in self.folder.glob(f"{file.name}*"):
            path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def sqlite_files() -> Iterator[Files]:
    """Return where the SQLite files of this test run lie."""
    folder = make_folder(next(in_memory(), None))
    yield Files(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_database(database_kind: str, request: pytest.FixtureRequest) -> Iterator[MakeDatabase]:
    """Make databases: with the kernel's tables and those of some services, or empty for None."""
    name = {"sqlite": "sqlite_files", "postgresql": "postgres"}[database_kind]
    maker: Files | Postgres = request.getfixturevalue(name)
    made: list[URL] = []

    def make(services: Sequence[Lineage] | None = ()) -> URL:
        made.append(maker.make(services))
        return made[-1]

    yield make
    for url in made:
        maker.drop(url)


@pytest.fixture
def database_url(make_database: MakeDatabase) -> URL:
    """Return the address of a database with the kernel's tables."""
    return make_database(())


@pytest.fixture
def empty_database_url(make_database: MakeDatabase) -> URL:
    """Return the address of a database without tables; on SQLite there is no file yet."""
    return make_database(None)


@pytest.fixture
def database(database_url: URL) -> Iterator[Database]:
    """Return an open database with the kernel's tables; for the `_now` calls of one test."""
    opened = open_database(database_url)
    yield opened
    opened.close_now()
