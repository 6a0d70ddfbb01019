"""A process is killed while it writes: what it acknowledged stays, and nothing is half done."""

import sqlite3
import subprocess
import sys
import time

import pytest
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from civicapp.storage import Database

WRITER = """
import asyncio, sys
from sqlalchemy import text
from civicapp.storage import open_database, touch

def act(session, code):
    for table in ("counter_entry", "counter_audit"):
        row = {"c": code, "t": "x" * 20}
        session.execute(text(f"INSERT INTO {table} (code, text) VALUES (:c, :t)"), row)
    touch(session, "page")

async def main():
    database = open_database(sys.argv[1])
    async def write(code):
        await database.write(act, code)
        print(code, flush=True)
    for n in range(1000):
        await asyncio.gather(*(write(f"{sys.argv[2]}-{n}-{m}") for m in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("wait", [0.15, 0.4])
def test_what_was_acknowledged_stays_and_nothing_is_half_done(
    database: Database, database_url: URL, wait: float
) -> None:
    address = database_url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WRITER, address, "w"]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = [writer.stdout.readline()]
    time.sleep(wait)
    writer.kill()
    said += writer.communicate()[0].splitlines(keepends=True)
    acknowledged = {line.strip() for line in said if line.endswith("\n")}

    def found(session: Session) -> tuple[set[str], set[str], int]:
        entries = set(session.scalars(text("SELECT code FROM counter_entry")))
        audited = set(session.scalars(text("SELECT code FROM counter_audit")))
        changes = session.scalar(text("SELECT count(*) FROM core_change"))
        return entries, audited, int(changes or 0)

    entries, audited, changes = database.read_now(found)
    assert acknowledged
    assert acknowledged <= entries
    assert entries == audited
    assert changes == len(entries)
    if database.is_sqlite:
        file = sqlite3.connect(str(database_url.database))
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        file.close()
