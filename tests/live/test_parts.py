"""Parts of the kernel's pages that services bring: they may read the database."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response

from civicapp import Block
from civicapp.web import create_app, public_read

TAG = "board.notes:*"
HTML = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture
def reading(board, tmp_path: Path, monkeypatch):
    """Let the board show its notes on pages of others: a block on two pages, a fact in the menu."""
    package = tmp_path / "board_parts"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    (package / "templates" / "notes.html").write_text("<p>{{ notes|join('+') }}</p>", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    board.__package__ = "board_parts"

    async def block(ctx) -> Block | None:
        board.seen.append("block")
        notes = await ctx.db.read(board.texts)
        return Block("board/notes.html", {"notes": notes}) if notes else None

    async def fact(ctx) -> str:
        return f"{await ctx.db.read(board.count)} pinned"

    board.home = board.area = block
    board.fact, board.part_tags = fact, (TAG,)
    return board


def test_a_block_and_a_fact_read_the_database(serve, reading):
    with serve(reading) as served:
        assert "0 pinned" in served.get("/", headers=HTML).text
        served.write(reading.pin, "road", "hole")
        for path in ("/", "/area/7"):
            assert "<p>hole</p>" in served.get(path, headers=HTML).text
        for path in ("/", "/menu"):
            assert "1 pinned" in served.get(path, headers=HTML).text
        assert served.get("/readyz").json()["status"] == "ok"


def test_a_page_with_parts_is_kept_until_a_write_touches_their_tags(serve, reading):
    with serve(reading) as served:
        served.write(reading.pin, "road", "hole")

        def notes(path: str) -> tuple[bool, bool]:
            answer = served.get(path, headers=HTML)
            return "hole+lamp" in answer.text, "hit" in answer.headers["cache-status"]

        for path in ("/", "/area/7"):
            assert notes(path) == (False, False)
            assert notes(path) == (False, True)
        served.write(reading.pin, "road", "lamp")
        for path in ("/", "/area/7"):
            assert notes(path) == (True, False)
            assert notes(path) == (True, True)


def test_pages_without_parts_stay_when_parts_change(serve, reading):
    @reading.pages.get("", dependencies=[public_read("board.page")], response_class=Response)
    async def page() -> Response:
        return Response("page")

    with serve(reading) as served:
        for path in ("/board", "/about"):
            served.get(path, headers=HTML)
            served.write(reading.pin, "road", "hole")
            assert "hit" in served.get(path, headers=HTML).headers["cache-status"]


@pytest.mark.parametrize("tags", [None, (TAG,)])
def test_pages_with_parts_are_kept_only_when_their_tags_are_known(serve, reading, tags):
    reading.part_tags = tags
    with serve(reading) as served:
        for path, kept in (("/", tags is not None), ("/about", True)):
            served.get(path, headers=HTML)
            assert ("hit" in served.get(path, headers=HTML).headers.get("cache-status", "")) == kept


def test_a_part_that_fails_while_it_reads_is_left_out_and_not_kept(serve, reading):
    async def broken(ctx):
        await ctx.db.read(reading.texts)
        raise LookupError("no such note")

    reading.home = broken
    with serve(reading) as served:
        served.write(reading.pin, "road", "hole")
        for _ in range(2):
            answer = served.get("/", headers=HTML)
            assert answer.status_code == 200
            assert "1 pinned" in answer.text
            assert "<p>hole</p>" not in answer.text
            assert "hit" not in answer.headers.get("cache-status", "")
        ready = served.get("/readyz").json()
        assert [(f["plugin"], f["place"]) for f in ready["failures"]] == [("board", "home")]


def test_an_app_without_a_database_leaves_such_parts_out(kernel_of, reading):
    kernel = kernel_of(reading)
    client = TestClient(create_app(kernel))
    answer = client.get("/", headers=HTML)
    assert answer.status_code == 200
    assert "Notes of all" in answer.text  # the summary stands in for the fact
    assert reading.seen == ["block"]
    assert kernel.failures == {}
