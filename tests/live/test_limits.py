"""Limits per address: hold back, then refuse with the time to wait; processes count together."""

import asyncio
import datetime

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.responses import Response

from civicapp import Cipher
from civicapp.jobs.core import forget_answers
from civicapp.storage import open_database
from civicapp.web import Ctx, Rates, TooOften, limit
from civicapp.web.limits import SLOWEST, Limiter, Verdict, network_of

CIPHER = Cipher([bytes(range(32))])
HOUR = Rates(slow=5, refuse=10, seconds=3600)
POST = "/api/v1/board/limited"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 5, 12, 7, 0, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += datetime.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def counted(limiter: Limiter, times: int, address: str = "10.0.0.1", rates: Rates = HOUR):
    async def run() -> list[Verdict]:
        return [await limiter.count("board.post", address, rates) for _ in range(times)]

    return asyncio.run(run())


# The bucket


def test_first_answers_are_held_back_then_one_has_to_wait(clock):
    verdicts = counted(Limiter(None, None, clock), 12)
    assert [v.wait > 0 for v in verdicts] == [False] * 10 + [True] * 2
    delays = [v.delay for v in verdicts[:10]]
    assert delays[:5] == [0.0] * 5
    assert delays[5:] == sorted(delays[5:])
    assert 0 < delays[5] < delays[9] == SLOWEST


def test_the_time_to_wait_is_true_and_a_refused_request_is_not_counted(clock):
    limiter = Limiter(None, None, clock)
    counted(limiter, 10)
    (refused,) = counted(limiter, 1)
    assert refused.wait == 360
    counted(limiter, 50)
    clock.pass_by(359)
    assert counted(limiter, 1)[0].wait > 0
    clock.pass_by(1)
    assert counted(limiter, 1)[0].wait == 0


@given(st.lists(st.floats(0, 600), min_size=30, max_size=60))
def test_never_more_pass_than_the_bucket_and_what_leaked(pauses):
    clock, passed = Clock(), 0
    limiter = Limiter(None, None, clock)
    for pause in pauses:
        clock.pass_by(pause)
        passed += counted(limiter, 1)[0].wait == 0
    day_changes = 1 + (clock.now.date() - Clock().now.date()).days
    assert passed <= day_changes * HOUR.refuse + sum(pauses) * HOUR.leak + 1


def test_addresses_and_names_are_counted_apart(clock):
    limiter = Limiter(None, None, clock)
    counted(limiter, 11)
    assert counted(limiter, 1, "10.0.0.2")[0].wait == 0

    async def other() -> Verdict:
        return await limiter.count("board.other", "10.0.0.1", HOUR)

    assert asyncio.run(other()).wait == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("testclient", "testclient", True),
    ],
)
def test_what_counts_as_one_address(one, other, same):
    assert (network_of(one) == network_of(other)) is same


# All processes count together


def test_processes_share_what_they_count(database_url, clock):
    async def run() -> None:
        databases = [open_database(database_url) for _ in range(2)]
        first, second = (Limiter(d, CIPHER, clock) for d in databases)
        for _ in range(6):
            assert (await first.count("board.post", "10.0.0.1", HOUR)).wait == 0
        await first.flush()
        clock.pass_by(1)
        passed = [(await second.count("board.post", "10.0.0.1", HOUR)).wait == 0 for _ in range(6)]
        assert passed == [True] * 4 + [False] * 2
        await second.flush()
        clock.pass_by(1)
        assert (await first.count("board.post", "10.0.0.1", HOUR)).wait > 0
        for limiter, database in ((first, databases[0]), (second, databases[1])):
            await limiter.close()
            await database.close()

    asyncio.run(run())


def test_what_was_counted_is_written_without_being_asked_for(database_url, clock):
    async def run() -> None:
        database = open_database(database_url)
        limiter = Limiter(database, CIPHER, clock)
        await limiter.count("board.post", "10.0.0.1", HOUR)
        await asyncio.sleep(0.8)
        query = text("SELECT level FROM core_attempt")
        assert await database.read(lambda s: s.scalars(query).all()) == [1.0]
        await limiter.close()
        await database.close()

    asyncio.run(run())


def test_no_address_is_kept_and_its_hash_changes_every_day(database_url, clock):
    async def run() -> None:
        database = open_database(database_url)
        limiter = Limiter(database, CIPHER, clock)
        for _ in range(2):
            await limiter.count("board.post", "10.0.0.1", HOUR)
            await limiter.flush()
            clock.pass_by(24 * 3600)
        query = text("SELECT key FROM core_attempt")
        keys = await database.read(lambda s: s.scalars(query).all())
        assert len(set(keys)) == 2
        assert "10.0.0" not in repr(keys)
        await limiter.close()
        await database.close()

    asyncio.run(run())


def test_buckets_are_forgotten(database_url):
    old = Clock()

    async def run() -> None:
        database = open_database(database_url)
        limiter = Limiter(database, CIPHER, old)
        await limiter.count("board.post", "10.0.0.1", HOUR)
        await limiter.flush()
        old.pass_by(120)
        await limiter.flush()
        assert limiter._buckets == {}
        await limiter.close()
        await database.close()

    asyncio.run(run())
    database = open_database(database_url)
    forget_answers(type("", (), {"db": database})(), {})
    query = text("SELECT count(*) FROM core_attempt")
    assert database.read_now(lambda s: s.scalar(query)) == 0
    database.close_now()


# In a route


def add(router: APIRouter, board) -> None:
    @router.post("/limited", response_class=Response)
    async def limited(ctx: Ctx) -> Response:
        await limit(ctx, "board.post", Rates(slow=2, refuse=2, seconds=3600))
        return Response("well")

    @router.post("/form", response_class=Response)
    async def form(ctx: Ctx) -> Response:
        try:
            await limit(ctx, "board.post", Rates(slow=2, refuse=2, seconds=240))
        except TooOften as e:
            return Response(f"<textarea>kept</textarea>{e.detail}", 429, headers=e.headers)
        return Response("well")


@pytest.fixture
def board(board):
    return type(board)(add)


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Tunggu 30 menit"), ("en", "Wait 30 minutes")]
)
def test_a_refusal_says_how_long_in_the_callers_language(serve, board, language, words):
    with serve(board) as served:
        for _ in range(2):
            assert served.post(POST).status_code == 200
        answer = served.post(POST, headers={"accept-language": language})
        assert answer.status_code == 429
        assert 1790 <= int(answer.headers["retry-after"]) <= 1800
        assert words in answer.json()["detail"]


def test_a_form_keeps_its_text(serve, board):
    with serve(board) as served:
        for _ in range(2):
            served.post("/api/v1/board/form")
        answer = served.post("/api/v1/board/form")
        assert answer.status_code == 429
        assert "kept" in answer.text
        assert "2 minutes" in answer.text


def test_a_demonstration_takes_three_hundred_a_minute(serve, board):
    with serve(board, demo=True) as served:
        codes = [served.post(POST).status_code for _ in range(300)]
        assert codes == [200] * 300
