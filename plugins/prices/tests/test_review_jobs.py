"""The jobs of a day: it comes out once, at its hour; what neighbours explain is settled."""

import datetime
import uuid
from pathlib import Path
from typing import Any

import pytest

API = "/api/v1/prices"
CHILI = "cabai-rawit-merah"
KANGKUNG, NATAR, KEDONDONG = "18.71-05", "18.01-09", "18.09-01"


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    return pasar


def at(hour: int, minute: int = 0) -> datetime.datetime:
    """Return an hour of 24 November 2026 in the region."""
    zone = datetime.timezone(datetime.timedelta(hours=7))
    return datetime.datetime(2026, 11, 24, hour, minute, tzinfo=zone)


def enter(officer: Any, market: str, price: int, date: str = "2026-11-24") -> None:
    quotes = [
        {"commodity": CHILI, "slot": n, "price": price + 100 * n, "confirmed": True} for n in (1, 2)
    ]
    answer = officer.api(
        "POST",
        f"{API}/entries",
        json={"market": market, "date": date, "quotes": quotes},
        headers={"idempotency-key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201, answer.text


def told(outbox: Any, name: str) -> list[str]:
    return [event.subject for event in outbox.events if event.name == name]


def test_a_day_comes_out_once_at_its_hour(clock, outbox, client):
    clock.move_to(at(10))
    outbox.run_jobs()
    officer = client.as_officer("price_officer")
    enter(officer, KANGKUNG, 50_000)
    clock.move_to(at(12, 56))
    outbox.run_jobs()
    assert told(outbox, "prices.day.published") == []
    for minute in (1, 6, 11):
        clock.move_to(at(13, minute))
        outbox.run_jobs()
    assert told(outbox, "prices.day.published") == ["2026-11-24"]
    assert outbox.ran["prices.settle"] == 1


def test_each_flag_is_told_with_the_commit(clock, outbox, client):
    clock.move_to(at(10))
    officer = client.as_officer("price_officer")
    for market in (KANGKUNG, NATAR, KEDONDONG):
        enter(officer, market, 50_000, "2026-11-23")
    enter(officer, KANGKUNG, 500_000)
    first = told(outbox, "prices.quote.flagged")
    assert len(first) == len(set(first)) == 2
    # Tenfold beside it too: no slip after all.
    enter(officer, NATAR, 480_000)
    enter(officer, KEDONDONG, 490_000)
    waiting = client.as_officer("price_supervisor").api("GET", f"{API}/flags").json()["items"]
    assert KANGKUNG not in {item["market"] for item in waiting}
