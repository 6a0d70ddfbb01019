from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from civicapp.storage import service_metadata
from civicapp.storage.lineage import Lineage
from civicapp.testing.databases import MakeDatabase
from civicapp.testing.jobs import TABLES, World, make_world


@pytest.fixture(scope="session")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    """Return the migrations of the service whose jobs are run."""
    folder = tmp_path_factory.mktemp("tally")
    (folder / "0001_first.py").write_text(TABLES, "utf-8")
    return Lineage("tally", folder, service_metadata("tally"))


@pytest.fixture
def database_url(make_database: MakeDatabase, tally: Lineage) -> URL:
    """Return a database that has the service's tables too."""
    return make_database([tally])


@pytest.fixture
def world(database_url: URL, tmp_path: Path) -> Iterator[World]:
    """Return a world on that database; its runners are stopped at the end."""
    made = make_world(database_url, tmp_path / "files")
    yield made
    made.close()
