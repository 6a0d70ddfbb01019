"""The public cache: what is kept, for whom, and that it is never stale and never somebody's own."""

import asyncio
import gzip
import subprocess
import sys
import time
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import APIRouter, Depends, Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response

from civicapp.storage import touch
from civicapp.web import Ctx, create_app, public_read, wants_csv
from civicapp.web.kept import takes_gzip

NOTES = "/api/v1/board/notes"
PLAIN = {"accept-encoding": "identity"}
WRITER = """\
import sys
from sqlalchemy import text
from civicapp.storage import open_database, touch

def pin(session, word):
    row = {"w": word}
    session.execute(text("INSERT INTO board_note (kind, text, version) VALUES ('k', :w, 1)"), row)
    touch(session, "board.notes:k", "board.notes:*")

database = open_database(sys.argv[1])
for line in sys.stdin:
    database.write_now(pin, line.strip())
    print("done", flush=True)
database.close_now()
"""


def how(answer) -> str:
    return str(answer.headers.get("cache-status", "")).removeprefix("civicapp; ")


@asynccontextmanager
async def client_of(app):
    async with _started(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://isle") as client:
            yield client


@asynccontextmanager
async def _started(app):
    """Run the app's lifespan, as a server does."""
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    done: asyncio.Queue[object] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan"}, inbox.get, done.put))
    await inbox.put({"type": "lifespan.startup"})
    await done.get()
    try:
        yield
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await done.get()
        await task


# Kept while nothing changed


def test_an_answer_is_given_again_until_a_write_touches_its_tag(serve, board):
    with serve(board) as served:
        first, again = served.get(NOTES), served.get(NOTES)
        assert (how(first), how(again)) == ("fwd=miss; stored", "hit")
        assert again.content == first.content
        served.write(board.pin, "road", "hole")
        after = served.get(NOTES)
        assert after.json()["notes"] == ["hole"]
        assert after.headers["etag"] != first.headers["etag"]
        assert board.seen == ["notes", "notes"]


def test_a_write_elsewhere_leaves_an_answer_alone(serve, board):
    with serve(board) as served:
        served.get(NOTES, params={"kind": "road"})
        served.write(board.pin, "tree", "branch")
        assert how(served.get(NOTES, params={"kind": "road"})) == "hit"
        served.write(board.pin, "road", "hole")
        assert served.get(NOTES, params={"kind": "road"}).json()["notes"] == ["hole"]


def test_a_parameter_that_stands_twice_depends_on_both_values(serve, board):
    with serve(board) as served:
        served.get(f"{NOTES}?kind=road&kind=tree")
        served.write(board.pin, "road", "hole")
        assert how(served.get(f"{NOTES}?kind=road&kind=tree")) == "fwd=miss; stored"


def test_the_order_of_a_query_counts_only_within_a_name(serve, board):
    with serve(board) as served:
        served.get(f"{NOTES}?kind=road&page=2")
        assert how(served.get(f"{NOTES}?page=2&kind=road")) == "hit"
        served.get(f"{NOTES}?kind=road&kind=tree")
        assert how(served.get(f"{NOTES}?kind=tree&kind=road")) == "fwd=miss; stored"


def test_languages_are_kept_apart(serve, board):
    with serve(board) as served:
        for header, language in (("id", "id"), ("en;q=0.5, id", "id"), ("fr", "en")):
            answer = served.get(NOTES, headers={"accept-language": header})
            assert answer.json()["language"] == language
        assert board.seen == ["notes", "notes"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet="enidfr-;q=0.19, *", max_size=700))
def test_no_accept_language_brings_another_language_than_the_route_chose(asked, header):
    first = asked(header)
    assert asked(header) == first
    assert asked("en") == "en"
    assert asked("id") == "id"


@pytest.fixture
def asked(serve, board):
    with serve(board) as served:
        yield lambda header: served.get(NOTES, headers={"accept-language": header}).json()[
            "language"
        ]


def test_hosts_are_kept_apart(serve, board):
    with serve(board) as served:
        served.get(NOTES, headers={"host": "evil.example"})
        assert how(served.get(NOTES, headers={"host": "isle.example"})) == "fwd=miss; stored"


def test_an_answer_may_grow_old_by_the_clock(serve, board):
    with serve(board) as served:
        assert served.get("/api/v1/board/clock").json() == {"tick": 1}
        time.sleep(0.06)
        assert served.get("/api/v1/board/clock").json() == {"tick": 2}


# What an answer carries


def test_each_encoding_has_bytes_and_an_etag_of_its_own(serve, board):
    with serve(board) as served:
        for _ in ("miss", "hit"):
            plain = served.get(NOTES, headers=PLAIN)
            packed = served.get(NOTES, headers={"accept-encoding": "br, gzip"})
            assert "content-encoding" not in plain.headers
            assert packed.headers["content-encoding"] == "gzip"
            assert packed.content == plain.content
            assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
            assert packed.headers["etag"] != plain.headers["etag"]
            for answer in (plain, packed):
                assert answer.headers["cache-control"] == "no-cache"
                vary = answer.headers["vary"]
                assert vary == "Accept-Encoding, Accept-Language, Cookie, Authorization"
                assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("header", "takes"),
    [("", False), ("gzip", True), ("GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0", False),
     ("*", True), ("br;q=1, *;q=0", False), ("identity", False), ("x-gzipped", False)],
)  # fmt: skip
def test_gzip_goes_to_who_takes_it(header, takes):
    assert takes_gzip(header.encode()) is takes


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_what_has_not_changed_is_not_sent_again(serve, board, form):
    with serve(board) as served:
        etag = served.get(NOTES).headers["etag"]
        answer = served.get(NOTES, headers={"if-none-match": form.format(etag)})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert "vary" in answer.headers
        served.write(board.pin, "road", "hole")
        if form != "*":
            answer = served.get(NOTES, headers={"if-none-match": form.format(etag)})
            assert answer.status_code == 200


# Never somebody's own


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ({"cookie": "language=id"}, "private, no-cache"),
        ({"authorization": "Bearer x"}, "no-store"),
        ({"x-report-secret": "x"}, "no-store"),
        ({"x-api-key": "x"}, "no-store"),
    ],
)
def test_a_request_that_could_be_somebodys_own_never_meets_the_cache(serve, board, header, kept):
    with serve(board) as served:
        served.get(NOTES)
        for _ in range(2):
            answer = served.get(NOTES, headers=header)
            assert answer.headers["cache-control"] == kept
            assert how(answer) in ("fwd=request", "")
        assert board.seen == ["notes"] * 3
        assert how(served.get(NOTES)) == "hit"


def test_with_a_cookie_a_page_seen_before_is_not_sent_again(serve, board):
    with serve(board) as served:
        cookie = {"cookie": "language=id"}
        etag = served.get(NOTES, headers=cookie).headers["etag"]
        answer = served.get(NOTES, headers={**cookie, "if-none-match": etag})
        assert (answer.status_code, answer.headers["cache-control"]) == (304, "private, no-cache")


@pytest.mark.parametrize("way", ["flag", "cookie", "cache-control", "vary"])
def test_an_answer_that_says_it_is_somebodys_own_is_not_kept(serve, board, way):
    with serve(board) as served:
        path = f"/api/v1/board/mine?how={way}"
        assert served.get(path).json() != served.get(path).json()


@pytest.mark.parametrize(("id", "status"), [("9", 404), ("nine", 422)])
def test_only_what_went_well_is_kept(serve, board, id, status):
    with serve(board) as served:
        assert served.get(f"{NOTES}/{id}").status_code == status
        assert how(served.get(f"{NOTES}/{id}")) == ""
        served.write(board.pin, "road", "hole")
        assert served.get(f"{NOTES}/1").json() == {"text": "hole"}


def test_a_route_without_the_mark_is_not_kept_though_its_path_fits_one_with_it(serve, board):
    with serve(board) as served:
        for _ in range(2):
            assert how(served.get(f"{NOTES}/latest")) == ""
        assert board.seen == ["latest", "latest"]


def test_an_answer_is_not_kept_when_a_part_of_it_failed(pack, serve, board):
    def add(router: APIRouter, _board) -> None:
        @router.get("/parts", dependencies=[public_read()], response_class=Response)
        async def parts(ctx: Ctx) -> Response:
            shown = ctx.kernel.guarded("board", "home", lambda: 1 // (len(_board.seen)))
            _board.seen.append("parts")
            return Response(str(shown))

    with serve(type(board)(add)) as served:
        texts = [served.get("/api/v1/board/parts").text for _ in range(3)]
        assert texts == ["None", "1", "1"]


@pytest.mark.parametrize("accept", ["text/csv", "Text/CSV; header=present, */*;q=0.1"])
def test_a_table_and_json_are_kept_apart_where_the_route_gives_both(serve, board, accept):
    def add(router: APIRouter, _board) -> None:
        @router.get("/rows", dependencies=[public_read()], response_class=Response)
        async def rows(request: Request) -> Response:
            _board.seen.append("rows")
            vary = {"vary": "Accept"}
            if wants_csv(request):
                return Response("n\r\n1\r\n", media_type="text/csv", headers=vary)
            return JSONResponse({"n": 1}, headers=vary)

    path = "/api/v1/board/rows"
    with serve(type(board)(add)) as served:
        for _ in range(2):
            table = served.get(path, headers={"accept": accept})
            json = served.get(path, headers={"accept": "application/json, text/csv"})
            assert (table.text, json.json()) == ("n\r\n1\r\n", {"n": 1})
            assert {a.headers["vary"].partition(", ")[0] for a in (table, json)} == {"Accept"}
        assert (how(table), how(json)) == ("hit", "hit")


def test_what_names_the_tags_of_a_request_finds_the_app(serve, board):
    def region_tags(request: Request) -> list[str]:
        return [f"board.of:{request.app.state.kernel.region.id}"]

    def add(router: APIRouter, _board) -> None:
        @router.get("/own", dependencies=[public_read(region_tags)], response_class=Response)
        async def own() -> Response:
            return Response("own")

    path = "/api/v1/board/own"
    with serve(type(board)(add)) as served:
        assert [how(served.get(path)) for _ in range(2)] == ["fwd=miss; stored", "hit"]
        served.write(touch, "board.of:isle")
        assert how(served.get(path)) == "fwd=miss; stored"


def test_a_large_answer_is_sent_as_it_comes(serve, board):
    def add(router: APIRouter, _board) -> None:
        @router.get("/large", dependencies=[public_read()], response_class=Response)
        async def large() -> Response:
            return Response(b"x" * 3_000_000)

    with serve(type(board)(add)) as served:
        for _ in range(2):
            answer = served.get("/api/v1/board/large")
            assert (len(answer.content), how(answer)) == (3_000_000, "")


# Pages: what other services show on them counts too


@pytest.mark.parametrize("tags", [None, (), ("board.footer",)])
def test_a_page_is_kept_when_the_tags_of_its_parts_are_known(serve, board, tags):
    @board.pages.get("", dependencies=[public_read("board.page")], response_class=Response)
    async def page() -> Response:
        board.seen.append("page")
        return Response("page")

    board.footer, board.part_tags = lambda ctx: None, tags
    with serve(board) as served:
        for _ in range(2):
            served.get("/board")
        assert len(board.seen) == (2 if tags is None else 1)
        served.write(touch, "board.footer")
        served.get("/board")
        assert len(board.seen) == {None: 3, (): 1}.get(tags, 2)
        assert how(served.get("/api/v1/core/region")) == "fwd=miss; stored"


# Memory


def test_memory_is_bounded_and_what_was_not_asked_for_longest_goes_first(serve, board):
    def add(router: APIRouter, _board) -> None:
        @router.get("/block", dependencies=[public_read()], response_class=Response)
        async def block(n: int) -> Response:
            return Response(bytes(400_000) + str(n).encode())

    with serve(type(board)(add), cache_size=1) as served:
        for n in (1, 2, 1, 3):
            served.get(f"/api/v1/board/block?n={n}")
        assert how(served.get("/api/v1/board/block?n=1")) == "hit"
        assert how(served.get("/api/v1/board/block?n=2")) == "fwd=miss; stored"


def test_a_size_of_nothing_keeps_nothing(serve, board):
    with serve(board, cache_size=0) as served:
        assert how(served.get(NOTES)) == how(served.get(NOTES)) == ""


# Without a database


def test_without_a_database_only_what_comes_from_the_pack_is_kept(kernel_of, board):
    from fastapi.testclient import TestClient

    client = TestClient(create_app(kernel_of(board)), raise_server_exceptions=False)
    assert client.get(NOTES).status_code == 500
    assert how(client.get("/api/v1/core/region")) == "fwd=miss; stored"
    assert how(client.get("/api/v1/core/region")) == "hit"


# The mark


@pytest.mark.parametrize(
    ("method", "extra", "tag", "word"),
    [
        ("get", [], "board.note:{nr}", "nr"),
        ("post", [], "board", "GET"),
        ("get", ["asks"], "board", "permission"),
    ],
)
def test_a_mark_that_does_not_fit_its_route_stops_the_start(
    kernel_of, board, method, extra, tag, word
):
    async def asks() -> None: ...

    asks.permission = "board.note.read"  # type: ignore[attr-defined]

    def add(router: APIRouter, _board) -> None:
        needs = [public_read(tag), *([Depends(asks)] if extra else [])]

        @getattr(router, method)("/odd/{id}", dependencies=needs, response_class=Response)
        async def odd(id: int) -> Response:
            raise NotImplementedError

    from fastapi import FastAPI

    from civicapp.web.public import PublicRoutes

    app, router = FastAPI(), APIRouter()
    add(router, None)
    app.include_router(router, prefix="/board")
    with pytest.raises(ValueError, match=word):
        PublicRoutes(app)


# Whatever comes in whatever order

STEP = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(["road", "tree"]), st.booleans()),
    st.tuples(
        st.just("read"),
        st.sampled_from([None, "road", "tree"]),
        st.sampled_from(["en", "id"]),
        st.sampled_from(["", "cookie", "authorization", "x-report-secret"]),
        st.booleans(),
    ),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, min_size=5, max_size=25))
def test_every_answer_is_true_and_nobodys_secret_is_in_it(two, steps):
    """Two apps on one database: each answer shows every note so far, and who asked alone."""
    apps, pin, told = two
    known: dict[str, str] = {}
    for n, step in enumerate(steps):
        app = apps[n % 2]
        if step[0] == "write":
            apps[step[2]].write(pin, step[1], f"note {len(told)}")
            told.append((step[1], f"note {len(told)}"))
            continue
        _, kind, language, private, ask_again = step
        path = f"/api/v1/board/echo{f'?kind={kind}' if kind else ''}"
        headers = {"accept-language": language}
        if private:
            headers[private] = f"secret-{n}"
        elif ask_again and (path + language) in known:
            headers["if-none-match"] = known[path + language]
        answer = app.get(path, headers=headers)
        if answer.status_code == 304:
            assert (
                app.get(path, headers={"accept-language": language}).headers["etag"]
                == (known[path + language])
            )
            continue
        found = answer.json()
        assert found["notes"] == [text for k, text in told if kind in (None, k)]
        assert found["language"] == language
        assert found["secret"] == (f"secret-{n}" if private else "")
        if not private:
            known[path + language] = answer.headers["etag"]


@pytest.fixture
def two(serve, board):
    def add(router: APIRouter, _board) -> None:
        reading = [public_read("board.notes:{kind}")]

        @router.get("/echo", dependencies=reading, response_class=Response)
        async def echo(request: Request, ctx: Ctx, kind: str | None = None) -> Response:
            names = ("cookie", "authorization", "x-report-secret")
            secret = "".join(request.headers.get(name, "") for name in names)
            notes = await ctx.db.read(board.texts, kind)
            return JSONResponse({"notes": notes, "language": ctx.language, "secret": secret})

    with serve(type(board)(add)) as first, serve(type(board)(add)) as second:
        yield (first, second), board.pin, []


# Many at once, and other processes


def test_one_request_renders_for_all_that_wait(make_app, board):
    async def run() -> None:
        def add(router: APIRouter, _board) -> None:
            @router.get("/slow", dependencies=[public_read("board.slow")], response_class=Response)
            async def slow() -> Response:
                _board.seen.append("slow")
                await asyncio.sleep(0.1)
                return Response("done")

        plugin = type(board)(add)
        async with client_of(make_app(plugin)) as client:
            answers = await asyncio.gather(*(client.get("/api/v1/board/slow") for _ in range(30)))
            assert {a.text for a in answers} == {"done"}
            assert plugin.seen == ["slow"]

    asyncio.run(run())


def test_who_waits_for_an_answer_that_is_not_kept_gets_one_anyway(make_app, board):
    async def run() -> None:
        async with client_of(make_app(board)) as client:
            answers = await asyncio.gather(*(client.get(f"{NOTES}/9") for _ in range(20)))
            assert {a.status_code for a in answers} == {404}

    asyncio.run(run())


def test_a_request_after_a_write_never_gets_what_was_rendered_before_it(make_app, board):
    """Writers and readers at once: whoever asks after a write was acknowledged sees it."""

    async def run() -> None:
        plugin = type(board)()
        app = make_app(plugin)
        database = make_app.database
        acknowledged, stale = 0, []

        async def write() -> None:
            nonlocal acknowledged
            for n in range(40):
                await database.write(board.pin, "road", str(n))
                acknowledged = n + 1
                await asyncio.sleep(0)

        async def read(client) -> None:
            while acknowledged < 40:
                await asyncio.sleep(0)
                known = acknowledged
                answer = await client.get(NOTES)
                if len(answer.json()["notes"]) < known:
                    stale.append(known)

        async with client_of(app) as client:
            await asyncio.gather(write(), *(read(client) for _ in range(4)))
        assert stale == []

    asyncio.run(run())


def test_a_write_of_another_process_is_seen_by_the_next_request(serve, board, database_url):
    url = database_url.render_as_string(hide_password=False)
    with (
        serve(board) as served,
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        ) as writer,
    ):  # fmt: skip
        assert writer.stdin is not None
        assert writer.stdout is not None
        for n in range(60):
            assert how(served.get(NOTES, params={"kind": "k"})) in ("hit", "fwd=miss; stored")
            writer.stdin.write(f"{n}\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "done\n"
            assert served.get(NOTES, params={"kind": "k"}).json()["notes"][-1] == str(n)
        assert how(served.get(NOTES, params={"kind": "k"})) == "hit"
        writer.stdin.close()


def test_the_bytes_of_gzip_are_gzip(serve, board):
    with serve(board) as served:
        served.get(NOTES)
        with served.client.stream("GET", NOTES, headers={"accept-encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert b"notes" in gzip.decompress(raw)
