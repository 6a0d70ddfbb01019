"""Commands of plugins: the region they open, its database and files, and what stands in the way."""

import pytest

PLUGIN = """\
from civicapp import Service, hookimpl

@hookimpl
def service():
    return Service(id="vault")
"""
CLI = """\
import typer
from civicapp import DatabaseOption, DataOption, RegionArgument, open_context, read_context

app = typer.Typer()

@app.command()
def look(region: RegionArgument) -> None:
    context = read_context(region, "vault")
    typer.echo(f"{context.region.id} {context.service} {context.language}")

@app.command()
def count(region: RegionArgument, data: DataOption = None, database: DatabaseOption = None) -> None:
    with open_context(region, "vault", data, database) as context:
        from sqlalchemy import text
        found = context.db.read_now(lambda s: s.scalar(text("SELECT count(*) FROM core_job")))
        context.files.put_now("vault/a", b"x")
        typer.echo(found)

@app.command()
def fill(region: RegionArgument, data: DataOption = None, database: DatabaseOption = None) -> None:
    from civicapp.storage.errors import DatabaseFull
    with open_context(region, "vault", data, database):
        raise DatabaseFull("disk is full")
"""


@pytest.fixture
def vault(world):
    modules = {"vault.py": PLUGIN, "vault_cli.py": CLI}
    world.install("vault", modules, plugins="vault", commands="vault_cli:app")
    world.pack("plugins: [vault]\n")
    return world


def test_a_command_reads_the_region(vault, run):
    done = run("vault", "look", "isle")
    assert (done.code, done.out, done.err) == (0, "isle vault en\n", "")


def test_a_command_opens_database_and_files(vault, run):
    done = run("vault", "count", "isle", "--data", "data")
    assert (done.code, done.out) == (0, "0\n")
    assert (vault.folder / "data/files/vault/a").read_bytes() == b"x"


@pytest.mark.parametrize("command", ["look", "count"])
def test_a_region_that_does_not_enable_the_service_is_refused(vault, run, command):
    vault.pack("plugins: []\n")
    done = run("vault", command, "isle")
    assert (done.code, done.out) == (2, "")
    assert done.err == "isle does not enable vault: add it to `plugins`\n"
    assert not (vault.folder / ".civicapp").exists()


@pytest.mark.parametrize("command", ["look", "count"])
def test_a_region_with_errors_is_reported(vault, run, command):
    vault.pack("plugins: [vault]\ntimezon: x\n")
    done = run("vault", command, "isle")
    assert done.code == 2
    assert "unknown-key" in done.out
    assert not (vault.folder / ".civicapp").exists()


def test_a_database_that_cannot_be_read_is_reported(vault, run):
    vault.write("data/civicapp.sqlite3", "this is no database")
    done = run("vault", "count", "isle", "--data", "data")
    assert done.code == 2
    assert "database-unusable" in done.err
    assert "Traceback" not in done.err


def test_a_database_that_gives_up_midway_is_reported(vault, run):
    done = run("vault", "fill", "isle", "--data", "data")
    assert done.code == 2
    assert "database-unusable the database gave up: disk is full" in done.err
    assert "Traceback" not in done.err
