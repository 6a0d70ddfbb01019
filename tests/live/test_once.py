"""Idempotency-Key and If-Match: one effect per key, no change of what was changed meanwhile."""

import asyncio
import datetime
import json
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel
from sqlalchemy import text, update
from starlette.responses import RedirectResponse, Response

from civicapp import Expected
from civicapp.jobs.core import forget_answers
from civicapp.storage.ledgers import AnswerRow
from civicapp.web import Ctx, IfMatch, IfMatchGiven, Once, json_answer, problems, version_tag
from civicapp.web.idempotency import InFlight, InProgress

NOTES, FORM = "/api/v1/board/notes", "/api/v1/board/form"
KEY = {"idempotency-key": "3f1c9f2e-7d7a-4b7e-9a55-2f6d1c8e0b11"}
HOLE = {"text": "hole"}


class NoteIn(BaseModel):
    text: str


class NoteOut(BaseModel):
    id: int
    secret: str


def add(router: APIRouter, board) -> None:
    def made(id: int) -> Response:
        board.seen.append("answer")
        return json_answer(NoteOut(id=id, secret="quite-secret"), 201, {"location": f"/{id}"})

    def work(session, word: str) -> int:
        if word == "broken":
            raise LookupError("broken")
        return int(board.pin(session, "road", word))

    @router.post("/notes", status_code=201, response_model=NoteOut, responses=problems(409, 422))
    async def pin(ctx: Ctx, note: NoteIn, once: Once) -> Response:
        await asyncio.sleep(0.02)
        return await once.write(work, note.text, answer=made)

    @router.post("/form", response_class=Response)
    async def form(ctx: Ctx, once: Once, text: Annotated[str, Form()]) -> Response:
        def answer(id: int) -> Response:
            found = RedirectResponse(f"/board/{id}", 303)
            found.set_cookie("mine", str(id))
            return found

        return await once.write(work, text, answer=answer)

    @router.post("/photo", response_class=Response)
    async def photo(once: Once, file: Annotated[UploadFile, File()]) -> Response:
        content = await file.read()
        return await once.write(work, content.decode(), answer=lambda id: Response(str(id)))

    @router.post("/raw", response_class=Response)
    async def raw(request: Request, once: Once) -> Response:
        content = await request.body()
        return await once.write(work, content.decode(), answer=lambda id: Response(str(id)))

    @router.get("/blank", response_class=Response)
    async def blank(ctx: Ctx) -> Response:
        return Response(f"<form>{ctx.form_key}</form>", media_type="text/html")

    def change(session, id: int, seen: Expected) -> int:
        note = session.get(board.Note, id)
        seen.check(note.version)
        note.version += 1
        return int(note.version)

    @router.patch("/notes/{id}", response_class=Response, responses=problems(412, 428))
    async def patch(ctx: Ctx, id: int, seen: IfMatch) -> Response:
        version = await ctx.db.write(change, id, seen)
        return Response(headers={"etag": version_tag(version)})

    @router.patch("/easy/{id}", response_class=Response)
    async def easy(ctx: Ctx, id: int, seen: IfMatchGiven) -> Response:
        return Response(headers={"etag": version_tag(await ctx.db.write(change, id, seen))})


@pytest.fixture
def board(board):
    return type(board)(add)


# One effect per key


def test_the_same_key_and_body_get_the_same_answer_and_have_one_effect(serve, board):
    with serve(board) as served:
        first = served.post(NOTES, json=HOLE, headers=KEY)
        again = served.post(NOTES, json=HOLE, headers=KEY)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again.headers["location"] == first.headers["location"] == "/1"
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert served.read(board.texts) == ["hole"]


def test_without_a_key_every_post_counts(serve, board):
    with serve(board) as served:
        for _ in range(2):
            assert served.post(NOTES, json=HOLE).status_code == 201
        assert served.read(board.count) == 2


@pytest.mark.parametrize(
    ("path", "body"), [(NOTES, {"text": "tree"}), (f"{NOTES}?x=1", HOLE)]
)  # fmt: skip
def test_the_same_key_with_another_request_is_refused(serve, board, path, body):
    with serve(board) as served:
        served.post(NOTES, json=HOLE, headers=KEY)
        answer = served.post(path, json=body, headers={**KEY, "accept-language": "id"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#/header/Idempotency-Key"
        assert "kunci" in answer.json()["detail"].lower()
        assert served.read(board.count) == 1


def test_the_same_key_on_another_route_is_another_key(serve, board):
    with serve(board) as served:
        served.post(NOTES, json=HOLE, headers=KEY)
        answer = served.post("/api/v1/board/raw", content=b"tree", headers=KEY)
        assert answer.status_code == 200
        assert served.read(board.texts) == ["hole", "tree"]


def test_what_failed_may_be_tried_again_with_the_same_key(serve, board):
    with serve(board) as served:
        assert served.post(NOTES, json={"text": "broken"}, headers=KEY).status_code == 500
        assert served.post(NOTES, json={"text": 7}, headers=KEY).status_code == 422
        assert served.post(NOTES, json=HOLE, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "with space", "x" * 201, "naïve"])
def test_a_key_that_is_none_is_refused(serve, board, key):
    with serve(board) as served:
        headers = {"idempotency-key": key.encode("latin-1")}
        assert served.post(NOTES, json=HOLE, headers=headers).status_code == 422
        assert served.read(board.count) == 0


def test_the_answer_stands_nowhere_in_clear(serve, board):
    with serve(board) as served:
        served.post(NOTES, json=HOLE, headers=KEY)
        query = text("SELECT * FROM core_idempotency")
        kept = repr(served.read(lambda s: list(s.execute(query))))
        for word in ("quite-secret", "hole", KEY["idempotency-key"]):
            assert word not in kept


def test_after_a_day_a_key_is_free_again(serve, board):
    with serve(board) as served:
        served.post(NOTES, json=HOLE, headers=KEY)
        old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=24, minutes=1)
        served.write(lambda s: s.execute(update(AnswerRow).values(created_at=old)))
        assert served.post(NOTES, json={"text": "tree"}, headers=KEY).status_code == 201
        assert served.post(NOTES, json={"text": "tree"}, headers=KEY).json()["id"] == 2
        served.write(lambda s: s.execute(update(AnswerRow).values(created_at=old)))
        forget_answers(type("", (), {"db": served.database})(), {})
        assert served.read(lambda s: s.query(AnswerRow).count()) == 0


# Forms and files


def test_a_form_sends_its_key_in_a_hidden_field(serve, board):
    with serve(board) as served:
        page = served.get("/api/v1/board/blank").text
        assert page != served.get("/api/v1/board/blank").text
        key = page.partition('name="form_key" value="')[2].partition('"')[0]
        data = {"text": "hole", "form_key": key}
        answers = [
            served.post(
                "/api/v1/board/form", data={**data, "form_token": t}, follow_redirects=False
            )
            for t in ("a", "b")
        ]
        assert [a.status_code for a in answers] == [303, 303]
        assert [a.headers["location"] for a in answers] == ["/board/1"] * 2
        assert all("mine=1" in a.headers["set-cookie"] for a in answers)
        other = served.post(FORM, data={**data, "text": "tree"})
        assert other.status_code == 422
        assert served.read(board.count) == 1


def test_of_a_file_the_content_counts(serve, board):
    with serve(board) as served:

        def send(content: bytes):
            files = {"file": ("a.txt", content)}
            return served.post("/api/v1/board/photo", files=files, headers=KEY)

        assert send(b"hole").text == send(b"hole").text == "1"
        assert send(b"tree").status_code == 422
        assert served.read(board.texts) == ["hole"]


# Many at once


async def _post_all(apps, n: int) -> list[httpx2.Response]:
    clients = [
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://isle")
        for app in apps
    ]
    posts = [clients[i % len(clients)].post(NOTES, json=HOLE, headers=KEY) for i in range(n)]
    return await asyncio.gather(*posts)


@pytest.mark.parametrize("processes", [1, 2])
def test_twenty_parallel_posts_with_one_key_have_one_effect(make_app, board, processes):
    """Two apps share nothing but the database, as two processes do."""

    async def run():
        apps = [make_app(board) for _ in range(processes)]
        answers = await _post_all(apps, 20)
        assert {a.status_code for a in answers} == {201}
        assert len({a.content for a in answers}) == 1
        assert await make_app.database.read(board.texts) == ["hole"]
        for database in make_app.made:
            await database.close()

    asyncio.run(run())


def test_who_waits_too_long_for_the_same_request_is_told_so(monkeypatch):
    monkeypatch.setattr("civicapp.web.idempotency.WAIT", 0.01)

    async def run():
        flying = InFlight()
        async with flying.alone("k"):
            with pytest.raises(InProgress):
                async with flying.alone("k"):
                    raise AssertionError
        async with flying.alone("k"):
            pass

    asyncio.run(run())


def test_a_request_in_progress_is_a_409_with_the_time_to_wait(serve, board, monkeypatch):
    monkeypatch.setattr("civicapp.web.idempotency.WAIT", 0.01)
    with serve(board) as served:

        async def both():
            transport = httpx2.ASGITransport(app=served.client.app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://i") as client:
                posts = (client.post(NOTES, json=HOLE, headers=KEY) for _ in range(2))
                return await asyncio.gather(*posts)

        first, second = served.client.portal.call(both)
        assert {first.status_code, second.status_code} == {201, 409}
        busy = second if second.status_code == 409 else first
        assert busy.headers["retry-after"] == "2"
        assert served.read(board.count) == 1


def test_openapi_tells_of_the_key_and_of_if_match(serve, board):
    with serve(board) as served:
        paths = served.get("/openapi.json").json()["paths"]
        names = [p["name"] for p in paths[NOTES]["post"]["parameters"]]
        assert names == ["Idempotency-Key"]
        patch = paths[f"{NOTES}/{{id}}"]["patch"]
        assert "If-Match" in json.dumps(patch["parameters"])
        assert {"412", "428"} <= set(patch["responses"])


# If-Match


def test_a_change_says_what_was_seen_and_is_stopped_when_that_is_old(serve, board):
    with serve(board) as served:
        served.write(board.pin, "road", "hole")

        def patch(tag: str | None):
            headers = {"if-match": tag.encode("latin-1")} if tag else {}
            return served.client.patch(f"{NOTES}/1", headers=headers)

        assert patch(None).status_code == 428
        assert patch('"1"').headers["etag"] == '"2"'
        stale = patch('"1"')
        assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
        assert patch('"9", W/"2"').headers["etag"] == '"3"'
        assert patch("*").headers["etag"] == '"4"'
        for tag in ('"x"', "4", '"4', '"-4"', '""', '"²"'):
            assert patch(tag).status_code == 412


def test_where_if_match_may_be_left_out_any_version_will_do(serve, board):
    with serve(board) as served:
        served.write(board.pin, "road", "hole")
        easy = "/api/v1/board/easy/1"
        assert served.client.patch(easy).headers["etag"] == '"2"'
        assert served.client.patch(easy, headers={"if-match": '"1"'}).status_code == 412


def test_of_two_changes_at_once_one_is_stopped(make_app, board):
    async def run():
        app = make_app(board)
        await make_app.database.write(board.pin, "road", "hole")
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://i") as client:
            patch = (client.patch(f"{NOTES}/1", headers={"if-match": '"1"'}) for _ in range(8))
            found = sorted(a.status_code for a in await asyncio.gather(*patch))
        assert found == [200] + [412] * 7
        await make_app.database.close()

    asyncio.run(run())


def test_an_expected_version_can_come_from_a_form():
    Expected.of(3).check(3)
    Expected().check(7)
    with pytest.raises(Exception, match="version 4"):
        Expected.of(3).check(4)
