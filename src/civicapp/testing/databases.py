"""Databases for tests: every test that asks for one runs on SQLite and on PostgreSQL.

Use with `-p civicapp.testing.databases`. Each test gets a database of its own, copied from one that
is migrated. CIVICAPP_TEST_DATABASE_URL names a PostgreSQL server to use, as a user who may create
databases; without it a server is started for the test run.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from civicapp.storage.database import Database, open_database, read_url, sqlite_url
from civicapp.storage.lineage import Lineage
from civicapp.storage.migrate import upgrade
from civicapp.testing.postgres import Server

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
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
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

    def _execute(self, statement: str) -> None:
        url = self.server.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return the PostgreSQL server of this test run; it is started when a test first needs it."""
    if address := os.environ.get(SERVER):
        given = Postgres(read_url(address))
        yield given
        given.clean()
        return
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


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Path]:
    """Keep the migrated files of this test run."""
    return {(): tmp_path_factory.mktemp("templates") / "unused"}


@pytest.fixture
def make_database(
    database_kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    sqlite_templates: dict[tuple[str, ...], Path],
) -> Iterator[MakeDatabase]:
    """Make databases: with the kernel's tables and those of some services, or empty for None."""
    made: list[URL] = []

    def make(services: Sequence[Lineage] | None = ()) -> URL:
        if database_kind == "postgresql":
            made.append(request.getfixturevalue("postgres").make(services))
            return made[-1]
        file = tmp_path / f"civicapp{len(list(tmp_path.glob('*.sqlite3')))}.sqlite3"
        if services is not None:
            _copy(sqlite_templates, services, file)
        return sqlite_url(file)

    yield make
    for url in made:
        request.getfixturevalue("postgres").drop(url)


def _copy(templates: dict[tuple[str, ...], Path], services: Sequence[Lineage], file: Path) -> None:
    key = _key(services)
    if key not in templates:
        template = templates[()].parent / f"{len(templates)}.sqlite3"
        upgrade(sqlite_url(template), services)
        templates[key] = template
    shutil.copyfile(templates[key], file)


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
